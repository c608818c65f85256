"""`lambda-guard report`, `readiness` and `baseline`: from attached to enforced."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lambda_guard.analysis import evidence
from lambda_guard.analysis.evidence import NoEvidence
from lambda_guard.analysis.report import baseline as baselines
from lambda_guard.analysis.report import documents, invokes, overview, page, passing, terminal
from lambda_guard.analysis.report import readiness as judging
from lambda_guard.analysis.report.fleet import Fleet, gather
from lambda_guard.analysis.report.passing import UnreadableFile
from lambda_guard.analysis.report.readiness import Enough
from lambda_guard.runtime.settings.table import FILE_NAME, RULES
from lambda_guard.runtime.types import printable


class WrongUse(click.ClickException):
    """A command line that cannot be done."""

    exit_code = 2


def _evidence(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments that say where records are."""
    options = (
        click.argument("arguments", metavar="EVIDENCE...", nargs=-1, required=True),
        click.option("--look-back", default=14, show_default=True, metavar="DAYS", help="How far back logs: is read."),
        click.option("--profile", help="The AWS profile for logs: and athena:."),
        click.option("--region", help="Their region."),
    )
    for option in reversed(options):
        command = option(command)
    return command


_rules = click.option(
    "--rule", "rules", multiple=True, type=click.Choice(RULES), help="Only these; else all but connection."
)


@click.command("report")
@_evidence
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write one HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Everything as one JSON object.")
@click.option("--format", "graph", type=click.Choice(["mermaid", "dot"]), help="Only who invokes whom, as a graph.")
def report_(html: Path | None, as_json: bool, graph: str | None, **where: Any) -> None:
    """Show what a fleet did: what to do first, who invokes whom, tables, requests, connections, findings.

    EVIDENCE is files, folders, globs, - for standard input, logs:GROUP, logs:PREFIX* or athena:DATABASE.TABLE.

    Exit codes: 0 fine; 1 what was read is not known to be all; 2 wrong use, or no usable record.
    """
    if as_json and graph is not None:
        raise WrongUse("--json has the whole report and --format only the graph: give one of them.")
    fleet = _read(**where)
    shown = overview.of(fleet)
    if graph is not None:
        click.echo((invokes.mermaid if graph == "mermaid" else invokes.dot)(shown.edges), nl=False)
    elif as_json:
        click.echo(json.dumps(dataclasses.asdict(shown), default=_iso, indent=2))
    elif html is None:
        terminal.show(shown, Console())
    if html is not None:
        _write(html, page.render(shown))
        click.echo(f"{html}: {len(shown.rows):,} functions", err=as_json or graph is not None)
    sys.exit(0 if fleet.lines.complete else 1)


def _iso(time: object) -> str:
    assert isinstance(time, datetime)
    return time.isoformat()


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}.") from None


@click.command("readiness")
@_evidence
@click.option("--days", default=7.0, show_default=True, help="How long a function has to be seen.")
@click.option("--invocations", default=100, show_default=True, help="How often it has to be invoked.")
@click.option("--cold-starts", default=3, show_default=True, help="How many sandboxes there have to be.")
@click.option("--quiet", default=2.0, show_default=True, help="How many days nothing new may have come in the end.")
@click.option("--function", "functions", multiple=True, help="Only these functions.")
@_rules
@click.option(
    "--baseline", metavar="PATH", type=click.Path(exists=True, path_type=Path),
    help="A settings file for all, or a folder as `baseline -o` writes it: judge as if it were in place.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(list(documents.FORMATS)), default="text", show_default=True)
def readiness_(
    days: float,
    invocations: int,
    cold_starts: int,
    quiet: float,
    functions: tuple[str, ...],
    rules: tuple[str, ...],
    baseline: Path | None,
    form: str,
    **where: Any,
) -> None:
    """Tell of each function and rule whether it may go to enforce, why not, and whether enough was seen.

    Exit codes: 0 all are ready or enforced; 1 some are not, or not enough was seen; 2 wrong use.
    """
    fleet = _read(**where)
    _check_functions(functions, fleet)
    try:
        given = passing.read(baseline, {one.name for one in fleet.functions}) if baseline is not None else None
    except UnreadableFile as error:
        raise WrongUse(str(error)) from None
    enough = Enough(days, invocations, cold_starts, quiet)
    verdicts = judging.judge(fleet, enough, functions=functions, rules=rules, baseline=given)
    click.echo(documents.FORMATS[form](verdicts))
    done = {judging.READY, judging.ENFORCED}
    sys.exit(0 if verdicts and all(verdict.outcome in done for verdict in verdicts) else 1)


@click.command("baseline")
@_evidence
@click.option("--function", "functions", multiple=True, help="A file for each of these, instead of one for all.")
@_rules
@click.option(
    "-o", "--output", "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=Path(),
    help="Where files go: DIR/lambda_guard.toml, or DIR/FUNCTION/lambda_guard.toml.  [default: here]",
)  # fmt: skip
def baseline_(functions: tuple[str, ...], rules: tuple[str, ...], folder: Path, **where: Any) -> None:
    """Write today's findings as exemptions with an end date, to enforce at once and let nothing new in.

    A file that is there keeps its settings, reasons and dates, and gets what is new; what is needed no longer is said.

    Exit codes: 0 written; 1 what was read is not known to be all; 2 wrong use, or no usable record.
    """
    fleet = _read(**where)
    _check_functions(functions, fleet)
    today = datetime.now(UTC).date()
    for whose in functions or ("",):
        chosen = [one for one in fleet.functions if whose in ("", one.name)]
        path = (folder / _safe(whose) if whose else folder) / FILE_NAME
        try:
            existing = path.read_text(encoding="utf-8") if path.exists() else ""
            made = baselines.write(fleet, chosen, existing, today, whose or f"{len(chosen):,} functions", rules)
        except UnreadableFile as error:
            raise WrongUse(f"{path} {error}.") from None
        except UnicodeDecodeError:
            raise WrongUse(f"{path} is not in UTF-8.") from None
        except OSError as error:
            raise WrongUse(f"{path} cannot be read: {error.strerror}.") from None
        _write(path, made.text)
        click.echo(f"{path}: {len(made.added)} new, {len(made.kept)} still needed, {len(made.ended)} no longer needed")
        for name in made.over:
            click.echo(printable(f"  past its date, so refused in enforce; give it a new one or end it: {name}", 600))
        for name in made.ended:
            click.echo(printable(f"  no longer needed: {name}", 600))
    sys.exit(0 if fleet.lines.complete else 1)


def _safe(function: str) -> str:
    """Return a function's name as the name of a folder: what evidence says is data."""
    if not function or function in (".", "..") or "/" in function or "\0" in function:
        raise WrongUse(f"{printable(function)} cannot name a folder.")
    return function


def _check_functions(functions: Sequence[str], fleet: Fleet) -> None:
    known = sorted({function.name for function in fleet.functions})
    for name in functions:
        if name not in known:
            shown = printable(", ".join(known), 500)
            raise WrongUse(f"No record is of function {printable(name)}. The evidence is of: {shown}.")


def _read(arguments: Sequence[str], look_back: int, profile: str | None, region: str | None) -> Fleet:
    console = Console(stderr=True)
    columns = TextColumn("reading records"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        try:
            with evidence.read(
                arguments, lambda done: bar.update(task, completed=done), look_back, profile, region
            ) as found:
                return gather(found)
        except NoEvidence as error:
            raise WrongUse(str(error)) from None
