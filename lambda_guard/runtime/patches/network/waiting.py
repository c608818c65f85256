"""Keeps the audit hook out of a start: while a function's code is loaded, it waits for what leaves the process.

With any hook in, Python prepares every event of every import for it, thousands for boto3 alone. So until the first
invocation these functions stand in for the hook: the first that is called puts it in, in time to see that very call.
A reference to one that somebody took meanwhile goes on to do what it did.
"""

from __future__ import annotations

import sys

from ...boundary import hide_frame, outcome, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

# What raises an event that the hook looks at, and that nothing precedes which does.
_FUNCTIONS = {
    "os": ("execv", "execve", "posix_spawn", "posix_spawnp", "system"),
    "socket": ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "socket.connect", "socket.connect_ex"),
    "subprocess": ("Popen._execute_child",),
}
# What has sockets of its own, which raise the events and call none of these functions.
_OWN_SOCKETS = "gevent"
_end: Callable[[], None] | None = None
_guard: Guard | None = None
_standing: list[tuple[Any, str, Any, Any, bool]] = []


def arm(end: Callable[[], None], guard: Guard) -> None:
    """Wait for one of the functions to be called, which calls `end` before it does what it does."""
    global _end, _guard
    _end, _guard = end, guard
    if _OWN_SOCKETS in sys.modules:
        end()
        return
    for name in _FUNCTIONS:
        if (module := sys.modules.get(name)) is not None:
            _stand_in(module)


def apply(module: ModuleType, _guard: Guard) -> None:
    """Stand in for the functions of a module that is imported meanwhile."""
    if _end is not None:
        if module.__name__ == _OWN_SOCKETS:
            _end()
        else:
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
            ours: Any = _before(original)
            if type(original) is type(len):
                ours = _Builtin(ours)
            _standing.append((owner, name, original, ours, name in owner.__dict__))
            setattr(owner, name, ours)


class _Builtin(staticmethod):  # type: ignore[type-arg]
    """Stands for a builtin: it is equal to it, pickled as it, and not bound where it is a class's attribute.

    `os.supports_fd` is a set in which such functions are looked for.
    """

    def __init__(self, stand_in: Any) -> None:
        super().__init__(stand_in)
        self._original = stand_in.__wrapped__

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self._original == other)

    def __hash__(self) -> int:
        return hash(self._original)

    def __repr__(self) -> str:
        return repr(self._original)

    def __reduce__(self) -> tuple[Any, ...]:
        from operator import itemgetter

        return itemgetter(0), ((self._original,),)


def _before(original: Any) -> Any:
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        end = _end
        if end is not None:
            stop = None
            try:
                end()
            except Exception as error:
                stop = outcome(_guard, "audit", error)
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
                if (stop := outcome(_guard, "audit", fault)) is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise

    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(stand_in, attribute, getattr(original, attribute, None))
    stand_in.__wrapped__ = original  # type: ignore[attr-defined]
    return passed_over(stand_in)
