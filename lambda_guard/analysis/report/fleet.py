"""What evidence says of a fleet, gathered by function: the one thing that report, readiness and baseline look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from lambda_guard.analysis.evidence import Attached, Evidence, Fault, Found, FunctionUsage, Lines, Seen

Key = tuple[str, str | None, str]
OFTEN = 20  # invocations below which hardly anything can be said


@dataclass(frozen=True)
class Function:
    """What is known of one function.

    account:  None where no record tells it. attached: None where its first records are not in the evidence.
    new:      facts with the time at which each was first told, latest first.
    """

    name: str
    account: str | None
    region: str
    attached: Attached | None = None
    usage: FunctionUsage | None = None
    findings: tuple[Found, ...] = ()
    faults: tuple[Fault, ...] = ()
    new: tuple[Seen, ...] = field(default=(), repr=False)

    @property
    def key(self) -> Key:
        """Return what it is known by."""
        return self.name, self.account, self.region

    @property
    def invocations(self) -> int:
        """Return how many invocations the records tell of."""
        return self.usage.invocations if self.usage else 0

    @property
    def cold_starts(self) -> int:
        """Return how many sandboxes there were."""
        return max(self.usage.sandboxes if self.usage else 0, self.attached.sandboxes if self.attached else 0)

    @property
    def first(self) -> datetime | None:
        """Return when it was first seen."""
        return min(self._times("first"), default=None)

    @property
    def last(self) -> datetime | None:
        """Return when it was last seen."""
        return max(self._times("last"), default=None)

    @property
    def days(self) -> float:
        """Return for how many days it was seen."""
        return (self.last - self.first).total_seconds() / 86400 if self.first and self.last else 0.0

    def setting(self, name: str) -> object:
        """Return a setting that its latest sandbox announced; None where none did."""
        return self.attached.settings.get(name) if self.attached else None

    def mode(self, rule: str) -> str:
        """Return the mode of a rule, as its latest sandbox announced it; empty where none did."""
        mode = self.setting(rule) or self.setting("mode") or (self.attached.mode if self.attached else "")
        return mode if isinstance(mode, str) else ""

    def _times(self, which: str) -> Iterable[datetime]:
        for part in (self.attached, self.usage, *self.findings):
            time = getattr(part, which, None)
            if time is not None:
                yield time


@dataclass(frozen=True)
class Fleet:
    """All functions of the evidence, by name, and what was read."""

    functions: tuple[Function, ...]
    lines: Lines

    @property
    def first(self) -> datetime | None:
        """Return when anything was first seen."""
        return min((time for one in self.functions if (time := one.first)), default=None)

    @property
    def last(self) -> datetime | None:
        """Return when anything was last seen."""
        return max((time for one in self.functions if (time := one.last)), default=None)

    @property
    def findings(self) -> list[Found]:
        """Return the findings of all functions."""
        return [found for function in self.functions for found in function.findings]


def gather(evidence: Evidence) -> Fleet:
    """Gather evidence by function; the same name in another account or region is another function."""
    attached = {_key(one): one for one in evidence.attached()}
    usage = {_key(one): one for one in evidence.usage()}
    findings = _by_function(evidence.findings())
    faults = _by_function(evidence.errors())
    new = _by_function(evidence.appearing())
    keys = {*attached, *usage, *findings, *faults, *new}
    functions = (
        Function(
            *key, attached.get(key), usage.get(key), tuple(findings[key]), tuple(faults[key]), tuple(new[key])
        )
        for key in sorted(keys, key=lambda key: (key[0], key[2], key[1] or ""))
    )  # fmt: skip
    return Fleet(tuple(functions), evidence.lines)


class _Owned(Protocol):
    @property
    def function(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def region(self) -> str: ...


_Fact = TypeVar("_Fact", bound=_Owned)


def _key(fact: _Owned) -> Key:
    return fact.function, fact.account, fact.region


def _by_function(facts: Iterable[_Fact]) -> defaultdict[Key, list[_Fact]]:
    found: defaultdict[Key, list[_Fact]] = defaultdict(list)
    for fact in facts:
        found[_key(fact)].append(fact)
    return found
