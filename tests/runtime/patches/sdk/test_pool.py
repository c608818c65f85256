"""A client's method that is handed to a pool is called by a thread without a line of the user's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import boto3
from botocore.awsrequest import AWSResponse

from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:orders", aws_request_id="1"
)


def test_an_invoke_that_a_pool_makes_is_found_where_the_handler_waits_for_it() -> None:
    """boto3's own client, each method submitted as it is: every call is found, within the handler."""
    client = boto3.client(
        "lambda", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, MagicMock()))
    sink = Memory()
    attach.install(Config(), sinks=[sink])

    def handler(_event: Any, _context: Any) -> list[int]:
        with ThreadPoolExecutor(2) as pool:
            calls = [pool.submit(client.invoke, FunctionName=name) for name in ("first", "second")]
            return [call.result()["StatusCode"] for call in calls]

    assert attach.guard(handler)({}, CONTEXT) == [200, 200]
    found = sink.of_kind("finding")
    assert {finding["target"].rpartition(":")[2] for finding in found} == {"first", "second"}
    assert {(finding["site"]["file"], finding["site"]["line"]) for finding in found} == {
        (__file__, handler.__code__.co_firstlineno)
    }
    assert {finding["site"]["function"].rpartition(".")[2] for finding in found} == {"handler"}
