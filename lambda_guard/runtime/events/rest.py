"""REST API with proxy integration, and HTTP API with payload 1.0, which looks like it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from . import HTTP_LIKE_NO_CONTEXT, Source
from .http_api import OFFLINE, api_id, client_certificate, made_up, stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route

# What API Gateway itself writes into a Lambda authorizer's context: no proof of anything.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
_METADATA = ("integrationLatency", "integrationStatus", "latency", "status", "error", "requestId")
# What other authorizers write: these events hold no simple response's context.
_OTHERS = ("claims", "scopes", "principalId", "jwt", "iam", "lambda")
CONSOLE_TEST_INVOKE = "console_test_invoke"


def read(event: Event) -> Source | None:
    context = event.get("requestContext")
    if not isinstance(context, dict):
        return HTTP_LIKE_NO_CONTEXT if "path" in event or "resource" in event else None
    if event.get("version") == "1.0":
        return HTTP_API_V1
    authorizer = context.get("authorizer")
    if isinstance(authorizer, dict) and authorizer.keys() == {"claims", "scopes"}:
        return HTTP_API_V1
    return REST_API


def _rest_authorizer(event: Event) -> tuple[str, ...]:
    return () if made_up(event) else _kinds(event["requestContext"], "cognito")


def _http_v1_authorizer(event: Event) -> tuple[str, ...]:
    if made_up(event):
        return ()
    context = event["requestContext"]
    kinds = _kinds(context, "jwt")
    authorizer = context.get("authorizer")
    if isinstance(authorizer, dict) and kinds in ((), ("mtls",)) and _has_context(authorizer):
        return ("lambda", *kinds)
    return kinds


def _kinds(context: Event, claims_kind: str) -> tuple[str, ...]:
    identity = context.get("identity")
    if not isinstance(identity, dict):
        identity = {}
    # Authorizers do not run for the console's "Test", and identity is then the console's user. Only REST
    # APIs have it, but saved test events may say `version` all the same.
    if context.get("stage") == "test-invoke-stage" or identity.get("apiKey") == "test-invoke-api-key":
        return (CONSOLE_TEST_INVOKE,)
    kinds: tuple[str, ...] = ()
    authorizer = context.get("authorizer")
    if isinstance(authorizer, dict) and not _made_up(authorizer.get("principalId")):
        # Claims that are text came through a mapping template: nobody knows who wrote them.
        claims = None if context.get("apiId") in OFFLINE[:1] else authorizer.get("claims")
        if isinstance(claims, dict) and claims:
            # API Gateway names no principal beside claims; chalice's local server does, of a token nobody checked.
            kinds = () if "principalId" in authorizer and "apiId" not in context else (claims_kind,)
        elif principal(authorizer):
            kinds = ("lambda",)
    if not kinds and signed(identity):
        kinds = ("iam",)
    return (*kinds, "mtls") if client_certificate(identity) else kinds


def _has_context(authorizer: Event) -> bool:
    """Tell whether a simple response's context is there; null claims and scopes mean no authorizer."""
    if any(key in authorizer for key in _OTHERS):
        return False
    return any(key not in _METADATA and value is not None for key, value in authorizer.items())


def principal(authorizer: Event) -> bool:
    """Tell whether a Lambda authorizer named a principal; every policy that it returns has one."""
    value = authorizer.get("principalId")
    return isinstance(value, str) and value != "" and not _made_up(value)


def _made_up(value: object) -> bool:
    """Tell whether serverless-offline ran no authorizer; its claims are then those of an unverified token."""
    return isinstance(value, str) and value.startswith("offlineContext_")


def signed(identity: Event) -> bool:
    """Tell whether a request was signed (SigV4) by someone who is not an identity pool's guest."""
    arn = identity.get("userArn")
    if not isinstance(arn, str) or not arn.startswith("arn:") or not identity.get("accessKey"):
        return False
    if not identity.get("cognitoIdentityId"):
        return True
    return identity.get("cognitoAuthenticationType") == "authenticated"


def _route(event: Event) -> Route:
    context = event["requestContext"]
    method = event.get("httpMethod") or context.get("httpMethod")
    return method, event.get("path"), event.get("resource") or context.get("resourcePath")


REST_API = Source(
    "apigw_rest_v1",
    http=True,
    authorizer=_rest_authorizer,
    route=_route,
    api_id=api_id,
    stage=stage,
    rejection="http_v1",
)
HTTP_API_V1 = Source(
    "apigw_http_v1",
    http=True,
    authorizer=_http_v1_authorizer,
    route=_route,
    api_id=api_id,
    stage=stage,
    rejection="http_v1",
)
