"""Findings on traces, with the real SDKs; tests/lambda_runtime has them in the real runtime, X-Ray over UDP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_guard.runtime.sinks import otel, xray

SITE = {"file": "/var/task/app.py", "line": 7, "function": "handler"}


def record(kind: str = "finding", site: object = SITE) -> dict[str, Any]:
    """Return a record as the sinks get it."""
    content = {"kind": kind, "rule": "direct_invoke", "issue": "direct-invoke", "decision": "blocked", "target": "arn"}
    return {"lambda_guard": {**content, "site": site}}


@pytest.fixture
def recorder() -> Iterator[Any]:
    """The X-Ray SDK's recorder, with an emitter that keeps what it is given."""
    core = pytest.importorskip("aws_xray_sdk.core", reason="aws-xray-sdk is not installed")
    from aws_xray_sdk.core.context import Context

    class Emitter:
        def __init__(self) -> None:
            self.sent: list[Any] = []

        def send_entity(self, entity: Any) -> None:
            self.sent.append(entity)

    before = core.xray_recorder.emitter, core.xray_recorder.context
    core.xray_recorder.configure(context=Context(context_missing="RUNTIME_ERROR"), sampling=False)
    core.xray_recorder.emitter = Emitter()
    yield core
    core.xray_recorder.clear_trace_entities()
    core.xray_recorder.emitter, core.xray_recorder.context = before
    core.xray_recorder.emitter._socket.close()  # opened when the SDK was imported


def test_xray(recorder: Any) -> None:
    """A finding is an ended subsegment with annotations, and the open segment is the current one again."""
    segment = recorder.xray_recorder.begin_segment("function")
    xray.write(record(), recorder)
    assert recorder.xray_recorder.current_segment() is segment
    (subsegment,) = segment.subsegments
    assert subsegment.name == "lambda_guard"
    assert not subsegment.in_progress
    assert subsegment.annotations == {
        "rule": "direct_invoke", "issue": "direct-invoke", "decision": "blocked", "target": "arn",
        "file": "/var/task/app.py", "line": 7,
    }  # fmt: skip


def test_xray_without_a_site(recorder: Any) -> None:
    """A finding about an event has no line of code."""
    segment = recorder.xray_recorder.begin_segment("function")
    xray.write(record(site=None), recorder)
    assert set(segment.subsegments[0].annotations) == {"rule", "issue", "decision", "target"}


def test_xray_says_nothing_else(recorder: Any) -> None:
    """Usage and errors are no part of a trace."""
    segment = recorder.xray_recorder.begin_segment("function")
    xray.write(record("usage"), recorder)
    assert segment.subsegments == []


def test_xray_without_a_segment(recorder: Any) -> None:
    """Without an open segment the SDK is not asked, which would raise or log."""
    xray.write(record(), recorder)
    assert recorder.xray_recorder.emitter.sent == []


@pytest.fixture
def spans() -> Any:
    """A tracer of the OpenTelemetry SDK."""
    sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="opentelemetry-sdk is not installed")
    return sdk.TracerProvider().get_tracer(__name__)


def test_otel(spans: Any) -> None:
    """A finding is an event with its names as attributes on the span that is open."""
    from opentelemetry import trace

    with spans.start_as_current_span("work") as span:
        otel.write(record(), trace)
    (event,) = span.events
    assert event.name == "lambda_guard.finding"
    assert dict(event.attributes) == {
        "lambda_guard.rule": "direct_invoke", "lambda_guard.issue": "direct-invoke", "lambda_guard.decision": "blocked",
        "lambda_guard.target": "arn", "code.filepath": "/var/task/app.py", "code.lineno": 7, "code.function": "handler",
    }  # fmt: skip


def test_otel_says_nothing_else(spans: Any) -> None:
    """Usage and errors are no part of a trace, and where no span is open nothing happens."""
    from opentelemetry import trace

    with spans.start_as_current_span("work") as span:
        otel.write(record("usage"), trace)
        otel.write(record("attached"), trace)
    otel.write(record(), trace)
    assert span.events == ()
