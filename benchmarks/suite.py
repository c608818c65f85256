"""Runs every group, writes the results with what they were measured on, and publishes them."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lambda_guard.analysis.emulator import runtime

from . import budgets, cold_start, instructions, layer_size, publish, reading, variants, warm
from .figures import Figure, say
from .processes import Bench

RESULTS = Path(__file__).resolve().parent / "results"
LATEST = RESULTS / "latest.json"

Group = Callable[[Bench, bool], list[Figure]]

# In this order; the second argument is whether to be quick.
GROUPS: dict[str, Group] = {
    "cold-start": lambda bench, quick: cold_start.in_emulator(bench, 2 if quick else 22),
    "start": lambda bench, quick: cold_start.in_processes(bench, 3 if quick else 41),
    "instructions": lambda bench, _: instructions.measure(bench),
    "imports": lambda bench, _: cold_start.imports(bench),
    "invocation": lambda bench, quick: warm.invocations(bench, 5 if quick else 61),
    "call": lambda bench, quick: warm.calls(bench, 5 if quick else 81),
    "loopback": lambda bench, quick: warm.over_loopback(bench, 20 if quick else 400),
    "growth": lambda bench, quick: warm.growth(bench, 5 if quick else 41, 10_000 if quick else 1_000_000),
    "analysis": lambda bench, quick: reading.measure(bench.work, ["10 MB"] if quick else list(reading.SIZES)),
}


def run(*, quick: bool, only: list[str] | None) -> int:
    """Measure; return 0. Publishes what a full run found."""
    began, load = time.time(), os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="lambda-guard-bench-") as folder:
        work = Path(folder)
        say("building the layer")
        archive, layer = layer_size.build(work)
        figures = layer_size.measure(archive, layer)
        bench = Bench(work, layer)
        for name, measure in GROUPS.items():
            if not only or name in only:
                say(f"--- {name}")
                figures += measure(bench, quick)
        results: dict[str, Any] = {"machine": machine(work), "load_before": load, "load_after": os.getloadavg()}
    results |= {"quick": quick, "seconds": round(time.time() - began), "figures": figures}
    for figure in figures:
        print(publish.line(figure))
    print()
    for line in against_budgets(figures):
        print(line)
    if quick or only:
        return 0
    RESULTS.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    publish_file(LATEST)
    say(f"written: {LATEST}")
    return 0


def publish_file(path: Path) -> None:
    """Write the plots beside a file of results, and the tables into the project's README and the one here."""
    root = layer_size.ROOT
    publish.publish(json.loads(path.read_text()), RESULTS, root / "README.md", root / "benchmarks" / "README.md")


def machine(work: Path) -> dict[str, Any]:
    """Return what this was measured on, as far as pyperf can tell, with versions and date."""
    found: dict[str, Any] = {}
    command = [sys.executable, "-m", "pyperf", "collect_metadata", "-o", str(work / "metadata.json")]
    with contextlib.suppress(OSError, ValueError, KeyError):
        subprocess.run(command, capture_output=True, check=False)
        metadata = json.loads((work / "metadata.json").read_text())["metadata"]
        wanted = ("cpu_model_name", "cpu_count", "cpu_config", "platform", "python_compiler", "aslr")
        found = {name: metadata[name] for name in wanted if name in metadata}
    versions = {name: importlib.metadata.version(name) for name in ("lambda-guard", "moto", "duckdb")}
    return {
        **found,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {
            **versions,
            **dict(each.split("==") for each in (*runtime.CLIENT, runtime.SAM_CLI)),
            **dict(each.split("==") for variant in variants.PEERS for each in variant.requirements),
        },
    }


# budget -> group, case, variant of the figure that is held against it, and its field
_BUDGETED = {
    "cold-start-without-boto3": ("start in a process", "without boto3", variants.OBSERVE.name, "added"),
    "cold-start-with-boto3": ("start in a process", "with boto3", variants.OBSERVE.name, "added"),
    **{
        f"instructions-{name}": (instructions.GROUP, case, variant.name, "added")
        for name, (case, (variant, _, _)) in zip(
            ("without-boto3", "with-boto3", "off"), instructions.CASES.items(), strict=True
        )
    },
    "memory": ("memory", "without boto3", variants.OBSERVE.name, "added"),
    "invocation": ("invocation", "HTTP API", variants.ALL_RULES.name, "added"),
    "call": ("around a call", "GetItem", variants.OBSERVE.name, "added"),
    "layer": ("layer", "the zip", "guard", "value"),
}


def against_budgets(figures: list[Figure]) -> list[str]:
    """Return a verdict a line on the medians."""
    limits, _ = budgets.load()
    lines = []
    for name, (*wanted, field) in _BUDGETED.items():
        wanted.append(limits[name].unit)
        lines += [
            limits[name].verdict(figure[field], limits[name].budget)
            for figure in figures
            if [figure["group"], figure["case"], figure["variant"], figure["unit"]] == wanted
        ]
    for figure in figures:
        if (figure["group"], figure["case"], figure["variant"]) == ("AWS call", "GetItem", variants.OBSERVE.name):
            budget = limits["call-share"]
            lines.append(budget.verdict(100 * figure["added"] / figure["bare"], budget.budget))
    return lines
