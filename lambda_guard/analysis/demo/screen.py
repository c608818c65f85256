"""What the demo says in the terminal: in 80 columns, in colour where there is one, and plain when piped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..evidence import Called
from ..iam.wildcards import expand
from ..report.readiness import READY, Verdict
from . import shop
from .checks import name_of
from .functions import Act
from .suggestion import Suggestion

# issue -> (what was seen, what enforce does about it).
_ISSUES = {
    "direct-invoke": ("invokes {target} directly", "deny the call"),
    "missing-authorizer": ("{target}, no authorizer", "answer {status}"),
    "direct-invoke-of-http-function": ("invoked past its API", "refuse the event"),
}
_STOPPED = ("InvokeBlocked", "UnauthorizedEvent", "401")
_RAW = 430  # characters of a record that are shown
_PHRASES = {401: "Unauthorized", 403: "Forbidden"}


class Screen:
    """Writes to a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        plain = console.options.ascii_only
        self._mark, self._arrow, self._spinner = ("*", "->", "line") if plain else ("✓", "→", "dots")

    def say(self, text: str = "", style: str = "") -> None:
        """Write a paragraph, or an empty line."""
        self._print(Text(text, style))

    def title(self, text: str) -> None:
        """Write the heading of a part."""
        self._console.print()
        self._console.rule(Text(f"{text} ", "bold"), align="left", style="dim")
        self._console.print()

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show that something is being done."""
        with self._console.status(text, spinner=self._spinner):
            yield

    def done(self, about: str, what: str = "") -> None:
        """Say that something has been made ready, or has happened as it should."""
        line = Table.grid(padding=(0, 1))
        line.add_column(style="green")
        if what:
            line.add_column(width=8)
        line.add_column()
        line.add_row(self._mark, *([what] if what else []), Text(about, "dim" if what else ""))
        self._print(line)

    @contextmanager
    def events(self, mode: str) -> Iterator[Progress]:
        """Show how many of the events have been answered."""
        columns = TextColumn("  {task.description}"), BarColumn(30), MofNCompleteColumn()
        console = self._console
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            progress.add_task(f"events answered in {mode}", total=shop.EVENTS)
            yield progress

    def observed(self, act: Act) -> None:
        """Show what observe saw."""
        table = _table("Function", "Finding", "Where", "Enforce would")
        for content in act.of_kind("finding"):
            table.add_row(*_finding(content))
        self._print(table)

    def record(self, act: Act) -> None:
        """Show a record as it stands in the log, as far as a screen has room."""
        for records in act.records.values():
            for record in records:
                if record["lambda_guard"]["kind"] == "finding":
                    line = json.dumps(record, separators=(",", ":"))
                    self._print(Text(f"{line[:_RAW]}...", "dim"), 4)
                    return

    def readiness(self, verdicts: Sequence[Verdict]) -> None:
        """Show of each function and rule whether it is ready, and the first reason why not."""
        table = _table("Function", "Rule", "Ready", "Why not")
        for verdict in verdicts:
            why = verdict.refused[0] if verdict.refused else None
            place = f" at {Path(why.place).name}" if why and why.place else ""
            table.add_row(
                verdict.function,
                verdict.rule,
                Text("yes", "green") if verdict.outcome == READY else Text("no", "yellow"),
                f"{why.issue}, {why.count} times{place}" if why else "; ".join(verdict.missing),
            )
        self._print(table)

    def compared(self, observe: Act, enforce: Act) -> None:
        """Show what the same events were answered in both modes."""
        table = _table("Function", "Event", "Observe", "Enforce")
        for number, step in enumerate(shop.STEPS):
            event = step.what if len(step.events) == 1 else f"{len(step.events)} x {step.what}"
            table.add_row(step.function, event, *(_word(act.answers[number][0]) for act in (observe, enforce)))
        self._print(table)
        self.say()

    def stopped(self, observe: Act, enforce: Act) -> None:
        """Say what enforce kept from happening, and show the refusal as API Gateway passes it on."""
        self.done(f"{len(observe.invoked)} invokes of stock reached AWS in observe, {len(enforce.invoked)} in enforce")
        for content in enforce.of_kind("finding"):
            if content["swallowed"]:
                self.done(f"{content['site']['function']}() swallowed its block: reported, so it is not lost")
        queries = [act.count("api", "Query") for act in (observe, enforce)]
        self.done(
            f"{queries[0]} reads of the orders by api in observe, {queries[1]} in enforce: its handler is not called "
            "for a caller whom nobody vouches for, who gets this instead:"
        )
        self.say()
        for answers in enforce.answers:
            if name_of(answers[0]) == "401":
                self._print(_response(answers[0]), 6)

    def usage(self, suggestion: Suggestion) -> None:
        """Show what the orders function did in DynamoDB."""
        table = _table("Resource", "Operation, and part of it", "Calls")
        table.columns[2].justify = "right"
        last = ""
        for resource, operation, count in _operations(suggestion):
            table.add_row(resource if resource != last else "", operation, str(count))
            last = resource
        self._print(table)

    def policies(self, suggestion: Suggestion) -> None:
        """Show the policy of the role as it is, beside the one that its function needs."""
        today = [(statement.texts("Action"), statement.texts("Resource")) for statement in suggestion.today]
        suggested = [(statement.actions, statement.resources) for statement in suggestion.statements]
        table = _table("Today", "", "Suggested")
        table.columns[1].style = "dim"
        table.add_row(_statements(today), self._arrow, _statements(suggested))
        self._print(table)
        used = {permission.action for permission in suggestion.usage.uses}
        self.say()
        self.say(
            f"dynamodb:* stands for {len(expand('dynamodb:*'))} actions, on every table of the account. "
            f"The function used {len(used)} of them in {suggestion.usage.window}. "
            "For a role of your own, let it watch for weeks; the report always says what it rests on."
        )

    def next(self, commands: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Say which commands to try now; each is given as lines to be copied."""
        for about, lines in commands:
            self.say(about, "dim")
            self._console.print(Text(" \\\n        ".join((f"    {lines[0]}", *lines[1:])), "bold"), soft_wrap=True)

    def _print(self, what: RenderableType, indent: int = 2) -> None:
        self._console.print(Padding(what, (0, 0, 0, indent), expand=False) if what else "")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim underline")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _finding(content: Mapping[str, Any]) -> tuple[RenderableType, ...]:
    seen, action = _ISSUES.get(content["issue"], (content["target"], "stop it"))
    finding = Text(seen.format(target=content["target"].rpartition(":")[2]))
    finding.append(f"\n{content['issue']}", "dim")
    site = content["site"]
    where = Text("its event")
    if site:
        where = Text(f"{Path(site['file']).name}, line {site['line']}\n{site['function']}()")
    return content["function"], finding, where, Text(action.format(**content["details"]), "yellow")


