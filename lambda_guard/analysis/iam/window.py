"""The time and the number of invocations that evidence spans: what a statement about absence is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lambda_guard.analysis.evidence import FunctionUsage


@dataclass(frozen=True)
class Window:
    """What a statement about absence is worth: no use in this time, in so many invocations."""

    first: datetime | None
    last: datetime | None
    invocations: int
    functions: int

    def __str__(self) -> str:
        return ", ".join(
            part
            for part in (
                self._length(),
                counted(self.invocations, "invocation"),
                counted(self.functions, "function"),
            )
            if part
        )

    def _length(self) -> str:
        if self.first is None or self.last is None:
            return "unknown time"
        minutes = math.ceil((self.last - self.first).total_seconds() / 60)
        if minutes < 60:
            return counted(max(minutes, 1), "minute")
        return counted(round(minutes / 60), "hour") if minutes < 24 * 60 else counted(round(minutes / 1440), "day")


def window_of(functions: Sequence[FunctionUsage]) -> Window:
    """Return what the evidence of some functions spans."""
    firsts = [function.first for function in functions if function.first]
    lasts = [function.last for function in functions if function.last]
    return Window(
        min(firsts, default=None),
        max(lasts, default=None),
        sum(function.invocations for function in functions),
        len(functions),
    )


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural where it should be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
