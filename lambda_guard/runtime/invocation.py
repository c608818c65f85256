"""The life of one invocation: what is known of one run of the handler."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .errors import GuardError
    from .types import Decision, Site


class Invocation:
    """What is known of one run of the handler. `refusal` is the response to give instead of calling it."""

    __slots__ = ("blocked", "context", "event", "outer", "refusal")

    def __init__(self, event: Any, context: object, outer: Invocation | None) -> None:
        self.event = event
        self.context = context
        self.outer = outer
        self.blocked: list[tuple[Decision, Site | None, GuardError]] = []
        self.refusal: Any = None
