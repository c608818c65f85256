"""WebSocket API. Only `$connect` can have an authorizer; later messages inherit what it decided.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

from __future__ import annotations

from . import Source
from .http_api import api_id, stage
from .rest import principal, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route


def read(event: Event) -> Source | None:
    context = event["requestContext"]
    known = context["connectionId"] and ("eventType" in context or "routeKey" in context)
    return WEBSOCKET if known else None


def _authorizer(event: Event) -> tuple[str, ...]:
    context = event["requestContext"]
    authorizer = context.get("authorizer")
    if isinstance(authorizer, dict) and principal(authorizer):
        return ("lambda",)
    identity = context.get("identity")
    return ("iam",) if isinstance(identity, dict) and signed(identity) else ()


def _after_connect(event: Event) -> bool:
    context = event["requestContext"]
    # Either of the two makes it a connection that is to be judged.
    return not (context.get("eventType") == "CONNECT" or context.get("routeKey") == "$connect")


def _route(event: Event) -> Route:
    context = event["requestContext"]
    return context.get("eventType"), None, context.get("routeKey")


WEBSOCKET = Source(
    "apigw_websocket",
    http=True,
    authorizer=_authorizer,
    settled=_after_connect,
    route=_route,
    api_id=api_id,
    stage=stage,
    rejection="websocket",
)
