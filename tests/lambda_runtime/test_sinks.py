"""Where records go, in the real runtime: Lambda's log, a real UDP listener for X-Ray, the real OpenTelemetry SDK."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .test_companions import OPENTELEMETRY, XRAY

if TYPE_CHECKING:
    from .conftest import Start

CALL = """
    import boto3
    from botocore.exceptions import ClientError

    client = boto3.client("lambda")

    def call(name="other"):
        try:
            client.invoke(FunctionName=name)
        except ClientError:
            pass
"""
ENFORCE = {"LAMBDA_GUARD_MODE": "enforce"}
FINDING = ("rule", "issue", "decision", "target")


@pytest.mark.parametrize("level", ["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "verbose"])
def test_log_level(start: Start, level: str) -> None:
    """Every line has a level at which Lambda keeps it, and the time, whatever the function's log level is."""
    levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    environ = {**ENFORCE, "AWS_LAMBDA_LOG_FORMAT": "JSON"} | ({"AWS_LAMBDA_LOG_LEVEL": level} if level else {})
    if level == "verbose":
        environ.pop("AWS_LAMBDA_LOG_FORMAT")  # what Lambda never sets must not matter either
    function = start({"app.py": CALL + "\n    def handler(event, context):\n        call()\n"}, environ=environ)
    function.invoke({})
    kinds = [record["lambda_guard"]["kind"] for record in function.records]
    assert kinds == ["attached", "finding", "finding", "usage"]
    least = levels.index(level) if level in levels else 0
    assert all(levels.index(record["level"]) >= least for record in function.records)
    for record in function.records:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
    lines = [line for line in function.output.splitlines() if '"lambda_guard":{' in line]
    assert all(line.startswith('{"level":') and line.endswith("}") for line in lines)


