"""REST API without proxy integration, by the two mapping templates that can be told.

They are the console's "Method request passthrough" and the Serverless Framework's own (`integration: lambda`). Any
other makes the event whatever its author (or the client) wants it to be.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from . import Source
from .rest import CONSOLE_TEST_INVOKE, principal, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route


# What the framework's template alone calls so, and what else it maps; older versions lack the last two.
_SERVERLESS = ("cognitoPoolClaims", "enhancedAuthContext", "requestPath")
_PARTS = frozenset(("headers", "method", "path", "query"))


def read(event: Event) -> Source | None:
    told = sum(key in event for key in _SERVERLESS)
    if told > 1 or (told and event.keys() >= _PARTS):
        return SERVERLESS
    context = event.get("context")
    return REST_NONPROXY if isinstance(context, dict) and "http-method" in context else None


def _serverless_authorizer(event: Event) -> tuple[str, ...]:
    """Read what the template maps: what API Gateway does not know it leaves empty.

    Claims are mapped from `$context.authorizer.claims`, which only a user pool's authorizer fills.
    """
    identity = event.get("identity")
    identity = identity if isinstance(identity, dict) else {}
    if event.get("stage") == "test-invoke-stage" or identity.get("apiKey") == "test-invoke-api-key":
        return (CONSOLE_TEST_INVOKE,)
    if any(isinstance(value, str) and value.startswith("offlineContext_") for value in identity.values()):
        return ("lambda",) if principal(event) else ()  # serverless-offline: claims are those of any token
    claims, context = event.get("cognitoPoolClaims"), event.get("enhancedAuthContext")
    if isinstance(claims, dict) and any(isinstance(value, str) and value for value in claims.values()):
        return ("cognito",)
    if principal(event) or (isinstance(context, dict) and principal(context)):
        return ("lambda",)
    return ("iam",) if signed(identity) else ()


def _serverless_route(event: Event) -> Route:
    method, path = event.get("method"), event.get("requestPath")
    return (method if isinstance(method, str) else None), path, path


def _serverless_stage(event: Event) -> str | None:
    stage = event.get("stage")
    return stage if isinstance(stage, str) and stage else None


def _authorizer(event: Event) -> tuple[str, ...]:
    context = event["context"]
    if context.get("stage") == "test-invoke-stage" or context.get("api-key") == "test-invoke-api-key":
        return (CONSOLE_TEST_INVOKE,)
    if principal({"principalId": context.get("authorizer-principal-id")}):
        return ("lambda",)
    identity = {
        "userArn": context.get("user-arn"),
        "accessKey": context.get("caller"),  # the template leaves the access key out
        "cognitoIdentityId": context.get("cognito-identity-id"),
        "cognitoAuthenticationType": context.get("cognito-authentication-type"),
    }
    return ("iam",) if signed(identity) else ()


def _text(key: str, event: Event) -> str | None:
    value = event["context"].get(key)
    return value if isinstance(value, str) and value else None


def _route(event: Event) -> Route:
    template = _text("resource-path", event)
    return _text("http-method", event), template, template


def _api_id(event: Event) -> str | None:
    return _text("api-id", event)


def _stage(event: Event) -> str | None:
    return _text("stage", event)


REST_NONPROXY = Source(
    "apigw_rest_nonproxy", http=True, authorizer=_authorizer, route=_route, api_id=_api_id, stage=_stage
)
SERVERLESS = Source(
    "apigw_rest_nonproxy",
    http=True,
    authorizer=_serverless_authorizer,
    route=_serverless_route,
    stage=_serverless_stage,
)
