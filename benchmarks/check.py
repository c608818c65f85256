"""Does the guard keep its budgets, on a machine that may be busy? Counts first, since they are the same at every run.

Times are taken as differences to the unguarded function in the same run; one that is over its bound is measured
again, twice at most, and fails only if it is over each time.
"""

from __future__ import annotations

import compileall
import tempfile
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

from . import budgets, cold_start, layer_size
from .budgets import Budget
from .events import EVENTS, http_api
from .figures import Figure, added, say
from .processes import Bench
from .variants import ALL_RULES, BARE, OBSERVE

_ATTEMPTS = 3


def check(package: Path | None, packages: list[str] | None, *, counts_only: bool) -> int:
    """Print a verdict a line; return the number of budgets that are not kept.

    package: folder with `lambda_guard`, which is compiled there; None for a layer that is built now.
    packages: folders with awslambdaric, boto3 and wrapt; None for the runtime's own.
    """
    limits, forbidden = budgets.load()
    with tempfile.TemporaryDirectory(prefix="lambda-guard-bench-") as folder:
        work = Path(folder)
        measured: dict[str, float] = {}
        if package is None:
            archive, layer = layer_size.build(work)
            (figure,) = [each for each in layer_size.measure(archive, layer) if each["unit"] == "KiB zipped"]
            measured["layer"] = figure["value"]
        else:
            layer = _as_layer(package, work / "opt")
        bench = Bench(work, layer, packages)
        imported, counts = _counts(bench, quick=counts_only)
        measured |= counts
        over = _report(limits, measured)
        for name in _forbidden(imported, forbidden):
            over += 1
            print(f"OVER  imports                  {name} is imported; see `forbidden` in budgets.toml")
        if not counts_only:
            over += _check_times(bench, limits)
    print("no bound is passed" if not over else f"{over} over budget")
    return over


def _as_layer(package: Path, opt: Path) -> Path:
    """Make what stands for /opt from a folder with the package, compiled as in the layer."""
    opt.mkdir()
    (opt / "python").symlink_to(package.resolve())
    compileall.compile_dir(package, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return opt


def _report(limits: dict[str, Budget], measured: dict[str, float]) -> int:
    for name, number in measured.items():
        print(limits[name].verdict(number, limits[name].fails_at), flush=True)
    return sum(number > limits[name].fails_at for name, number in measured.items())


def _forbidden(imported: set[str], forbidden: list[str]) -> list[str]:
    return sorted(name for name in forbidden if name in imported)


def _counts(bench: Bench, *, quick: bool) -> tuple[set[str], dict[str, float]]:
    """Return what a start imports, and all that can be counted.

    quick: print the lines of fewer invocations than a million.
    """
    say("counting what a start does")
    bare = bench.run("count", BARE, event=http_api())
    start = bench.run("count", OBSERVE, event=http_api())
    imported = set(start["modules"]) - set(bare["modules"])
    say("counting what an invocation and a call do")
    names = ("HTTP API", "REST, 1 KB", "REST, 1 MB, 1,000 headers")
    events = {name: EVENTS[name]() for name in names}
    hot = bench.run("hot_counts", OBSERVE, boto3=True, event=http_api(), events=events)
    output = bench.work / "printed"
    number = 10_000 if quick else 1_000_000
    many = bench.run("invocations", OBSERVE, event=http_api(), steps=[number], rounds=0, output=str(output))
    return imported, {
        "modules": len(imported),
        "start-calls": start["calls"] - bare["calls"],
        "compiled": start["audit"].get("compile", 0) - bare["audit"].get("compile", 0),
        "invocation-calls": hot["HTTP API"]["calls"],
        "call-calls": hot["GetItem"]["calls"],
        "growth-tables": hot["GetItem, 900 tables"]["calls"] - hot["GetItem"]["calls"],
        "growth-event": hot["REST, 1 MB, 1,000 headers"]["calls"] - hot["REST, 1 KB"]["calls"],
        "kept": hot["HTTP API"]["kept_blocks"] + hot["GetItem"]["kept_blocks"],
        "lines": many[str(number)]["lines"],
    }


def _check_times(bench: Bench, limits: dict[str, Budget]) -> int:
    """Measure, and measure again what is over its bound."""
    over = 0
    for measure in (_starts, _invocation, _call):
        best: dict[str, float] = {}
        for attempt in range(_ATTEMPTS):
            say(f"{measure.__name__.strip('_')}, attempt {attempt + 1} of at most {_ATTEMPTS}")
            for name, number in measure(bench, attempt):
                best[name] = min(number, best.get(name, number))
            if all(number <= limits[name].fails_at for name, number in best.items()):
                break
        over += _report(limits, best)
    return over


def _starts(bench: Bench, attempt: int) -> Iterator[tuple[str, float]]:
    """Compare processor time, which other processes on the machine change least."""
    figures = cold_start.in_processes(bench, 12 + 6 * attempt, clock="cpu")
    found = {(each["group"], each["case"], each["variant"]): each["added"] for each in figures}
    for case, name in zip(cold_start.CASES, ("cold-start-without-boto3", "cold-start-with-boto3"), strict=True):
        yield name, found["start in a process", case, OBSERVE.name]
    yield "memory", found["memory", "without boto3", OBSERVE.name]


def _invocation(bench: Bench, attempt: int) -> Iterator[tuple[str, float]]:
    events = {"HTTP API": http_api()}
    rounds = 60 * (attempt + 1)
    pairs = bench.run("invocation", ALL_RULES, event=http_api(), events=events, rounds=rounds, seconds=0.003)
    yield "invocation", added("", "", "", "µs", pairs["HTTP API"])["least"]


def _call(bench: Bench, attempt: int) -> Iterator[tuple[str, float]]:
    spec = {"boto3": True, "event": http_api(), "calls": ["GetItem"], "rounds": 150 * (attempt + 1)}
    alone: Figure = added("", "", "", "µs", bench.run("call_alone", OBSERVE, seconds=0.002, **spec)["GetItem"])
    whole: Figure = added("", "", "", "µs", bench.run("call", OBSERVE, seconds=0.005, **spec)["GetItem"])
    yield "call", alone["least"]
    yield "call-share", 100 * whole["added"] / whole["bare"]
