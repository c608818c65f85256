"""The shop's functions in AWS's emulator, with the layer attached and in one mode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..emulator.function import Function
from ..emulator.runtime import EmulatorError
from . import shop
from .aws import AWS
from .errors import DemoError
from .layer import EXAMPLES
from .processes import Processes

_TRIES = 3
_SECONDS = 20
_SETTLED = 0.1  # seconds in which an emulator whose port was taken has ended


@dataclass
class Act:
    """What came of all events in one mode.

    answers: of each step of `shop.STEPS`, in their order. records, output: of each function.
    invoked: Lambda's Invoke requests that reached AWS, by the function's name.
    """

    mode: str
    answers: list[list[Any]]
    records: dict[str, list[dict[str, Any]]]
    output: dict[str, str]
    invoked: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the contents of the records of one kind, function by function."""
        for records in self.records.values():
            yield from (record["lambda_guard"] for record in records if record["lambda_guard"]["kind"] == kind)

    def count(self, function: str, operation: str) -> int:
        """Return how many calls of an operation a function reported."""
        return max(
            (
                call["count"]
                for usage in self.of_kind("usage")
                for call in usage["calls"]
                if usage["function"] == function and call["operation"] == operation
            ),
            default=0,
        )


class Stage:
    """The functions in one mode."""

    def __init__(self, mode: str, processes: Processes, aws: AWS, opt: Path, python: str) -> None:
        self.mode = mode
        self._processes = processes
        self._aws = aws
        self._opt = opt
        self._python = python
        self._functions: dict[str, _Sandbox] = {}

    def start(self) -> None:
        """Start every function, one after the other: each looks for free ports of its own."""
        for name in shop.FUNCTIONS:
            self._functions[name] = self._start(name)

    def play(self) -> Iterator[shop.Step | Act]:
        """Send every event; yield each step when all of its answers are there, and the act at the end.

        Functions work side by side, and each takes its own events one after the other, as a sandbox does.
        """
        self._aws.functions = {name: function.invoke for name, function in self._functions.items()}
        self._aws.invoked = []
        answers: list[list[Any]] = [[] for _ in shop.STEPS]
        running: dict[Future[list[Any]], int] = {}
        waiting = {name: [n for n, step in enumerate(shop.STEPS) if step.function == name] for name in self._functions}

        def send_next(name: str) -> None:
            if waiting[name]:
                number = waiting[name].pop(0)
                running[self._processes.submit(self._send, shop.STEPS[number])] = number

        for name in waiting:
            send_next(name)
        while running:
            done = next(as_completed(running))
            number = running.pop(done)
            answers[number] = done.result()
            send_next(shop.STEPS[number].function)
            yield shop.STEPS[number]
        functions = self._functions.items()
        records = {name: function.records for name, function in functions}
        output = {name: function.output for name, function in functions}
        yield Act(self.mode, answers, records, output, tuple(self._aws.invoked))

    def _send(self, step: shop.Step) -> list[Any]:
        function = self._functions[step.function]
        try:
            return [function.invoke(event, seconds=_SECONDS) for event in step.events]
        except OSError as error:
            raise DemoError(f"function {step.function} did not answer: {error}\n{function.output[-2000:]}") from None

    def _start(self, name: str) -> _Sandbox:
        environ = {
            **shop.FUNCTIONS[name],
            "AWS_ENDPOINT_URL": self._aws.url,
            "AWS_REGION": shop.REGION,
            "AWS_DEFAULT_REGION": shop.REGION,
            "LAMBDA_GUARD_MODE": self.mode,
        }
        for attempt in range(1, _TRIES + 1):
            task = EXAMPLES / "shop" / name
            function = _Sandbox(task, layer=self._opt, python=self._python, environ=environ, name=name)
            self._processes.add(function)
            try:
                function.start()
            except EmulatorError as error:
                # Another program may have taken a port between its being found free and the emulator's start.
                function.stop()
                if attempt == _TRIES:
                    raise DemoError(f"function {name} cannot be started: {error}") from None
                continue
            break
        return function


class _Sandbox(Function):
    """A function that starts without a `with` block, and only where its emulator is the one that listens."""

    def start(self) -> None:
        """Start, and make sure that it is the emulator that listens. Raises EmulatorError."""
        self.__enter__()
        time.sleep(_SETTLED)
        if self._process is None or self._process.poll() is not None:
            raise EmulatorError(f"the emulator ended at once:\n{self.output[:500]}")

    def stop(self) -> None:
        """End it, and drop its log, which the records have been read from."""
        super().stop()
        self._log.unlink(missing_ok=True)
