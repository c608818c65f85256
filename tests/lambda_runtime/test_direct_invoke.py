"""The direct-invoke rule in the real runtime: whatever the client, and nothing is sent when it is blocked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_guard.analysis.emulator.function import Function

if TYPE_CHECKING:
    from .conftest import Start

APP = """
    import pickle
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    import botocore.session
    from botocore.exceptions import ClientError

    import lambda_guard
    import made_before

    client = boto3.client("lambda")
    bound = client.invoke
    session_client = boto3.session.Session().client("lambda", region_name="us-east-1")
    botocore_client = botocore.session.get_session().create_client("lambda")
    OTHER = {"FunctionName": "other", "Payload": b"{}"}
    CHECKPOINT = {"DurableExecutionArn": "arn:aws:lambda:eu-west-1:012345678912:function:f:1/durable-execution/a/b"}
    START = {"Id": "1", "Type": "CHAINED_INVOKE", "Action": "START"}

    def in_thread():
        raised = []

        def work():
            try:
                client.invoke(**OTHER)
            except ClientError as error:
                raised.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        for error in raised:
            raise error

    def in_pool():
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(client.invoke, **OTHER) for _ in range(3)]:
                done.result()

    def update(**options):
        return client.checkpoint_durable_execution(**CHECKPOINT, CheckpointToken="t", Updates=[
            {"Id": "0", "Type": "STEP", "Action": "START"}, {**START, **options},
        ])

    SENDS = {
        "client": lambda: client.invoke(**OTHER),
        "event": lambda: client.invoke(**OTHER, InvocationType="Event"),
        "bound": lambda: bound(**OTHER),
        "session": lambda: session_client.invoke(**OTHER),
        "botocore": lambda: botocore_client.invoke(**OTHER),
        "before": lambda: made_before.client.invoke(**OTHER),
        "before, bound": lambda: made_before.bound(**OTHER),
        "before, session": lambda: made_before.session.client("lambda").invoke(**OTHER),
        "late": lambda: boto3.client("lambda").invoke(**OTHER),
        "async": lambda: client.invoke_async(FunctionName="other", InvokeArgs=b"{}"),
        "stream": lambda: client.invoke_with_response_stream(**OTHER),
        "positional": lambda: client._make_api_call("Invoke", dict(OTHER)),
        "keywords": lambda: client._make_api_call(operation_name="Invoke", api_params=dict(OTHER)),
        "thread": in_thread,
        "pool": in_pool,
        "durable": lambda: update(ChainedInvokeOptions={"FunctionName": "other"}),
    }
    PASSES = {
        "dry run": lambda: client.invoke(**OTHER, InvocationType="DryRun"),
        "allowed": lambda: client.invoke(FunctionName="audit-log:live"),
        "allowed by ARN": lambda: client.invoke(FunctionName="210987654321:function:their-audit"),
        "other checkpoint": lambda: client.checkpoint_durable_execution(
            **CHECKPOINT, CheckpointToken="t", Updates=[{"Id": "0", "Type": "STEP", "Action": "START"}]
        ),
        "allowed, durable": lambda: update(ChainedInvokeOptions={"FunctionName": "audit-log"}),
        "another operation": lambda: client.get_function_configuration(FunctionName="other"),
        "another service": lambda: boto3.client("dynamodb").list_tables(),
    }

    def handler(event, context):
        send = event.get("do")
        try:
            if send is None:
                client.invoke(FunctionName=event["target"], **event.get("more", {}))
            else:
                (SENDS.get(send) or PASSES[send])()
        except ClientError as error:
            again = pickle.loads(pickle.dumps(error))
            return {
                "code": error.response["Error"]["Code"],
                "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
                "retries": error.response["ResponseMetadata"]["RetryAttempts"],
                "blocked": isinstance(error, lambda_guard.InvokeBlocked),
                "name": type(error).__name__,
                "operation": error.operation_name,
                "pickled": [type(again) is type(error), str(again) == str(error), again.response == error.response],
            }
        return "sent"
"""
FILES = {
    "app.py": APP,
    # A .pth file of the function's own runs before the layer's: what it makes is older than the guard.
    "early.pth": "import made_before\n",
    "made_before.py": """
        import boto3

        session = boto3.session.Session()
        client = session.client("lambda")
        bound = client.invoke
    """,
}
SENDS = (
    "client", "event", "bound", "session", "botocore", "before", "before, bound", "before, session", "late", "async",
    "stream", "positional", "keywords", "thread", "pool", "durable",
)  # fmt: skip
PASSES = ("dry run", "allowed", "allowed by ARN", "other checkpoint", "allowed, durable", "another operation",
          "another service")  # fmt: skip
ALLOW = {"LAMBDA_GUARD_ALLOW_INVOKE": "audit-*, arn:aws:lambda:*:210987654321:function:their-*"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of functions that end with a connection open."""


