"""The envelope of the records, and the boundary in front of the sinks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import Mode

ATTACHED: dict[str, Any] = {
    "way": "install", "python": "3.13.0", "awslambdaric": None, "lambda_guard": "0.1.0", "settings": {}, "patches": [],
    "uncovered_sdks": [],
}  # fmt: skip
ERROR = {"where": "here", "type": "ValueError", "message": "fault in the guard at x.py:1"}


def make_journal(*sinks: Any, mode: Mode = Mode.OBSERVE) -> tuple[Journal, Memory]:
    """Return a journal, and the last of its sinks."""
    memory = Memory()
    return Journal(mode, [*sinks, memory], lambda: ATTACHED), memory


def finding(**changes: Any) -> dict[str, Any]:
    """Return the content of a finding record."""
    return {
        "rule": "direct_invoke", "issue": "direct-invoke", "decision": "blocked", "target": "arn", "message": "m",
        "site": None, "request_id": None, "trace_id": None, "swallowed": False, "exemption": None, "details": {},
    } | changes  # fmt: skip


def test_envelope(monkeypatch: pytest.MonkeyPatch, valid: Callable[[Iterable[Any]], None]) -> None:
    """Every record says whose it is, and the first of a sandbox is `attached`."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    journal, sink = make_journal(mode=Mode.ENFORCE)
    journal.account = "012345678912"
    journal.write("error", ERROR, "ERROR")
    assert [record["level"] for record in sink.records] == ["INFO", "ERROR"]
    attached, error = (record["lambda_guard"] for record in sink.records)
    assert (attached["kind"], attached["seq"]) == ("attached", 1)
    assert (error["kind"], error["seq"]) == ("error", 2)
    for content in (attached, error):
        assert (content["function"], content["version"], content["region"]) == ("orders", "7", "eu-west-1")
        assert (content["account"], content["mode"], content["v"]) == ("012345678912", "enforce", 1)
        assert content["sandbox"] == journal.sandbox
    valid(sink.records)


def test_outside_lambda(monkeypatch: pytest.MonkeyPatch, valid: Callable[[Iterable[Any]], None]) -> None:
    """Where nothing is known of a function, records still hold to their schema."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    journal, sink = make_journal()
    journal.write("finding", finding(), "WARN")
    valid(sink.records)
    assert sink.records[1]["FunctionName"] == "unknown"


def test_metrics_only_on_findings() -> None:
    """A finding is a metric, counted as blocked where it was; nothing else is."""
    journal, sink = make_journal()
    journal.write("finding", finding(decision="would_block"), "WARN")
    journal.write("finding", finding(), "WARN")
    attached, seen, blocked = sink.records
    assert "_aws" not in attached
    assert [(record["Findings"], record["Blocked"]) for record in (seen, blocked)] == [(1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("level", "levels"),
    [
        ("", ["INFO", "WARN", "ERROR"]),
        ("DEBUG", ["INFO", "WARN", "ERROR"]),
        ("WARN", ["WARN", "WARN", "ERROR"]),
        ("fatal", ["FATAL", "FATAL", "FATAL"]),
        ("nonsense", ["INFO", "WARN", "ERROR"]),
    ],
)
def test_level(monkeypatch: pytest.MonkeyPatch, level: str, levels: list[str]) -> None:
    """No line is below the function's log level, where Lambda would drop it unseen."""
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)
    journal, sink = make_journal()
    journal.write("finding", finding(), "WARN")
    journal.write("error", ERROR, "ERROR")
    assert [record["level"] for record in sink.records] == levels


def test_renew() -> None:
    """After a fork or a restore the sandbox has another name, counts from 1 and announces itself again."""
    journal, sink = make_journal()
    journal.announce()
    journal.announce()
    first = journal.sandbox
    journal.renew()
    journal.write("error", ERROR)
    assert [record["lambda_guard"]["kind"] for record in sink.records] == ["attached", "attached", "error"]
    assert [record["lambda_guard"]["seq"] for record in sink.records] == [1, 1, 2]
    assert sink.records[0]["lambda_guard"]["sandbox"] == first
    assert sink.records[1]["lambda_guard"]["sandbox"] == journal.sandbox != first


def test_a_sink_that_fails_stops_no_other() -> None:
    """Each sink has its chance, whatever the one before it did."""

    def broken(record: Any) -> None:
        raise OSError("disk full")

    journal, sink = make_journal(broken)
    journal.write("error", ERROR)
    assert len(sink.records) == 2


def test_threads_share_no_number() -> None:
    """Records written at the same moment have numbers of their own, and one of them is `attached`."""
    journal, sink = make_journal()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(50):
            journal.write("error", ERROR)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [record["lambda_guard"]["seq"] for record in sink.records]
    assert sorted(numbers) == list(range(1, 402))
    assert [record["lambda_guard"]["kind"] for record in sink.records].count("attached") == 1
