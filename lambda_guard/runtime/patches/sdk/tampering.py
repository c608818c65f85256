"""Calls of botocore that go past the guard: noticed where they are sent, mended if that can be, and said once."""

from __future__ import annotations

import sys

from .. import importing
from .botocore import FRONT_DOORS, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ...guard import Guard

_CALL = "_make_api_call"
_BOTOCORE = "botocore.client"
_told: Guard | None = None


def watch(guard: Guard, frame: FrameType | None) -> None:
    """Report, once, that calls go past the guard: botocore's own method is back, or is called with nothing around it.

    Whatever wraps the method, and wherever that keeps what it wraps: only what a call really passes counts.
    """
    global _told
    module = sys.modules.get(_BOTOCORE)
    if module is None or _told is guard:
        return
    method = module.BaseClient.__dict__.get(_CALL)
    if importing.applied(_BOTOCORE) is not module:
        importing.catch_up(guard)
        if not _passes_by(frame):
            return
        message = "botocore was loaded past the guard, which sees its calls from now on: earlier ones are not counted"
    elif is_ours(method) or not (_is_botocores(method) or _passes_by(frame)):
        return
    else:
        message = "the guard's patch was removed: calls are not counted; load the guard after whatever removed it"
    _told = guard
    guard.unseen("patch-removed", _BOTOCORE, message, None)


def _is_botocores(method: Any) -> bool:
    return str(getattr(method, "__globals__", {}).get("__name__")).startswith("botocore.")


def _passes_by(frame: FrameType | None) -> bool:
    """Tell whether a call of botocore's is on a stack, and the guard is not."""
    passes = False
    while frame is not None:
        if frame.f_code.co_name == _CALL:
            name = frame.f_globals.get("__name__")
            if name in FRONT_DOORS:
                return False
            passes = passes or name == _BOTOCORE
        frame = frame.f_back
    return passes
