"""One record, one line, one write, on the process's own standard output."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from lambda_guard.runtime import sinks


class Stream(io.StringIO):
    """Notes each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.flushes = 0

    def write(self, text: str) -> int:
        self.writes.append(text)
        return len(text)

    def flush(self) -> None:
        self.flushes += 1


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    """What stands for the process's own standard output."""
    stream = Stream()
    monkeypatch.setattr(sys, "__stdout__", stream)
    return stream


def test_one_line(stream: Stream) -> None:
    """A record is one write that ends in a line feed, in plain ASCII, whatever is in it."""
    record: dict[str, Any] = {"level": "INFO", "lambda_guard": {"target": "zażółć\n\u2028", "line": 3}}
    sinks.stdout(record)
    (text,) = stream.writes
    assert stream.flushes == 1
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert text.isascii()
    assert json.loads(text) == record


def test_not_the_functions_own_stream(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that redirects `sys.stdout` finds nothing of ours in it."""
    own = io.StringIO()
    monkeypatch.setattr(sys, "stdout", own)
    sinks.stdout({"level": "INFO"})
    assert own.getvalue() == ""
    assert len(stream.writes) == 1


def test_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without standard output has nowhere to print, and that is no error."""
    monkeypatch.setattr(sys, "__stdout__", None)
    sinks.stdout({"level": "INFO"})


def test_what_json_does_not_know(stream: Stream) -> None:
    """A value that is no JSON is printed as text rather than losing the record."""
    sinks.stdout({"level": "INFO", "lambda_guard": {"odd": {1, 2} and sys}})
    assert json.loads(stream.writes[0])["lambda_guard"]["odd"].startswith("<module 'sys'")


def test_selection() -> None:
    """Without a setting there is a sink for each place; with one, those it names, in its order."""
    assert len(sinks.select(None)) == 1 + len(sinks.SDK_MODULES)
    assert sinks.select(None)[0] is sinks.stdout
    assert sinks.select(("xray", "stdout"))[1] is sinks.stdout
    assert len(sinks.select(("otel",))) == 1


def test_sdks_are_never_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sink whose SDK the function has not loaded does nothing, least of all load it."""
    for name in [name for name in sys.modules if name.startswith(("aws_xray_sdk", "opentelemetry"))]:
        monkeypatch.delitem(sys.modules, name)
    for sink in sinks.select(("xray", "otel")):
        sink({"lambda_guard": {"kind": "finding"}})
    assert not [name for name in sys.modules if name.startswith(("aws_xray_sdk", "opentelemetry"))]
