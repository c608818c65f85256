"""How fast records are read and merged, and in how much memory: 10 MB, 100 MB, and 1 GB with --large.

    python benchmarks/bench_analysis.py [--large]

Each size runs in a process of its own, since memory is measured as the largest the process ever had. The budget is
a gigabyte in under 60 seconds on two cores, in memory that does not follow the size of the input.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SIZES = {"10 MB": 10_000_000, "100 MB": 100_000_000}
LARGE = {"1 GB": 1_000_000_000}
BUDGET_SECONDS_PER_GB = 60
BUDGET_MB = 1_200

RECORDS_OF_A_SANDBOX = 20
OPERATIONS = ("GetItem", "PutItem", "Query", "UpdateItem", "BatchGetItem", "DeleteItem")


def records() -> Iterator[str]:
    """Yield log lines without end, as a CloudWatch export has them: sandboxes of 50 functions on 200 tables."""
    chance = random.Random(1)
    number = 0
    while True:
        number += 1
        name = f"{chance.getrandbits(64):016x}"
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
    written = 0
    with path.open("w") as file:
        for line in records():
            written += file.write(f"2026-11-20T12:00:00.000Z {line}\n")
            if written >= size:
                return


def measure(path: str) -> None:
    """Read one file, in this process, and print seconds, records and megabytes as JSON."""
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


def main() -> int:
    """Measure every size; return 1 if a budget does not hold."""
    sizes = SIZES | (LARGE if "--large" in sys.argv else {})
    failed = False
    print(f"{'size':>8} {'seconds':>8} {'records/s':>10} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name, size in sizes.items():
            path = Path(folder) / "records.log"
            write(path, size)
            done = subprocess.run(
                [sys.executable, __file__, "--measure", str(path)], capture_output=True, text=True, check=True
            )
            seconds, count, peak = json.loads(done.stdout)
            print(f"{name:>8} {seconds:8.1f} {count / seconds:10,.0f} {peak:8,.0f}")
            failed |= seconds > max(BUDGET_SECONDS_PER_GB * size / 1e9, 5) or peak > BUDGET_MB
    return int(failed)


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure(sys.argv[-1])
    else:
        sys.exit(main())