class Wire:
    """A server that notes every request, and every connection even if it sends nothing."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[str] = []
        noting = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                noting.connections += 1
                super().setup()

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                noting.requests.append(f"{self.command} {self.path}")
                self.send_response(202 if "invoke-async" in self.path else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Wire:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """What stands for AWS's network here."""
    with Wire() as server:
        yield server


def findings(function: Function, *, swallowed: bool = False) -> list[dict[str, Any]]:
    """Return the findings so far, without or with only those about blocks that were swallowed."""
    return [finding for finding in function.of_kind("finding") if finding["swallowed"] is swallowed]


def test_enforce(start: Start, wire: Wire) -> None:
    """A blocked invoke is an AWS denial to the code, is not retried, and opens no connection."""
    function = start(FILES, environ={"AWS_ENDPOINT_URL": wire.address, "LAMBDA_GUARD_MODE": "enforce", **ALLOW})
    operations = {"async": "InvokeAsync", "stream": "InvokeWithResponseStream", "durable": "CheckpointDurableExecution"}
    for send in SENDS:
        answer = function.invoke({"do": send})
        assert answer == {
            "code": "AccessDeniedException", "status": 403, "retries": 0, "blocked": True, "name": "InvokeBlocked",
            "operation": operations.get(send, "Invoke"), "pickled": [True, True, True],
        }, (send, answer)  # fmt: skip
    assert (wire.connections, wire.requests) == (0, [])
    for send in PASSES:
        assert function.invoke({"do": send}) == "sent", send
    assert len(wire.requests) == len(PASSES)
    blocked = findings(function)
    assert {finding["decision"] for finding in blocked} == {"blocked"}
    assert {finding["issue"] for finding in blocked} == {"direct-invoke", "chained-invoke"}
    assert len(blocked) == len(SENDS)
    # A handler that answers normally after a block has swallowed it.
    swallowed = findings(function, swallowed=True)
    assert {str(finding["site"]) for finding in swallowed} == {str(finding["site"]) for finding in blocked}


def test_observe(start: Start, wire: Wire, task: Path) -> None:
    """Observe sends everything as it is, and reports each target and call site once, by file, line and function."""
    function = start(FILES, environ={"AWS_ENDPOINT_URL": wire.address, **ALLOW})
    for send in (*SENDS, *PASSES, *SENDS):
        assert function.invoke({"do": send}) == "sent", send
    assert len(wire.requests) == 2 * len(SENDS) + len(PASSES) + 4  # the pool sends three
    found = findings(function)
    assert len({(finding["target"], str(finding["site"])) for finding in found}) == len(found) == len(SENDS)
    assert {finding["decision"] for finding in found} == {"would_block"}
    assert findings(function, swallowed=True) == []
    lines = (task / "app.py").read_text().splitlines()
    sites = [finding["site"] for finding in found if finding["site"]]
    assert len(sites) == len(SENDS)
    for site in sites:
        assert site["file"] == str(task / "app.py")
        words = ("invoke", "bound", "checkpoint", "_make_api_call", "in_pool")
        assert any(word in lines[site["line"] - 1] for word in words)
    # A pool that runs the client's own method is found where the function begins that waits for it.
    assert {site["function"].rpartition(".")[2] for site in sites} == {"work", "update", "<lambda>", "in_pool"}
    assert {finding["target"] for finding in found} == {
        "arn:aws:lambda:eu-west-1:012345678912:function:other", "arn:aws:lambda:us-east-1:012345678912:function:other"
    }  # fmt: skip
    counts = {str(row["site"]): row["count"] for row in function.of_kind("usage")[-1].get("findings", ())}
    assert all(count >= 1 for count in counts.values())


TARGETS = {
    "other": "arn:aws:lambda:eu-west-1:012345678912:function:other",
    "other:live": "arn:aws:lambda:eu-west-1:012345678912:function:other:live",
    "012345678912:function:other": "arn:aws:lambda:eu-west-1:012345678912:function:other",
    "012345678912:function:other:7": "arn:aws:lambda:eu-west-1:012345678912:function:other:7",
    "999988887777:function:other": "arn:aws:lambda:eu-west-1:999988887777:function:other",
    "arn:aws:lambda:us-east-1:012345678912:function:other": "arn:aws:lambda:us-east-1:012345678912:function:other",
    "arn:aws:lambda:eu-west-1:012345678912:function:other:$LATEST": (
        "arn:aws:lambda:eu-west-1:012345678912:function:other:$LATEST"
    ),
}


