"""The envelope of the records, and the boundary in front of the sinks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.sinks.log import Log
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import Decision, Finding, Mode

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


def decision(outcome: str = "blocked", rule: str = "authorizer") -> Decision:
    """Return a decision about one route."""
    return Decision(Finding(rule, "missing-context", "GET /orders", "m"), outcome)


def numbers(records: Iterable[Any]) -> tuple[int, int]:
    """Return what CloudWatch adds up."""
    return sum(record.get("Findings", 0) for record in records), sum(record.get("Blocked", 0) for record in records)


def test_repeats_are_metrics_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, valid: Callable[[Iterable[Any]], None]
) -> None:
    """The metrics' sums are how often each rule found something, with a line a minute and rule at most."""
    clock = [1000.0]
    monkeypatch.setattr("lambda_guard.runtime.journal.steady", lambda: clock[0])
    journal, sink = make_journal()
    for _ in range(1000):
        journal.finding(decision(), None, None)
        if journal.pending:
            journal.catch_up()
    assert numbers(sink.records) == (1, 1)
    clock[0] += 60
    journal.finding(decision("would_block", "event_source"), None, None)
    journal.finding(decision("would_block", "event_source"), None, None)
    journal.catch_up()
    assert [(content["rule"], content["findings"], content["blocked"]) for content in sink.of_kind("metrics")] == [
        ("authorizer", 999, 999),
        ("event_source", 1, 0),
    ]
    assert numbers(sink.records) == (1002, 1000)
    assert not journal.pending
    for _ in range(120):
        clock[0] += 1
        journal.finding(decision(), None, None)
        journal.catch_up()
    assert len(sink.of_kind("metrics")) == 4
    assert numbers(sink.records) == (1122, 1120)
    valid(sink.records)


def test_a_swallowed_block_is_no_second_block() -> None:
    """That user code caught a block is a finding, and the metric of blocks stays true."""
    journal, sink = make_journal()
    for _ in range(2):
        journal.finding(decision(), None, None)
        journal.finding(decision(), None, None, swallowed=True)
    journal.catch_up(at_last=True)
    assert numbers(sink.records) == (4, 2)


def test_more_findings_than_are_told_apart_are_counted_all_the_same() -> None:
    """Past the 1,000 distinct ones, the metric goes on."""
    journal, sink = make_journal()
    for number in range(1200):
        found = Finding("authorizer", "missing-context", f"GET /{number}", "m")
        journal.finding(Decision(found, "blocked"), None, None)
    journal.catch_up(at_last=True)
    assert numbers(sink.records) == (1200, 1200)
    assert len(sink.of_kind("finding")) == 1000


def test_repeats_of_a_parent_are_not_the_childs() -> None:
    """A fork begins to count anew."""
    journal, sink = make_journal()
    journal.finding(decision(), None, None)
    journal.finding(decision(), None, None)
    journal.renew()
    journal.catch_up(at_last=True)
    assert sink.of_kind("metrics") == []


def test_what_the_log_did_not_take_is_written_at_the_end_of_an_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that could not be written goes out when the log is back, without another record to push it."""
    log = Log()
    journal, _ = make_journal(log)
    written: list[bytes] = []
    monkeypatch.setattr(log, "_write", lambda line: False)
    journal.write("error", ERROR)
    assert (len(log.kept), journal.pending) == (2, True)
    monkeypatch.setattr(log, "_write", lambda line: written.append(line) or True)  # type: ignore[func-returns-value]
    journal.catch_up()
    assert len(written) == 2
    assert not journal.pending


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
