"""REST API with the console's "Method request passthrough" template: the one that can be told.

Any other mapping template makes the event whatever its author (or the client) wants it to be.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from . import Source
from .rest import CONSOLE_TEST_INVOKE, principal, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route


def read(event: Event) -> Source | None:
    context = event["context"]
    return REST_NONPROXY if isinstance(context, dict) and "http-method" in context else None


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
