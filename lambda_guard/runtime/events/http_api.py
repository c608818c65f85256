"""HTTP API with payload 2.0, and function URLs, whose events have the same shape.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from . import HTTP_LIKE_NO_CONTEXT, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Event, Route

_ORIGIN_ACCESS = ":assumed-role/OriginAccessControlRole/"
# What serverless-offline calls its API, alone and within the Serverless Framework.
OFFLINE = ("offlineContext_apiId", "offline")


def read(event: Event) -> Source | None:
    context = event.get("requestContext")
    if not isinstance(context, dict):
        return HTTP_LIKE_NO_CONTEXT
    # Not by `version`: VPC Lattice says "2.0" too, and hand-made events say "1.0" of this shape.
    if not isinstance(context.get("http"), dict) and "rawPath" not in event:
        return None
    domain = context.get("domainName")
    if isinstance(domain, str) and "lambda-url." in domain and _is_function_url(domain):
        return FUNCTION_URL
    return HTTP_API


def _is_function_url(domain: str) -> bool:
    """Tell a function URL by its second label: suffixes differ by partition, and a custom domain may have any name."""
    label = domain.split(".", 2)[1]
    return label == "lambda-url" or (label.startswith("cell-") and label.endswith("-lambda-url"))


def _http_api_authorizer(event: Event) -> tuple[str, ...]:
    context = event["requestContext"]
    authorizer = context.get("authorizer")
    kinds = _kinds(authorizer, context) if isinstance(authorizer, dict) and not made_up(event) else ()
    if "authentication" in context and client_certificate(context["authentication"]):
        return (*kinds, "mtls")
    return kinds


def _kinds(authorizer: Event, context: Event) -> tuple[str, ...]:
    if context.get("apiId") == OFFLINE[0]:
        # serverless-offline copies claims from any token and writes an empty context where no authorizer ran.
        return ("lambda",) if isinstance(authorizer.get("lambda"), dict) and authorizer["lambda"] else ()
    jwt = authorizer.get("jwt")
    # Scopes are null for tokens without any: only claims tell.
    if isinstance(jwt, dict) and isinstance(claims := jwt.get("claims"), dict) and claims:
        return ("jwt",)
    # A simple response without context arrives as `{"lambda": null}`: the key itself is what vouches.
    if "lambda" in authorizer and isinstance(authorizer["lambda"], dict | None):
        return ("lambda",)
    return ("iam",) if _signed(authorizer.get("iam")) else ()


def _url_authorizer(event: Event) -> tuple[str, ...]:
    authorizer = event["requestContext"].get("authorizer")
    iam: Any = authorizer.get("iam") if isinstance(authorizer, dict) else None
    if not _signed(iam):
        return ()
    # CloudFront's origin access control signs whatever anybody sends to the distribution.
    return ("cloudfront_oac",) if _ORIGIN_ACCESS in iam["userArn"] else ("iam",)


def made_up(event: Event) -> bool:
    """Tell whether serverless-offline took a request's authorizer context from the request's own headers."""
    context = event["requestContext"]
    if context.get("apiId") not in OFFLINE:
        return False
    from .headers import header

    return header(event, "sls-offline-authorizer-override") is not None


def _signed(iam: Any) -> bool:
    """Tell whether an IAM identity is there; without one the key may exist with `{}`."""
    if not isinstance(iam, dict) or not _is_arn(iam.get("userArn")):
        return False
    pool = iam.get("cognitoIdentity")
    if not isinstance(pool, dict) or not any(pool.values()):
        return True
    methods = pool.get("amr")
    if not isinstance(methods, list) or not methods or "unauthenticated" in methods:
        return False
    # An identity pool signs for guests too, always as a role: a user's own signature is no guest's.
    return "authenticated" in methods or ":user/" in iam["userArn"]


def _is_arn(value: object) -> bool:
    return isinstance(value, str) and value.startswith("arn:")


def client_certificate(identity: object) -> bool:
    """Tell whether API Gateway saw and checked a client certificate (mutual TLS of a custom domain)."""
    certificate = identity.get("clientCert") if isinstance(identity, dict) else None
    if not isinstance(certificate, dict):
        return False
    return bool(certificate.get("clientCertPem") or certificate.get("subjectDN"))


def _route(event: Event) -> Route:
    context = event["requestContext"]
    http = context.get("http")
    method = http.get("method") if isinstance(http, dict) else None
    path, domain = event.get("rawPath"), context.get("domainName")
    # API Gateway's own host name puts the stage before the path; a custom domain does not.
    prefix = f"/{stage(event)}"
    if isinstance(domain, str) and ".execute-api." in domain and isinstance(path, str):
        path = path[len(prefix) :] if path.startswith(f"{prefix}/") else path
    return method, path, context.get("routeKey")


def api_id(event: Event) -> str | None:
    """Return requestContext.apiId, the id of the API or of the function URL."""
    value = event["requestContext"].get("apiId")
    return value if isinstance(value, str) else None


def stage(event: Event) -> str | None:
    """Return requestContext.stage."""
    value = event["requestContext"].get("stage")
    return value if isinstance(value, str) else None


HTTP_API = Source(
    "apigw_http_v2",
    http=True,
    authorizer=_http_api_authorizer,
    route=_route,
    api_id=api_id,
    stage=stage,
    rejection="http_v2",
)
FUNCTION_URL = Source(
    "function_url",
    http=True,
    authorizer=_url_authorizer,
    route=_route,
    api_id=api_id,
    stage=stage,
    rejection="http_v2",
)
