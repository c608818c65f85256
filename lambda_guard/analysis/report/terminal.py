"""The report in a terminal: what to do first, the functions, and what was found."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lambda_guard.analysis.report.overview import Overview
from lambda_guard.runtime.types import printable

_MOST = 15
_COLORS = {
    "ready": "green", "enforced": "green", "allowed": "green", "exempt": "green", "not enough evidence": "yellow",
    "would_block": "yellow", "not ready": "red", "blocked": "red", "swallowed": "red",
}  # fmt: skip


def show(overview: Overview, console: Console) -> None:
    """Print a report, the longest parts cut to what comes first; the page has all."""
    span = f"{overview.first:%Y-%m-%d} to {overview.last:%Y-%m-%d}" if overview.first and overview.last else ""
    console.print(Text(f"{len(overview.rows):,} functions, {span}, {overview.records:,} records", "bold"))
    for number, (step, _) in enumerate(overview.first_steps, 1):
        console.print(_plain(f"  {number}. {step}"))
    rows = sorted(overview.rows, key=lambda row: (-row.refused, row.function))
    table = _table("functions", ("function", "mode", "invocations", "findings", "authorizer", "event source", "invoke"))
    for row in rows[:_MOST]:
        verdicts = [row.verdicts.get(rule, "") for rule in ("authorizer", "event_source", "direct_invoke")]
        table.add_row(
            _plain(row.function), _plain(row.mode), f"{row.invocations:,}", f"{row.findings:,}",
            *(Text(one, _COLORS.get(one, "")) for one in verdicts),
        )  # fmt: skip
    _print(console, table, len(rows))
    table = _table("who invokes whom", ("caller", "invokes", "times", "in enforce"))
    for edge in overview.edges[:_MOST]:
        outcome = Text(edge.outcome.replace("_", " "), _COLORS.get(edge.outcome, ""))
        table.add_row(_plain(edge.caller), _plain(edge.callee), f"{edge.count:,}", outcome)
    _print(console, table, len(overview.edges))
    table = _table("findings", ("issue", "function", "target", "where", "times", "in enforce"))
    for one in overview.findings[:_MOST]:
        outcome = Text(one.outcome.replace("_", " "), _COLORS.get(one.outcome, ""))
        table.add_row(*map(_plain, (one.issue, one.function, one.target, one.place)), f"{one.count:,}", outcome)
    _print(console, table, len(overview.findings))
    console.print(Text("\nwhat this rests on", "bold"))
    for line in overview.coverage:
        console.print(_plain(f"  {line}"))


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        number = column in ("invocations", "findings", "times")
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    return table


def _print(console: Console, table: Table, total: int) -> None:
    if not total:
        return
    console.print()
    console.print(table)
    if total > _MOST:
        console.print(Text(f"  and {total - _MOST:,} more: --html or --json has all", "dim"))


def _plain(text: str) -> Text:
    return Text(printable(text, 600))
