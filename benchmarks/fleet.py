"""A fleet's logs: 300 functions with 40 roles, findings of all kinds, damaged lines.

`python -m benchmarks fleet FOLDER` writes them, and measures how they are read. What is written can be counted: `Fleet`
says which totals whoever reads the files must come to.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .figures import say

FUNCTIONS, ROLES, ACCOUNTS = 300, 40, 2
RECORDS = 10_000_000
RECORDS_OF_A_SANDBOX = 25
_FILES = 16
_DAMAGED_EVERY = 5_000  # lines
_OPERATIONS = ("GetItem", "PutItem", "Query", "UpdateItem")
# rule, issue, decision, target, details
FINDINGS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("direct_invoke", "direct-invoke", "would_block", "stock", {"service": "lambda", "operation": "Invoke"}),
    ("direct_invoke", "self-invoke", "blocked", "checkout", {"service": "lambda", "operation": "Invoke"}),
    ("authorizer", "missing-authorizer", "would_block", "GET /orders", {"source": "apigw_http_v2", "stage": "live"}),
    ("authorizer", "guest-identity", "blocked", "POST /orders", {"source": "apigw_rest", "stage": "live"}),
    ("event_source", "unexpected-source", "would_block", "sqs", {"source": "sqs", "status": 403}),
    ("connection", "connection-at-cold-start", "would_block", "redis", {"driver": "redis", "engine": "redis"}),
    ("settings", "below-floor", "would_block", "direct_invoke", {}),
)


@dataclass
class Fleet:
    """What was written: the totals that reading must come to."""

    lines: int = 0
    records: int = 0
    damaged: int = 0
    sandboxes: int = 0
    invocations: int = 0
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def role(function: str) -> str:
    """Return the role of a function of the fleet."""
    return f"role-{int(function.rpartition('-')[2]) % ROLES:02}"


def write(folder: Path, records: int = RECORDS) -> Fleet:
    """Write at least this many records into files of log lines, as CloudWatch exports them, whole sandboxes each."""
    folder.mkdir(parents=True, exist_ok=True)
    fleet = Fleet()
    files = [(folder / f"{number:06}.log").open("w", encoding="utf-8") for number in range(_FILES)]
    try:
        while fleet.records < records:
            lines = _sandbox(fleet.sandboxes, fleet)
            files[fleet.sandboxes % _FILES].write("".join(lines))
    finally:
        for file in files:
            file.close()
    return fleet


def _sandbox(number: int, fleet: Fleet) -> list[str]:
    """Return the lines of a sandbox, and count what they come to."""
    function = f"function-{number % FUNCTIONS:03}"
    lines = []
    for seq, (kind, content) in enumerate(_records(number), 1):
        body = {
            "v": 1, "kind": kind, "function": function, "version": str(1 + number // 1_000 % 3), "region": "eu-west-1",
            "mode": "observe", "account": f"{number % ACCOUNTS + 1}" * 12, "sandbox": f"{number:016x}", "seq": seq,
            **content,
        }  # fmt: skip
        stamp = f"2026-11-{1 + number % 14:02}T{seq % 24:02}:{number % 60:02}:00.000Z"
        record = json.dumps({"level": "INFO", "timestamp": stamp, "lambda_guard": body}, separators=(",", ":"))
        lines.append(f"{stamp} {record}\n")
        fleet.records += 1
        if (fleet.lines + len(lines)) % _DAMAGED_EVERY == 0:
            lines.append(record[: len(record) * 2 // 3] + "\n")
            fleet.damaged += 1
    fleet.lines += len(lines)
    fleet.sandboxes += 1
    fleet.invocations += 2**RECORDS_OF_A_SANDBOX
    for operation in _used(number):
        fleet.calls[function, operation] += 2**RECORDS_OF_A_SANDBOX
    rule, issue, decision, *_ = FINDINGS[number % len(FINDINGS)]
    fleet.findings[rule, issue, decision] += RECORDS_OF_A_SANDBOX * 3
    return lines


def _used(number: int) -> tuple[str, ...]:
    return _OPERATIONS[: 1 + number % len(_OPERATIONS)]


def _records(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and content of a sandbox's records: announced, a finding, an error in some, then usage that grows."""
    rule, issue, decision, target, details = FINDINGS[number % len(FINDINGS)]
    site = {"file": "app.py", "line": 20 + number % 7, "function": "handler"}
    found = {"rule": rule, "issue": issue, "decision": decision, "target": target, "site": site, "swallowed": False}
    first: list[tuple[str, dict[str, Any]]] = [
        ("attached", {
            "way": "pth", "python": "3.13.1", "awslambdaric": "3.1.0", "lambda_guard": f"0.{number % 2}.0",
            "settings": {"mode": "observe"}, "patches": ["botocore"], "uncovered_sdks": [],
        }),
        ("finding", {
            **found, "message": f"{target}: {issue}", "request_id": f"{number:036x}", "trace_id": None,
            "exemption": None, "details": details,
        }),
    ]  # fmt: skip
    if number % 10 == 0:
        fault = {"where": "sinks.xray", "type": "OSError", "message": "fault in the guard at xray.py:3"}
        first.append(("error", fault))
    yield from first
    for seq in range(len(first) + 1, RECORDS_OF_A_SANDBOX + 1):
        calls = [
            {
                "service": "dynamodb", "operation": operation, "region": "eu-west-1", "partition": "aws",
                "count": 2**seq, "resource": {"kind": "table", "name": f"table-{number % 100}"},
                **({"errors": {"ThrottlingException": seq}} if number % 5 == 0 else {}),
            }
            for operation in _used(number)
        ]  # fmt: skip
        sources = [{"source": "apigw_http_v2", "arn": None, "count": 2**seq}]
        findings = [{**found, "count": 3 * seq}]
        yield "usage", {
            "invocations": 2**seq, "dropped": 0, "sources": sources, "calls": calls, "findings": findings,
        }  # fmt: skip


def measure(folder: Path, records: int) -> None:
    """Write a fleet and read it; say seconds and peak memory of the reading."""
    begun = time.perf_counter()
    fleet = write(folder, records)
    size = sum(path.stat().st_size for path in folder.iterdir())
    say(f"{fleet.records:,} records in {size / 1e9:.2f} GB, written in {time.perf_counter() - begun:.0f} s")
    before = resource.getrusage(resource.RUSAGE_SELF)
    from lambda_guard.analysis.evidence import read

    begun = time.perf_counter()
    with read([str(folder)]) as evidence:
        found, used, lines = evidence.findings(), evidence.usage(), evidence.lines
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(
        f"{lines.records:,} records of {len(used)} functions and {len(found)} findings read in {seconds:.0f} s "
        f"({processor:.0f} s of processor time), {after.ru_maxrss / 1024:.0f} MiB at most"
    )
