"""Why a request is not authorized, as its finding says. Public routes and CORS preflights are let off."""

from __future__ import annotations

from ..events import nothing
from ..events.headers import header
from ..events.rest import CONSOLE_TEST_INVOKE
from ..events.routes import is_public, route_name
from ..types import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..events import Event, Source
    from ..settings.config import Config

# issue -> (status that enforce answers, sentence for the person who can act).
ISSUES: dict[str, tuple[int, str]] = {
    "missing-authorizer": (
        401,
        "no authorizer vouched for the caller; attach one to the route, or list the route in public_routes",
    ),
    "empty-authorizer-context": (
        401,
        "the authorizer context names no principal and no claims; check what the authorizer returns",
    ),
    "api-key-only": (
        403,
        "an API key meters usage and authorizes nobody; attach an authorizer to the route",
    ),
    "guest-identity": (
        403,
        "a guest of an identity pool signed the request; let only authenticated identities call the route",
    ),
    "authorizer-kind-not-accepted": (
        403,
        "the authorizer is not of an accepted kind; change it, or the authorizers setting",
    ),
    "console-test-invoke": (
        403,
        "API Gateway's test console invoked the method without its authorizer; test through a stage",
    ),
    "foreign-api": (
        403,
        "the request came through an API that api_ids does not list; remove that API's permission to invoke",
    ),
    "token-not-verified": (
        401,
        "the token does not prove what the authorizer context says; see the verify setting",
    ),
    "verification-impossible": (
        401,
        "the token could not be verified; check the verify setting, its keys and that PyJWT is installed",
    ),
}


def explain(event: Event, source: Source, kinds: tuple[str, ...], config: Config) -> Finding | None:
    """Say what is wrong with a request that no accepted authorizer vouches for, unless it may pass."""
    if CONSOLE_TEST_INVOKE in kinds:
        return finding("console-test-invoke", event, source, CONSOLE_TEST_INVOKE)
    route = source.route(event)
    if config.public_routes and is_public(route, config.public_routes):
        return None
    if config.cors_preflight == "allow" and source.http and route[0] == "OPTIONS" and _is_preflight(event):
        return None
    if kinds:
        return finding("authorizer-kind-not-accepted", event, source, kinds[0])
    return finding(_what_is_missing(event), event, source)


def foreign_api(event: Event, source: Source, api_id: str | None) -> Finding | None:
    """Say that a request came through a foreign API; sources whose events never name theirs are let off."""
    if api_id is None and source.api_id is nothing:
        return None
    return finding("foreign-api", event, source)


def finding(issue: str, event: Event, source: Source, kind: str | None = None, cause: str | None = None) -> Finding:
    """Make the finding of an issue; `cause` adds a name, such as a class of error."""
    status, message = ISSUES[issue]
    target = route_name(source.route(event))
    details = {
        "source": source.name,
        "route": target,
        "api_id": source.api_id(event),
        "stage": source.stage(event),
        "authorizer": kind,
        "status": status,
    }
    if cause is not None:
        details["cause"] = cause
    return Finding("authorizer", issue, target, f"{target}: {message}", details)


def _is_preflight(event: Event) -> bool:
    """Tell whether this is a browser's question; by specification it carries no credentials."""
    return header(event, "origin") is not None and header(event, "access-control-request-method") is not None


def _what_is_missing(event: object) -> str:
    if not isinstance(event, dict):
        return "missing-authorizer"
    context = event.get("requestContext")
    if not isinstance(context, dict):
        context = event  # AppSync and mapping templates have the identity at the top
    authorizer, identity = context.get("authorizer"), context.get("identity")
    iam = authorizer.get("iam") if isinstance(authorizer, dict) else None
    if isinstance(iam, dict) and iam.get("userArn") and iam.get("cognitoIdentity"):
        return "guest-identity"
    if isinstance(identity, dict):
        logged_in = identity.get("cognitoAuthenticationType") or identity.get("cognitoIdentityAuthType")
        if identity.get("userArn") and logged_in == "unauthenticated":
            return "guest-identity"
        if identity.get("apiKey"):
            return "api-key-only"
    return "empty-authorizer-context" if authorizer else "missing-authorizer"