def _word(answer: Any) -> Text:
    word = name_of(answer)
    return Text(word, "red" if word in _STOPPED else "green")


def _response(answer: Mapping[str, Any]) -> Text:
    head = [f"HTTP/1.1 {answer['statusCode']} {_PHRASES[answer['statusCode']]}"]
    head += [f"{name}: {value}" for name, value in answer["headers"].items()]
    return Text("\n".join([*head, "", answer["body"]]), "red")


def _operations(suggestion: Suggestion) -> list[tuple[str, str, int]]:
    calls = (called for function in suggestion.usage.functions for called in function.calls)
    return sorted((*_names(called), called.count) for called in calls)


def _names(called: Called) -> tuple[str, str]:
    entry = called.entry
    resource = entry.get("resource") or {}
    index = f", index {resource['index']}" if "index" in resource else ""
    part = f", {entry['part']}" if "part" in entry else ""
    return f"{resource.get('kind', '')} {resource.get('name', '')}{index}".strip(), f"{entry['operation']}{part}"


def _statements(statements: Iterable[tuple[Iterable[str], Iterable[str]]]) -> Text:
    text = Text()
    for actions, resources in statements:
        text.append("".join(f"{_short(resource)}\n" for resource in resources), "bold")
        text.append("".join(f"  {action}\n" for action in actions), "cyan")
    text.rstrip()
    return text


def _short(resource: str) -> str:
    """Leave out of an ARN what is the same for all of the shop."""
    return f"on {resource.split(':', 5)[-1]}"
