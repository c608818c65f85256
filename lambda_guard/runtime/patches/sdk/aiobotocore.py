"""aiobotocore's clients override `_make_api_call` with a coroutine of their own."""

from __future__ import annotations

from ...boundary import hide_frame, outcome, passed_over
from ..guise import wrap
from .botocore import arguments, unwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the coroutine on the class; the call is judged when it is awaited, as it is sent."""
    call, failed = guard.call, guard.failed

    async def _make_api_call(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        stop = entry = None
        try:
            entry = call(client, *arguments(*args, **kwargs))
        except Exception as error:
            stop = outcome(guard, "call", error, ("direct_invoke",), (client, args, kwargs))
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        try:
            return await wrapped(*args, **kwargs)
        except BaseException as error:
            try:
                hide_frame(error)
                failed(entry, error)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise

    wrap(module.AioBaseClient, "_make_api_call", passed_over(_make_api_call))


def remove(module: ModuleType) -> None:
    """Put the original coroutine back, unless somebody else has wrapped it since."""
    unwrap(module.AioBaseClient)
