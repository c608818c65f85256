"""aiobotocore's clients override `_make_api_call` with a coroutine of their own."""

from __future__ import annotations

from ...errors import InvokeBlocked
from ..guise import wrap
from .botocore import arguments, hide_frame, unwrap

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
        try:
            entry = call(client, *arguments(*args, **kwargs))
        except InvokeBlocked as block:
            raise block.with_traceback(None) from None  # the guard's own frames tell the user nothing
        try:
            return await wrapped(*args, **kwargs)
        except BaseException as error:
            hide_frame(error)
            failed(entry, error)
            raise

    wrap(module.AioBaseClient, "_make_api_call", _make_api_call)


def remove(module: ModuleType) -> None:
    """Put the original coroutine back, unless somebody else has wrapped it since."""
    unwrap(module.AioBaseClient)
