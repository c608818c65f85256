"""Every call of every boto3 client, resource, paginator and waiter goes through `BaseClient._make_api_call`."""

from __future__ import annotations

import wrapt

from ..errors import InvokeBlocked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ..guard import Guard

_blocked_class: Any = None


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the method on the class, which reaches clients and bound methods that exist already."""
    call, failed = guard.call, guard.failed

    def _make_api_call(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        operation, params = args if len(args) == 2 else arguments(*args, **kwargs)
        try:
            entry = call(client, operation, params)
        except InvokeBlocked as block:
            raise block.with_traceback(None) from None  # the guard's own frames tell the user nothing
        try:
            return wrapped(*args, **kwargs)
        except BaseException as error:
            hide_frame(error)
            failed(entry, error)
            raise

    wrapt.wrap_function_wrapper(module, "BaseClient._make_api_call", _make_api_call)


def remove(module: ModuleType) -> None:
    """Put the original method back, unless somebody else has wrapped it since."""
    unwrap(module.BaseClient)


def unwrap(owner: Any) -> None:
    """Take our wrapper off a class's `_make_api_call`."""
    wrapper = owner.__dict__.get("_make_api_call")
    if isinstance(wrapper, wrapt.FunctionWrapper) and wrapper._self_wrapper.__module__.startswith(__package__):
        owner._make_api_call = wrapper.__wrapped__


def arguments(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Read `_make_api_call(operation_name, api_params)`, which some callers call with keywords."""
    operation = args[0] if args else kwargs.get("operation_name")
    params = args[1] if len(args) > 1 else kwargs.get("api_params")
    return operation, params if isinstance(params, dict) else {}


def hide_frame(error: BaseException) -> None:
    """Take our wrapper's frame out of a user's stack trace; a bare `raise` adds none."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def invoke_blocked(message: str, operation: str) -> InvokeBlocked:
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
    return invoke_blocked, (error.response["Error"]["Message"], error.operation_name)