def test_targets(start: Start, wire: Wire) -> None:
    """Whatever form names a function, the finding names it by its ARN; a function that calls itself is told apart."""
    function = start(FILES, environ={"AWS_ENDPOINT_URL": wire.address, "AWS_LAMBDA_FUNCTION_NAME": "orders"})
    for target in TARGETS:
        assert function.invoke({"target": target}) == "sent"
    assert function.invoke({"target": "other", "more": {"Qualifier": "live"}}) == "sent"
    found = findings(function)
    assert [finding["target"] for finding in found] == list(dict.fromkeys(TARGETS.values()))
    assert {finding["issue"] for finding in found} == {"direct-invoke"}
    for own in ("orders", "orders:live", "arn:aws:lambda:eu-west-1:012345678912:function:orders"):
        function.invoke({"target": own})
    assert {finding["issue"] for finding in findings(function)[len(found) :]} == {"self-invoke"}


SWALLOWS = """
    import boto3

    client = boto3.client("lambda")

    def quiet(event, context):
        try:
            client.invoke(FunctionName="other")
        except Exception:
            pass
        return "fine"

    class Failed(Exception):
        pass

    def loud(event, context):
        try:
            client.invoke(FunctionName="other")
        except Exception as error:
            raise Failed("could not") from error

    def grouped(event, context):
        try:
            client.invoke(FunctionName="other")
        except Exception as error:
            raise ExceptionGroup("of a task group", [ExceptionGroup("inner", [error])])

    def while_handling(event, context):
        try:
            client.invoke(FunctionName="other")
        except Exception:
            try:
                raise Failed("also this")
            except Failed as error:
                raise Failed("in the end") from ValueError("unrelated")

    def elsewhere(event, context):
        try:
            client.invoke(FunctionName="other")
        except Exception:
            pass
        raise Failed("of something else")

    def plain(event, context):
        client.invoke(FunctionName="other")
"""


def test_swallowed(start: Start) -> None:
    """A block that user code swallowed is reported at the end of the invocation, and ends it with `strict`."""
    enforce = {"LAMBDA_GUARD_MODE": "enforce", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    strict = {**enforce, "LAMBDA_GUARD_STRICT": "true"}
    function = start(SWALLOWS, "app.quiet", environ=enforce)
    assert function.invoke({}) == "fine"
    (finding,) = findings(function, swallowed=True)
    assert (finding["decision"], finding["site"]["function"]) == ("blocked", "quiet")
    function = start(SWALLOWS, "app.quiet", environ=strict)
    assert function.invoke({})["errorType"] == "InvokeBlocked"
    assert len(findings(function, swallowed=True)) == 1
    raised = {
        "app.loud": "Failed", "app.plain": "InvokeBlocked", "app.grouped": "ExceptionGroup",
        "app.while_handling": "Failed",
    }  # fmt: skip
    for handler, error in raised.items():
        function = start(SWALLOWS, handler, environ=strict)
        assert function.invoke({})["errorType"] == error
        assert findings(function, swallowed=True) == []
    function = start(SWALLOWS, "app.elsewhere", environ=strict)
    assert function.invoke({})["errorMessage"] == "of something else"
    assert len(findings(function, swallowed=True)) == 1


def test_moto(start: Start) -> None:
    """Against an AWS that answers, observe changes nothing in the answer and enforce sends nothing."""
    source = """
        import boto3

        def handler(event, context):
            answer = boto3.client("lambda").invoke(FunctionName="nobody", InvocationType="DryRun")
            tables = boto3.client("dynamodb").list_tables()
            return [answer["StatusCode"], tables["ResponseMetadata"]["HTTPStatusCode"]]
    """
    bare = start(source, layer=False).invoke({})
    assert start(source).invoke({}) == bare
    assert start(source, environ={"LAMBDA_GUARD_MODE": "enforce"}).invoke({}) == bare


def test_client_that_waits_for_no_guard(start: Start, wire: Wire) -> None:
    """With the rule off, invokes pass and are still counted as usage."""
    environ = {"AWS_ENDPOINT_URL": wire.address, "LAMBDA_GUARD_MODE": "enforce", "LAMBDA_GUARD_DIRECT_INVOKE": "off"}
    function = start(FILES, environ=environ)
    assert function.invoke({"do": "client"}) == "sent"
    assert findings(function) == []
    calls = function.of_kind("usage")[-1]["calls"]
    assert [(call["service"], call["operation"], call["count"]) for call in calls] == [("lambda", "Invoke", 1)]


def test_time_out(start: Start, wire: Wire) -> None:
    """An invocation that its time-out kills loses no finding and nothing that was newly seen."""
    source = """
        import time

        import boto3

        def handler(event, context):
            boto3.client("lambda").invoke(FunctionName="other")
            boto3.client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "1"}})
            time.sleep(30)
    """
    function = start(source, environ={"AWS_ENDPOINT_URL": wire.address}, seconds=2)
    assert "timed out" in str(function.invoke({})).lower() or "Timeout" in function.output
    assert [finding["issue"] for finding in findings(function)] == ["direct-invoke"]
    calls = [call for usage in function.of_kind("usage") for call in usage["calls"]]
    assert {call["operation"] for call in calls} == {"Invoke", "GetItem"}
