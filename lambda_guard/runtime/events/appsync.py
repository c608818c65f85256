"""AWS AppSync: resolvers, one at a time or in a batch, and Events API channels.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html
https://docs.aws.amazon.com/appsync/latest/eventapi/channel-namespace-handlers.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route


def read(event: Event) -> Source | None:
    context = _context(event)
    info = context.get("info")
    if isinstance(info, dict):
        if "channelNamespace" in info:
            return CHANNEL
        if "fieldName" in info and ("parentTypeName" in info or "arguments" in context):
            return RESOLVER
    if "fieldName" in context and ("typeName" in context or "parentTypeName" in context):
        return RESOLVER
    return RESOLVER if "arguments" in context and "identity" in context else None


def _context(event: Event) -> Event:
    """Return the resolver context: the event itself, or where a mapping template hands it on by its name."""
    inner = event.get("context")
    return inner if isinstance(inner, dict) and "info" in inner and "info" not in event else event


def kinds(event: object) -> tuple[str, ...]:
    """Tell who vouches for `identity`; it is null with an API key, which identifies nobody."""
    identity = _context(event).get("identity") if isinstance(event, dict) else None
    if not isinstance(identity, dict):
        return ()
    if "resolverContext" in identity and isinstance(identity["resolverContext"], dict | None):
        return ("lambda",)
    if isinstance(claims := identity.get("claims"), dict) and claims:
        return ("cognito",) if identity.get("username") else ("jwt",)
    arn = identity.get("userArn")
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        return ()
    guest = identity.get("cognitoIdentityId") and identity.get("cognitoIdentityAuthType") != "authenticated"
    return () if guest else ("iam",)


def batch_kinds(event: object) -> tuple[str, ...]:
    """Tell what vouches for every item of a batch."""
    found = {kinds(item) for item in event} if isinstance(event, list) else set()
    return found.pop() if len(found) == 1 else ()


def _route(event: Event) -> Route:
    """Give a field as QUERY /getPet, a channel as PUBLISH /default/news."""
    context = _context(event)
    info = context.get("info")
    info = info if isinstance(info, dict) else context
    channel, operation = info.get("channel"), info.get("operation")
    if isinstance(channel, dict):
        return operation, channel.get("path"), None
    method, field = info.get("parentTypeName") or info.get("typeName"), info.get("fieldName")
    path = f"/{field}" if isinstance(field, str) else None
    return method.upper() if isinstance(method, str) else None, path, path


def _batch_route(event: list[Event]) -> Route:
    return _route(event[0])


RESOLVER = Source("appsync_resolver", authorizer=kinds, route=_route)
BATCH = Source("appsync_batch", authorizer=batch_kinds, route=_batch_route)
CHANNEL = Source("appsync_events", authorizer=kinds, route=_route, rejection="appsync_events")
