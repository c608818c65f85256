"""Everything that the demo starts, and its end: nothing outlives the `with` block, whatever ends that."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType, TracebackType
from typing import Protocol, Self, TypeVar

from ..emulator.sessions import end_session
from .errors import DemoError, Interrupted

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WORKERS = 8


class Stoppable(Protocol):
    """What can be told to stop, at any time and more than once."""

    def stop(self) -> None:
        """Stop."""


class Processes:
    """Runs work in threads and programs in sessions of their own, and ends them all with its block.

    Only worker threads start programs: a signal's exception is raised in the main thread alone, so it cannot
    come between the start of a program and the note that it has to be ended.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_WORKERS)
        self._lock = threading.Lock()
        self._started: list[Stoppable] = []
        self._servers: list[Stoppable] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._interrupt) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ignore_signals()
        self._pool.shutdown(wait=False, cancel_futures=True)
        # Twice: what is being started during the first round is there for the second.
        self._stop_all()
        self._pool.shutdown(wait=True)
        self._stop_all()
        for server in self._servers:
            server.stop()
        if isinstance(error, Interrupted):
            return  # this program is about to end: a second signal must not keep it from saying so
        for number, handler in self._handlers.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Do something in a worker thread."""
        return self._pool.submit(work, *arguments)

    def add(self, started: Stoppable) -> None:
        """Note something that has to be stopped; to be called before it is started."""
        with self._lock:
            self._started.append(started)

    def add_server(self, server: Stoppable) -> None:
        """Note something in this process that the work talks to: it is stopped when no work is left."""
        self._servers.append(server)

    def run(self, command: Sequence[str]) -> str:
        """Run a program to its end and return what it printed. Raises DemoError with its complaint."""
        program = _Program(command)
        self.add(program)
        return program.run()

    def _stop_all(self) -> None:
        with self._lock:
            started = list(self._started)
        for item in reversed(started):
            item.stop()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._ignore_signals()  # a second Ctrl-C must not cut the tidying up short
        raise Interrupted(number)

    def _ignore_signals(self) -> None:
        for number in self._handlers:
            signal.signal(number, _ignored)


class _Program:
    """A program in a session of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> str:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        output, complaint = self._process.communicate()
        if self._process.returncode:
            raise DemoError(complaint.strip() or f"{self._command[1]} ended with code {self._process.returncode}")
        return output

    def stop(self) -> None:
        if self._process is not None:
            end_session(self._process.pid)


def _ignored(number: int, frame: FrameType | None) -> None:
    return
