"""`lambda-guard suggest`: the policy that a function's recorded calls need, and what its role has beyond it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lambda_guard.analysis import evidence
from lambda_guard.analysis.evidence import FunctionUsage, Lines
from lambda_guard.analysis.iam import coverage
from lambda_guard.analysis.iam.formats import FORMATS
from lambda_guard.analysis.iam.policy import DENY_INVOKE, Statement, statements_for
from lambda_guard.analysis.iam.role import RoleUsage, by_role, grants, role_usage


@dataclass(frozen=True)
class Options:
    """What goes into a policy besides what was used."""

    conditions: bool
    logs: bool
    deny_invoke: bool
    account: str


@click.command()
@click.argument("evidence_arguments", metavar="EVIDENCE...", nargs=-1, required=True)
@click.option("--function", "functions", multiple=True, metavar="F", help="Only this function (repeatable).")
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="json", show_default=True)
@click.option("--conditions", is_flag=True, help="Limit writes that were only seen in transactions to those.")
@click.option("--logs", is_flag=True, help="Add what writing the functions' own logs needs.")
@click.option("--deny-invoke", is_flag=True, help="Add an explicit Deny of lambda:Invoke*.")
@click.option("--account", default="", metavar="ID", help="AWS account, for records that do not tell it.")
@click.option("-o", "--output", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def suggest(
    evidence_arguments: Sequence[str],
    functions: Sequence[str],
    format_name: str,
    conditions: bool,
    logs: bool,
    deny_invoke: bool,
    account: str,
    folder: Path | None,
) -> None:
    """Suggest the IAM policy that the recorded DynamoDB calls need, and just that."""
    options = Options(conditions, logs, deny_invoke, account)
    lines, used, sdks = _read(evidence_arguments)
    for role, members in by_role(_chosen(used, functions), {}).items():
        usage = role_usage(role, members, account=account)
        for text in FORMATS[format_name].render(role, statements(usage, options)):
            click.echo(text, nl=False)
        for line in (*coverage.of_lines(lines), *coverage.of_role(usage, sdks)):
            click.echo(line, err=True)


def statements(usage: RoleUsage, options: Options) -> list[Statement]:
    """Return the statements of the suggested policy."""
    wanted = grants(usage, conditions=options.conditions, logs=options.logs, account=options.account)
    return [*statements_for(wanted), *([DENY_INVOKE] if options.deny_invoke else [])]


def _read(arguments: Sequence[str]) -> tuple[Lines, list[FunctionUsage], dict[str, frozenset[str]]]:
    console = Console(stderr=True)
    columns = TextColumn("reading"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading", total=1.0)
        with evidence.read(arguments, lambda done: bar.update(task, completed=done)) as found:
            return found.lines, found.usage(), coverage.uncovered_sdks(found)


def _chosen(used: list[FunctionUsage], names: Sequence[str]) -> list[FunctionUsage]:
    return [function for function in used if not names or function.function in names]
