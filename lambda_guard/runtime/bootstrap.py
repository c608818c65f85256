"""The life of one invocation, and the handler that the runtime is led to.

The file has this name because the runtime cuts the leading frames of files called `bootstrap.py` out of the stack
traces that users see. So nothing may stand between the runtime and user code that is not in this file.
"""

from __future__ import annotations

import os
import sys

from .. import _resolve as _resolve
from .boundary import hide_frame, outcome, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .guard import Guard

    Handler = Callable[[Any, Any], Any]

REDIRECT = f"{__name__}.handler"


def public(name: str) -> Any:
    """Resolve a name of `lambda_guard` with the guard loaded; sets it there."""
    if name == "handler":
        value = _guarded(os.environ.get("LAMBDA_GUARD_HANDLER"), "handler")
    else:
        from ..bootstrap import PUBLIC

        module = __import__(f"lambda_guard.runtime.{PUBLIC[name]}", fromlist=[name])
        value = getattr(module, name)
    setattr(sys.modules["lambda_guard"], name, value)
    return value


def __getattr__(name: str) -> Any:
    """Resolve `handler`, where the .pth file led the runtime."""
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import attach

    return _guarded(attach.redirected_from, "pth")


def _guarded(name: str | None, way: str) -> Handler:
    """Import the user's handler as the runtime would and wrap it; its errors are the runtime's own."""
    from . import attach

    guard = attach.at_handler(name, way)
    assert name is not None
    os.environ["_HANDLER"] = name
    handler = _resolve(name)
    return wrap(handler, guard) if guard else handler


def wrap(handler: Handler, guard: Guard) -> Handler:
    """Put a guard around a handler: judge the event, call the handler exactly once, then close the invocation."""
    begin, end = guard.begin, guard.end
    guard.handler = handler

    def guarded(event: Any, context: Any) -> Any:
        stop = invocation = None
        try:
            invocation = begin(event, context)
            if invocation is not None and invocation.refusal is not None:
                end(invocation, None)
                return invocation.refusal
        except Exception as error:
            stop = outcome(guard, "event", error, ("event_source", "authorizer"))
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        try:
            response = handler(event, context)
        except BaseException as error:  # only looked at: it goes on to the runtime as it is
            try:
                hide_frame(error)  # the runtime cuts our frame only where one of the user's follows
                if invocation is not None:
                    end(invocation, error)
            except Exception as fault:
                stop = outcome(guard, "end", fault)
                if stop is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise
        if invocation is not None:
            try:
                end(invocation, None, response)
            except Exception as error:
                stop = outcome(guard, "end", error)
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        return response

    guarded.__wrapped__ = handler  # type: ignore[attr-defined]
    for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
        try:
            setattr(guarded, attribute, getattr(handler, attribute))
        except Exception:  # an object may do anything when it is asked for a name, or have one that is no text
            continue
    try:
        return passed_over(guarded)
    except Exception as fault:
        guard.fault("start", fault)
        return guarded
