"""The order in which the demo shows things."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ..report.readiness import READY
from . import aws, checks, layer, shop
from .errors import DemoError
from .functions import Act, Stage
from .processes import Processes
from .records import Folder
from .screen import Screen
from .suggestion import FUNCTION, Suggestion, suggest
from .way import Way, find

_MOST_FAILURES = 10


class _Scene(NamedTuple):
    """What both acts play in."""

    screen: Screen
    processes: Processes
    cloud: aws.AWS
    opt: Path
    python: str


def play(path: Path, console: Console) -> None:
    """Show it all, and leave the records in a folder.

    Raises DemoError where it cannot be shown, or where something else happened than it set out to show, and
    Interrupted where a signal ended it. Nothing that it started is left in any of these cases.
    """
    started = time.monotonic()
    layer.check_place()
    folder = Folder(path)
    screen = Screen(console)
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as work, aws.only_here(), Processes() as processes:
        screen.say(f"A small shop on AWS Lambda: {len(shop.FUNCTIONS)} functions that know nothing of the guard.")
        screen.say()
        scene = _prepare(screen, processes, Path(work))
        observe = _observe(scene, folder)
        _confirm(checks.of_observe(observe), path)
        way = _way(scene, folder)
        enforce = _enforce(scene, folder, observe)
        _confirm([*checks.of_acts(observe, enforce), *checks.of_way(way)], path)
        screen.stopped(observe, enforce)
        suggestion = _suggest(scene, folder)
    _confirm(checks.of_policy(suggestion), path)
    screen.title("Next")
    screen.next(_commands(path))
    screen.say()
    number = sum(len(records) for act in (observe, enforce) for records in act.records.values())
    screen.done(
        f"{2 * shop.EVENTS} events went as they should in {time.monotonic() - started:.0f} seconds; "
        f"{number} records are in {path}{os.sep}"
    )


def _confirm(failures: Iterable[str], path: Path) -> None:
    listed = [f"  {failure}" for failure in failures]
    if listed:
        more = [f"  and {len(listed) - _MOST_FAILURES} more"] if len(listed) > _MOST_FAILURES else []
        raise DemoError(
            "\n".join(
                [f"not everything happened as it should; the records are in {path}", *listed[:_MOST_FAILURES], *more]
            )
        )


def _prepare(screen: Screen, processes: Processes, work: Path) -> _Scene:
    with screen.waiting("Building the layer, starting AWS, fetching Lambda's runtime where it is not cached"):
        python = processes.submit(layer.choose_python).result()
        building = processes.submit(layer.build, processes, work)
        fetching = processes.submit(layer.fetch_runtime, processes, python)
        cloud = aws.AWS()
        processes.add_server(cloud)
        cloud.start()
        opt, size = building.result()
        fetching.result()
    screen.done(what="layer", about=f"{size / 1024:.0f} KiB, one zip for Python 3.11 to 3.14 on x86_64 and arm64")
    screen.done(what="AWS", about=f"moto's server at {cloud.url}")
    screen.done(what="Lambda", about=f"AWS's runtime emulator, its runtime client, Python {python}")
    return _Scene(screen, processes, cloud, opt, python)


def _act(scene: _Scene, mode: str) -> Act:
    stage = Stage(mode, scene.processes, scene.cloud, scene.opt, scene.python)
    with scene.screen.waiting(f"Starting {', '.join(shop.FUNCTIONS)} in {mode}"):
        # Staging and production are accounts of their own: nothing of one act is there in the other.
        scene.processes.submit(aws.furnish, scene.cloud).result()
        scene.processes.submit(stage.start).result()
    with scene.screen.events(mode) as progress:
        for news in stage.play():
            if isinstance(news, Act):
                return news
            progress.advance(progress.task_ids[0], len(news.events))
    raise AssertionError("an act ends with itself")


def _observe(scene: _Scene, folder: Folder) -> Act:
    screen = scene.screen
    screen.title("1  Observe, as in staging")
    act = _act(scene, "observe")
    folder.add(act)
    screen.say(f"All {shop.EVENTS} events went through, as ever. This is what the guard saw:")
    screen.say()
    screen.observed(act)
    screen.say()
    screen.say("In the log, that is one line for each; the first of them:")
    screen.say()
    screen.record(act)
    return act


def _way(scene: _Scene, folder: Folder) -> Way:
    """Show what a team does next: the report, whether functions are ready, and the baseline to start from."""
    screen = scene.screen
    screen.title("2  From observe to enforce")
    with screen.waiting("Reading the records"):
        way = find(folder.of_act("observe"), folder.path)
    screen.done(f"the report, one page for the whole fleet: {way.report}")
    screen.say()
    screen.say("May these functions enforce?")
    screen.say()
    screen.readiness(way.before)
    screen.say()
    screen.say(
        "Each of these can be mended, or let pass on purpose: LAMBDA_GUARD_ALLOW_INVOKE=stock allows the invokes of "
        "stock, LAMBDA_GUARD_PUBLIC_ROUTES the routes that need nobody. Or all of today's can be let pass for now:"
    )
    screen.say()
    screen.done(f"the baseline, {way.exemptions} exemptions with an end date: {way.baseline}")
    ready = sum(verdict.outcome == READY for verdict in way.after)
    screen.done(f"with it in place, {ready} of {len(way.after)} are ready: nothing new gets in, nothing old breaks")
    return way


def _enforce(scene: _Scene, folder: Folder, observe: Act) -> Act:
    screen = scene.screen
    screen.title("3  Enforce, as in production")
    act = _act(scene, "enforce")
    folder.add(act)
    screen.say("The same events, functions and layer, and no baseline; only LAMBDA_GUARD_MODE is another.")
    screen.say()
    screen.compared(observe, act)
    return act


def _suggest(scene: _Scene, folder: Folder) -> Suggestion:
    screen = scene.screen
    screen.title("4  What the orders function does in DynamoDB")
    with screen.waiting("Reading the records"):
        suggestion = suggest(folder.of(FUNCTION), scene.cloud.client("iam"))
    documents = [{"Version": "2012-10-17", "Statement": [statement.body]} for statement in suggestion.today]
    folder.add_policy(shop.ROLE, documents)
    screen.usage(suggestion)
    screen.title("5  What its role should allow")
    screen.policies(suggestion)
    return suggestion


def _commands(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    program = _program()
    place = shlex.quote(str(path))
    yield (
        "The policy in full, here for Terraform, and what it rests on:",
        (
            f"{program} suggest {place}/*.jsonl --function {FUNCTION}",
            f"--current {place}/{shop.ROLE}.json --format terraform",
        ),
    )
    yield (
        "What the guard thinks of the events of api, with its settings, and why. Try your own:",
        (
            f"{program} event {place}/events/*-api.json",
            "--public-routes 'GET /health' --event-sources apigw_http_v2",
        ),
    )
    yield "What the fleet did, in the terminal:", (f"{program} report {place}/*.observe.jsonl",)
    yield (
        "Whether it is ready, by your own measure:",
        (f"{program} readiness {place}/*.observe.jsonl", "--days 0 --invocations 1 --cold-starts 1"),
    )
    yield "The layer for your own functions; layer/examples shows how to attach it:", ("make layer",)


def _program() -> str:
    """Return how the user starts this program, so that the commands can be copied."""
    own = Path(sys.argv[0])
    if own.name != "lambda-guard":
        return "lambda-guard"
    found = shutil.which("lambda-guard")
    return own.name if found and Path(found).resolve() == own.resolve() else shlex.quote(os.path.relpath(own))
