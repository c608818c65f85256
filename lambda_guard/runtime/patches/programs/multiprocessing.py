"""Python's own worker processes, spawned or from a fork server: they start without an audit event.

What starts them is in `multiprocessing.util`, which boto3 loads; the modules that are waited for come with the first
of these processes.
"""

from __future__ import annotations

import os
import sys

from ..wrapping import around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

_NAME = "spawnv_passfds"
_patched: dict[ModuleType, tuple[Any, Any]] = {}


def apply(module: ModuleType, guard: Guard) -> None:
    """Follow each Python that is started; nothing where the rule is off."""
    util = module.util
    original = getattr(util, _NAME)
    if guard.config.direct_invoke.value == "off" or original is _patched.get(util, (None, None))[1]:
        return
    wrapper = around(original, _look(guard), guard, "multiprocessing")
    setattr(util, _NAME, wrapper)
    _patched[util] = original, wrapper


def remove(module: ModuleType) -> None:
    """Put the original function back, unless somebody else has wrapped it since."""
    util = module.util
    original, wrapper = _patched.pop(util, (None, None))
    if original is not None and getattr(util, _NAME) is wrapper:
        setattr(util, _NAME, original)


def _look(guard: Guard) -> Any:
    def look(args: Any, kwargs: Any) -> None:
        """Read spawnv_passfds(path, args, passfds)."""
        words = [os.fsdecode(word) for word in (args[1] if len(args) > 1 else kwargs["args"])]
        # The resource tracker runs nothing of the user's.
        if any(word.startswith("from multiprocessing.resource_tracker ") for word in words):
            return
        from .children import follow

        follow(guard, words[1:], None, sys._getframe(2))

    return look
