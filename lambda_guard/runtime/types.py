"""The nouns that every other module speaks. Imports nothing of ours, and nothing that costs start-up time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import ClassVar


class Mode:
    """What a finding leads to: `Mode.OFF`, `Mode.OBSERVE` or `Mode.ENFORCE`, and no other instances.

    `Mode("observe")` is one of them, `value` its name. No Enum: that would be the dearest line of a cold start.
    """

    OFF: ClassVar[Mode]
    OBSERVE: ClassVar[Mode]
    ENFORCE: ClassVar[Mode]
    value: str

    __slots__ = ("value",)

    def __new__(cls, value: object) -> Mode:
        """Return the mode of a name such as `observe`, or of a mode; ValueError for anything else."""
        for mode in _MODES:
            if value == mode.value or value is mode:
                return mode
        raise ValueError(f"{value!r} is no mode; choose from: {', '.join(mode.value for mode in _MODES)}")

    def __repr__(self) -> str:
        return f"<Mode {self.value}>"

    def __reduce__(self) -> tuple[type[Mode], tuple[str]]:
        return Mode, (self.value,)  # a copy is the same mode


def _mode(value: str) -> Mode:
    mode = object.__new__(Mode)
    mode.value = value
    return mode


_MODES = Mode.OFF, Mode.OBSERVE, Mode.ENFORCE = _mode("off"), _mode("observe"), _mode("enforce")


class Site:
    """The line of the user's code that a finding is about: file, line number, function name."""

    __slots__ = ("file", "function", "line")

    def __init__(self, file: str, line: int, function: str) -> None:
        self.file = file
        self.line = line
        self.function = function

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.function})"


_MOST_NAME = 256
_MOST_TEXT = 1000


def printable(text: str, most: int = _MOST_NAME) -> str:
    """Return a name as it may stand in a record: not longer than `most`, and of characters that print.

    A client may choose what stands where a stage, an id or a name belongs.
    """
    if len(text) > most:
        text = text[: most - 1] + "~"
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


class Finding:
    """One thing that a rule found, before a mode is applied to it. Names only, never a value of the user's.

    All that it says is printable and of bounded length, whatever it was made of.

    rule:    the rule's setting name, such as `direct_invoke`.
    issue:   stable id of what is wrong, such as `self-invoke`; part of the record format.
    target:  what it is about, by name: a function ARN, a route, a host and port.
    message: one sentence for the person who can act.
    details: further names that belong in the record (`operation`, `source`, `route`, ...); JSON values.
    """

    __slots__ = ("details", "issue", "message", "rule", "target")

    def __init__(
        self, rule: str, issue: str, target: str, message: str, details: Mapping[str, object] | None = None
    ) -> None:
        self.rule = rule
        self.issue = issue
        self.target = printable(target)
        self.message = printable(message, _MOST_TEXT)
        self.details = {
            name: printable(value) if isinstance(value, str) else value for name, value in (details or {}).items()
        }


class Exemption:
    """A target that a rule lets pass, with the reason and the last day (inclusive) on which it holds."""

    __slots__ = ("reason", "rule", "target", "until")

    def __init__(self, rule: str, target: str, reason: str, until: date) -> None:
        self.rule = rule
        self.target = target
        self.reason = reason
        self.until = until


# What became of a finding: the `decision` of its record. Text rather than another Enum, which costs start-up time.
ALLOWED = "allowed"
WOULD_BLOCK = "would_block"
BLOCKED = "blocked"


class Decision:
    """A finding times a mode.

    outcome:   ALLOWED, WOULD_BLOCK or BLOCKED.
    exemption: the one that applied, or that no longer does.
    """

    __slots__ = ("exemption", "expired", "finding", "outcome")

    def __init__(
        self, finding: Finding, outcome: str, exemption: Exemption | None = None, expired: bool = False
    ) -> None:
        self.finding = finding
        self.outcome = outcome
        self.exemption = exemption
        self.expired = expired
