"""How the demo ends when it does not end well."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot run here, or did not show what it set out to; says what was found and what to do."""


class Interrupted(Exception):
    """A signal asked the demo to end. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number
