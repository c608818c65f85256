"""A reentrant lock that is no `RLock`: eventlet looks for those in all of a process, and warns of each."""

from __future__ import annotations

from _thread import allocate_lock, get_ident


class Turn:
    """One thread at a time, and the same one again within: a finaliser or a signal handler may come back in."""

    __slots__ = ("_depth", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Wait for the turn as a lock's method of that name does; returns whether this thread has it."""
        me = get_ident()
        if self._owner != me:
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = me
        self._depth += 1
        return True

    def release(self) -> None:
        """Give it back; nothing where this thread has not got it."""
        if self._owner == get_ident():
            self._depth -= 1
            if not self._depth:
                self._owner = None
                self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
