"""A look before each call of another library's function or coroutine, of which its stack traces show nothing."""

from __future__ import annotations

from functools import wraps

from ..boundary import hide_frame, outcome, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..guard import Guard

    Look = Callable[[tuple[Any, ...], dict[str, Any]], Callable[[], None] | None]

_COROUTINE = 0x80  # a code's flag


def _nothing() -> Any:
    """Enter nothing."""


def around(
    original: Any,
    look: Look,
    guard: Guard | None = None,
    where: str = "call",
    rules: tuple[str, ...] = (),
    awaiting: Callable[[], Callable[[], None] | None] = _nothing,
) -> Any:
    """Return a plain function, or coroutine function, that looks at the arguments and then does what `original` does.

    look: reads the arguments, and returns what is to judge them where they may matter, which raises the guard's blocks;
    the frame that calls is the third of its stack. What else the two raise is a fault, reported as one of `where`, and
    refused as `rules` say where it could not be judged. guard: who reports it; nobody where there is none.
    awaiting: called before a coroutine is awaited, for it is judged then, as it is sent; returns what is called after.
    """
    if getattr(getattr(original, "__code__", None), "co_flags", 0) & _COROUTINE:

        @wraps(original)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            stop = after = None
            refused: tuple[str, ...] = ()
            try:
                judge = look(args, kwargs)
                if judge is not None:
                    refused = rules
                    judge()
                after = awaiting()
            except Exception as error:
                stop = outcome(guard, where, error, refused)
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
            try:
                return await original(*args, **kwargs)
            except BaseException as error:
                try:
                    hide_frame(error)
                except Exception as fault:
                    if (stop := outcome(guard, where, fault)) is not None:
                        raise stop  # noqa: B904 - what was raised before is its context, as it would be
                raise
            finally:
                if after is not None:
                    try:
                        after()
                    except Exception as fault:
                        if (stop := outcome(guard, where, fault)) is not None:
                            raise stop  # noqa: B904

        return passed_over(awaited)

    @wraps(original)
    def called(*args: Any, **kwargs: Any) -> Any:
        stop = None
        refused: tuple[str, ...] = ()
        try:
            judge = look(args, kwargs)
            if judge is not None:
                refused = rules
                judge()
        except Exception as error:
            stop = outcome(guard, where, error, refused)
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            try:
                hide_frame(error)
            except Exception as fault:
                if (stop := outcome(guard, where, fault)) is not None:
                    raise stop  # noqa: B904
            raise

    return passed_over(called)
