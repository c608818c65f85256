"""What a finding says is printable and bounded, whatever it was made of."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import Finding, printable

from .events import factories as make

HOSTILE = ("a\nb", "a\r\nb", "\x1b[31mred", "a\u2028b", "\ud800", "\x00", "a" * 6_000_000)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_names(text: str) -> None:
    """A name has at most 256 characters, all of which print, and can be encoded."""
    name = printable(text)
    assert 0 < len(name) <= 256
    assert name.isprintable()
    name.encode()
    finding = Finding("authorizer", "issue", text, f"{text}: do this", {"stage": text, "status": 401, "none": None})
    assert finding.target == finding.details["stage"] == name
    assert len(finding.message) <= 1000
    assert finding.message.isprintable()
    assert (finding.details["status"], finding.details["none"]) == (401, None)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", ["stage", "api_id", "route", "arn", "lattice"])
def test_records_of_hostile_events(place: str, text: str) -> None:
    """What a client writes where a name belongs becomes no record of its size, and no line of its own."""
    context = SimpleNamespace(invoked_function_arn="arn:aws:lambda:x:123456789012:function:f", aws_request_id="1")
    event: Any = {
        "stage": make.http_api(stage=text),
        "api_id": make.http_api(apiId=text),
        "route": make.http_api(route_key=text),
        "arn": make.sqs(arn="arn:aws:sqs:" + text),
        "lattice": {**make.lattice_v2(), "requestContext": {"serviceNetworkArn": "n", "serviceArn": text}},
    }[place]
    memory = Memory()
    attach.install(Config(mode="observe", event_sources=("sns",)), sinks=[memory])
    attach.guard(lambda _event, _context: None)(event, context)
    attach.uninstall()
    assert memory.of_kind("finding")
    for record in memory.records:
        line = json.dumps(record)
        assert len(line) < 10_000
        assert text not in line
