"""What the lint found, and where."""

from __future__ import annotations

from dataclasses import dataclass

from lambda_guard.analysis.lint.rules import RULES, Rule

_LONGEST = 200


class Unreadable(ValueError):
    """A file that cannot be read as what it seems to be. line, column: where, from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, order=True)
class Finding:
    """One finding. line and column count from 1; what: the names that it is about, never a value.

    evidence: what records tell of it, where they are given.
    """

    file: str
    line: int
    column: int
    id: str
    what: str
    evidence: str = ""

    @property
    def rule(self) -> Rule:
        """The rule that it is of."""
        return RULES[self.id]

    @property
    def message(self) -> str:
        """One sentence: what was found and why it matters."""
        text = f"{self.what}: {self.rule.why}" if self.what else self.rule.why
        return f"{text} {self.evidence}" if self.evidence else text


def printable(text: str) -> str:
    """Return a name as it may be shown: on one line, of bounded length, unable to steer a terminal."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
