"""Records among other log lines, in whatever form logs come, merged so that nothing counts twice."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambda_guard.analysis import records
from lambda_guard.analysis.evidence import FunctionUsage, Lines, NoEvidence, Site, SourceSeen, read
from lambda_guard.analysis.evidence.insights import fetch
from lambda_guard.analysis.records import BadRecord, parse


def call(operation: str = "GetItem", *, table: str = "orders", count: int = 1, **more: Any) -> dict[str, Any]:
    place = {"service": "dynamodb", "operation": operation, "region": "eu-west-1", "partition": "aws"}
    return {**place, "count": count, "resource": {"kind": "table", "name": table}, **more}


def record(
    *calls: dict[str, Any],
    sandbox: str = "s1",
    seq: int = 1,
    kind: str = "usage",
    function: str | None = "orders",
    account: str | None = "111122223333",
    invocations: int = 1,
    at: str = "2026-11-01T10:00:00.000Z",
    sources: Sequence[dict[str, Any]] | None = (),
    **more: Any,
) -> str:
    body: dict[str, Any] = {"v": 1, "kind": kind, "function": function, "version": "1", "region": "eu-west-1"}
    body |= {"mode": "observe", "account": account, "sandbox": sandbox, "seq": seq}
    if kind == "usage":
        body |= {"invocations": invocations, "dropped": 0, "sources": sources, "calls": calls}
    return json.dumps({"level": "INFO", "timestamp": at, "lambda_guard": {**body, **more}})


def evidence(tmp_path: Path, *lines: str | bytes, name: str = "app.log") -> tuple[Lines, list[FunctionUsage]]:
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read_all(str(path))


def read_all(*arguments: str) -> tuple[Lines, list[FunctionUsage]]:
    with read(arguments) as found:
        return found.lines, found.usage()


def counts(used: Sequence[FunctionUsage]) -> dict[tuple[str, str, str], int]:
    return {
        (function.function, called.entry["operation"], called.entry["resource"]["name"]): called.count
        for function in used
        for called in function.calls
    }


def faults(lines: Lines) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, fault), count in lines.unreadable.items():
        found[fault] = found.get(fault, 0) + count
    return found


def test_totals_of_a_sandbox_are_those_of_its_largest_number(tmp_path: Path) -> None:
    lines = [record(call(count=2**seq), seq=seq, invocations=seq) for seq in range(1, 6)]
    _, (orders,) = evidence(tmp_path, *lines)
    assert counts([orders]) == {("orders", "GetItem", "orders"): 32}
    assert (orders.invocations, orders.sandboxes, orders.missing) == (5, 1, 0)


def test_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    _, used = evidence(tmp_path, record(call(count=9), seq=9), record(call(count=10), seq=10))
    assert counts(used) == {("orders", "GetItem", "orders"): 10}


def test_lost_repeated_and_reordered_lines_change_nothing(tmp_path: Path) -> None:
    partial = record(call("PutItem"), seq=2, partial=True, invocations=2)
    full = record(call(count=7), call("PutItem", count=3), seq=5, invocations=8)
    lines = [record(call(), seq=1), partial, record(call(count=4), seq=3, invocations=5), full]
    expected = {("orders", "GetItem", "orders"): 7, ("orders", "PutItem", "orders"): 3}
    for seed in range(5):
        shuffled = [*lines, *lines, full]
        random.Random(seed).shuffle(shuffled)
        _, (orders,) = evidence(tmp_path, *shuffled)
        assert counts([orders]) == expected
        assert orders.invocations == 8
    _, (orders,) = evidence(tmp_path, *lines[1:])
    assert counts([orders]) == expected


def test_what_only_a_partial_record_told_is_kept(tmp_path: Path) -> None:
    _, used = evidence(
        tmp_path, record(call(count=5), seq=1), record(call("Query"), seq=2, partial=True), record(call(count=6), seq=3)
    )
    assert counts(used) == {("orders", "GetItem", "orders"): 6, ("orders", "Query", "orders"): 1}


def test_pages_of_one_record_add_up(tmp_path: Path) -> None:
    pages = [record(call(table=f"t{number}"), seq=number, page=number, pages=3, partial=True) for number in (1, 2, 3)]
    _, used = evidence(tmp_path, *pages)
    assert set(counts(used).values()) == {1}
    assert len(counts(used)) == 3


def test_sandboxes_and_days_add_up_and_functions_stay_apart(tmp_path: Path) -> None:
    _, used = evidence(
        tmp_path,
        record(call(count=3, errors={"X": 1}, in_handler=2), sandbox="a"),
        record(call(count=4, errors={"X": 2, "Y": 1}, refused=5), sandbox="b", at="2026-11-03T10:00:00.000Z"),
        record(call(count=9), sandbox="c", function="other"),
    )
    orders, other = used
    (called,) = orders.calls
    assert (called.count, called.errors, called.in_handler, called.refused) == (7, {"X": 3, "Y": 1}, 2, 5)
    assert (called.sandboxes, orders.sandboxes) == (2, 2)
    assert (orders.first, orders.last) == (datetime(2026, 11, 1, 10), datetime(2026, 11, 3, 10))
    assert counts([other]) == {("other", "GetItem", "orders"): 9}


def test_event_sources_are_counted_by_arn(tmp_path: Path) -> None:
    queue = {"source": "sqs", "arn": "arn:aws:sqs:eu-west-1:1:jobs"}
    api = {"source": "apigw_http_v2", "arn": None}
    _, (orders,) = evidence(
        tmp_path,
        record(sources=[{**queue, "count": 2}], seq=1),
        record(sources=[{**queue, "count": 3}, {**api, "count": 1}], seq=2),
    )
    assert sorted(orders.sources, key=lambda seen: seen.source) == [
        SourceSeen("apigw_http_v2", None, 1),
        SourceSeen("sqs", "arn:aws:sqs:eu-west-1:1:jobs", 3),
    ]


def test_an_account_told_late_holds_for_the_earlier_records(tmp_path: Path) -> None:
    _, used = evidence(
        tmp_path,
        record(call(), sandbox="a", seq=1, account=None),
        record(call(), sandbox="a", seq=2),
        record(call(), sandbox="silent", account=None),
        record(call(), sandbox="c", function="lone", account=None),
    )
    assert [(function.function, function.account, function.sandboxes) for function in used] == [
        ("lone", None, 1),
        ("orders", "111122223333", 2),
    ]


def test_two_accounts_are_never_confused(tmp_path: Path) -> None:
    _, used = evidence(
        tmp_path,
        record(call(), sandbox="a", account="1" * 12),
        record(call(), sandbox="b", account="2" * 12),
        record(call(), sandbox="c", account=None),
    )
    assert {function.account for function in used} == {"1" * 12, "2" * 12, None}


def test_numbers_that_are_missing_between_others_are_counted(tmp_path: Path) -> None:
    _, (orders,) = evidence(tmp_path, *(record(call(), seq=seq) for seq in (3, 4, 7)))
    assert orders.missing == 2


def test_other_lines_are_passed_over_and_bad_ones_are_counted(tmp_path: Path) -> None:
    good = record(call())
    lines, used = evidence(
        tmp_path,
        "START RequestId: 1 Version: $LATEST",
        "2026-11-20T12:00:00.000Z " + good,
        "",
        good[: len(good) // 2],
        good[len(good) // 2 :],
        '{"message": "loaded \\"lambda_guard\\" fine"}',
        '{"msg": "loaded \\"lambda_guard\\" fine"}',
        '{"lambda_guard": "1.0", "level": "INFO"}',
        '["lambda_guard"] "lambda_guard"',
        record(call(), v=2),
        record(call(), kind="surprise"),
        record(call(), sandbox=None),  # type: ignore[arg-type]
        record(call(), seq="x"),  # type: ignore[arg-type]
        b'\xff\xfe "lambda_guard"',
        b"\x00\x01\x02",
        "x" * 3_000_000,
        "a\x1fb\x1fc " + good,
    )
    assert counts(used) == {("orders", "GetItem", "orders"): 1}
    assert faults(lines) == {
        "cut or not JSON": 1,
        "of another record version": 1,
        "of unknown kind": 1,
        "without sandbox or number": 2,
        "invalid encoding": 1,
        "line size over maximum": 1,
    }


def test_lines_of_windows_and_a_missing_last_newline_are_read(tmp_path: Path) -> None:
    lines, used = evidence(tmp_path, record(call(count=1), seq=1) + "\r", record(call(count=2), seq=2))
    assert lines.records == 2
    assert counts(used) == {("orders", "GetItem", "orders"): 2}


@pytest.mark.parametrize("prefix", ["", "2026-11-20T12:00:00.000Z ", "2026-11-20T12:00:00 2026/11/20/[$LATEST]0a1b2c "])
def test_anything_may_stand_before_the_json(tmp_path: Path, prefix: str) -> None:
    _, used = evidence(tmp_path, prefix + record(call()))
    assert len(used) == 1


def test_records_are_found_in_the_output_of_filter_log_events(tmp_path: Path) -> None:
    events = {"events": [{"timestamp": 1, "message": record(call(count=3)) + "\n", "eventId": "1"}]}
    _, used = evidence(tmp_path, json.dumps(events, indent=4))
    assert counts(used) == {("orders", "GetItem", "orders"): 3}


def test_records_are_found_in_the_message_of_a_line(tmp_path: Path) -> None:
    _, used = evidence(tmp_path, json.dumps({"logStream": "s", "message": record(call(count=3))}))
    assert counts(used) == {("orders", "GetItem", "orders"): 3}


def test_an_export_of_cloudwatch_is_read_as_a_folder(tmp_path: Path) -> None:
    for number, stream in enumerate(("2026-11-01-[$LATEST]aa", "2026-11-02-[7]b'b")):
        folder = tmp_path / "export" / stream
        folder.mkdir(parents=True)
        text = f"2026-11-20T12:00:00.000Z {record(call(), sandbox=str(number))}\n"
        (folder / "000000.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "export/aws-logs-write-test").write_text("Permission Check Successful")
    lines, used = read_all(str(tmp_path / "export"))
    assert (lines.files, lines.records) == (3, 2)
    assert counts(used) == {("orders", "GetItem", "orders"): 2}


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(record(call()))
    lines, _ = read_all(str(path), str(tmp_path / "*.log"), str(tmp_path), os.path.relpath(path))
    assert (lines.files, lines.records) == (1, 1)


def test_gzip_is_told_by_its_content_and_may_have_many_members(tmp_path: Path) -> None:
    path = tmp_path / "packed.log"
    path.write_bytes(b"".join(gzip.compress((record(call(), sandbox=name) + "\n").encode()) for name in "abc"))
    _, used = read_all(str(path))
    assert counts(used) == {("orders", "GetItem", "orders"): 3}


@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_a_damaged_archive_is_read_up_to_the_damage(tmp_path: Path, damage: str) -> None:
    filler = [record(call(table=f"t{number}"), seq=number) for number in range(1, 2000)]
    packed = gzip.compress("\n".join(filler).encode())
    path = tmp_path / "broken.gz"
    path.write_bytes(packed[: len(packed) * 3 // 4] if damage == "cut" else packed + b"garbage")
    lines, used = read_all(str(path))
    assert lines.damaged == (str(path),)
    assert lines.records > 1000
    assert len(counts(used)) == lines.records


def test_standard_input_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    text = gzip.compress(record(call()).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    _, used = read_all("-")
    assert len(used) == 1


def test_a_pipe_is_evidence(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(record(call())))
    writer.start()
    _, used = read_all(str(pipe))
    writer.join()
    assert len(used) == 1


@pytest.mark.parametrize("content", ["", "\n\n", "START RequestId: 1\n", "{}", "null", '{"lambda_guard": 1}'])
def test_no_record_at_all_is_an_error_with_a_hint(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.log"
    path.write_text(content)
    with pytest.raises(NoEvidence, match=r"No lambda_guard record in .*aws logs tail"), read([str(path)]):
        pass


def test_records_of_another_version_only_are_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(record(call(), v=2))
    with pytest.raises(NoEvidence, match="another record version"), read([str(path)]):
        pass


@pytest.mark.parametrize("argument", ["nowhere.log", "*.nothing", "/nowhere/**"])
def test_an_argument_that_matches_nothing_is_an_error(argument: str) -> None:
    with pytest.raises(NoEvidence, match="No file matches"), read([argument]):
        pass


@pytest.mark.parametrize(
    "strange",
    [
        {"calls": None},
        {"calls": "x"},
        {"calls": [3, None, "x", []]},
        {"calls": {"a": 1}},
        {"sources": None, "invocations": "many", "dropped": None},
        {"calls": [{}], "sources": [{}]},
        {"calls": [{"service": "dynamodb", "operation": "GetItem", "count": "x", "errors": 3}]},
        {"calls": [{"service": "dynamodb", "operation": "GetItem", "count": 1, "errors": {'a"b': 1, "c": "x"}}]},
        {"function": None, "version": None, "region": None},
        {"function": 3, "timestamp": 5, "extra": {"new": "member"}},
    ],
)
def test_a_record_of_strange_content_stops_nothing(tmp_path: Path, strange: dict[str, Any]) -> None:
    _, used = evidence(tmp_path, record(call(), sandbox="good"), record(sandbox="odd", **strange))
    assert sum(counts_of_orders(used)) >= 1


def counts_of_orders(used: Sequence[FunctionUsage]) -> list[int]:
    return [called.count for function in used for called in function.calls if called.entry.get("resource") is not None]


def test_progress_is_told_and_never_runs_past_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("\n".join(record(call(), seq=seq) for seq in range(1, 2000)))
    told: list[float] = []
    with read([str(path)], told.append) as found:
        found.usage()
    assert told
    assert all(0 <= done <= 1 for done in told)


def test_sandboxes_that_announce_themselves_are_counted_once_each(tmp_path: Path) -> None:
    line = record(kind="attached", uncovered_sdks=["pymongo"], account=None)
    path = tmp_path / "a.log"
    path.write_text("\n".join([line, line, record(call(), seq=2)]))
    with read([str(path)]) as found:
        (attached,) = found.attached()
    assert (attached.function, attached.account, attached.sandboxes) == ("orders", "111122223333", 1)
    assert attached.uncovered_sdks == ("pymongo",)


def test_one_line_parses_as_the_many_do() -> None:
    found = parse("2026-11-20 " + record(call(), seq=3))
    assert found is not None
    assert (found.kind, found.function, found.seq, found.content["invocations"]) == ("usage", "orders", 3, 1)
    assert parse("nothing of ours") is None
    assert parse('{"lambda_guard": 3}') is None


@pytest.mark.parametrize("line", [record()[:-5], record(v=2), record(kind="x"), record(seq=None)])  # type: ignore[arg-type]
def test_a_bad_line_is_told_from_one_that_is_not_ours(line: str) -> None:
    with pytest.raises(BadRecord):
        parse(line)


@pytest.fixture
def log_group(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Serve a log group with 40 records in it, over 40 minutes; return boto3's client."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("logs")
        client.create_log_group(logGroupName="/aws/lambda/orders")
        client.create_log_stream(logGroupName="/aws/lambda/orders", logStreamName="s")
        begin = datetime.now(UTC) - timedelta(hours=1)
        events = [
            {
                "timestamp": int((begin + timedelta(minutes=number)).timestamp() * 1000),
                "message": record(call(count=number + 1), seq=number + 1) + "\n",
            }
            for number in range(40)
        ]
        client.put_log_events(logGroupName="/aws/lambda/orders", logStreamName="s", logEvents=events)
        yield client


def test_a_log_group_is_read_through_insights(log_group: Any) -> None:
    lines, used = read_all("logs:/aws/lambda/orders")
    assert lines.records == 40
    assert counts(used) == {("orders", "GetItem", "orders"): 40}


def test_a_log_group_with_more_than_one_answer_holds_is_read_in_parts(log_group: Any) -> None:
    target = io.StringIO()
    now = datetime.now(UTC)
    assert fetch("/aws/lambda/orders", now - timedelta(days=1), now, log_group, target, limit=7)
    assert len(set(target.getvalue().splitlines())) == 40


def test_a_log_group_that_is_not_there_is_an_error(log_group: Any) -> None:
    with pytest.raises(NoEvidence, match="Log group /nowhere cannot be read"), read(["logs:/nowhere"]):
        pass


SITE = {"file": "app.py", "line": 22, "function": "handler"}
FOUND = {"rule": "authorizer", "issue": "missing-authorizer", "decision": "would_block", "target": "GET /orders"}


def finding(*, seq: int, details: dict[str, Any] | None = None, **more: Any) -> str:
    content: dict[str, Any] = {**FOUND, "message": "no authorizer", "site": SITE, "request_id": f"r{seq}"}
    content |= {"trace_id": None, "swallowed": False, "exemption": None, "details": details or {}, **more}
    return record(kind="finding", seq=seq, **content)


def met(count: int, **more: Any) -> dict[str, Any]:
    return {**FOUND, "site": SITE, "swallowed": False, "count": count, **more}


def test_a_finding_counts_as_often_as_its_sandboxes_have_met_it(tmp_path: Path) -> None:
    """The records say it once, the usage records how often: those of the largest number, and of all sandboxes."""
    path = tmp_path / "a.log"
    lines = [
        finding(seq=2, details={"stage": "dev"}),
        record(seq=3, findings=[met(4)], at="2026-11-02T10:00:00.000Z"),
        record(seq=9, findings=[met(70)], at="2026-11-03T10:00:00.000Z"),
        finding(seq=1, sandbox="s2", version="2", details={"stage": "prod"}),
        finding(seq=2, sandbox="s2", version="2", decision="blocked"),
    ]
    path.write_text("\n".join([*lines, *lines]))
    with read([str(path)]) as found:
        blocked, would = found.findings()
    assert (would.count, would.sandboxes, would.versions) == (71, 2, ("1", "2"))
    assert (would.first, would.last) == (datetime(2026, 11, 1, 10), datetime(2026, 11, 3, 10))
    assert (would.site, would.message) == (Site("app.py", 22, "handler"), "no authorizer")
    assert sorted(detail["stage"] for detail in would.details) == ["dev", "prod"]
    assert (blocked.decision, blocked.count) == ("blocked", 1)


def test_findings_that_differ_only_in_their_details_are_added_up(tmp_path: Path) -> None:
    """A sandbox counts them apart, and its record names them alike."""
    path = tmp_path / "a.log"
    lines = [finding(seq=1, details={"stage": "a"}), finding(seq=2, details={"stage": "b"})]
    lines.append(record(seq=3, findings=[met(5), met(6), met(7, swallowed=True)]))
    path.write_text("\n".join([*lines, lines[2]]))
    with read([str(path)]) as found:
        assert {(one.swallowed, one.count) for one in found.findings()} == {(False, 11), (True, 7)}


def test_when_a_fact_was_first_told_is_known_of_each(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(
        "\n".join([
            record(call(), at="2026-11-01T10:00:00.000Z", sources=[{"source": "sqs", "arn": None, "count": 1}]),
            record(call(), call("PutItem"), seq=2, at="2026-11-05T10:00:00.000Z"),
            finding(seq=3, at="2026-11-04T10:00:00.000Z"),
        ])
    )  # fmt: skip
    with read([str(path)]) as found:
        seen = [(fact.what, fact.first) for fact in found.appearing()]
    assert seen[:2] == [("calls", datetime(2026, 11, 5, 10)), ("finding", datetime(2026, 11, 4, 10))]
    assert set(seen[2:]) == {("calls", datetime(2026, 11, 1, 10)), ("sources", datetime(2026, 11, 1, 10))}


def test_the_latest_announcement_of_a_function_says_how_the_guard_is_there(tmp_path: Path) -> None:
    old: dict[str, Any] = {"way": "pth", "lambda_guard": "0.0.9", "python": "3.12.1", "patches": []}
    old["settings"] = {"mode": "observe"}
    new = {**old, "lambda_guard": "0.1.0", "settings": {"mode": "enforce"}, "mode": "enforce"}
    path = tmp_path / "a.log"
    path.write_text(
        "\n".join([
            record(kind="attached", sandbox="b", at="2026-11-03T10:00:00.000Z", **new),
            record(kind="attached", sandbox="a", **old),
            record(kind="attached", sandbox="c", **old),
        ])
    )  # fmt: skip
    with read([str(path)]) as found:
        (attached,) = found.attached()
    assert (attached.mode, attached.layer, attached.settings) == ("enforce", "0.1.0", {"mode": "enforce"})
    assert (attached.layers, attached.sandboxes) == ({"0.0.9": 2, "0.1.0": 1}, 3)
    assert (attached.first, attached.last) == (datetime(2026, 11, 1, 10), datetime(2026, 11, 3, 10))


def test_what_the_guard_failed_at_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(record(kind="error", where="sinks.xray", type="OSError", message="fault in the guard at x.py:3"))
    with read([str(path)]) as found:
        (fault,) = found.errors()
    assert (fault.function, fault.where, fault.type, fault.sandboxes) == ("orders", "sinks.xray", "OSError", 1)


def test_content_of_records_is_kept_whole(tmp_path: Path) -> None:
    """Whatever the format says of a kind is a member of what identifies it, or is of one invocation."""
    schema = json.loads((Path(records.__file__).parent / "schema/record.json").read_text())["$defs"]
    of_one_invocation = {"request_id", "trace_id"}
    assert set(schema["attached"]["properties"]) <= set(records.CONTENT["attached"])
    assert set(schema["error"]["properties"]) <= set(records.CONTENT["error"])
    finding = {*records.FINDING, *records.CONTENT["finding"], *of_one_invocation}
    assert set(schema["finding"]["properties"]) <= finding


@pytest.mark.parametrize("before", ["Processing {order: 5} ", '{"_aws": {"CloudWatchMetrics": []}, "orders": 1}', "{"])
@pytest.mark.parametrize("after", ["", "trailing words", '{"_aws": {}, "orders": 1}'])
def test_a_record_may_start_and_end_in_the_middle_of_a_line(tmp_path: Path, before: str, after: str) -> None:
    """Other output was printed without a line feed; that of two records is found as well."""
    lines, used = evidence(tmp_path, before + record(call()) + record(call("PutItem"), seq=2) + after)
    assert set(counts(used)) == {("orders", "GetItem", "orders"), ("orders", "PutItem", "orders")}
    assert (lines.records, lines.complete) == (2, True)
