"""How fast records are read and merged, in how much memory, and what the commands take from end to end."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure, say, value

SIZES = {"10 MB": 10_000_000, "100 MB": 100_000_000, "1 GB": 1_000_000_000}
RECORDS_OF_A_SANDBOX = 20
OPERATIONS = ("GetItem", "PutItem", "Query", "UpdateItem", "BatchGetItem", "DeleteItem")
_BLOCK = 10_000_000  # bytes that are made once and repeated with other names of sandboxes


def records() -> Iterator[str]:
    """Yield log lines without end, as a CloudWatch export has them: sandboxes of 50 functions on 200 tables."""
    chance = random.Random(1)
    number = 0
    while True:
        number += 1
        name = f"00000000{chance.getrandbits(32):08x}"
        function = f"function-{number % 50}"
        for seq in range(1, RECORDS_OF_A_SANDBOX + 1):
            yield json.dumps(_record(function, name, number, seq), separators=(",", ":"))


def _record(function: str, sandbox: str, number: int, seq: int) -> dict[str, object]:
    calls = [
        {
            "service": "dynamodb",
            "operation": operation,
            "region": "eu-west-1",
            "partition": "aws",
            "count": 2**seq,
            "resource": {"kind": "table", "name": f"table-{(number * 7 + place) % 200}"},
            "errors": {"ThrottlingException": seq},
        }
        for place, operation in enumerate(OPERATIONS)
    ]
    body = {
        "v": 1,
        "kind": "usage",
        "function": function,
        "version": "3",
        "account": "111122223333",
        "region": "eu-west-1",
        "sandbox": sandbox,
        "seq": seq,
        "mode": "observe",
        "invocations": 2**seq,
        "dropped": 0,
        "sources": [{"source": "apigw_http_v2", "arn": None, "count": 2**seq}],
        "calls": calls,
    }
    return {"level": "INFO", "timestamp": f"2026-11-{1 + number % 28:02d}T12:00:00.000Z", "lambda_guard": body}


def write(path: Path, size: int) -> None:
    """Write at least `size` bytes of log lines."""
    lines, length = [], 0
    for line in records():
        lines.append(f"2026-11-20T12:00:00.000Z {line}\n")
        length += len(lines[-1])
        if length >= min(size, _BLOCK):
            break
    block = "".join(lines)
    with path.open("w") as file:
        for number in range(-(-size // len(block))):
            file.write(block.replace('"sandbox":"00000000', f'"sandbox":"{number:08x}'))


def measure(work: Path, sizes: list[str]) -> list[Figure]:
    """Read files of these sizes, and run the commands on them. Each in a process of its own, for its peak memory."""
    figures = []
    for name in sizes:
        path = work / "records.log"
        write(path, SIZES[name])
        say(f"analysis: {name}")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.reading", str(path)], capture_output=True, text=True, check=True
        )
        seconds, count, peak = json.loads(done.stdout)
        figures += [
            value("analysis", f"read {name}", "records", "records/s", count / seconds),
            value("analysis", f"read {name}", "records", "s", seconds),
            value("analysis", f"read {name}", "records", "MiB peak", peak),
        ]
        if name != "1 GB":
            figures += _commands(path, name)
        path.unlink()
    return figures


def _commands(path: Path, name: str) -> list[Figure]:
    from lambda_guard.cli import COMMANDS

    figures = []
    for command in ("suggest", "report"):
        if command in COMMANDS:
            begin = time.perf_counter()
            main = [sys.executable, "-c", "from lambda_guard.cli import main; main()"]
            line = [*main, command, str(path), "-o", str(path.parent / command)]
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            if done.returncode not in (0, 1):
                say(f"lambda-guard {command} failed: {done.stderr[-500:]}")
                continue
            figures.append(value("analysis", f"{command} {name}", "command", "s", time.perf_counter() - begin))
    return figures


def _read(path: str) -> None:
    """Read one file, in this process, and print seconds, records and mebibytes as JSON."""
    from lambda_guard.analysis.evidence import read
    from lambda_guard.analysis.iam.policy import documents, statements_for
    from lambda_guard.analysis.iam.role import grants, role_usage

    began = time.perf_counter()
    with read([path]) as evidence:
        lines, used = evidence.lines, evidence.usage()
    for function in used:
        documents(statements_for(grants(role_usage(function.function, [function]))))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, lines.records, peak]))


if __name__ == "__main__":
    _read(sys.argv[1])
