"""Whether a function may go to enforce: what would have been refused, and whether enough was seen to say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambda_guard.analysis.evidence import Fault, Found
from lambda_guard.analysis.report.fleet import Fleet, Function
from lambda_guard.analysis.report.passing import NOTHING, Passing
from lambda_guard.analysis.report.remedies import remedy
from lambda_guard.runtime.settings.table import RULES

READY, NOT_READY, NOT_ENOUGH, ENFORCED = "ready", "not ready", "not enough evidence", "enforced"
# Nobody has to enforce `connection`: it is judged where it is asked for.
JUDGED = tuple(rule for rule in RULES if rule != "connection")


@dataclass(frozen=True)
class Enough:
    """How much has to be seen before nothing found means nothing there. quiet: days without anything new."""

    days: float = 7
    invocations: int = 100
    cold_starts: int = 3
    quiet: float = 2


@dataclass(frozen=True)
class Reason:
    """Why a function is not ready: what enforce would have refused, how often, where, since when, and the way out."""

    issue: str
    target: str
    place: str
    count: int
    first: datetime | None
    last: datetime | None
    remedy: str


@dataclass(frozen=True)
class Verdict:
    """What is said of one function and one rule.

    outcome: ready, not ready, not enough evidence, or enforced already.
    refused: what enforce would have refused, or has. missing: what else is in the way, in words.
    """

    function: str
    account: str | None
    region: str
    rule: str
    outcome: str
    refused: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()


def judge(
    fleet: Fleet,
    enough: Enough,
    *,
    functions: Sequence[str] = (),
    rules: Sequence[str] = (),
    baseline: Mapping[str, Passing] | None = None,
) -> list[Verdict]:
    """Judge functions by rule.

    functions: all, if empty. rules: JUDGED, if empty. baseline: by function, what is yet to be put in.
    """
    given = baseline or {}
    verdicts = []
    for function in fleet.functions:
        if functions and function.name not in functions:
            continue
        missing = _missing(function, enough, fleet)
        passing = given.get(function.name, NOTHING)
        verdicts += [_verdict(function, rule, passing, missing) for rule in rules or JUDGED]
    return verdicts


def _verdict(function: Function, rule: str, passing: Passing, missing: tuple[str, ...]) -> Verdict:
    refused = tuple(_reason(found) for found in function.findings if would_refuse(found, rule, passing))
    faults = tuple(text for fault in function.faults if (text := _in_the_way(fault, rule, function)))
    if function.mode(rule) == "enforce":
        outcome, missing = ENFORCED, ()
    elif refused or faults:
        outcome = NOT_READY
    else:
        if function.mode(rule) == "off":
            missing = ("the rule is off, so nothing was judged", *missing)
        outcome = NOT_ENOUGH if missing else READY
    return Verdict(*function.key, rule, outcome, refused, (*faults, *missing))


def would_refuse(found: Found, rule: str, passing: Passing = NOTHING) -> bool:
    """Tell whether enforce refuses what a finding of a rule is about, given what is yet to be let pass."""
    return found.rule == rule and found.decision != "allowed" and not passing.lets(found)


def _in_the_way(fault: Fault, rule: str, function: Function) -> str:
    """Say what a fault of the guard's own does to a rule in enforce; empty where it does nothing."""
    if fault.where == "settings":
        return f"a setting is wrong, which enforce may refuse to start with: {fault.message}"
    judging = ("authorizer", "event_source") if fault.where == "event" else (fault.where,)
    if rule not in judging or function.setting("on_error") == "open":
        return ""
    return f"the guard itself failed in {fault.where} ({fault.type}): enforce refuses what it cannot judge"


def _reason(found: Found) -> Reason:
    place = f"{found.site.file}:{found.site.line}" if found.site else ""
    return Reason(found.issue, found.target, place, found.count, found.first, found.last, remedy(found.issue))


def _missing(function: Function, enough: Enough, fleet: Fleet) -> tuple[str, ...]:
    """Say what keeps the evidence of a function from being enough."""
    lacking = []
    if function.attached is None:
        lacking.append("its first record, which says its settings, is not in the evidence")
    if function.days < enough.days:
        lacking.append(f"seen for {_days(function.days)} of {_days(enough.days)}")
    if function.invocations < enough.invocations:
        lacking.append(f"{function.invocations:,} of {enough.invocations:,} invocations")
    if function.cold_starts < enough.cold_starts:
        lacking.append(f"{function.cold_starts} of {enough.cold_starts} cold starts")
    lacking += _still_new(function, enough)
    if function.usage and function.usage.missing:
        lacking.append(f"{function.usage.missing:,} of its records are not in the evidence")
    if function.usage and function.usage.dropped:
        lacking.append(f"the recorder had no room for {function.usage.dropped:,} things")
    lacking += fleet.lines.reasons
    return tuple(lacking)


def _still_new(function: Function, enough: Enough) -> list[str]:
    """Say what was first seen shortly before the end: more of it may come."""
    last = function.last
    if last is None:
        return []
    since = last - timedelta(days=enough.quiet)
    kinds = {"calls": "operation", "sources": "event source", "finding": "finding"}
    counts: dict[str, int] = {}
    for seen in function.new:
        if seen.first is not None and seen.first > since:
            name = kinds.get(seen.what, seen.what)
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return []
    parts = ", ".join(f"{count} new {name}{'s' * (count != 1)}" for name, count in sorted(counts.items()))
    return [f"still appearing: {parts} in the last {_days(enough.quiet)}"]


def _days(number: float) -> str:
    return f"{number:.1f} days" if number % 1 else f"{number:.0f} day{'s' * (number != 1)}"
