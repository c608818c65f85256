"""What a report shows of a fleet, and how it looks in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from lambda_guard.analysis.report import overview, terminal
from lambda_guard.analysis.report.overview import Access, Connections, Overview, Route

STOCK = "arn:aws:lambda:eu-west-1:111122223333:function:stock"


def call(operation: str, table: str, count: int, **more: Any) -> dict[str, Any]:
    entry = {"service": "dynamodb", "operation": operation, "region": "eu-west-1", "partition": "aws", "count": count}
    return {**entry, "resource": {"kind": "table", "name": table}, **more}


@pytest.fixture
def shown(lines: Any, read: Any) -> Overview:
    """The report of three functions: one with findings of all kinds, one that is ready, one hardly seen."""
    http = {"source": "apigw_http_v2", "arn": None, "count": 90}
    lines.quiet("orders", sources=[http], calls=[call("GetItem", "bills", 3), call("Query", "bills", 4)])
    details = {"source": "apigw_http_v2", "authorizer": "mtls"}
    lines.found("orders", issue="authorizer-kind-not-accepted", target="GET /a", details=details, day=2)
    lines.found("orders", target="GET /b", decision="blocked", details={"source": "alb"}, day=2)
    exemption = {"reason": "r", "until": "2099-01-01", "expired": False}
    lines.found("orders", target="GET /c", decision="allowed", exemption=exemption, day=2)
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK, "blocked", swallowed=True, line=5, day=2)
    lines.found("orders", "event_source", "unexpected-source", "sqs", day=2)
    lines.found(
        "orders", "connection", "connection-in-handler", "redis/vpc:6379", line=8, day=2,
        details={"engine": "redis", "driver": "redis-py"},
    )  # fmt: skip
    lines.fault("orders", "usage", day=2)
    lines.quiet("stock", lambda_guard="0.9.0")
    lines.usage("new", invocations=3, sources=[{"source": "sqs", "arn": None, "count": 3}])
    lines.attached("old", lambda_guard="0.10.0", uncovered_sdks=["aws_sdk_lambda"])
    return overview.of(read(lines))


def test_what_to_do_first_is_the_worst_first_and_says_where(shown: Overview) -> None:
    assert [(step.part, step.text.partition(":")[0]) for step in shown.first_steps] == [
        ("findings", "1 function goes on after a block as if nothing had happened"),
        ("requests", "1 route lets in callers whom nobody authorized"),
        ("findings", "1 event source comes where nobody expects it"),
        ("coverage", "the guard reported faults of its own, or settings it cannot read"),
        ("functions", "1 function may go to enforce today"),
    ]


def test_rows_have_a_functions_numbers_and_verdicts(shown: Overview) -> None:
    rows = {row.function: row for row in shown.rows}
    assert [row.outcome for row in shown.rows] == ["not enough evidence", "not enough evidence", "not ready", "ready"]
    orders = rows["orders"]
    assert (orders.mode, orders.invocations, orders.cold_starts, orders.findings, orders.refused) == (
        "observe", 400, 4, 6, 5,
    )  # fmt: skip
    assert shown.ready == 1


def test_findings_come_in_the_order_of_their_urgency(shown: Overview) -> None:
    assert [(one.outcome, one.rule) for one in shown.findings] == [
        ("swallowed", "direct_invoke"), ("would_block", "authorizer"), ("would_block", "event_source"),
        ("would_block", "connection"), ("blocked", "authorizer"), ("exempt", "authorizer"),
    ]  # fmt: skip
    assert shown.findings[0].place == "/var/task/app.py:5"


def test_routes_say_source_and_authorizer_the_open_ones_first(shown: Overview) -> None:
    assert shown.routes == (
        Route("orders", "apigw_http_v2", "mtls", "GET /a", "authorizer-kind-not-accepted", "would_block", 1),
        Route("orders", "alb", "", "GET /b", "missing-authorizer", "blocked", 1),
        Route("orders", "", "", "GET /c", "missing-authorizer", "exempt", 1),
    )
    assert shown.by_source == [("apigw_http_v2", 360), ("sqs", 3)]


def test_accesses_count_calls_by_function_table_and_action(shown: Overview) -> None:
    assert shown.accesses == (Access("orders", "bills", {"GetItem": 12, "Query": 16}),)
    assert shown.actions == ["GetItem", "Query"]


def test_functions_of_one_name_in_two_regions_keep_their_accesses(lines: Any, read: Any) -> None:
    lines.usage("orders", calls=[call("GetItem", "bills", 3)])
    lines.usage("orders", calls=[call("Query", "bills", 3, region="us-east-1")], region="us-east-1", sandbox="other")
    assert [access.actions for access in overview.of(read(lines)).accesses] == [{"GetItem": 3}, {"Query": 3}]


def test_connections_say_engine_and_driver(shown: Overview) -> None:
    assert shown.connections == (Connections("orders", "redis", "redis-py", "redis/vpc:6379", "would_block", 1),)


def test_coverage_says_what_is_lacking_and_what_cannot_be_seen(shown: Overview) -> None:
    said = "\n".join(shown.coverage)
    for part in (
        "invoked fewer than 20 times, so hardly anything is known of them: new, old",
        "an older version of the layer than 0.10.0: orders, stock",
        "the first records, which say the settings, are not in the evidence: new",
        "SDKs that the guard cannot see into are loaded: aws_sdk_lambda",
        "orders: fault in usage (KeyError)",
        "cannot be seen: routes that nobody called",
    ):
        assert part in said


def test_nothing_read_is_lost_silently(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    shown = overview.of(read([*lines, '{"lambda_guard":{"v":1,"kind":"usage"']))
    assert any("skipped 1 line" in line for line in shown.coverage)


def printed(shown: Overview, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    terminal.show(shown, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_names_stay_whole_at_80_columns(small: Any) -> None:
    text = printed(overview.of(small), 80)
    assert max(map(len, text.splitlines())) <= 80
    for name in ("shop-orders-000", "shop-mail-008", "not ready: authorizer"):
        assert name in text
    assert "and 9 more: --html or --json has all" in text


def test_hostile_names_steer_no_terminal_and_mark_nothing_up(
    hostile: Any, read: Any, names: tuple[str, ...]
) -> None:
    text = printed(overview.of(read(hostile)), 4000)
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "[bold]rich[/bold] [link=https://evil.example]x[/link]" in text
