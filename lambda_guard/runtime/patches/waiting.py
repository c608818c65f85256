"""Keeps the audit hook out of a start: while a function's code is loaded, it waits for what leaves the process.

With any hook in, Python prepares every event of every import for it, thousands for boto3 alone. So until the first
invocation these functions stand in for the hook: the first that is called puts it in, in time to see that very call.
A reference to one that somebody took meanwhile goes on to do what it did.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ..guard import Guard

# What raises an event that the hook looks at, and that nothing precedes which does.
_FUNCTIONS = {
    "os": ("execv", "execve", "posix_spawn", "posix_spawnp", "system"),
    "socket": ("getaddrinfo", "socket.connect", "socket.connect_ex"),
    "subprocess": ("Popen._execute_child",),
}
_end: Callable[[], None] | None = None
_standing: list[tuple[Any, str, Any, Any, bool]] = []


def arm(end: Callable[[], None]) -> None:
    """Wait for one of the functions to be called, which calls `end` before it does what it does."""
    global _end
    _end = end
    for name in _FUNCTIONS:
        if (module := sys.modules.get(name)) is not None:
            _stand_in(module)


def apply(module: ModuleType, _guard: Guard) -> None:
    """Stand in for the functions of a module that is imported meanwhile."""
    if _end is not None:
        _stand_in(module)


def remove(_module: ModuleType) -> None:
    """Nothing is left to do after `disarm`."""


def disarm() -> None:
    """Put the functions themselves back, but for those that somebody else has put something around."""
    global _end
    _end = None
    while _standing:
        owner, name, original, ours, own = _standing.pop()
        if owner.__dict__.get(name) is ours:
            setattr(owner, name, original) if own else delattr(owner, name)


def _stand_in(module: ModuleType) -> None:
    for path in _FUNCTIONS[module.__name__]:
        owner: Any = module
        class_name, _, name = path.rpartition(".")
        if class_name:
            owner = getattr(module, class_name)
        original = getattr(owner, name, None)
        if original is not None:
            ours = _before(original)
            _standing.append((owner, name, original, ours, name in owner.__dict__))
            setattr(owner, name, ours)


def _before(original: Any) -> Any:
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        end = _end
        if end is not None:
            end()
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            if error.__traceback__ is not None:
                error.__traceback__ = error.__traceback__.tb_next  # the user's stack trace is as it would be
            raise

    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(stand_in, attribute, getattr(original, attribute, None))
    stand_in.__wrapped__ = original  # type: ignore[attr-defined]
    return stand_in
