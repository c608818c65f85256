"""What `attach`, `detach`, `set` and `status` show: plans, progress, outcomes, standings."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from lambda_guard.analysis.fleet import status
from lambda_guard.analysis.fleet.apply import Result
from lambda_guard.analysis.fleet.plan import Plan

_MEANING = {"change": "to change", "unchanged": "as wanted", "skipped": "left out", "refused": "refused"}
_T = TypeVar("_T")
REGION = "*"  # stands for all functions of a region, where not even their names could be read


def unchanged(plan: Plan) -> Result:
    """Return what became of a function that nothing was done with."""
    return Result(plan.state.name, plan.state.region, plan.outcome, plan.reason, plan)


def conclude(results: list[Result], *, as_json: bool, dry_run: bool) -> None:
    """Say what became of all functions, and end: with 1 where one was refused or failed."""
    if as_json:
        show_json(results)
    elif not dry_run:
        show_failed([result for result in results if result.outcome == "failed"])
        counts = Counter(result.outcome for result in results)
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    sys.exit(1 if any(result.outcome in ("failed", "refused") for result in results) else 0)


def show_json(results: list[Result]) -> None:
    """Write one object a line for each function."""
    for result in sorted(results, key=lambda one: (one.region, one.name)):
        click.echo(json.dumps(_as_json(result)))


def show_failed(results: list[Result]) -> None:
    """Say which functions, or regions, could not be done, and why."""
    for result in results:
        click.echo(printable(f"failed: {_named(result)}: {result.reason}"), err=True)


def _named(result: Result) -> str:
    return f"region {result.region}" if result.name == REGION else f"{result.name} ({result.region})"


def _as_json(result: Result) -> dict[str, Any]:
    plan = result.plan
    return {
        "function": result.name,
        "region": result.region,
        "outcome": result.outcome,
        "reason": result.reason,
        "changes": list(plan.changes) if plan else [],
        "notes": list(plan.notes) if plan else [],
    }


def progress(what: str, results: Generator[_T, None, None], total: int | None = None) -> list[_T]:
    """Collect results, showing how far they have come; whatever ends this ends what gives them first."""
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn()
    found = []
    with (
        closing(results),
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("", total=total)
        for result in results:
            found.append(result)
            bar.advance(task)
    return found


def show_plans(plans: list[Plan], failed: list[Result]) -> None:
    """Show a table of plans, and below it each note once."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("function", "runtime", "", "what changes, or stands in the way"):
        table.add_column(column, overflow="fold")
    notes: dict[str, list[str]] = {}
    for plan in plans:
        details = plan.reason or "\n".join(map(printable, plan.changes))
        name = f"{plan.state.name} ({plan.state.region})"
        style = {"refused": "red", "change": "green"}.get(plan.outcome, "dim")
        table.add_row(_cell(name), _cell(plan.state.runtime or plan.state.package), Text(_MEANING[plan.outcome], style),
                      _cell(details))  # fmt: skip
        for note in plan.notes:
            notes.setdefault(note, []).append(plan.state.name)
    for result in failed:
        table.add_row(_cell(_named(result)), "", Text("not read", "red"), _cell(result.reason))
    console = Console(stderr=True, soft_wrap=not sys.stderr.isatty())
    console.print(table)
    for note, names in notes.items():
        console.print(_cell(f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''}: {note}"))


def show_status(rows: list[status.Standing], form: str) -> None:
    """Show how functions stand: as a table, Markdown, or one JSON object a line."""
    if form == "json":
        for row in rows:
            click.echo(json.dumps(asdict(row)))
        return
    heads = ("function", "region", "verdict", "layer", "way in", "mode", "records say", "what to do")
    cells = [
        (row.function, row.region, row.verdict, str(row.layer or "-"), row.way or "-", row.mode or "-",
         " ".join(filter(None, (row.seen_mode, row.seen_version))) or "-", row.note)
        for row in rows
    ]  # fmt: skip
    if form == "markdown":
        click.echo("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
        for line in cells:
            click.echo("| " + " | ".join(_markdown(cell) for cell in line) + " |")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for line in cells:
        table.add_row(*(_cell(cell) for cell in line))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def _markdown(text: str) -> str:
    escaped = "".join(f"\\{character}" if character in "|\\`*_<>[]" else character for character in text)
    return printable(escaped)


def _cell(text: str) -> Text:
    return Text("\n".join(printable(line) for line in text.split("\n")))


def printable(line: str) -> str:
    """Keep names and messages of others from steering the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)