def test_metrics(start: Start) -> None:
    """A finding is a metric too, in embedded metric format at the top level of its line."""
    function = start(CALL + "\n    def handler(event, context):\n        call()\n", environ=ENFORCE)
    function.invoke({})
    finding = next(record for record in function.records if record["lambda_guard"]["kind"] == "finding")
    (directive,) = finding["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "LambdaGuard"
    assert directive["Dimensions"] == [["FunctionName"], ["FunctionName", "Rule"]]
    assert {name for names in directive["Dimensions"] for name in names} <= finding.keys()
    assert {metric["Name"] for metric in directive["Metrics"]} == {"Findings", "Blocked"}
    assert (finding["FunctionName"], finding["Rule"]) == ("function", "direct_invoke")
    assert (finding["Findings"], finding["Blocked"]) == (1, 1)
    assert isinstance(finding["_aws"]["Timestamp"], int)


def test_replaced_stdout(start: Start) -> None:
    """A function that catches its own output finds none of ours in it, and we lose no record."""
    source = CALL + """
    import contextlib, io, sys

    def handler(event, context):
        with contextlib.redirect_stdout(io.StringIO()) as caught:
            print("mine")
            call()
        sys.stdout = io.StringIO()
        call("another")
        return [caught.getvalue(), sys.stdout.getvalue()]
    """
    function = start(source, environ=ENFORCE)
    assert function.invoke({}) == ["mine\n", ""]
    assert len(function.of_kind("finding")) == 4


@pytest.mark.parametrize(
    "how",
    [
        "sys.stdout.close()",
        "sys.__stdout__.close()",
        "sys.stdout = None; sys.__stdout__ = None",
        "sys.__stdout__ = Broken()",
    ],
)
def test_unusable_stdout(twins: Callable[..., tuple[Any, Any]], how: str) -> None:
    """A function whose standard output is closed or broken answers as it does without the guard."""
    source = CALL + f"""
    import sys

    class Broken:
        def write(self, text):
            raise RuntimeError("broken")

    def handler(event, context):
        {how}
        call()
        client.meta.region_name
        return "answered"
    """
    environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"} | ENFORCE
    source = source.replace("except ClientError:", "except Exception:")
    bare, guarded = twins(source, environ=environ)
    assert guarded == bare
    assert bare[0] == ['"answered"']


def test_logging_is_left_alone(twins: Callable[..., tuple[Any, Any]]) -> None:
    """The function's loggers, their handlers and levels are what the runtime made of them."""
    source = CALL + """
    import logging

    def handler(event, context):
        call()
        root = logging.getLogger()
        return [len(root.handlers), root.level, sorted(n for n in logging.root.manager.loggerDict if "guard" in n)]
    """
    bare, guarded = twins(source)
    assert guarded == bare
    assert bare[0] == ["[1, 30, []]"]


class Daemon:
    """What listens where X-Ray's daemon would."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.5)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def documents(self) -> list[dict[str, Any]]:
        """Return what has arrived, until nothing more does."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                header, _, body = self._socket.recv(65536).partition(b"\n")
            except TimeoutError:
                return found
            assert json.loads(header) == {"format": "json", "version": 1}
            found.append(json.loads(body))

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """X-Ray's daemon."""
    listener = Daemon()
    yield listener
    listener.close()


XRAY_APP = CALL + """
    import os
    from aws_xray_sdk.core import xray_recorder

    def handler(event, context):
        if event["traced"]:
            # The emulator hands out no trace; Lambda puts it here before each invocation.
            os.environ["_X_AMZN_TRACE_ID"] = (
                "Root=1-5f84c7a1-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
            )
        if event["own"]:
            with xray_recorder.in_subsegment("own"):
                call("other")
        else:
            call("another")
"""


def test_xray(start: Start, package: Callable[..., Path], daemon: Daemon) -> None:
    """A finding is a subsegment `lambda_guard` with annotations, under the function's segment or subsegment."""
    environ = {**ENFORCE, "AWS_XRAY_DAEMON_ADDRESS": daemon.address}
    function = start(XRAY_APP, environ=environ, packages=[package(*XRAY)])
    function.invoke({"traced": True, "own": False})
    function.invoke({"traced": True, "own": True})
    documents = daemon.documents()
    ours = [document for document in documents if document["name"] == "lambda_guard"]
    for document in documents:
        ours += [inner for inner in document.get("subsegments", ()) if inner["name"] == "lambda_guard"]
    findings = function.of_kind("finding")
    assert len(ours) == len(findings) == 4, function.output
    for finding in findings:
        annotations = {name: finding[name] for name in FINDING}
        annotations |= {"file": finding["site"]["file"], "line": finding["site"]["line"]}
        assert annotations in [document["annotations"] for document in ours]
    parents = {document.get("parent_id") for document in ours}
    (own,) = [document for document in documents if document["name"] == "own"]
    assert parents & {"53995c3f42cd8ad8"}
    assert own["parent_id"] == "53995c3f42cd8ad8"
    assert own["id"] in parents or own.get("subsegments")


def test_xray_without_a_trace(start: Start, package: Callable[..., Path], daemon: Daemon) -> None:
    """Outside a trace the X-Ray SDK is asked for nothing, so that it logs nothing into the function's log."""
    environ = {**ENFORCE, "AWS_XRAY_DAEMON_ADDRESS": daemon.address}
    function = start(XRAY_APP, environ=environ, packages=[package(*XRAY)])
    assert function.invoke({"traced": False, "own": False}) is None
    assert daemon.documents() == []
    assert "segment" not in function.output.lower()
    assert len(function.of_kind("finding")) == 2


def test_opentelemetry(start: Start, package: Callable[..., Path]) -> None:
    """A finding is an event on the span that the function has open; without one, nothing."""
    source = CALL + """
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer(__name__)

    def handler(event, context):
        call("outside")
        with tracer.start_as_current_span("work"):
            call("inside")
        (span,) = exporter.get_finished_spans()
        return [[event.name, dict(event.attributes)] for event in span.events]
    """
    function = start(source, environ=ENFORCE, packages=[package(*OPENTELEMETRY)])
    ((name, attributes),) = function.invoke({})
    (finding,) = [
        finding for finding in function.of_kind("finding")
        if finding["target"].endswith(":inside") and not finding["swallowed"]
    ]  # fmt: skip
    assert name == "lambda_guard.finding"
    assert {key: attributes[f"lambda_guard.{key}"] for key in FINDING} == {key: finding[key] for key in FINDING}
    assert attributes["code.lineno"] == finding["site"]["line"]


@pytest.mark.parametrize("module", ["aws_xray_sdk.core", "opentelemetry.trace"])
def test_sink_that_fails(start: Start, module: str) -> None:
    """A tracing SDK that raises whatever it likes hurts neither the function nor the other sinks."""
    source = CALL + f"""
    import os, sys, types

    class Hostile(types.ModuleType):
        def __getattr__(self, name):
            raise RuntimeError(name)

    sys.modules[{module!r}] = Hostile({module!r})

    def handler(event, context):
        os.environ["_X_AMZN_TRACE_ID"] = "Root=1-5f84c7a1-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
        call()
        return "answered"
    """
    function = start(source, environ=ENFORCE)
    assert function.invoke({}) == "answered"
    assert len(function.of_kind("finding")) == 2


def test_chosen_sinks(start: Start, package: Callable[..., Path], daemon: Daemon) -> None:
    """The sinks setting names all that are used: without stdout nothing is printed."""
    environ = {**ENFORCE, "AWS_XRAY_DAEMON_ADDRESS": daemon.address, "LAMBDA_GUARD_SINKS": "xray"}
    function = start(XRAY_APP, environ=environ, packages=[package(*XRAY)])
    function.invoke({"traced": True, "own": False})
    assert {document["name"] for document in daemon.documents()} == {"lambda_guard"}
    assert function.records == []
