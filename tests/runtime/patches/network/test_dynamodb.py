"""DynamoDB's requests that no SDK's front door sends are counted as they leave, by names, and said to be so."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.patches.network import audit
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

BODY = json.dumps({"TableName": "orders", "Key": {"id": {"S": "a value"}}}).encode()
HEADERS = {
    "X-Amz-Target": "DynamoDB_20120810.GetItem",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAKEY/20260101/eu-north-1/dynamodb/aws4_request, Signature=abc",
}


class Server(BaseHTTPRequestHandler):
    """Answers everything."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of what stands for DynamoDB."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sink() -> Memory:
    """Where the guard of a test writes."""
    return Memory()


@pytest.fixture(params=["observe", "off"])
def guard(sink: Memory, request: pytest.FixtureRequest) -> Guard:
    """A guard that records usage, with the rule of invokes and without it."""
    return attach.install(Config(mode="observe", direct_invoke=request.param), sinks=[sink])


def by_http_client(url: str) -> None:
    """Send head and body by themselves, as boto 2 does."""
    connection = http.client.HTTPConnection(url.split("/")[2])
    connection.request("POST", "/", BODY, HEADERS)
    connection.getresponse().read()


def by_urllib(url: str) -> None:
    """Send through the standard library's other client."""
    urllib.request.urlopen(urllib.request.Request(url, BODY, HEADERS)).read()


def by_requests(url: str) -> None:
    """Send through requests, as those do who sign by themselves."""
    requests = pytest.importorskip("requests")
    requests.post(url, data=BODY, headers=HEADERS)


def by_botocores_session(url: str) -> None:
    """Send as PynamoDB before version 6: botocore builds and sends the request, and its front door is not used."""
    from botocore.awsrequest import AWSPreparedRequest

    client: Any = boto3.client(
        "dynamodb", region_name="eu-north-1", aws_access_key_id="a", aws_secret_access_key="b", endpoint_url=url
    )
    model = client._service_model.operation_model("GetItem")
    client._convert_to_request_dict(json.loads(BODY), model, endpoint_url=url)
    client._endpoint.http_session.send(AWSPreparedRequest("POST", url, HEADERS, BODY, False))


def by_httpx(url: str) -> None:
    """Send through httpx."""
    pytest.importorskip("httpx").post(url, content=BODY, headers=HEADERS)


def by_httpx_coroutine(url: str) -> None:
    """Send through httpx, as aiodynamo does."""
    httpx = pytest.importorskip("httpx")

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await client.post(url, content=BODY, headers=HEADERS)

    asyncio.run(main())


def by_aiohttp(url: str) -> None:
    """Send through aiohttp, as aiodynamo does."""
    aiohttp = pytest.importorskip("aiohttp")

    async def main() -> None:
        async with aiohttp.ClientSession() as session, session.post(url, data=BODY, headers=HEADERS):
            pass

    asyncio.run(main())


WAYS = [
    by_http_client, by_urllib, by_requests, by_botocores_session, by_httpx, by_httpx_coroutine, by_aiohttp,
]  # fmt: skip


@pytest.mark.parametrize("send", WAYS)
def test_a_request_is_counted_by_its_names(
    guard: Guard, sink: Memory, url: str, send: Callable[[str], None], valid: Callable[[Any], None]
) -> None:
    """Operation, table and region are recorded, nothing else is, and the records say that they are not complete."""
    audit.begin()
    send(url)
    send(url)
    assert guard.usage is not None
    (call,) = guard.usage.totals()["calls"]
    expected: dict[str, Any] = {"service": "dynamodb", "operation": "GetItem", "region": "eu-north-1"}
    expected |= {"partition": None, "count": 2, "via": "http", "resource": {"kind": "table", "name": "orders"}}
    assert call == expected
    assert [error["type"] for error in sink.of_kind("error")] == ["UncoveredSDK"]
    assert "a value" not in str(sink.records)
    assert "AKIAKEY" not in str(sink.records)
    valid(sink.records)


@pytest.mark.parametrize(
    ("target", "body", "service", "operation", "resource"),
    [
        ("DynamoDB_20111205.Query", BODY, "dynamodb", "Query", {"kind": "table", "name": "orders"}),
        ("DynamoDB_20120810.GetItem", b"\x1f\x8b not JSON", "dynamodb", "GetItem", {"kind": "unresolved"}),
        ("DynamoDB_20120810.GetItem", b"[" * 5000, "dynamodb", "GetItem", {"kind": "unresolved"}),
        ("DynamoDB_20120810.GetItem", b'{"TableName": 7}', "dynamodb", "GetItem", {"kind": "unresolved"}),
        (
            "DynamoDB_20120810.PutItem", BODY[:-1] + b', "x": "' + b"x" * 300_000 + b'"}',
            "dynamodb", "PutItem", {"kind": "unresolved"},
        ),
        ("DynamoDB_20120810.ListTables", b"{}", "dynamodb", "ListTables", None),
        ("DynamoDBStreams_20120810.ListStreams", b"{}", "dynamodbstreams", "ListStreams", None),
    ],
)  # fmt: skip
def test_what_a_body_names(
    sink: Memory, url: str, target: str, body: bytes, service: str, operation: str, resource: Any
) -> None:
    """Names come out of a body that is read; of any other the call is recorded, and what it touched is unresolved."""
    guard = attach.install(Config(), sinks=[sink])
    audit.begin()
    urllib.request.urlopen(urllib.request.Request(url, body, {**HEADERS, "X-Amz-Target": target})).read()
    assert guard.usage is not None
    (call,) = guard.usage.totals()["calls"]
    assert (call["service"], call["operation"], call.get("resource")) == (service, operation, resource)


@pytest.mark.parametrize(
    "target",
    ["", "DynamoDB_20120810.", "DynamoDB_20120810.Get Item", "xDynamoDB_20120810.GetItem", "Kinesis_20131202.Put"],
)
def test_other_requests(sink: Memory, url: str, target: str) -> None:
    """What is no request to DynamoDB is none, whatever it carries."""
    guard = attach.install(Config(), sinks=[sink])
    audit.begin()
    body = b'{"text": "X-Amz-Target: DynamoDB_20120810.GetItem"}'
    urllib.request.urlopen(urllib.request.Request(url, body, {"X-Amz-Target": target})).read()
    assert guard.usage is not None
    assert guard.usage.totals()["calls"] == []
    assert sink.of_kind("error") == []


def test_boto3s_own_calls_are_counted_once(sink: Memory, url: str) -> None:
    """A request that the front door sends is the call that it has counted."""
    guard = attach.install(Config(), sinks=[sink])
    audit.begin()
    client = boto3.client(
        "dynamodb", region_name="eu-north-1", aws_access_key_id="a", aws_secret_access_key="b", endpoint_url=url
    )
    client.get_item(TableName="orders", Key={"id": {"S": "a"}})
    assert guard.usage is not None
    (call,) = guard.usage.totals()["calls"]
    assert (call["count"], "via" in call) == (1, False)
    assert sink.of_kind("error") == []
