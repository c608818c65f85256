"""The function's log: what descriptor 1 was when the guard came, whatever becomes of that number.

A function may silence a native library by pointing descriptor 1 elsewhere, capture its own output, or close it. So the
records go through a duplicate of our own, past every stream of the user's.
"""

from __future__ import annotations

import os

from ..taken import System, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Record

_STDOUT = 1
_MOST_LINES = 256  # kept while the log cannot be written
_MOST_BYTES = 1 << 20
_PATIENCE_SECONDS = 1  # with a full pipe that does not block
# Lambda Managed Instances fork workers, and give each another log before its handler is imported.
_PER_WORKER = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"


class Log:
    """A sink. `kept` are lines that could not be written yet, oldest first."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self._system = System()
        self._fd = -1
        self._identity: object = None
        self._forked_from = 0  # the process whose workers get logs of their own

    def open(self) -> None:
        """Take what descriptor 1 is now for the log."""
        system = self._system
        self._close()
        try:
            fd = system.dup(_STDOUT)
        except OSError:  # this process has no standard output
            return
        self._fd, self._identity = fd, self._who(fd)
        self._forked_from = os.getpid() if _PER_WORKER in os.environ else 0

    def __call__(self, record: Record) -> None:
        """Write a record, or keep it until the log can be written."""
        # Before the line too, for nobody can tell whether the last byte that the function wrote ended its line.
        # In one write, so that threads do not tear it.
        line = f"\n{encode(record)}\n".encode("ascii")
        if len(self.kept) < _MOST_LINES and len(line) + sum(map(len, self.kept)) <= _MOST_BYTES:
            self.kept.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what was kept, as far as that is possible now."""
        while self.kept:
            try:
                line = self.kept.pop(0)
            except IndexError:  # another thread has it
                return
            if not self._write(line):
                self.kept.insert(0, line)
                return

    def _write(self, line: bytes) -> bool:
        fd = self._descriptor()
        if fd < 0:
            return False
        rest: Any = line
        while rest:
            try:
                rest = rest[self._system.write(fd, rest) :]
            except BlockingIOError:
                if not _writable(fd):
                    return False
            except OSError:
                return False
        return True

    def _descriptor(self) -> int:
        """Return a descriptor that is the log; -1 where there is none any more."""
        if self._forked_from and self._forked_from != os.getpid():
            self._fd = -1  # the parent's log, which another process may read
            self.open()
            self._forked_from = 0  # what a worker forks is the user's
        if self._who(self._fd) == self._identity:
            return self._fd
        # The function closed whatever it did not know, and our number may be a file of its own by now.
        self._fd = -1
        if self._identity is not None and self._who(_STDOUT) == self._identity:
            self._fd = self._system.dup(_STDOUT)
        return self._fd

    def _who(self, fd: int) -> object:
        try:
            status = self._system.fstat(fd)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0 and self._who(fd) == self._identity:
            self._system.close(fd)
        self._identity = None


def _writable(fd: int) -> bool:
    """Wait for a full pipe that does not block, but not for ever."""
    from select import POLLOUT, poll

    waiting = poll()
    waiting.register(fd, POLLOUT)
    return bool(waiting.poll(_PATIENCE_SECONDS * 1000))
