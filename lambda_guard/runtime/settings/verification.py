"""The settings of verification, tables of a file: what proves a token. docs/settings.md shows them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Settings = Mapping[str, Any]

_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "jwt": {"header": "authorization", "algorithms": ("RS256", "ES256"), "max_age": 3600},
    "alb": {"keys": "", "max_age": 3600},
}
_REQUIRED = {"jwt": ("issuer", "audience", "jwks"), "alb": ("signer",)}
_LISTS = ("audience", "algorithms", "signer")
_ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


def settings(value: object) -> Settings:
    """Read the `verify` setting of a file. Raises ValueError with what it should be."""
    if not isinstance(value, dict) or not value or not value.keys() <= _REQUIRED.keys():
        raise ValueError("must be tables: [verify.jwt] with issuer, audience, jwks; [verify.alb] with signer")
    return {name: _table(name, table) for name, table in value.items()}


def _table(name: str, table: object) -> Settings:
    read: dict[str, Any] = {}
    known = {**dict.fromkeys(_REQUIRED[name]), **_DEFAULTS[name]}
    if not isinstance(table, dict) or not table.keys() <= known.keys():
        raise ValueError(f"takes in [verify.{name}]: {', '.join(known)}")
    for key, entry in {**known, **table}.items():
        read[key] = _entry(f"verify.{name}.{key}", key, entry)
    if not set(read.get("algorithms", ())) <= set(_ASYMMETRIC):
        raise ValueError(f"takes as verify.jwt.algorithms: {', '.join(_ASYMMETRIC)}")
    return read


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _entry(place: str, key: str, entry: object) -> object:
    if key == "max_age":
        if isinstance(entry, int) and 0 < entry <= 86400:
            return entry
        raise ValueError(f"needs {place} in seconds, up to 86400")
    if key in _LISTS:
        entries = (entry,) if isinstance(entry, str) else entry
        if isinstance(entries, list | tuple) and entries and all(map(_is_text, entries)):
            return tuple(entries)
        raise ValueError(f"needs {place}, a name or a list of names")
    if not isinstance(entry, str) or not (entry or key == "keys"):
        raise ValueError(f"needs {place}, a text")
    if "://" in entry and key != "issuer" and not entry.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError(f"needs {place} to start with https://")
    return entry
