"""Whether a function may go to enforce: what would have been refused, and whether enough was seen to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.report.fleet import RULES, Fleet, Function
from lambda_guard.analysis.report.remedies import remedy
from lambda_guard.runtime.match import matches
from lambda_guard.runtime.types import Exemption

READY, NOT_READY, NOT_ENOUGH, ENFORCED = "ready", "not ready", "not enough evidence", "enforced"


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
    refused: what enforce would have refused. missing: what is lacking in the evidence, in words.
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
    baseline: Mapping[str, Iterable[Exemption]] | None = None,
) -> list[Verdict]:
    """Judge functions by rule; `connection` only where it is asked for, for nobody has to enforce it.

    functions, rules: all, if empty. baseline: exemptions by function, `""` for those of all, that are yet to be put in.
    """
    wanted = tuple(rules) or tuple(rule for rule in RULES if rule != "connection")
    given = baseline or {}
    verdicts = []
    for function in fleet.functions:
        if functions and function.name not in functions:
            continue
        exempt = [*given.get("", ()), *given.get(function.name, ())]
        missing = _missing(function, enough, fleet)
        verdicts += [_verdict(function, rule, exempt, missing) for rule in wanted]
    return verdicts


def _verdict(function: Function, rule: str, exempt: Sequence[Exemption], missing: tuple[str, ...]) -> Verdict:
    refused = tuple(_reason(found) for found in function.findings if would_refuse(found, rule, exempt))
    faults = tuple(
        f"the guard itself failed in {fault.where} ({fault.type}): enforce refuses what it cannot judge"
        for fault in function.faults
        if fault.where in (rule, "event", "call") or (fault.where == "start" and rule == RULES[0])
    )
    if refused or faults:
        outcome = NOT_READY
    elif function.mode(rule) == "enforce":
        return Verdict(function.name, function.account, function.region, rule, ENFORCED)
    else:
        outcome = NOT_ENOUGH if missing else READY
    return Verdict(function.name, function.account, function.region, rule, outcome, refused, (*faults, *missing))


def would_refuse(found: Found, rule: str, exempt: Sequence[Exemption] = ()) -> bool:
    """Tell whether enforce refuses what a finding of a rule is about, exemptions that are yet to come considered."""
    if found.rule != rule or found.decision == "allowed":
        return False
    return not any(one.rule == rule and matches(one.target, found.target) for one in exempt)


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
    if last is None or function.days < enough.quiet:
        return []
    since = last - timedelta(days=enough.quiet)
    recent = [seen for seen in function.new if seen.first is not None and seen.first > since]
    kinds = {"calls": "operation", "sources": "event source", "finding": "finding"}
    counts: dict[str, int] = {}
    for seen in recent:
        name = kinds.get(seen.what, seen.what)
        counts[name] = counts.get(name, 0) + 1
    if not counts:
        return []
    parts = ", ".join(f"{count} new {name}{'s' * (count != 1)}" for name, count in sorted(counts.items()))
    return [f"still appearing: {parts} in the last {_days(enough.quiet)}"]


def _days(number: float) -> str:
    return f"{number:.1f} days" if number % 1 else f"{number:.0f} day{'s' * (number != 1)}"
