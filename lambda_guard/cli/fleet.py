"""`lambda-guard attach`, `detach`, `set` and `status`: the guard on real functions, and off again."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from lambda_guard.analysis.fleet import apply, layers, selection, status
from lambda_guard.analysis.fleet import plan as planning
from lambda_guard.analysis.fleet.apply import Result
from lambda_guard.analysis.fleet.plan import Plan, Wanted
from lambda_guard.analysis.fleet.selection import Selection, WrongSelection
from lambda_guard.analysis.fleet.state import LAYER_NAME
from lambda_guard.runtime.settings.table import MODES, PREFIX, SETTINGS, BadValue

_IN_FILES_ONLY = ("verify",)
_MEANING = {"change": "to change", "unchanged": "as wanted", "skipped": "left out", "refused": "refused"}


class WrongUse(click.ClickException):
    """A command line that cannot be done."""

    exit_code = 2


@dataclass(frozen=True)
class _Where:
    """The clients of one region."""

    region: str
    functions: Any
    tagging: Any


def _selecting(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments by which all four commands select functions."""
    options = (
        click.argument("names", nargs=-1, metavar="[FUNCTION]..."),
        click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Functions with this tag."),
        click.option("--prefix", "prefixes", multiple=True, help="Functions whose names begin so."),
        click.option("--regex", "regexes", multiple=True, help="Functions in whose names this is found."),
        click.option("--all", "everything", is_flag=True, help="Every function of the regions."),
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out functions of these names."),
        click.option("--region", "regions", multiple=True, help="Where; may be given several times."),
        click.option("--profile", help="The AWS profile to use."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _changing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of commands that change something."""
    options = (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Show the plan, and end."),
        click.option("--json", "as_json", is_flag=True, help="One JSON object a function."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_selecting
@click.option("--mode", type=click.Choice(MODES), help="LAMBDA_GUARD_MODE; what is not set observes.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Such as direct_invoke=enforce.")
@click.option("--layer", metavar="ARN", help="A published version of the layer; else it is built and published.")
@click.option("--share", multiple=True, metavar="WHOM", help="Let an account or an organisation (o-...) use the layer.")
@_changing
def attach(
    mode: str | None,
    settings: tuple[str, ...],
    layer: str | None,
    share: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
    **selected: Any,
) -> None:
    """Put the layer on functions, and keep everything else that they have as it is.

    Shows what will change and what stands in the way, and asks. Functions that cannot be done are named with the
    reason, and the others are done. Can be run again at any time: it does what is left.

    Exit codes: 0 fine; 1 some function was refused or failed; 2 wrong use.
    """
    variables = _variables(mode, settings)
    if share and layer:
        raise WrongUse("--share is for a layer that is published here; share that one where it was published.")
    choice, places = _open(selected)
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
        source = None if layer else _build(Path(folder) / "layer.zip")

        def planner_of(place: _Where, publish: bool) -> apply.Planner:
            wanted = _wanted(place, layer, source, variables, share if publish else (), publish)
            return lambda state: planning.attach(state, wanted)

        _change(places, choice, planner_of, yes=yes, dry_run=dry_run, as_json=as_json)


@click.command()
@_selecting
@_changing
def detach(yes: bool, dry_run: bool, as_json: bool, **selected: Any) -> None:
    """Take the layer off functions, and restore what was there before.

    What others changed meanwhile stays as they left it.

    Exit codes: 0 fine; 1 some function was refused or failed; 2 wrong use.
    """
    choice, places = _open(selected)
    _change(places, choice, lambda _place, _publish: planning.detach, yes=yes, dry_run=dry_run, as_json=as_json)


@click.command("set")
@_selecting
@_changing
def set_(yes: bool, dry_run: bool, as_json: bool, **selected: Any) -> None:
    """Change settings of functions that have the layer, such as mode=observe.

    `lambda-guard set --tag team=shop mode=observe` is the way back for a whole fleet.

    Exit codes: 0 fine; 1 some function was refused or failed; 2 wrong use.
    """
    given = tuple(name for name in selected["names"] if "=" in name)
    selected["names"] = tuple(name for name in selected["names"] if "=" not in name)
    variables = _variables(None, given)
    if not variables:
        raise WrongUse("Say what to set, such as mode=observe.")
    choice, places = _open(selected)

    def planner_of(_place: _Where, _publish: bool) -> apply.Planner:
        return lambda state: planning.settings(state, variables)

    _change(places, choice, planner_of, yes=yes, dry_run=dry_run, as_json=as_json)


@click.command("status")
@_selecting
@click.option("--evidence", multiple=True, metavar="EVIDENCE", help="Records, to tell what functions really run.")
@click.option("--days", default=14, show_default=True, help="How far back logs: is read.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def status_(evidence: tuple[str, ...], days: int, form: str, **selected: Any) -> None:
    """Tell how functions stand: with the layer or without, in which version, way in and mode.

    With --evidence, also what their own records say: silent ones, and modes that are not as configured.

    Exit codes: 0 all are guarded; 1 some are not, are silent, outdated or drifted; 2 wrong use.
    """
    choice, places = _open(selected)
    seen = _seen(evidence, days) if evidence else None
    rows: list[status.Standing] = []
    failed: list[Result] = []
    for place in places:
        newest = _newest(place)
        for found in _progress("reading functions", _planned(place, choice, _as_it_is)):
            if isinstance(found, Result):
                failed.append(found)
            else:
                rows.append(status.standing(found.state, newest, seen))
    order = list(status.VERDICTS)
    rows.sort(key=lambda row: (order.index(row.verdict), row.region, row.function))
    _show_status(rows, form)
    for result in failed:
        click.echo(_printable(f"{result.name} ({result.region}): {result.reason}"), err=True)
    if not rows and not failed:
        raise WrongUse("No function is selected.")
    fine = {"guarded", "not python"}
    sys.exit(1 if failed or any(row.verdict not in fine for row in rows) else 0)


def _as_it_is(state: Any) -> Plan:
    return Plan(state, "unchanged")


def _variables(mode: str | None, given: Sequence[str]) -> dict[str, str]:
    """Return settings as variables, each read as the guard will read it."""
    pairs = [("mode", mode)] if mode else []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise WrongUse(f"A setting is NAME=VALUE, such as direct_invoke=enforce, not {text}.")
        pairs.append((name.strip().lower().removeprefix(PREFIX.lower()), value))
    variables = {}
    for name, value in pairs:
        if name not in SETTINGS or name in _IN_FILES_ONLY:
            known = ", ".join(sorted(SETTINGS.keys() - set(_IN_FILES_ONLY)))
            raise WrongUse(f"There is no setting {name}; choose from: {known}.")
        try:
            SETTINGS[name][0](value)
        except BadValue as error:
            raise WrongUse(f"{name} {error}.") from None
        variables[PREFIX + name.upper()] = value or ""
    return variables


def _open(selected: dict[str, Any]) -> tuple[Selection, list[_Where]]:
    try:
        choice = Selection(
            names=selected["names"],
            tags=selection.parse_tags(selected["tags"]),
            prefixes=selected["prefixes"],
            regexes=selection.parse_regexes(selected["regexes"]),
            everything=selected["everything"],
            exclude=selected["exclude"],
        )
        choice.check()
    except WrongSelection as error:
        raise WrongUse(str(error)) from None
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    # Throttled calls and those that the network lost are tried again, later each time.
    config = Config(retries={"mode": "standard", "max_attempts": 10}, max_pool_connections=apply.AT_ONCE)
    try:
        session = boto3.Session(profile_name=selected["profile"])
        regions = selected["regions"] or (session.region_name,)
        if None in regions:
            raise WrongUse("Say --region; neither the profile nor the environment has one.")
        return choice, [
            _Where(
                region,
                session.client("lambda", region_name=region, config=config),
                session.client("resourcegroupstaggingapi", region_name=region, config=config),
            )
            for region in dict.fromkeys(regions)
        ]
    except BotoCoreError as error:
        raise WrongUse(str(error)) from None


@dataclass(frozen=True)
class _Built:
    """The layer as it was built: where its zip is, its size, and what its versions are described by."""

    path: Path
    description: str


def _build(path: Path) -> _Built:
    from lambda_guard import __version__
    from lambda_guard.analysis.layer import BuildError, build

    try:
        built = build(path)
    except BuildError as error:
        raise WrongUse(str(error)) from None
    return _Built(path, layers.description(__version__, built.digest))


def _wanted(
    place: _Where,
    arn: str | None,
    source: _Built | None,
    variables: dict[str, str],
    share: tuple[str, ...],
    publish: bool,
) -> Wanted:
    """Return what functions of a region are to have; nothing is published before the plan is agreed to."""
    if source is None:
        return Wanted(arn or "", 0, variables, signed=True)
    if not publish:
        found = layers.find(place.functions, source.description)
        next_number = (layers.newest(place.functions) or 0) + 1
        shown = found.arn if found else f"arn:aws:lambda:{place.region}:account:layer:{LAYER_NAME}:{next_number}"
        return Wanted(shown, source.path.stat().st_size, variables)
    version = layers.publish(place.functions, source.path, source.description)
    if version.new:
        click.echo(f"published {version.arn}", err=True)
    try:
        layers.share(place.functions, version, share)
    except layers.WrongShare as error:
        raise WrongUse(str(error)) from None
    return Wanted(version.arn, source.path.stat().st_size, variables)


def _planned(place: _Where, choice: Selection, planner: apply.Planner) -> Iterator[Result | Plan]:
    names = list(selection.find(place.functions, place.tagging, choice))
    yield from apply.plan_all(place.functions, names, place.region, planner)


def _change(
    places: list[_Where],
    choice: Selection,
    planner_of: Callable[[_Where, bool], apply.Planner],
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Plan, show, ask, carry out, and say what became of each."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        plans: list[tuple[_Where, Plan]] = []
        failed: list[Result] = []
        for place in places:
            for found in _progress("reading functions", _planned(place, choice, planner_of(place, False))):
                if isinstance(found, Result):
                    failed.append(found)
                else:
                    plans.append((place, found))
        if not plans and not failed:
            raise WrongUse("No function is selected.")
        plans.sort(key=lambda one: (one[1].outcome != "change", one[0].region, one[1].state.name))
        if not as_json or not (yes or dry_run):
            _show_plans([plan for _, plan in plans], failed)
        wanted = [(place, plan) for place, plan in plans if plan.outcome == "change"]
        if dry_run or not wanted:
            results = [*failed, *(_unchanged(plan) for _, plan in plans)]
        else:
            if not yes:
                click.confirm(f"Change {len(wanted)} functions?", abort=True, err=True)
            results = [*failed, *(_unchanged(plan) for _, plan in plans if plan.outcome != "change")]
            for place in places:
                own = [plan for where, plan in wanted if where is place]
                if own:
                    planner = planner_of(place, True)
                    again = [planner(plan.state) for plan in own]  # with the version that is published by now
                    done = apply.apply_all(place.functions, again, planner)
                    results += _progress("changing functions", done, len(own))
    except (ClientError, BotoCoreError) as error:
        raise WrongUse(apply.explain(error)) from None
    _conclude(results, as_json=as_json, dry_run=dry_run)


def _unchanged(plan: Plan) -> Result:
    return Result(plan.state.name, plan.state.region, plan.outcome, plan.reason, plan)


def _conclude(results: list[Result], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        for result in sorted(results, key=lambda one: (one.region, one.name)):
            click.echo(json.dumps(_as_json(result)))
    elif not dry_run:
        counts: dict[str, int] = {}
        for result in results:
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
            if result.outcome == "failed":
                click.echo(_printable(f"failed: {result.name} ({result.region}): {result.reason}"), err=True)
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    sys.exit(1 if any(result.outcome in ("failed", "refused") for result in results) else 0)


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


def _progress(what: str, results: Any, total: int | None = None) -> list[Any]:
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn()
    found = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        for result in results:
            found.append(result)
            bar.advance(task)
    return found


def _show_plans(plans: list[Plan], failed: list[Result]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("function", "runtime", "", "what changes, or stands in the way"):
        table.add_column(column, overflow="fold")
    notes: dict[str, list[str]] = {}
    for plan in plans:
        details = plan.reason or "\n".join(plan.changes)
        name = f"{plan.state.name} ({plan.state.region})"
        style = {"refused": "red", "change": "green"}.get(plan.outcome, "dim")
        table.add_row(_cell(name), _cell(plan.state.runtime or plan.state.package), Text(_MEANING[plan.outcome], style),
                      _cell(details))  # fmt: skip
        for note in plan.notes:
            notes.setdefault(note, []).append(plan.state.name)
    for result in failed:
        table.add_row(_cell(f"{result.name} ({result.region})"), "", Text("not read", "red"), _cell(result.reason))
    console = Console(stderr=True, soft_wrap=not sys.stderr.isatty())
    console.print(table)
    for note, names in notes.items():
        console.print(_cell(f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''}: {note}"))


def _show_status(rows: list[status.Standing], form: str) -> None:
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
    return _printable(escaped)


def _cell(text: str) -> Text:
    return Text("\n".join(_printable(line) for line in text.split("\n")))


def _printable(line: str) -> str:
    """Keep names and messages of others from steering the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _newest(place: _Where) -> int | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return layers.newest(place.functions)
    except (ClientError, BotoCoreError):
        return None  # without that permission nothing is called outdated


def _seen(arguments: Sequence[str], days: int) -> dict[tuple[str, str], status.Seen]:
    from lambda_guard.analysis import evidence

    try:
        with evidence.read(arguments, days=days) as found:
            return status.seen(found.attached())
    except evidence.NoEvidence as error:
        raise WrongUse(str(error)) from None
