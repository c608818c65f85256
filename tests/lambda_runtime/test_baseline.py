"""From observe to enforce with a baseline: what was seen goes on to pass, and nothing new gets in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from lambda_guard.analysis.emulator.function import Function
from lambda_guard.cli import main

if TYPE_CHECKING:
    from .conftest import Start

APP = """
    import boto3
    from botocore.exceptions import ClientError

    client = boto3.client("lambda")

    def handler(event, context):
        if "target" in event:
            try:
                client.invoke(FunctionName=event["target"])
            except ClientError as error:
                return error.response["Error"]["Code"]
        return {"statusCode": 200, "body": "handled"}
"""
LITTLE = ("--days", "0", "--invocations", "5", "--cold-starts", "1", "--quiet", "0")


def request(call: str, route: str = "") -> dict[str, Any]:
    """Make a request of an HTTP API, through a route that has no authorizer."""
    method, path = call.split()
    route = route or call
    http = {"method": method, "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1", "userAgent": "t"}
    context = {"apiId": "a1", "stage": "$default", "routeKey": route, "http": http, "requestId": "r"}
    context |= {"accountId": "012345678912", "domainName": "a1.execute-api.eu-west-1.amazonaws.com"}
    event = {"version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": {}}
    return {**event, "requestContext": context, "isBase64Encoded": False}


SEEN: tuple[dict[str, Any], ...] = (
    request("GET /orders"),
    request("POST /orders/{id}"),
    request("GET /orders/7/lines", "$default"),
    {"target": "stock"},
    {"target": "arn:aws:lambda:us-east-1:210987654321:function:audit:live"},
    {"httpMethod": "GET", "path": "/a", "headers": {}},
)  # fmt: skip
NEW: tuple[dict[str, Any], ...] = (
    request("DELETE /orders"), request("GET /bills/7/lines", "$default"), request("GET /orders/{id}"),
    {"target": "payroll"},
    {"target": "arn:aws:lambda:us-east-1:999999999999:function:audit"},
)  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def records(function: Function, path: Path) -> str:
    path.write_text("\n".join(json.dumps(record) for record in function.records))
    return str(path)


def refused(answers: list[Any]) -> list[bool]:
    """Tell which of the answers are refusals of the guard's."""
    return [
        answer == "AccessDeniedException" or (isinstance(answer, dict) and answer.get("statusCode") in (401, 403))
        or (isinstance(answer, dict) and answer.get("errorType") == "UnauthorizedEvent")
        for answer in answers
    ]  # fmt: skip


def test_the_baseline_of_what_was_seen_passes_in_enforce_and_nothing_else(
    start: Start, task: Path, tmp_path: Path
) -> None:
    observed = start(APP)
    before = [observed.invoke(event) for event in SEEN]
    assert refused(before) == [False] * len(SEEN)
    evidence = records(observed, tmp_path / "observe.jsonl")
    observed.stop()

    not_ready = run("readiness", evidence, *LITTLE)
    assert not_ready.exit_code == 1
    assert run("baseline", evidence, "-o", str(tmp_path / "settings")).exit_code == 0
    file = tmp_path / "settings" / "lambda_guard.toml"
    ready = run("readiness", evidence, *LITTLE, "--baseline", str(file))
    assert (ready.exit_code, ready.stdout.count(": ready\n")) == (0, 3)

    # Without it, everything that readiness named is refused: the proof is worth something.
    enforced = start(APP, environ={"LAMBDA_GUARD_MODE": "enforce"})
    assert refused([enforced.invoke(event) for event in SEEN]) == [True] * len(SEEN)
    enforced.stop()

    (task / "lambda_guard.toml").write_bytes(file.read_bytes())
    enforced = start(APP, environ={"LAMBDA_GUARD_MODE": "enforce"})
    assert [enforced.invoke(event) for event in SEEN] == before
    assert refused([enforced.invoke(event) for event in NEW]) == [True] * len(NEW)

    later = records(enforced, tmp_path / "enforce.jsonl")
    assert run("readiness", later, *LITTLE).exit_code == 0
    again = run("baseline", later, "-o", str(tmp_path / "settings"))
    assert "still needed, 0 no longer needed" in again.stdout
