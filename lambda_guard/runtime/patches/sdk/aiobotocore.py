"""aiobotocore's clients override `_make_api_call` with a coroutine of their own."""

from __future__ import annotations

from functools import partial

from ...boundary import hide_frame, outcome, passed_over, shielded
from ..guise import put, wrap
from .botocore import INSIDE, Call, arguments, built_from, current, ended, is_sdks_own, note_role_of, unwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the coroutines on the class; the call is judged when it is awaited, as it is sent.

    Its line is the one that made the coroutine, which may be awaited elsewhere: `asyncio.gather` has others do so.
    """
    call, failed, made_at = guard.call, guard.failed, guard.made_at
    owner = module.AioBaseClient
    original = owner.__dict__["_make_api_call"]
    early = INSIDE not in owner.__dict__ or not is_sdks_own(original)

    def make(self: Any, *args: Any, **kwargs: Any) -> Any:
        ours, stop = Call(), None
        ours.client = self
        try:
            ours.site = made_at(self)
        except Exception as error:
            stop = outcome(guard, "call", error)
        if stop is not None:
            try:
                raise stop
            finally:
                del stop
        return _make_api_call(ours, original.__get__(self, type(self)), self, args, kwargs)

    # What is sent is told by this name on the stack to have been judged.
    async def _make_api_call(ours: Call, wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        stop = None
        outer = current.get()
        if early:
            ours.judged = True
            try:
                ours.entry = call(client, *arguments(*args, **kwargs), site=ours.site)
            except Exception as error:
                stop = outcome(guard, "call", error, ("direct_invoke",), (client, args, kwargs))
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        current.set(ours)
        try:
            answer = await wrapped(*args, **kwargs)
        except BaseException as error:
            try:
                ended(ours, error, failed)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise
        finally:
            current.set(outer)
        if type(ours.params) is dict and "RoleArn" in ours.params:
            note_role(ours, answer)
        return answer

    note_role = shielded(partial(note_role_of, guard), guard, "call")

    async def _convert_to_request_dict(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        ours = current.get()
        if ours is not None and not ours.judged and ours.client is client:
            stop = operation = None
            ours.judged = True
            try:
                ours.params, operation = built_from(*args, **kwargs)
                ours.entry = call(client, operation, ours.params, site=ours.site)
            except Exception as error:
                ours.block = stop = outcome(guard, "call", error, ("direct_invoke",), (client, (operation,), {}))
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
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904
            raise

    passed_over(_make_api_call)
    put(owner, "_make_api_call", make, make)
    if not early:
        wrap(owner, INSIDE, passed_over(_convert_to_request_dict))


def remove(module: ModuleType) -> None:
    """Put the original coroutines back, unless somebody else has wrapped them since."""
    unwrap(module.AioBaseClient)
