"""Functions do not call functions directly."""

from __future__ import annotations

from ..errors import InvokeBlocked
from ..match import any_matches
from ..services.invoke import CHECKPOINT, Function, invoked
from ..types import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..services.endpoints import Request
    from ..settings.config import Config

RULE = "direct_invoke"
ISSUES = {
    "direct-invoke": "a function invokes another function",
    "self-invoke": "a function invokes itself",
    "chained-invoke": "a durable function invokes another function through its checkpoint",
}
_blocked_class: Any = None
ADVICE = (
    "send an event (SQS, SNS, EventBridge) or let Step Functions call it; "
    "an accepted call goes into LAMBDA_GUARD_ALLOW_INVOKE"
)


def check(operation: str, params: object, region: str | None, own: Function, config: Config) -> list[Finding]:
    """Return a finding for each function that a Lambda API call would invoke and that is not allowed.

    own: the function this process runs; its account is None until the first invocation tells it.
    """
    return [
        finding
        for function in invoked(operation, params)
        if (finding := _judge(operation, _complete(function, region, own), own, config.allow_invoke))
    ]


def check_request(request: Request, own_url: str | None, own: Function, config: Config) -> list[Finding]:
    """Return a finding for each function that an HTTP request would invoke and that is not allowed.

    own_url: host of this function's own URL, where the event came through it.
    """
    from ..services.endpoints import invoke_request, is_function_url, may_serve_lambda, public_url, region

    if is_function_url(request.host):
        host = public_url(request.host)
        if any_matches(config.allow_invoke, (host, request.host)):
            return []
        own_host = public_url(own_url) if own_url else None
        issue, what = ("self-invoke", "itself") if host == own_host else ("direct-invoke", "another function")
        message = f"{own.name or 'this function'} invokes {what} through a function URL: {ADVICE}"
        return [Finding(RULE, issue, host, message, {"service": "lambda", "operation": "InvokeFunctionUrl"})]
    if not may_serve_lambda(request.host):
        return []  # an object of S3 may have any path
    call = invoke_request(request.method, request.target, request.invocation_type)
    if call is None and request.updates is not None:
        call = CHECKPOINT, {"Updates": request.updates}
    return check(*call, region(request.host), own, config) if call is not None else []


def _complete(function: Function, region: str | None, own: Function) -> Function:
    """Fill in what the caller left out: names are looked up in the client's region and the role's account."""
    return Function(
        function.name,
        function.qualifier,
        function.account or own.account,
        function.region or region or own.region,
        function.partition or own.partition,
    )


def _judge(operation: str, function: Function, own: Function, allowed: Iterable[str]) -> Finding | None:
    names = function.names()
    if function.account != own.account:
        # A bare name in the allow-list means this account's function.
        names = tuple(name for name in names if "function:" in name)
    if any_matches(allowed, names):
        return None
    same_place = function.account == own.account and function.region == own.region
    if function.name == own.name and same_place:
        issue, what = "self-invoke", "invokes itself"
    elif operation == CHECKPOINT:
        issue, what = "chained-invoke", f"invokes {function.name} through a durable checkpoint"
    else:
        issue, what = "direct-invoke", f"invokes {function.name} directly"
    message = f"{own.name or 'this function'} {what}: {ADVICE}"
    return Finding(RULE, issue, str(function), message, {"service": "lambda", "operation": operation})


def blocked(message: str, operation: str) -> InvokeBlocked:
    """Make the error of a blocked invoke, which is botocore's ClientError for a denied call too."""
    global _blocked_class
    if _blocked_class is None:
        from botocore.exceptions import ClientError

        _blocked_class = type("InvokeBlocked", (InvokeBlocked, ClientError), {"__reduce__": _reduce})
        _blocked_class.__module__ = InvokeBlocked.__module__
    response = {
        "Error": {"Code": "AccessDeniedException", "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    error: InvokeBlocked = _blocked_class(response, operation)
    return error


def _reduce(error: Any) -> tuple[Any, ...]:
    """Say how to make a block again: pickle cannot find its class, which is made here, by name."""
    return blocked, (error.response["Error"]["Message"], error.operation_name)
