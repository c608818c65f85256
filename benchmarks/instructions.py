"""What a start adds in instructions: counted by cachegrind, and so the same at every run, whatever the machine does.

Each count is of one whole process, from Python's own start to the answer of the first event, with a fixed hash seed and
without the garbage collector. The layer attaches by its .pth file, as it does in Lambda.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

from . import variants
from .events import http_api
from .figures import Figure, say
from .processes import Bench, BenchmarkError
from .variants import BARE, OBSERVE, Variant

GROUP, UNIT = "instructions", "million"
OFF = Variant("guard, off", "guard", environ={"LAMBDA_GUARD_MODE": "off"})
# case -> what is counted, what it is held against, whether the function has boto3. A guard that is off is held against
# a layer without anything in it: to look into one more folder is no cost of its own.
CASES = {
    "start without boto3": (OBSERVE, BARE, False),
    "start with boto3": (OBSERVE, BARE, True),
    "start with the guard off": (OFF, Variant("an empty layer", "empty"), False),
}
_START = """
import gc, json, os, site, sys
gc.disable()
from types import SimpleNamespace
path, opt, event = json.loads(sys.argv[1])
sys.path[:0] = path
from awslambdaric.bootstrap import _get_handler
site.addsitedir(opt)
handler = _get_handler(os.environ["_HANDLER"])
arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
handler(event, SimpleNamespace(aws_request_id="request", invoked_function_arn=arn))
"""
_COMMAND = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_TOTAL = re.compile(r"I\s+refs:\s+([\d,]+)")


def measure(bench: Bench) -> list[Figure]:
    """Count what starts add, in millions of instructions; nothing, and a word, where there is no valgrind."""
    if shutil.which("valgrind") is None:
        say("instructions are not counted: valgrind is not installed (Debian, Ubuntu: apt-get install valgrind)")
        return []
    counts: dict[tuple[str, bool], float] = {}
    figures = []
    for case, (variant, against, boto3) in CASES.items():
        for each in (variant, against):
            if (each.name, boto3) not in counts:
                counts[each.name, boto3] = count(bench, each, boto3=boto3)
        dressed, bare = counts[variant.name, boto3], counts[against.name, boto3]
        figures.append(_figure(case, variant.name, dressed, bare))
        say(f"{case}: +{dressed - bare:.2f} million instructions")
    return figures


def count(bench: Bench, variant: Variant, *, boto3: bool) -> float:
    """Return the instructions of one start, in millions. Raises BenchmarkError where it fails."""
    folder = variants.task(bench.work, variant, boto3=boto3)
    opt = bench.guard_layer if variant.guard else bench.work / "empty"
    (opt / "python").mkdir(parents=True, exist_ok=True)
    layer = [str(opt / "python")] if variant.layer else []
    spec = [str(folder), *layer, *bench.packages], str(opt / "python"), http_api()
    done = subprocess.run(
        ["valgrind", *_COMMAND, sys.executable, "-s", "-P", "-S", "-B", "-c", _START, json.dumps(spec)],
        env={**bench.environ(variant, folder, opt), "PYTHONHASHSEED": "0"},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    found = _TOTAL.search(done.stderr)
    if done.returncode or found is None:
        raise BenchmarkError(f"{variant.name}: counting failed:\n{done.stderr[-3000:]}")
    return int(found[1].replace(",", "")) / 1e6


def _figure(case: str, name: str, dressed: float, bare: float) -> Figure:
    added = dressed - bare
    return {
        "group": GROUP, "case": case, "variant": name, "unit": UNIT,
        "added": added, "spread": [added, added], "least": added, "bare": bare, "rounds": 1,
    }  # fmt: skip
