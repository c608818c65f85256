"""What evidence says of a fleet, gathered by function: the one thing that report, readiness and baseline look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lambda_guard.analysis.evidence import Attached, Evidence, Fault, Found, FunctionUsage, Lines, Seen

Key = tuple[str, str | None, str]
# Rules that may be enforced, in the order in which they are shown.
RULES = ("authorizer", "event_source", "direct_invoke", "connection")
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

    def mode(self, rule: str) -> str:
        """Return the mode of a rule, as its latest sandbox announced it; empty where none did."""
        settings = self.attached.settings if self.attached else {}
        mode = settings.get(rule) or settings.get("mode") or (self.attached.mode if self.attached else "")
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
    """Gather evidence by function; a function is one in all of its accounts that are known."""
    parts: dict[Key, dict[str, list[object]]] = {}

    def sort(what: str, rows: Iterable[object]) -> None:
        for row in rows:
            key = (row.function, row.account, row.region)  # type: ignore[attr-defined]
            parts.setdefault(key, {}).setdefault(what, []).append(row)

    sort("attached", evidence.attached())
    sort("usage", evidence.usage())
    sort("findings", evidence.findings())
    sort("faults", evidence.errors())
    sort("new", evidence.appearing())
    functions = []
    for (name, account, region), of in sorted(_known(parts).items(), key=lambda one: (one[0][0], one[0][2])):
        functions.append(
            Function(
                name,
                account,
                region,
                attached=next(iter(of.get("attached", ())), None),  # type: ignore[arg-type]
                usage=next(iter(of.get("usage", ())), None),  # type: ignore[arg-type]
                findings=tuple(of.get("findings", ())),  # type: ignore[arg-type]
                faults=tuple(of.get("faults", ())),  # type: ignore[arg-type]
                new=tuple(of.get("new", ())),  # type: ignore[arg-type]
            )
        )
    return Fleet(tuple(functions), evidence.lines)


def _known(parts: dict[Key, dict[str, list[object]]]) -> dict[Key, dict[str, list[object]]]:
    """Add what came before the account was known to the function of that name, where there is just one of it."""
    whole = dict(parts)
    for key in [key for key in parts if key[1] is None]:
        same = [other for other in parts if other[0] == key[0] and other[2] == key[2] and other[1] is not None]
        if len(same) == 1:
            for what, rows in whole.pop(key).items():
                whole[same[0]].setdefault(what, []).extend(rows)
    return whole
