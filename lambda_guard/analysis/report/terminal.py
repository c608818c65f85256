"""The report in a terminal: what to do first, the functions, and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lambda_guard.analysis.report.findings import Finding
from lambda_guard.analysis.report.overview import Overview, Row
from lambda_guard.analysis.report.readiness import NOT_ENOUGH, NOT_READY
from lambda_guard.runtime.types import printable

_MOST = 15
_COLORS = {
    "ready": "green", "enforced": "green", "allowed": "green", "exempt": "green", NOT_ENOUGH: "yellow",
    "would_block": "yellow", NOT_READY: "red", "blocked": "red", "swallowed": "red",
}  # fmt: skip
_NUMBERS = ("invocations", "findings", "times", "events")


def show(overview: Overview, console: Console) -> None:
    """Print a report, the longest parts cut to what comes first; the page has all."""
    span = f"{overview.first:%Y-%m-%d} to {overview.last:%Y-%m-%d}" if overview.first and overview.last else ""
    console.print(Text(f"{len(overview.rows):,} functions, {span}, {overview.records:,} records", "bold"))
    for number, step in enumerate(overview.first_steps, 1):
        console.print(_indented(f"{number}. {step.text}"))
    rows = sorted(overview.rows, key=lambda row: (-row.refused, row.function))
    table = _table("functions", "function", "mode", "invocations", "findings", "for enforce")
    for row in rows[:_MOST]:
        numbers = f"{row.invocations:,}", f"{row.findings:,}"
        table.add_row(_plain(row.function), _plain(row.mode), *numbers, _verdict(row))
    _print(console, table, len(rows))
    table = _table("who invokes whom", "caller", "invokes", "times", "in enforce")
    for edge in overview.edges[:_MOST]:
        table.add_row(_plain(edge.caller), _plain(edge.callee), f"{edge.count:,}", _outcome(edge.outcome))
    _print(console, table, len(overview.edges))
    table = _table("events by source", "source", "events")
    for source, count in overview.by_source[:_MOST]:
        table.add_row(_plain(source), f"{count:,}")
    _print(console, table, len(overview.by_source))
    _findings(console, overview.findings)
    console.print(Text("\nwhat this rests on", "bold"))
    for line in overview.coverage:
        console.print(_indented(line))


def _findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print findings on lines below each other, for names are as long as they are; each way out once."""
    table = _table("findings", "in enforce", "times", "what, where, and what ends it")
    said: set[str] = set()
    for one in findings[:_MOST]:
        remedy = "" if one.outcome in ("allowed", "exempt") or one.issue in said else f"-> {one.remedy}"
        if remedy:
            said.add(one.issue)
        lines = [f"{one.issue} in {one.function}: {one.target}", one.place, remedy]
        what = Text("\n").join(_plain(line) for line in lines if line)
        table.add_row(_outcome(one.outcome), f"{one.count:,}", what)
    _print(console, table, len(findings))


def _verdict(row: Row) -> Text:
    rules = [rule for rule, outcome in row.verdicts.items() if outcome == NOT_READY]
    return Text(f"{row.outcome}{': ' if rules else ''}{', '.join(rules)}", _COLORS.get(row.outcome, ""))


def _outcome(outcome: str) -> Text:
    return Text(printable(outcome.replace("_", " ")), _COLORS.get(outcome, ""))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in _NUMBERS else "left",
            no_wrap=column in (*_NUMBERS, "mode", "in enforce"),
            overflow="fold",
        )
    return table


def _print(console: Console, table: Table, total: int) -> None:
    if not total:
        return
    console.print()
    console.print(table)
    if total > _MOST:
        console.print(Text(f"  and {total - _MOST:,} more: --html or --json has all", "dim"))


def _indented(text: str) -> Padding:
    return Padding(_plain(text), (0, 0, 0, 2))


def _plain(text: str) -> Text:
    return Text(printable(text, 600))
