"""What a report shows, worked out once for the terminal, the page and JSON alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.iam.permissions import permissions_of
from lambda_guard.analysis.report import invokes, readiness
from lambda_guard.analysis.report.fleet import OFTEN, Fleet, Function
from lambda_guard.analysis.report.invokes import Edge
from lambda_guard.analysis.report.readiness import Enough, Verdict
from lambda_guard.analysis.report.remedies import remedy

# In the words of someone who is about to rely on a report.
UNSEEN = (
    "functions that print no record, and functions that are container images without the package",
    "routes that nobody called: whether they have an authorizer is in the templates, not in the records",
    "what other programs, native code and SDKs other than boto3 and aiobotocore send, but for what SECURITY.md lists",
)


@dataclass(frozen=True)
class Finding:
    """A row of the table of findings."""

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


@dataclass(frozen=True)
class Route:
    """What came through one route of one source without being vouched for."""

    function: str
    source: str
    route: str
    issue: str
    outcome: str
    count: int


@dataclass(frozen=True)
class Connections:
    """Connections of one function to one kind of database."""

    function: str
    engine: str
    driver: str
    target: str
    count: int


@dataclass(frozen=True)
class Row:
    """One function at a glance: its modes and numbers, and its verdict by rule."""

    function: str
    account: str
    region: str
    mode: str
    layer: str
    invocations: int
    cold_starts: int
    findings: int
    refused: int
    calls: int
    verdicts: dict[str, str]
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Overview:
    """A report's content. first_steps: what to do first, worst first, each with where it stands."""

    rows: tuple[Row, ...]
    first_steps: tuple[tuple[str, str], ...]
    edges: tuple[Edge, ...]
    tables: tuple[str, ...]
    matrix: dict[str, dict[str, tuple[str, ...]]]
    sources: tuple[tuple[str, str, int], ...]
    routes: tuple[Route, ...]
    connections: tuple[Connections, ...]
    findings: tuple[Finding, ...]
    coverage: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    records: int

    @property
    def ready(self) -> int:
        """Return how many functions may go to enforce with every rule that is judged."""
        return sum(bool(row.verdicts) and set(row.verdicts.values()) == {readiness.READY} for row in self.rows)


def of(fleet: Fleet, enough: Enough | None = None) -> Overview:
    """Work out what a report of a fleet shows."""
    verdicts = readiness.judge(fleet, enough or Enough())
    edges = tuple(invokes.edges(fleet))
    findings = tuple(sorted((_finding(found) for found in fleet.findings), key=_urgency))
    matrix = {function.name: _actions(function) for function in fleet.functions}
    matrix = {name: actions for name, actions in matrix.items() if actions}
    return Overview(
        rows=tuple(_row(function, verdicts) for function in fleet.functions),
        first_steps=tuple(_first_steps(fleet, findings, verdicts)),
        edges=edges,
        tables=tuple(sorted({table for actions in matrix.values() for table in actions})),
        matrix=matrix,
        sources=tuple(_sources(fleet)),
        routes=tuple(_routes(fleet)),
        connections=tuple(_connections(fleet)),
        findings=findings,
        coverage=tuple(_coverage(fleet)),
        first=fleet.first,
        last=fleet.last,
        records=fleet.lines.records,
    )


def _finding(found: Found) -> Finding:
    place = f"{found.site.file}:{found.site.line}" if found.site else ""
    outcome = "exempt" if found.decision == "allowed" and found.exemptions else found.decision
    outcome = "swallowed" if found.swallowed else outcome
    return Finding(
        found.function, found.rule, found.issue, found.target, outcome, place, found.count, found.first, found.last,
        remedy(found.issue),
    )  # fmt: skip


_URGENT = ("swallowed", "would_block", "blocked", "allowed", "exempt")
_RULES = ("authorizer", "event_source", "direct_invoke", "connection")


def _urgency(finding: Finding) -> tuple[int, int, int, str]:
    outcome = _URGENT.index(finding.outcome) if finding.outcome in _URGENT else len(_URGENT)
    rule = _RULES.index(finding.rule) if finding.rule in _RULES else len(_RULES)
    return outcome, rule, -finding.count, finding.function


def _row(function: Function, verdicts: list[Verdict]) -> Row:
    own = [one for one in verdicts if (one.function, one.account, one.region) == (
        function.name, function.account, function.region)]  # fmt: skip
    return Row(
        function.name,
        function.account or "",
        function.region,
        function.attached.mode if function.attached else "",
        function.attached.layer if function.attached else "",
        function.invocations,
        function.cold_starts,
        sum(found.count for found in function.findings),
        sum(found.count for found in function.findings if found.decision != "allowed"),
        sum(called.count for called in function.usage.calls) if function.usage else 0,
        {one.rule: one.outcome for one in own},
        function.first,
        function.last,
    )


