"""uvloop, whose connections are libuv's: no audit event tells of them."""

from __future__ import annotations

import sys

from ..wrapping import around
from . import outgoing, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

_NAME = "create_connection"
_ours: Any = None


def apply(module: ModuleType, guard: Guard) -> None:
    """Look at each connection by its arguments. The class is Python's, the method is its base's."""
    global _ours
    original = getattr(getattr(module, "Loop", None), _NAME, None)
    if original is not None:  # else it is another module of that name
        _ours = around(original, _look(guard), guard, "uvloop", ("direct_invoke", "connection"))
        setattr(module.Loop, _NAME, _ours)


def remove(module: ModuleType) -> None:
    """Take the method off again, unless somebody else has put something around it since."""
    if _ours is not None and module.Loop.__dict__.get(_NAME) is _ours:
        delattr(module.Loop, _NAME)


def _look(guard: Guard) -> Any:
    def look(args: Any, kwargs: Any) -> Callable[[], None] | None:
        """Read create_connection(loop, protocol_factory, host=None, port=None, ...)."""
        host = args[2] if len(args) > 2 else kwargs.get("host")
        port = args[3] if len(args) > 3 else kwargs.get("port")
        if not isinstance(host, str):
            return None
        frame = sys._getframe(2)
        connection = sockets.database(host, host, port, frame)

        def judge() -> None:
            outgoing.connected(guard, host, False, frame)
            if connection is not None:
                guard.connection(*connection, frame)

        return judge

    return look
