"""What a report shows, worked out once for the terminal, the page and JSON alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.iam.permissions import permissions_of
from lambda_guard.analysis.report import invokes, readiness
from lambda_guard.analysis.report.coverage import coverage
from lambda_guard.analysis.report.findings import URGENT, Finding, of_fleet, outcome, place_in
from lambda_guard.analysis.report.fleet import Fleet, Function, Key
from lambda_guard.analysis.report.invokes import Edge
from lambda_guard.analysis.report.readiness import Enough, Verdict
from lambda_guard.analysis.report.steps import Step, first_steps


@dataclass(frozen=True)
class Route:
    """What came through one route of one source without being vouched for."""

    function: str
    source: str
    authorizer: str
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
    outcome: str
    count: int


@dataclass(frozen=True)
class Access:
    """What one function does to one table: action -> how many calls needed it."""

    function: str
    table: str
    actions: dict[str, int]


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

    @property
    def outcome(self) -> str:
        """Return the verdict of all rules together."""
        outcomes = set(self.verdicts.values())
        order = (readiness.NOT_READY, readiness.NOT_ENOUGH, readiness.READY, readiness.ENFORCED)
        return next((one for one in order if one in outcomes), "")


@dataclass(frozen=True)
class Overview:
    """A report's content, worst first. sources: event source, function and how many events."""

    rows: tuple[Row, ...]
    first_steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    accesses: tuple[Access, ...]
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
        return sum(row.outcome == readiness.READY for row in self.rows)

    @property
    def actions(self) -> list[str]:
        """Return all DynamoDB actions that were used."""
        return sorted({action for access in self.accesses for action in access.actions})

    @property
    def by_source(self) -> list[tuple[str, int]]:
        """Return how many events each source sent, the most first."""
        counts: Counter[str] = Counter()
        for source, _, count in self.sources:
            counts[source] += count
        return counts.most_common()


def of(fleet: Fleet, enough: Enough | None = None) -> Overview:
    """Work out what a report of a fleet shows."""
    verdicts: defaultdict[Key, list[Verdict]] = defaultdict(list)
    for verdict in readiness.judge(fleet, enough or Enough()):
        verdicts[verdict.function, verdict.account, verdict.region].append(verdict)
    findings = of_fleet(fleet)
    rows = [_row(function, verdicts[function.key]) for function in fleet.functions]
    return Overview(
        rows=tuple(rows),
        first_steps=tuple(first_steps(fleet, findings, sum(row.outcome == readiness.READY for row in rows))),
        edges=tuple(invokes.edges(fleet)),
        accesses=tuple(access for function in fleet.functions for access in _accesses(function)),
        sources=tuple(_sources(fleet)),
        routes=tuple(_routes(fleet)),
        connections=tuple(_connections(fleet)),
        findings=tuple(findings),
        coverage=tuple(coverage(fleet)),
        first=fleet.first,
        last=fleet.last,
        records=fleet.lines.records,
    )


def _row(function: Function, verdicts: list[Verdict]) -> Row:
    return Row(
        function.name,
        function.account or "",
        function.region,
        function.mode("mode"),
        function.attached.layer if function.attached else "",
        function.invocations,
        function.cold_starts,
        sum(found.count for found in function.findings),
        sum(found.count for found in function.findings if found.decision != "allowed"),
        sum(called.count for called in function.usage.calls) if function.usage else 0,
        {one.rule: one.outcome for one in verdicts},
        function.first,
        function.last,
    )


def _accesses(function: Function) -> list[Access]:
    """Return the DynamoDB actions that a function used, by table."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for called in function.usage.calls if function.usage else ():
        if called.entry.get("service") not in ("dynamodb", "dynamodbstreams") or not called.count:
            continue
        entry = {**called.entry, "count": called.count, "errors": called.errors}
        needed = {
            (permission.resource.partition(":table/")[2].partition("/")[0] or "*", permission.action.partition(":")[2])
            for permission in permissions_of(entry, function.account or "").permissions
        }
        for table, action in needed:
            found[table][action] += called.count
    return [Access(function.name, table, dict(sorted(actions.items()))) for table, actions in sorted(found.items())]


def _sources(fleet: Fleet) -> list[tuple[str, str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for function in fleet.functions:
        for source in function.usage.sources if function.usage else ():
            counts[source.source, function.name] += source.count
    return [(source, function, count) for (source, function), count in sorted(counts.items())]


def _routes(fleet: Fleet) -> list[Route]:
    """Return the routes that findings are about, those first that enforce closes."""
    counts: Counter[tuple[str, str, str, str, str, str]] = Counter()
    for found in fleet.findings:
        if found.rule == "authorizer":
            told = (_told(found, "source"), _told(found, "authorizer"))
            counts[(found.function, *told, found.target, found.issue, outcome(found))] += found.count
    routes = [Route(*key, count) for key, count in counts.items()]
    return sorted(routes, key=lambda one: (place_in(URGENT, one.outcome), -one.count, one.function, one.route))


def _connections(fleet: Fleet) -> list[Connections]:
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for found in fleet.findings:
        if found.rule == "connection":
            engine = _told(found, "engine") or found.target.partition("/")[0]
            counts[found.function, engine, _told(found, "driver"), found.target, outcome(found)] += found.count
    return [Connections(*key, count) for key, count in sorted(counts.items(), key=lambda one: (one[0][1], -one[1]))]


def _told(found: Found, name: str) -> str:
    """Return what the details of a finding say under a name, all that were seen."""
    return ", ".join(sorted({str(one[name]) for one in found.details if one.get(name)}))
