"""Cold starts: in AWS's emulator, with the layer freshly unzipped, and cheaper ones in fresh processes."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from pathlib import Path

from lambda_guard.analysis.emulator.function import Function

from . import variants
from .events import http_api
from .figures import Figure, added, say, value
from .processes import ENVIRON, Bench
from .variants import BARE, Variant

GUARDS = (variants.OBSERVE, variants.ENFORCE, *variants.OTHER_WAYS_IN)
# what is measured -> whether the function has boto3, and the garbage collector
CASES = {"without boto3": (False, False), "with boto3": (True, False)}
WITH_COLLECTOR = "with boto3, collector on"


def in_emulator(bench: Bench, rounds: int) -> list[Figure]:
    """Time from the first request to its answer: the process, the runtime client, the function, the event.

    Peers take part in every third round: what they add is far above what the machine adds by chance.
    """
    figures = []
    for case, (boto3, collector) in {**CASES, WITH_COLLECTOR: (True, True)}.items():
        peers = () if case == WITH_COLLECTOR else variants.PEERS
        guards = (variants.OBSERVE,) if case == WITH_COLLECTOR else GUARDS
        pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for number in range(rounds + 1):
            chosen = [BARE, *guards, *(peers if number == 0 or number % 3 == 1 else ())]
            random.Random(number).shuffle(chosen)
            times = {variant.name: _start(bench, variant, boto3, collector) for variant in chosen}
            bare = times.pop(BARE.name)
            if number:  # the first round fills the page cache
                for name, took in times.items():
                    pairs[name].append((bare, took))
            if number % 6 == 0:
                say(f"cold start {case}: {number} of {rounds} rounds")
        figures += [added("cold start", case, name, "ms", each) for name, each in pairs.items()]
    return figures


def _start(bench: Bench, variant: Variant, boto3: bool, collector: bool) -> float:
    folder = variants.task(bench.work, variant, boto3=boto3, collector=collector)
    opt = variants.layer(variant, bench.guard_layer)
    environ = {"_X_AMZN_TRACE_ID": ENVIRON["_X_AMZN_TRACE_ID"], **variants.environ(variant, opt)}
    with Function(folder, variant.handler, layer=opt, python=variants.PYTHON, environ=environ) as function:
        begin = time.perf_counter()
        answer = function.invoke(http_api())
        took = 1000 * (time.perf_counter() - begin)
        if answer != {"statusCode": 200}:
            raise RuntimeError(f"{variant.name} answered {answer}\n{function.output}")
    return took


def _against_bare(group: str, case: str, times: dict[str, list[float]]) -> list[Figure]:
    bare = times[BARE.name]
    return [
        added(group, case, name, "ms", list(zip(bare, took, strict=True)))
        for name, took in times.items()
        if name != BARE.name
    ]


def in_processes(bench: Bench, rounds: int, clock: str = "wall") -> list[Figure]:
    """Time attaching, resolving the handler and the first event alone, with the runtime client loaded already."""
    figures: list[Figure] = []
    chosen = (BARE, variants.OBSERVE, variants.ALL_RULES)
    for case, (boto3, collector) in CASES.items():
        times: dict[str, list[float]] = defaultdict(list)
        memory: dict[str, list[float]] = defaultdict(list)
        for number in range(rounds):
            spec = {"event": http_api(), "clock": clock, "seed": number}
            for variant in random.Random(number).sample(chosen, len(chosen)):
                answer = bench.run("time", variant, boto3=boto3, collector=collector, **spec)
                times[variant.name].append(sum(answer["ms"]))
                memory[variant.name].append(answer["resident_kib"] / 1024)
            if number % 10 == 9:
                say(f"start in a fresh process, {case}: {number + 1} of {rounds} rounds")
        figures += _against_bare("start in a process", case, times)
        figures += [{**each, "unit": "MiB"} for each in _against_bare("memory", case, memory)]
    return figures


def imports(bench: Bench) -> list[Figure]:
    """Count what a start imports."""
    seen = {
        variant.name: bench.run("count", variant, event=http_api())
        for variant in (BARE, variants.OBSERVE, *variants.PEERS)
    }
    bare = seen.pop(BARE.name)
    return [
        value("imports", "without boto3", name, "modules", len(answer["modules"]) - len(bare["modules"]))
        for name, answer in seen.items()
    ]


def unpacked(archive: Path, folder: Path) -> Path:
    """Unzip a layer as Lambda does, with its modes, and return the folder."""
    import zipfile

    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            path = Path(zipped.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return folder
