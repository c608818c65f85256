"""`lambda-guard attach`, `detach`, `set` and `status`: the guard on real functions, and off again."""

from __future__ import annotations

import functools
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lambda_guard.analysis.fleet import apply, layers, selection, status
from lambda_guard.analysis.fleet import plan as planning
from lambda_guard.analysis.fleet.apply import Result
from lambda_guard.analysis.fleet.plan import Plan, Wanted
from lambda_guard.analysis.fleet.selection import Selection, WrongSelection
from lambda_guard.analysis.fleet.state import LAYER_NAME
from lambda_guard.cli import fleet_output as output
from lambda_guard.cli.errors import WrongUse
from lambda_guard.runtime.settings.table import MODES, PREFIX, SETTINGS, BadValue

_IN_FILES_ONLY = ("verify",)


@dataclass(frozen=True)
class _Where:
    """The clients of one region."""

    region: str
    functions: Any
    tagging: Any


PlannerOf = Callable[[_Where, bool], apply.Planner]  # of a region; before or after the plan is agreed to


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
    try:
        layers.check_share(share)
        if layer:
            layers.check_arn(layer, [place.region for place in places])
    except (layers.WrongShare, layers.WrongLayer) as error:
        raise WrongUse(f"{error}.") from None
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
        source = None if layer else _build(Path(folder) / "layer.zip")

        def planner_of(place: _Where, publish: bool) -> apply.Planner:
            wanted = _wanted(place, layer, source, variables, share if publish else (), publish)
            return apply.attaching(place.functions, wanted)

        _change(places, choice, planner_of, yes=yes, dry_run=dry_run, as_json=as_json, share=bool(share))


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
    plans, failed = _read(places, choice, lambda _place, _publish: _as_it_is)
    newest = {place.region: _newest_of(place) for place in places}
    rows = [status.standing(plan.state, newest[place.region], seen) for place, plan in plans]
    order = list(status.VERDICTS)
    rows.sort(key=lambda row: (order.index(row.verdict), row.region, row.function))
    output.show_status(rows, form)
    output.show_failed(failed)
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
        for name in choice.names:
            if selection.region_of(name) not in (None, *regions):
                raise WrongUse(f"{name} is in {selection.region_of(name)}: say --region {selection.region_of(name)}.")
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
    layers.share(place.functions, version, share)
    return Wanted(version.arn, source.path.stat().st_size, variables)


def _read(
    places: list[_Where], choice: Selection, planner_of: PlannerOf
) -> tuple[list[tuple[_Where, Plan]], list[Result]]:
    """Read and plan the selected functions of all regions; where one region fails, the others are read nevertheless."""
    plans: list[tuple[_Where, Plan]] = []
    failed: list[Result] = []
    for place in places:
        for found in output.progress("reading functions", _planned(place, choice, planner_of)):
            if isinstance(found, Result):
                failed.append(found)
            else:
                plans.append((place, found))
    if not plans and not failed:
        raise WrongUse("No function is selected.")
    if all(result.name == output.REGION for result in failed) and len(failed) == len(places):
        raise WrongUse(output.printable(failed[0].reason))
    plans.sort(key=lambda one: (one[1].outcome != "change", one[0].region, one[1].state.name))
    return plans, failed


def _planned(place: _Where, choice: Selection, planner_of: PlannerOf) -> Generator[Result | Plan, None, None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = list(selection.find(place.functions, place.tagging, choice, place.region))
        planner = planner_of(place, False) if found else None
    except (ClientError, BotoCoreError) as error:
        yield Result(output.REGION, place.region, "failed", apply.explain(error))
        return
    if planner is not None:
        yield from apply.plan_all(place.functions, found, place.region, planner)


def _change(
    places: list[_Where],
    choice: Selection,
    planner_of: PlannerOf,
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    share: bool = False,
) -> None:
    """Plan, show, ask, carry out, and say what became of each. share: there is something to do without any change."""
    plans, failed = _read(places, choice, planner_of)
    if not as_json or not (yes or dry_run):
        output.show_plans([plan for _, plan in plans], failed)
    wanted = [(place, plan) for place, plan in plans if plan.outcome == "change"]
    going = bool(wanted or share) and not dry_run
    if going and not yes and not _agreed(f"Change {len(wanted)} functions?" if wanted else "Share the layer?"):
        click.echo("Nothing was changed.", err=True)
        sys.exit(1)
    results = [*failed, *(output.unchanged(plan) for _, plan in plans if not going or plan.outcome != "change")]
    if going:
        done: list[Result] = []
        try:
            _carry_out(places, wanted, planner_of, done, share=share)
        except KeyboardInterrupt:
            if as_json:
                output.show_json(done)
            changed = sum(result.outcome == "changed" for result in done)
            rest = "run the same command again for the rest"
            click.echo(f"Stopped: {changed} of {len(wanted)} functions changed; {rest}.", err=True)
            sys.exit(128 + signal.SIGINT)
        results += done
    output.conclude(results, as_json=as_json, dry_run=dry_run)


def _agreed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            raise WrongUse("There is nobody to ask: say --yes, or --dry-run to see the plan only.") from None
        raise KeyboardInterrupt from None


def _carry_out(
    places: list[_Where], wanted: list[tuple[_Where, Plan]], planner_of: PlannerOf, done: list[Result], *, share: bool
) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    for place in places:
        own = [plan for where, plan in wanted if where is place]
        if not (own or share):
            continue
        try:
            planner = planner_of(place, True)
        except (ClientError, BotoCoreError) as error:
            reason = apply.explain(error)
            done += [Result(plan.state.name, place.region, "failed", reason, plan) for plan in own]
            if not own:
                done.append(Result(output.REGION, place.region, "failed", reason))
            continue
        again = [planner(plan.state) for plan in own]  # with the version that is published by now
        output.progress("changing functions", apply.apply_all(place.functions, again, planner, done), len(own))


def _newest_of(place: _Where) -> Callable[[str], int | None]:
    """Return what tells the newest version of a layer, whoever's and whatever it is called."""
    from botocore.exceptions import BotoCoreError, ClientError

    @functools.cache
    def newest(layer: str) -> int | None:
        try:
            return layers.newest(place.functions, layer)
        except (ClientError, BotoCoreError):
            return None  # without that permission nothing is called outdated

    return newest


def _seen(arguments: Sequence[str], days: int) -> dict[tuple[str, str], status.Seen]:
    from lambda_guard.analysis import evidence

    try:
        with evidence.read(arguments, days=days) as found:
            return status.seen(found.attached())
    except evidence.NoEvidence as error:
        raise WrongUse(str(error)) from None
