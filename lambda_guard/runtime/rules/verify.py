"""Optional proof: check the signature of the token that the authorizer context speaks of.

The settings are read by `settings/verification.py`; docs/settings.md shows them.

Uses PyJWT with cryptography, from the function's own packages. Whatever prevents the check is a finding.
Contexts of other kinds (a Lambda authorizer's, IAM) hold nothing to verify: `authorizers` shuts them out.
"""

from __future__ import annotations

import os
from time import time

from .unauthorized import finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..events import Event, Source
    from ..types import Finding

    Settings = Mapping[str, Any]

_TIMEOUT = 2.0  # seconds
_RETRY_AFTER = 10.0  # seconds between attempts to fetch what is missing or cannot be reached
_MOST_CACHED = 64  # places; the key ids of load balancers are the client's to make up
_MOST_BYTES = 1 << 20


class NotProven(Exception):
    """A token that does not prove what the context says."""


class Unreadable(Exception):
    """Keys that cannot be read; says the name of the class of error that it was."""


def check(event: Event, source: Source, kind: str, tables: Settings) -> Finding | None:
    """Verify the token behind an authorizer context, where its kind has one and its table is there."""
    name = "alb" if kind == "alb_oidc" else "jwt" if kind in ("jwt", "cognito") else ""
    if name not in tables:
        return None
    try:
        import jwt
    except ImportError as error:
        return finding("verification-impossible", event, source, kind, type(error).__name__)
    try:
        (_check_alb if name == "alb" else _check_jwt)(jwt, event, tables[name])
    except (jwt.PyJWTError, NotProven) as error:
        return finding("token-not-verified", event, source, kind, type(error).__name__)
    except Exception as error:  # whatever it is: what was not verified is not let in
        cause = str(error) if isinstance(error, Unreadable) else type(error).__name__
        return finding("verification-impossible", event, source, kind, cause)
    return None


def _check_jwt(jwt: Any, event: Event, settings: Settings) -> None:
    scheme, _, token = _header(event, settings["header"]).strip().rpartition(" ")
    if scheme.lower() not in ("", "bearer"):
        raise NotProven
    claims = jwt.decode(
        token,
        _signing_key(jwt, token, settings).key,
        algorithms=list(settings["algorithms"]),
        issuer=settings["issuer"],
        options={"require": ["exp", "iss"], "verify_aud": False},
    )
    audience = claims.get("aud", claims.get("client_id"))
    if not set(audience if isinstance(audience, list) else [audience]) & set(settings["audience"]):
        raise NotProven
    for name, value in _context_claims(event).items():
        # Numbers, dates and lists arrive reformatted; text arrives as it is.
        if name not in claims or (isinstance(claims[name], str) and claims[name] != value):
            raise NotProven


def _check_alb(jwt: Any, event: Event, settings: Settings) -> None:
    token = _header(event, "x-amzn-oidc-data")
    header = jwt.get_unverified_header(token)
    kid = header.get("kid")
    # `signer` is protected by the signature, but any load balancer's key is at the same place.
    if header.get("signer") not in settings["signer"] or not isinstance(kid, str):
        raise NotProven
    if len(kid) > 128 or not kid.replace("-", "").isalnum():
        raise NotProven
    region = header["signer"].split(":")[3]
    place = settings["keys"] or f"https://public-keys.auth.elb.{region}.amazonaws.com"
    key = _fetched(f"{place.rstrip('/')}/{kid}", settings["max_age"]).decode()
    claims = jwt.decode(token, key, algorithms=["ES256"], options={"require": ["exp"], "verify_aud": False})
    if _header(event, "x-amzn-oidc-identity", claims.get("sub")) != claims.get("sub"):
        raise NotProven


def _header(event: Event, name: str, default: Any = None) -> str:
    from ..events.headers import header

    request = event.get("request")  # where AppSync has the headers
    value = header(event, name) or (header(request, name) if isinstance(request, dict) else None) or default
    if not isinstance(value, str):
        raise NotProven
    return value


def _context_claims(event: Event) -> Mapping[str, object]:
    context = event.get("requestContext")
    authorizer: Any = context.get("authorizer") if isinstance(context, dict) else event.get("identity")
    if isinstance(authorizer, dict) and isinstance(authorizer.get("jwt"), dict):
        authorizer = authorizer["jwt"]
    claims = authorizer.get("claims") if isinstance(authorizer, dict) else None
    if isinstance(mapped := event.get("cognitoPoolClaims"), dict):
        claims = {name: value for name, value in mapped.items() if value != ""}  # empty is what the token has not
    if not isinstance(claims, dict):
        raise NotProven
    return claims


def _signing_key(jwt: Any, token: str, settings: Settings) -> Any:
    kid = jwt.get_unverified_header(token).get("kid")
    place, life = settings["jwks"], settings["max_age"]
    for longest in (life, _RETRY_AFTER):  # an unknown key id may be a new one: look again, but not each time
        for key in jwt.PyJWKSet.from_dict(_json(_fetched(place, min(life, longest)))).keys:
            if key.key_id == kid:
                return key
    raise NotProven


def _json(content: bytes) -> Any:
    import json

    return json.loads(content)


# place -> (when it was tried, what was there, or the name of the class of error that came instead)
_cache: dict[str, tuple[float, bytes | str]] = {}


def _fetched(place: str, max_age: float) -> bytes:
    """Return what is at a URL or in a file, at most `max_age` seconds old; failures are kept for a moment."""
    tried, content = _cache.get(place, (0.0, b""))
    life = max_age if isinstance(content, bytes) else _RETRY_AFTER
    if not 0 <= time() - tried < life:
        try:
            content = _read(place)
        except Exception as error:
            content = type(error).__name__
            if hasattr(error, "close"):  # an HTTPError holds the connection
                error.close()
        if len(_cache) >= _MOST_CACHED:
            _cache.clear()
        _cache[place] = time(), content
    if isinstance(content, str):
        raise Unreadable(content)
    return content


def _read(place: str) -> bytes:
    if "://" not in place:
        with open(os.path.join(os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd(), place), "rb") as file:
            return file.read()
    from urllib.request import urlopen

    with urlopen(place, timeout=_TIMEOUT) as response:
        if response.url.partition(":")[0] != place.partition(":")[0]:
            raise Unreadable  # redirected to where anyone may answer
        content: bytes = response.read(_MOST_BYTES)
        return content
