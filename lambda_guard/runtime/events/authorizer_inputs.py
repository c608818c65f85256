"""What Lambda authorizers receive. Their callers are not yet authorized: that is what they are asked about.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

# The query is `queryString` in some events and `queryDocument` in others.
_APPSYNC = ("queryString", "queryDocument", "operationName", "variables", "channelNamespaceName")
TOKEN = Source("apigw_authorizer_token")
REQUEST_V1 = Source("apigw_authorizer_request_v1")
REQUEST_V2 = Source("apigw_authorizer_v2")
WEBSOCKET = Source("apigw_authorizer_websocket")
APPSYNC = Source("appsync_authorizer")


def read(event: Event) -> Source | None:
    kind = event.get("type")
    context = event.get("requestContext")
    # Only a token's input has no request in it, so it is told without a type, too.
    token = kind == "TOKEN" or (kind is None and "authorizationToken" in event and context is None)
    if token and "methodArn" in event:
        return TOKEN
    if kind == "REQUEST" and "routeArn" in event:
        return REQUEST_V2
    if kind == "REQUEST" and "methodArn" in event:
        return WEBSOCKET if isinstance(context, dict) and "connectionId" in context else REQUEST_V1
    if "authorizationToken" in event and isinstance(context, dict) and "apiId" in context:
        # A GraphQL request has a query; a connection to an Events API has the operation on a channel.
        return None if context.keys().isdisjoint(_APPSYNC) else APPSYNC
    return None
