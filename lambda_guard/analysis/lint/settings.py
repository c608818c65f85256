"""The lint's settings: `[lint]` of lambda_guard.toml, and those of run time that except something."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambda_guard.analysis.lint.rules import RULES
from lambda_guard.runtime.settings.table import FILE_NAME, PREFIX, SETTINGS, BadValue

EXCLUDED = (
    ".aws-sam", ".eggs", ".git", ".mypy_cache", ".nox", ".pytest_cache", ".serverless", ".terraform", ".tox", ".venv",
    "__pycache__", "node_modules", "site-packages", "venv",
)  # fmt: skip
_FROM_RUN_TIME = ("public_routes", "allow_invoke")


class BadSettings(ValueError):
    """A settings file that cannot be used; says where and what to write."""


@dataclass(frozen=True)
class Silenced:
    """One `[[lint.ignore]]`. path: a glob of files; `*` for all."""

    id: str
    reason: str
    path: str = "*"


@dataclass(frozen=True)
class Settings:
    """What bounds the lint.

    max_statements, max_complexity: of a handler; more is a finding.
    ignore: findings that the file silences, each with a reason.
    handlers: further handlers, such as `app.main`, besides those that templates name.
    place: the file that the settings are from; empty without one.
    """

    public_routes: tuple[str, ...] = ()
    allow_invoke: tuple[str, ...] = ()
    max_statements: int = 20
    max_complexity: int = 6
    exclude: tuple[str, ...] = ()
    handlers: tuple[str, ...] = ()
    ignore: tuple[Silenced, ...] = ()
    place: str = ""


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read a settings file, by default the folder's own. Raises BadSettings."""
    path = Path(FILE_NAME) if path is None and Path(FILE_NAME).is_file() else path
    content: dict[str, Any] = {}
    if path is not None:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise BadSettings(f"{path} cannot be read: {error}") from None
    environ = os.environ if environ is None else environ
    values = {
        name: _run_time(name, environ.get(f"{PREFIX}{name.upper()}", content.get(name)), path)
        for name in _FROM_RUN_TIME
    }
    table = content.get("lint", {})
    if not isinstance(table, dict):
        raise BadSettings(f"{path}: lint must be a table, [lint]")
    return Settings(**values, **_lint(table, str(path)), place=str(path) if path else "")


def _run_time(name: str, value: object, path: Path | None) -> Any:
    if value is None:
        return ()
    try:
        return SETTINGS[name][0](value)
    except BadValue as error:
        raise BadSettings(f"{name} in {path or 'the environment'} {error}") from None


def _lint(table: Mapping[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        where = f"{path}: {name} in [lint]"
        if name in ("max_statements", "max_complexity"):
            if type(value) is not int or value < 1:
                raise BadSettings(f"{where} must be a whole number from 1")
            found[name] = value
        elif name in ("exclude", "handlers"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise BadSettings(f"{where} must be a list of text")
            found[name] = tuple(value)
        elif name == "ignore":
            found[name] = tuple(_silenced(entry, path) for entry in (value if isinstance(value, list) else [None]))
        else:
            known = "max_statements, max_complexity, exclude, handlers, [[lint.ignore]]"
            raise BadSettings(f"{where} is no setting; there are: {known}")
    return found


def _silenced(entry: object, path: str) -> Silenced:
    if not isinstance(entry, dict) or entry.keys() - {"id", "path", "reason"}:
        raise BadSettings(f"{path}: [[lint.ignore]] takes id, reason and, for some files only, path")
    texts = {name: value.strip() for name, value in entry.items() if isinstance(value, str)}
    if texts.get("id") not in RULES:
        raise BadSettings(f"{path}: [[lint.ignore]] needs the id of a rule; lambda-guard rules lists them")
    return Silenced(texts["id"], texts.get("reason", ""), texts.get("path") or "*")
