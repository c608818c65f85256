"""Calls that go past the patch are told by what they pass, not by what a wrapper looks like."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config as ClientConfig

from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

ROOT = Path(__file__).resolve().parents[4]


class _Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A server that answers every call with nothing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def call(endpoint: str) -> None:
    boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing",
        endpoint_url=endpoint, config=ClientConfig(retries={"max_attempts": 0}),
    ).list_tables()  # fmt: skip


KEPT: list[Any] = []


@pytest.mark.parametrize("calls_on", [True, False])
def test_a_wrapper_that_keeps_the_original_in_a_global(endpoint: str, calls_on: bool) -> None:
    """It is no removal where its calls still come by the guard, and is one where they do not."""
    sink = Memory()
    attach.install(Config(mode="observe"), sinks=[sink])
    ours = BaseClient.__dict__["_make_api_call"]
    KEPT[:] = [ours if calls_on else ours.__wrapped__]

    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        return KEPT[0](self, *args, **kwargs)

    BaseClient._make_api_call = traced
    try:
        call(endpoint)
        call(endpoint)
    finally:
        BaseClient._make_api_call = ours
    found = [finding["issue"] for finding in sink.of_kind("finding")]
    assert found == ([] if calls_on else ["patch-removed"])


PAST = """
import sys
from importlib.machinery import PathFinder
sys.path[:0] = [{root!r}]
from lambda_guard.runtime import attach
from lambda_guard.runtime.bootstrap import wrap
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
sink = Memory()
guard = attach.install(Config(mode="observe"), sinks=[sink])

class Mine:
    def find_spec(self, name, path=None, target=None):
        return PathFinder.find_spec(name, path, target)

sys.meta_path.insert(0, Mine())
import boto3, botocore.client
assert "lambda_guard" not in botocore.client.BaseClient._make_api_call.__code__.co_filename

def handler(event, context):
    client = boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t", endpoint_url={endpoint!r}
    )
    client.list_tables()

wrap(handler, guard)({{}}, None)
calls = sorted({{call["operation"] for record in sink.of_kind("usage") for call in record["calls"]}})
assert calls == ["ListTables"], calls
assert sink.of_kind("finding") == sink.of_kind("error") == []
"""


def test_a_finder_in_front_of_ours_leaves_nothing_unpatched(endpoint: str) -> None:
    """What it loaded is patched before the first invocation."""
    code = PAST.format(root=str(ROOT), endpoint=endpoint)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_what_was_loaded_later_past_the_guard_is_patched_and_said(endpoint: str) -> None:
    """In the handler: the call that shows it is not counted, which is said; those after it are."""
    head, _, rest = PAST.partition("import boto3, botocore.client")
    late = rest.replace("def handler(event, context):", "def handler(event, context):\n    import boto3", 1)
    late = late.replace("client.list_tables()", "client.list_tables(); client.list_tables()").partition("\n")[2]
    late = late.partition("\n")[2]
    late = late.replace(
        'assert sink.of_kind("finding") == sink.of_kind("error") == []',
        'assert [found["issue"] for found in sink.of_kind("finding")] == ["patch-removed"], sink.records',
    )
    code = (head + late).format(root=str(ROOT), endpoint=endpoint)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