def _actions(function: Function) -> dict[str, tuple[str, ...]]:
    """Return the DynamoDB actions that a function used, by table."""
    found: dict[str, set[str]] = {}
    for called in function.usage.calls if function.usage else ():
        if called.entry.get("service") not in ("dynamodb", "dynamodbstreams") or not called.count:
            continue
        entry = {**called.entry, "count": called.count, "errors": called.errors}
        for permission in permissions_of(entry, function.account or "").permissions:
            table = permission.resource.partition(":table/")[2].partition("/")[0] or "*"
            found.setdefault(table, set()).add(permission.action.partition(":")[2])
    return {table: tuple(sorted(actions)) for table, actions in sorted(found.items())}


def _sources(fleet: Fleet) -> list[tuple[str, str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for function in fleet.functions:
        for source in function.usage.sources if function.usage else ():
            counts[source.source, function.name] += source.count
    return [(source, function, count) for (source, function), count in sorted(counts.items())]


def _routes(fleet: Fleet) -> list[Route]:
    routes: Counter[tuple[str, str, str, str, str]] = Counter()
    for found in fleet.findings:
        if found.rule == "authorizer":
            sources = sorted({str(one.get("source")) for one in found.details if one.get("source")}) or [""]
            routes[found.function, sources[0], found.target, found.issue, found.decision] += found.count
    return [Route(*key, count) for key, count in sorted(routes.items(), key=lambda one: -one[1])]


def _connections(fleet: Fleet) -> list[Connections]:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for found in fleet.findings:
        if found.rule == "connection":
            details = found.details[0] if found.details else {}
            engine = str(details.get("engine") or found.target.partition("/")[0])
            counts[found.function, engine, str(details.get("driver") or ""), found.target] += found.count
    return [Connections(*key, count) for key, count in sorted(counts.items(), key=lambda one: (one[0][1], -one[1]))]


def _first_steps(fleet: Fleet, findings: tuple[Finding, ...], verdicts: list[Verdict]) -> list[tuple[str, str]]:
    """Say what to do first, with the part of the report that it is about."""
    steps = []
    swallowed = [one for one in findings if one.outcome == "swallowed"]
    if swallowed:
        steps.append((f"{_functions(swallowed)} go on after a block as if nothing had happened", "findings"))
    unauthorised = [one for one in findings if one.rule == "authorizer" and one.outcome in ("would_block", "blocked")]
    if unauthorised:
        count = len({(one.function, one.target) for one in unauthorised})
        steps.append((f"{count} route{'s' * (count != 1)} let in callers whom nobody authorized", "requests"))
    invoking = [one for one in findings if one.rule == "direct_invoke" and one.outcome == "would_block"]
    if invoking:
        steps.append((f"{_functions(invoking)} invoke other functions directly", "invokes"))
    faults = sorted({function.name for function in fleet.functions if function.faults})
    if faults:
        steps.append((f"the guard reported faults of its own in {_names(faults)}", "coverage"))
    by_function: dict[tuple[str, str], set[str]] = {}
    for verdict in verdicts:
        by_function.setdefault((verdict.function, verdict.region), set()).add(verdict.outcome)
    done = {readiness.READY, readiness.ENFORCED}
    ready = [key for key, outcomes in by_function.items() if outcomes <= done and readiness.READY in outcomes]
    if ready:
        steps.append((f"{len(ready)} function{'s' * (len(ready) != 1)} may go to enforce today", "functions"))
    return steps


def _functions(findings: list[Finding]) -> str:
    count = len({one.function for one in findings})
    return f"{count} function{'s' * (count != 1)}"


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _coverage(fleet: Fleet) -> list[str]:
    lines = [f"{fleet.lines.records:,} records in {fleet.lines.total:,} lines of {fleet.lines.files:,} files"]
    lines += fleet.lines.reasons
    seldom = [one.name for one in fleet.functions if one.invocations < OFTEN]
    if seldom:
        lines.append(f"hardly invoked, so hardly anything is known of them: {_names(seldom)}")
    versions: Counter[str] = Counter(one.attached.layer for one in fleet.functions if one.attached)
    if len(versions) > 1:
        old = sorted(one.name for one in fleet.functions if one.attached and one.attached.layer != max(versions))
        lines.append(f"an older version of the layer than {max(versions)}: {_names(old)}")
    unannounced = [one.name for one in fleet.functions if one.attached is None]
    if unannounced:
        lines.append(f"the first records, which say the settings, are not in the evidence: {_names(unannounced)}")
    gaps = [one.name for one in fleet.functions if one.usage and (one.usage.missing or one.usage.dropped)]
    if gaps:
        lines.append(f"records are missing, or the recorder had no room: {_names(gaps)}")
    uncovered = sorted({sdk for one in fleet.functions if one.attached for sdk in one.attached.uncovered_sdks})
    if uncovered:
        lines.append(f"SDKs that the guard cannot see into are loaded: {', '.join(uncovered)}")
    for function in fleet.functions:
        lines += [f"{function.name}: fault in {one.where} ({one.type}): {one.message}" for one in function.faults[:3]]
    return [*lines, *(f"cannot be seen: {one}" for one in UNSEEN)]
