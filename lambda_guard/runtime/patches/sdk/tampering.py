"""Patches that another library has removed: noticed and said, once."""

from __future__ import annotations

from .. import importing
from .botocore import is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...guard import Guard

_known: object = None


def watch(guard: Guard) -> None:
    """Report, once, that the patch of botocore is gone: another library put its own version of the method there."""
    global _known
    module = importing.applied("botocore.client")
    method = getattr(module, "BaseClient", type).__dict__.get("_make_api_call")
    if module is None or method is _known:
        return
    _known = method
    if not _holds_ours(method):
        message = "the guard's patch was removed: calls are not counted; load the guard after whatever removed it"
        guard.unseen("patch-removed", "botocore.client", message, None)


def _holds_ours(method: Any) -> bool:
    """Tell whether our wrapper is a method or somewhere beneath other libraries' wrappers."""
    waiting, depth = [method], 0
    while waiting and depth < 50:
        method, depth = waiting.pop(), depth + 1
        if is_ours(method):
            return True
        waiting += [cell.cell_contents for cell in getattr(method, "__closure__", None) or () if _is_full(cell)]
        inner = getattr(method, "__wrapped__", None)
        waiting += [inner] if inner is not None else []
    return False


def _is_full(cell: Any) -> bool:
    try:
        return callable(cell.cell_contents)
    except ValueError:
        return False
