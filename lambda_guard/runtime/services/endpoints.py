"""Host names and request paths: which requests invoke a function, and what kind of host a database is on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# (version, last word of the path) -> operation. All are POST /{version}/functions/{FunctionName}/{last word}.
# https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
_PATHS = {
    ("2015-03-31", "invocations"): "Invoke",
    ("2014-11-13", "invoke-async"): "InvokeAsync",
    ("2021-11-15", "response-streaming-invocations"): "InvokeWithResponseStream",
}
_CHECKPOINT = ("2025-12-01", "durable-executions", "checkpoint")

# Ends of host names -> kind; the first that fits.
# https://docs.aws.amazon.com/general/latest/gr/rds-service.html and the pages of the other services
_KINDS = (
    (".rds", "rds"),
    (".cache", "elasticache"),
    (".docdb", "documentdb"),
    (".memorydb", "memorydb"),
    (".redshift", "redshift"),
    (".redshift-serverless", "redshift"),
    (".neptune", "neptune"),
)
_SUFFIXES = (
    ".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk",
    ".csp.hci.ic.gov", ".api.aws", ".api.amazonwebservices.com.cn", ".api.amazonwebservices.eu", ".api.aws.ic.gov",
    ".api.aws.scloud", ".api.cloud-aws.adc-e.uk", ".api.aws.hci.ic.gov", ".on.aws",
)  # fmt: skip
RDS_PROXY = "rds-proxy"


class Request:
    """What is known of a request before it is sent. `updates` is what a durable function's checkpoint says."""

    __slots__ = ("awaits_body", "body", "headers", "host", "invocation_type", "method", "target", "updates")

    def __init__(
        self, method: str, host: str, target: str, headers: Iterable[tuple[str, str]] = (), body: object = None
    ) -> None:
        self.method = method
        self.host = normal(host)
        self.target = target
        self.headers = headers = list(headers)
        self.body = body
        self.invocation_type = next((value for name, value in headers if name.lower() == "x-amz-invocation-type"), None)
        checkpoint = is_checkpoint(method, target)
        self.updates = _updates(body) if body and checkpoint else None
        self.awaits_body = checkpoint and not body


def _updates(body: object) -> object:
    import json

    try:
        content = json.loads(body) if isinstance(body, (str, bytes)) else None
    except ValueError:
        return None
    return content.get("Updates") if isinstance(content, dict) else None


def invoke_request(method: str, target: str, invocation_type: str | None = None) -> tuple[str, dict[str, Any]] | None:
    """Read an HTTP request as the call of the `lambda` service that it is, if it invokes a function.

    target: path and query as sent, percent-encoded, with or without scheme and host.
    invocation_type: value of the header X-Amz-Invocation-Type.
    Returns (operation, params) as botocore would have them, whatever the host: a path with its API version tells.
    """
    if method != "POST":
        return None
    path, _, query = target.partition("?")
    words = [word for word in _unquote(path).split("/") if word]
    if len(words) < 4 or words[-3] != "functions":
        return None
    operation = _PATHS.get((words[-4], words[-1]))
    if operation is None:
        return None
    params: dict[str, Any] = {"FunctionName": words[-2]}
    for field in query.split("&") if query else ():
        name, _, value = field.partition("=")
        if name == "Qualifier":
            params["Qualifier"] = _unquote(value)
        elif name.lower() == "x-amz-invocation-type":
            invocation_type = _unquote(value)
    if operation == "Invoke" and invocation_type:
        params["InvocationType"] = invocation_type
    return operation, params


def is_checkpoint(method: str, target: str) -> bool:
    """Tell whether a request is a durable function's checkpoint, whose body may start other functions."""
    words = target.partition("?")[0].split("/")
    return method == "POST" and words[-1] == _CHECKPOINT[2] and _CHECKPOINT[1] in words and _CHECKPOINT[0] in words


def _unquote(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def normal(host: str) -> str:
    """Return a host name as it is compared: lower case, without the root's dot, without a port."""
    return host.lower().partition(":")[0].rstrip(".")


def is_function_url(host: str) -> bool:
    """Tell whether a host is a function URL's: `{id}.lambda-url.{region}.on.aws`, or of a cell: `cell-1-lambda-url`.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
    """
    labels = host.split(".")
    return len(labels) == 5 and labels[1].endswith("lambda-url") and labels[3:] == ["on", "aws"]


def public_url(host: str) -> str:
    """Return the host of a function URL without its cell, as Lambda's API and users name it."""
    labels = normal(host).split(".")
    labels[1:2] = ["lambda-url"]
    return ".".join(labels)


def is_lambda_api(host: str) -> bool:
    """Tell whether a host is an endpoint of the Lambda API: public, FIPS, dual-stack or of a VPC endpoint.

    https://docs.aws.amazon.com/general/latest/gr/lambda-service.html
    """
    stem = _stem(host)
    if stem is None:
        return False
    labels = stem.split(".")
    if labels[-1] == "vpce":  # {vpce id}[-{zone}].lambda.{region}.vpce
        labels = labels[1:-1]
    return len(labels) == 2 and labels[0] in ("lambda", "lambda-fips")


def may_serve_lambda(host: str) -> bool:
    """Tell whether a host may be the Lambda API, by its own name or by one that is not AWS's: a proxy, an emulator."""
    return _stem(host) is None or is_lambda_api(host)


def region(host: str) -> str | None:
    """Return the region in the name of a Lambda endpoint or a function URL; None for any other host."""
    if is_function_url(host):
        return host.split(".")[2]
    if not is_lambda_api(host):
        return None
    labels = (_stem(host) or "").split(".")
    return labels[-2] if labels[-1] == "vpce" else labels[-1]


def host_kind(host: str | None) -> str:
    """Return what a database's host is: rds, rds-proxy, elasticache, ..., or other. The name itself is not kept."""
    stem = _stem(normal(host)) if host else None
    if stem is None:
        return "other"
    if stem.endswith(".dsql") or ".dsql." in stem:
        return "dsql"
    for end, kind in _KINDS:
        # The region stands before the service's word or after it, and in China's names it may be either.
        if stem.endswith(end) or f"{end}." in stem:
            return RDS_PROXY if kind == "rds" and _is_proxy(stem) else kind
    return "other"


def _is_proxy(stem: str) -> bool:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html: name.[endpoint.]proxy-id."""
    return any(label.startswith("proxy-") for label in stem.split(".")[1:3])


def _stem(host: str) -> str | None:
    """Return a host name without AWS's domain; None for a host that is not AWS's."""
    for suffix in _SUFFIXES:
        if host.endswith(suffix):
            return host[: -len(suffix)]
    return None
