"""Findings as a report shows them, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.report.fleet import Fleet
from lambda_guard.analysis.report.remedies import remedy
from lambda_guard.runtime.settings.table import RULES

URGENT = ("swallowed", "would_block", "blocked", "allowed", "exempt")


@dataclass(frozen=True)
class Finding:
    """A row of the table of findings. outcome: one of URGENT."""

    function: str
    rule: str
    issue: str
    target: str
    outcome: str
    place: str
    count: int
    first: datetime | None
    last: datetime | None
    remedy: str


def of_fleet(fleet: Fleet) -> list[Finding]:
    """Return the findings of a fleet, those first that are most urgent."""
    return sorted(map(_finding, fleet.findings), key=_urgency)


def outcome(found: Found) -> str:
    """Return what became of a finding: its decision; or `exempt` or `swallowed`, which say more."""
    if found.swallowed:
        return "swallowed"
    return "exempt" if found.decision == "allowed" and found.exemptions else found.decision


def place_in(order: tuple[str, ...], one: str) -> int:
    """Return where something stands in an order; after all others where it does not."""
    return order.index(one) if one in order else len(order)


def _finding(found: Found) -> Finding:
    place = f"{found.site.file}:{found.site.line}" if found.site else ""
    return Finding(
        found.function, found.rule, found.issue, found.target, outcome(found), place, found.count, found.first,
        found.last, remedy(found.issue),
    )  # fmt: skip


def _urgency(finding: Finding) -> tuple[int, int, int, str]:
    return place_in(URGENT, finding.outcome), place_in(RULES, finding.rule), -finding.count, finding.function
