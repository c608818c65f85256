"""What to do first about a fleet, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambda_guard.analysis.report.coverage import names
from lambda_guard.analysis.report.findings import Finding
from lambda_guard.analysis.report.fleet import Fleet


@dataclass(frozen=True)
class Step:
    """A sentence, and the part of the report that it is about."""

    text: str
    part: str


def first_steps(fleet: Fleet, findings: Sequence[Finding], ready: int) -> list[Step]:
    """Say what to do first. ready: how many functions may go to enforce."""
    steps = []
    if swallowed := {one.function for one in findings if one.outcome == "swallowed"}:
        what = _many(len(swallowed), "function goes", "functions go")
        steps.append(Step(f"{what} on after a block as if nothing had happened: {names(swallowed)}", "findings"))
    if routes := {(one.function, one.target) for one in findings if _open(one, "authorizer")}:
        what = _many(len(routes), "route lets", "routes let")
        steps.append(Step(f"{what} in callers whom nobody authorized: attach authorizers", "requests"))
    if sources := {(one.function, one.target) for one in findings if _open(one, "event_source")}:
        what = _many(len(sources), "event source comes", "event sources come")
        steps.append(Step(f"{what} where nobody expects it: remove the trigger, or expect it", "findings"))
    if callers := {one.function for one in findings if _open(one, "direct_invoke")}:
        what = _many(len(callers), "function invokes", "functions invoke")
        steps.append(Step(f"{what} others directly: put a queue, an event or a state machine between", "invokes"))
    if faults := {function.name for function in fleet.functions if function.faults}:
        steps.append(Step(f"the guard reported faults of its own, or settings it cannot read: {names(faults)}",
                          "coverage"))  # fmt: skip
    if ready:
        steps.append(Step(f"{_many(ready, 'function', 'functions')} may go to enforce today", "functions"))
    return steps


def _open(finding: Finding, rule: str) -> bool:
    """Tell whether enforce would refuse what passes by now."""
    return finding.rule == rule and finding.outcome == "would_block"


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
