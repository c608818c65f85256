"""A look before each call of another library's function or coroutine, of which its stack traces show nothing."""

from __future__ import annotations

from functools import wraps

from ..errors import GuardError
from .sdk.botocore import hide_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Look = Callable[[tuple[Any, ...], dict[str, Any]], None]

_COROUTINE = 0x80  # a code's flag


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def around(original: Any, look: Look, awaiting: Callable[[], Any] = _Nothing) -> Any:
    """Return a plain function, or coroutine function, that looks at the arguments and then does what `original` does.

    look: raises the guard's blocks; the frame that calls is the third of its stack.
    awaiting: makes the context in which a coroutine is awaited. It is judged then, as it is sent.
    """
    if getattr(getattr(original, "__code__", None), "co_flags", 0) & _COROUTINE:

        @wraps(original)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            try:
                look(args, kwargs)
            except GuardError as block:
                raise block.with_traceback(None) from None  # the guard's own frames tell the user nothing
            try:
                with awaiting():
                    return await original(*args, **kwargs)
            except BaseException as error:
                hide_frame(error)
                raise

        return awaited

    @wraps(original)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            look(args, kwargs)
        except GuardError as block:
            raise block.with_traceback(None) from None
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            hide_frame(error)
            raise

    return called
