"""Python's own worker processes, spawned or from a fork server, are guarded as their parent is.

Each first unpickles what `multiprocessing.spawn.get_preparation_data` made for it. One more entry there installs the
guard as it is unpickled, and leaves nothing behind: no variable, no path, no output. A fork needs nothing.
"""

from __future__ import annotations

import os

from ...boundary import outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

_NAME = "get_preparation_data"
_KEY = "lambda_guard"
_ROOT = os.path.dirname(os.path.abspath(__file__)).rpartition("/lambda_guard/")[0]
# Run in the worker, whose path is only set afterwards. Nothing may come out of it.
_INSTALL = """
import sys
sys.path.insert(0, root)
try:
    from lambda_guard.runtime.patches.programs.multiprocessing import install
    install(partition, account)
except Exception as fault:
    print(f"lambda_guard: a worker process runs unguarded: {type(fault).__name__}", file=sys.stderr)
finally:
    if root in sys.path:
        sys.path.remove(root)
"""
_patched: dict[ModuleType, tuple[Any, Any]] = {}


class _Entry:
    """What is pickled as a call that installs the guard."""

    def __init__(self, guard: Guard) -> None:
        self._names = {"root": _ROOT, "partition": guard.partition, "account": guard.journal.account}

    def __reduce__(self) -> tuple[Any, tuple[str, dict[str, Any]]]:
        return exec, (_INSTALL, self._names)


def install(partition: str | None, account: str | None) -> None:
    """Guard this process with the settings and the account that its parent runs with."""
    from ... import attach

    guard = attach.install()
    guard.partition, guard.journal.account = partition, account


def apply(module: ModuleType, guard: Guard) -> None:
    """Add the entry; nothing where no rule or recorder is on, or the function attaches by hand."""
    spawn = module.spawn
    original = getattr(spawn, _NAME)
    if guard.config.attach == "manual" or original is _patched.get(spawn, (None, None))[1]:
        return

    def get_preparation_data(*args: Any, **kwargs: Any) -> Any:
        data = original(*args, **kwargs)
        try:
            data[_KEY] = _Entry(guard)
        except Exception as error:
            if (stop := outcome(guard, "multiprocessing", error)) is not None:
                raise stop from None
        return data


    setattr(spawn, _NAME, get_preparation_data)
    _patched[spawn] = original, get_preparation_data


def remove(module: ModuleType) -> None:
    """Put the original function back, unless somebody else has wrapped it since."""
    spawn = module.spawn
    original, wrapper = _patched.pop(spawn, (None, None))
    if original is not None and getattr(spawn, _NAME) is wrapper:
        setattr(spawn, _NAME, original)
