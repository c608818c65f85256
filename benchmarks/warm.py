"""What a warm function pays: for an invocation, for an AWS call, and whether that grows."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

from . import variants
from .aws_calls import CALLS
from .events import EVENTS, http_api
from .figures import Figure, added, say, value
from .processes import Bench
from .variants import Variant

IN_AN_INVOCATION = (variants.OBSERVE, variants.ALL_RULES, *variants.PEERS)
IN_A_CALL = (variants.OBSERVE, variants.ALL_RULES, variants.XRAY, variants.OTEL, variants.DATADOG)


def invocations(bench: Bench, rounds: int) -> list[Figure]:
    """Time one invocation, the runtime client's loop included, with each kind of event."""
    events = {name: make() for name, make in EVENTS.items()}
    figures = []
    for variant in IN_AN_INVOCATION:
        say(f"invocations: {variant.name}")
        answer = bench.run(
            "invocation", variant, event=http_api(), events=events, rounds=rounds, seconds=0.005, limit=120
        )
        figures += [added("invocation", name, variant.name, "µs", pairs) for name, pairs in answer.items()]
    parsed = bench.run("parsing", variants.BARE, events=events, rounds=7)
    return figures + [value("parsing the event", name, "bare", "µs", min(took)) for name, took in parsed.items()]


def calls(bench: Bench, rounds: int) -> list[Figure]:
    """Time one AWS call: the whole of it without a network, and what is around the SDK's own work alone."""
    figures = []
    for variant in IN_A_CALL:
        say(f"AWS calls: {variant.name}")
        spec: dict[str, Any] = {"boto3": True, "event": http_api(), "calls": list(CALLS), "rounds": rounds}
        answer = bench.run("call", variant, seconds=0.01, limit=200, **spec)
        figures += [added("AWS call", name, variant.name, "µs", pairs) for name, pairs in answer.items()]
        if variant.guard:
            answer = bench.run("call_alone", variant, seconds=0.002, **spec)
            figures += [added("around a call", name, variant.name, "µs", pairs) for name, pairs in answer.items()]
    return figures


def over_loopback(bench: Bench, rounds: int) -> list[Figure]:
    """Time GetItem against moto's server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _make_table(endpoint)
        say("GetItem over loopback")
        pairs = bench.run("over_loopback", variants.OBSERVE, event=http_api(), endpoint=endpoint, rounds=rounds)
    finally:
        server.terminate()
        server.wait(10)
    return [added("AWS call", "GetItem, moto over loopback", variants.OBSERVE.name, "µs", pairs)]


def _make_table(endpoint: str) -> None:
    import boto3

    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=2).close()
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "eu-west-1"}
    boto3.client("dynamodb", endpoint_url=endpoint, **keys).create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def growth(bench: Bench, rounds: int, most_invocations: int) -> list[Figure]:
    """Time calls and invocations as tables, invocations and threads grow; look at memory and at what is printed."""
    output = bench.work / "printed"
    figures = []
    loads = (
        ("tables", [1, 10, 100, 1000, 10_000], True),
        ("invocations", [10**power for power in range(7) if 10**power <= most_invocations], False),
        ("threads", [1, 8, 64], True),
    )
    for load, steps, boto3 in loads:
        say(f"growth: {load}")
        output.unlink(missing_ok=True)
        spec = {"boto3": boto3, "event": http_api(), "steps": steps, "seconds": 0.005, "limit": 200}
        answer = bench.run(load, variants.OBSERVE, rounds=rounds, output=str(output), **spec)
        if load == "invocations":
            # Memory and lines once more without the timing, which is thousands of invocations itself.
            output.unlink()
            counted = bench.run(load, variants.OBSERVE, rounds=0, output=str(output), **spec)
            answer = {step: {**seen, **counted[step]} for step, seen in answer.items()}
        for step, seen in answer.items():
            figures += _grown(load, f"{int(step):,} {load}", variants.OBSERVE, seen)
    return figures


def _grown(load: str, case: str, variant: Variant, seen: Any) -> list[Figure]:
    pairs = seen if load == "threads" else seen["pairs"]
    figures = [added("growth", case, variant.name, "µs", pairs)]
    if load != "threads":
        units = {"resident_kib": "KiB resident", "lines": "lines", "bytes": "bytes printed"}
        figures += [value("growth", case, variant.name, unit, seen[name]) for name, unit in units.items()]
    return figures
