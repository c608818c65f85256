"""What evidence says, gathered by function."""

from __future__ import annotations

from typing import Any

from lambda_guard.analysis.report.fleet import Function


def test_a_function_is_all_that_records_of_its_name_account_and_region_say(lines: Any, read: Any) -> None:
    lines.attached("orders", day=1)
    lines.usage("orders", invocations=50, day=2)
    lines.found("orders", day=3)
    lines.fault("orders", "event", day=3)
    lines.attached("orders", region="us-east-1", sandbox="elsewhere")
    lines.attached("orders", account="999999999999", sandbox="others")
    fleet = read(lines)
    assert [one.key for one in fleet.functions] == [
        ("orders", "111122223333", "eu-west-1"), ("orders", "999999999999", "eu-west-1"),
        ("orders", "111122223333", "us-east-1"),
    ]  # fmt: skip
    orders = fleet.functions[0]
    assert (orders.invocations, orders.cold_starts, orders.days) == (50, 1, 2.0)
    assert [len(orders.findings), len(orders.faults), len(orders.new)] == [1, 1, 1]
    assert (fleet.functions[1].invocations, fleet.functions[1].findings) == (0, ())


def test_the_account_of_records_before_the_first_invocation_is_the_functions(lines: Any, read: Any) -> None:
    lines.attached("orders", account=None)
    lines.usage("orders", sandbox="orders-2")
    (orders,) = read(lines).functions
    assert orders.account == "111122223333"
    assert orders.attached is not None


def test_modes_are_what_the_latest_sandbox_announced(lines: Any, read: Any) -> None:
    lines.attached("orders", {"authorizer": "observe"}, day=1)
    lines.attached("orders", {"authorizer": "enforce", "on_error": "open"}, day=5, sandbox="later", mode="observe")
    (orders,) = read(lines).functions
    assert [orders.mode(rule) for rule in ("authorizer", "direct_invoke")] == ["enforce", "observe"]
    assert orders.setting("on_error") == "open"


def test_a_function_of_which_only_usage_is_there_has_no_mode() -> None:
    assert Function("orders", None, "eu-west-1").mode("authorizer") == ""
