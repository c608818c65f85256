"""Every call of every boto3 client, resource, paginator and waiter goes through `BaseClient._make_api_call`.

A plain function stands around botocore's own method: importing wrapt would be a fifth of what the guard adds to a start
with boto3, and its calls cost more. wrapt stands around whatever else is found there, such as another library's
wrapper, which has to be bound as the class would bind it.
"""

from __future__ import annotations

from functools import update_wrapper

from ...boundary import hide_frame, outcome, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

_RULES = ("direct_invoke",)
FRONT_DOORS = frozenset(f"{__package__}.{name}" for name in ("botocore", "aiobotocore"))


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the method on the class, which reaches clients and bound methods that exist already."""
    original = module.BaseClient.__dict__["_make_api_call"]
    if type(original) is type(apply):
        module.BaseClient._make_api_call = _around(original, guard)
        return
    from ..guise import wrap

    wrap(module.BaseClient, "_make_api_call", _wrapper(guard))


def _around(original: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    call, failed = guard.call, guard.failed

    # Not botocore's own parameters: a caller's mistake would be reported from here, with a frame less than its own.
    def _make_api_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        stop = entry = None
        usual = len(args) == 2 and not kwargs
        try:
            operation, params = args if usual else arguments(*args, **kwargs)
            entry = call(self, operation, params)
        except Exception as error:
            stop = outcome(guard, "call", error, _RULES, (self, args, kwargs))
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        try:
            if usual:  # Python calls quicker what it need not take apart
                return original(self, operation, params)
            return original(self, *args, **kwargs)
        except BaseException as error:
            try:
                hide_frame(error)
                failed(entry, error)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise

    return passed_over(update_wrapper(_make_api_call, original))


def _wrapper(guard: Guard) -> Callable[..., Any]:
    call, failed = guard.call, guard.failed

    def _make_api_call(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        stop = entry = None
        try:
            entry = call(client, *arguments(*args, **kwargs))
        except Exception as error:
            stop = outcome(guard, "call", error, _RULES, (client, args, kwargs))
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        try:
            return wrapped(*args, **kwargs)
        except BaseException as error:
            try:
                hide_frame(error)
                failed(entry, error)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904
            raise

    return passed_over(_make_api_call)


def remove(module: ModuleType) -> None:
    """Put the original method back, unless somebody else has wrapped it since."""
    unwrap(module.BaseClient)


def unwrap(owner: Any) -> None:
    """Take our wrapper off a class's `_make_api_call`."""
    wrapper = owner.__dict__.get("_make_api_call")
    if is_ours(wrapper):
        owner._make_api_call = wrapper.__wrapped__


def is_ours(method: Any) -> bool:
    """Tell whether a method is our wrapper, whichever of the two; what is above or below it does not count."""
    code_of = getattr(method, "_self_wrapper", method)  # wrapt's keep their function there, and show the wrapped one's
    return getattr(code_of, "__globals__", {}).get("__name__") in FRONT_DOORS


def arguments(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Read `_make_api_call(operation_name, api_params)`, which some callers call with keywords."""
    operation = args[0] if args else kwargs.get("operation_name")
    return operation, args[1] if len(args) > 1 else kwargs.get("api_params")
