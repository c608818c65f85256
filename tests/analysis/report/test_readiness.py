"""Which function may enforce which rule: what would be refused, and whether enough was seen to say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.report import passing, remedies
from lambda_guard.analysis.report.passing import UnreadableFile
from lambda_guard.analysis.report.readiness import Enough, Verdict, judge
from lambda_guard.runtime import rules
from lambda_guard.runtime.settings.table import RULES

ENOUGH = Enough()
STOCK = "arn:aws:lambda:eu-west-1:111122223333:function:stock"


def outcomes(verdicts: list[Verdict]) -> dict[str, str]:
    return {verdict.rule: verdict.outcome for verdict in verdicts}


def test_what_was_seen_long_enough_without_a_finding_is_ready(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    verdicts = judge(read(lines), ENOUGH)
    assert outcomes(verdicts) == {"authorizer": "ready", "event_source": "ready", "direct_invoke": "ready"}
    assert all(not verdict.missing and not verdict.refused for verdict in verdicts)


def test_a_rule_with_something_to_refuse_is_not_ready_and_says_what_where_and_since_when(
    lines: Any, read: Any
) -> None:
    lines.quiet("orders")
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK, line=12, day=2)
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK, line=12, day=3, sandbox="orders-2")
    verdicts = judge(read(lines), ENOUGH)
    assert outcomes(verdicts) == {"authorizer": "ready", "event_source": "ready", "direct_invoke": "not ready"}
    (reason,) = verdicts[2].refused
    assert (reason.issue, reason.target, reason.count) == ("direct-invoke", STOCK, 2)
    assert reason.place == "/var/task/app.py:12"
    assert (reason.first, reason.last) == (datetime(2026, 11, 2), datetime(2026, 11, 3))
    assert "allow_invoke" in reason.remedy


def test_what_passes_in_enforce_too_stands_in_nobodys_way(lines: Any, read: Any) -> None:
    """Findings that no mode blocks, and those that an exemption which holds lets pass."""
    lines.quiet("orders")
    exemption = {"reason": "moves", "until": "2099-01-01", "expired": False}
    lines.found("orders", decision="allowed", exemption=exemption, day=2)
    lines.found("orders", "direct_invoke", "unguarded-child", "python", "allowed", day=2)
    assert set(outcomes(judge(read(lines), ENOUGH)).values()) == {"ready"}


def test_an_exemption_past_its_date_refuses_again(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    exemption = {"reason": "moves", "until": "2026-01-01", "expired": True}
    lines.found("orders", decision="would_block", exemption=exemption, day=2)
    assert outcomes(judge(read(lines), ENOUGH))["authorizer"] == "not ready"


@pytest.mark.parametrize(
    ("enough", "said"),
    [
        (Enough(days=20), "seen for 9 days of 20 days"),
        (Enough(invocations=5000), "400 of 5,000 invocations"),
        (Enough(cold_starts=9), "4 of 9 cold starts"),
    ],
)
def test_too_little_seen_is_said_and_not_ready(lines: Any, read: Any, enough: Enough, said: str) -> None:
    lines.quiet("orders")
    for verdict in judge(read(lines), enough):
        assert (verdict.outcome, verdict.missing) == ("not enough evidence", (said,))


def test_what_still_appears_may_go_on_appearing(lines: Any, read: Any) -> None:
    """Operations, sources and findings that were first told within the last days."""
    lines.quiet("orders")
    late = {"service": "dynamodb", "operation": "Scan", "region": "eu-west-1", "partition": "aws", "count": 1}
    source = {"source": "sqs", "arn": None, "count": 1}
    lines.usage("orders", sandbox="orders-4", day=10.5, calls=[late], sources=[source])
    lines.found("orders", "connection", "connection-in-handler", "redis", day=10.5)
    (verdict, *_) = judge(read(lines), ENOUGH)
    assert verdict.outcome == "not enough evidence"
    assert verdict.missing == (
        "still appearing: 1 new event source, 1 new finding, 1 new operation in the last 2 days",
    )
    assert judge(read(lines), Enough(quiet=0))[0].outcome == "ready"


def test_gaps_in_the_evidence_are_no_evidence(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    lines.quiet("no-room", dropped=3)
    for _ in range(2):
        lines.usage("orders", sandbox="orders-4", day=10)
    del lines[-2]
    lines.quiet("late")
    kept = [line for line in lines if not ('"late"' in line and '"attached"' in line)]
    said = {verdict.function: verdict.missing for verdict in judge(read(kept), ENOUGH)}
    assert said["orders"] == ("1 of its records are not in the evidence",)
    assert said["no-room"] == ("the recorder had no room for 12 things",)
    assert "its first record, which says its settings, is not in the evidence" in said["late"]


def test_unreadable_lines_may_have_said_anything(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    (verdict, *_) = judge(read([*lines, '{"lambda_guard":{"v":1,"kind":"finding'], ), ENOUGH)
    assert verdict.outcome == "not enough evidence"
    assert "skipped 1 line" in verdict.missing[0]


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        ("event", {"authorizer", "event_source"}),
        ("direct_invoke", {"direct_invoke"}),
        ("settings", {"authorizer", "event_source", "direct_invoke"}),
        ("usage", set()),
        ("end", set()),
    ],
)
def test_a_fault_of_the_guards_own_that_enforce_refuses_for_is_in_the_way(
    lines: Any, read: Any, where: str, hit: set[str]
) -> None:
    lines.quiet("orders")
    lines.fault("orders", where, day=2)
    verdicts = judge(read(lines), ENOUGH)
    assert {verdict.rule for verdict in verdicts if verdict.outcome == "not ready"} == hit
    assert {verdict.rule for verdict in verdicts if verdict.missing} == hit


def test_faults_that_are_let_pass_by_a_setting_are_not(lines: Any, read: Any) -> None:
    lines.quiet("orders", {"on_error": "open"})
    lines.fault("orders", "event", day=2)
    assert set(outcomes(judge(read(lines), ENOUGH)).values()) == {"ready"}


def test_a_rule_in_enforce_is_enforced_whatever_it_refuses(lines: Any, read: Any) -> None:
    lines.quiet("orders", {"authorizer": "enforce"}, invocations=1)
    lines.found("orders", decision="blocked", day=2)
    verdicts = judge(read(lines), ENOUGH)
    assert outcomes(verdicts) == {
        "authorizer": "enforced", "event_source": "not enough evidence", "direct_invoke": "not enough evidence",
    }  # fmt: skip
    assert [len(verdicts[0].refused), verdicts[0].missing] == [1, ()]


def test_a_rule_that_is_off_has_judged_nothing(lines: Any, read: Any) -> None:
    lines.quiet("orders", {"authorizer": "off"})
    verdict = judge(read(lines), ENOUGH)[0]
    assert (verdict.outcome, verdict.missing) == ("not enough evidence", ("the rule is off, so nothing was judged",))


def test_functions_and_rules_can_be_chosen(lines: Any, read: Any) -> None:
    for name in ("orders", "stock"):
        lines.quiet(name)
        lines.found(name, "connection", "connection-in-handler", "redis", day=2)
    fleet = read(lines)
    assert {one.rule for one in judge(fleet, ENOUGH)} == {"authorizer", "event_source", "direct_invoke"}
    (verdict,) = judge(fleet, ENOUGH, functions=["stock"], rules=["connection"])
    assert (verdict.function, verdict.outcome) == ("stock", "not ready")


# With files that are yet to be put in.

FUTURE = (datetime.now(UTC) + timedelta(days=30)).date()
PAST = (datetime.now(UTC) - timedelta(days=2)).date()


def exemption(rule: str, target: str, until: object = FUTURE) -> str:
    return f"[[exemption]]\nrule = '{rule}'\ntarget = '{target}'\nreason = 'r'\nuntil = {until}\n"


@pytest.fixture
def judged(lines: Any, read: Any, tmp_path: Path) -> Any:
    """Judge a function with one finding of each rule, given settings files by path."""
    lines.quiet("orders")
    lines.found("orders", "authorizer", "missing-authorizer", "GET /orders/*", day=2)
    lines.found("orders", "event_source", "unexpected-source", "sqs", day=2)
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK, day=2)
    fleet = read(lines)

    def judge_with(**files: str) -> dict[str, str]:
        folder = tmp_path / "files"
        for name, text in files.items():
            path = folder / ("" if name == "all" else name) / "lambda_guard.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        given = passing.read(folder, ["orders"])
        return outcomes(judge(fleet, ENOUGH, baseline=given))

    return judge_with


def test_exemptions_of_all_functions_and_of_the_function_itself_count(judged: Any) -> None:
    assert set(judged().values()) == {"not ready"}
    assert judged(
        all=exemption("authorizer", "GET /orders/?"),
        orders=exemption("direct_invoke", "*:function:st*"),
        stock=exemption("event_source", "sqs"),
    ) == {"authorizer": "ready", "event_source": "not ready", "direct_invoke": "ready"}


def test_a_baseline_past_its_date_does_not_hold(judged: Any) -> None:
    assert judged(all=exemption("authorizer", "*", PAST) + exemption("event_source", "*"))["authorizer"] == "not ready"


def test_lists_that_loosen_a_rule_count(judged: Any) -> None:
    found = judged(orders="allow_invoke = ['sto*']\npublic_routes = ['GET /orders/*']")
    assert found == {"authorizer": "ready", "event_source": "not ready", "direct_invoke": "ready"}


def test_a_bare_name_in_the_allow_list_is_no_function_of_another_account(
    lines: Any, read: Any, tmp_path: Path
) -> None:
    lines.quiet("orders")
    target = "arn:aws:lambda:eu-west-1:999999999999:function:stock"
    lines.found("orders", "direct_invoke", "direct-invoke", target, day=2)
    file = tmp_path / "lambda_guard.toml"
    fleet = read(lines)
    for entry, outcome in (("stock", "not ready"), ("999999999999:function:stock", "ready")):
        file.write_text(f"allow_invoke = ['{entry}']")
        given = passing.read(file, ["orders"])
        assert outcomes(judge(fleet, ENOUGH, baseline=given))["direct_invoke"] == outcome


def test_a_floor_makes_the_functions_own_exemptions_void(judged: Any) -> None:
    found = judged(all="[floor]\ndirect_invoke = 'enforce'\n", orders=exemption("direct_invoke", "*"))
    assert found["direct_invoke"] == "not ready"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[exemption", "is not valid TOML"),
        ("[[exemption]]\nrule = 'authorizer'\ntarget = 'x'\nuntil = 2099-01-01", "needs a target and a reason"),
        ("[[exemption]]\nrule = 'authorizer'\ntarget = 'x'\nreason = 'r'\nuntil = 'soon'", "needs an end date"),
        ("mode = 'on'", "mode"),
    ],
)
def test_a_file_that_the_function_would_not_start_with_is_refused(judged: Any, text: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        judged(orders=text)


def test_a_guard_fault_is_never_exempt(lines: Any, read: Any, tmp_path: Path) -> None:
    lines.quiet("orders")
    lines.found("orders", "authorizer", "guard-fault", "unknown", "blocked", day=2)
    (tmp_path / "lambda_guard.toml").write_text(exemption("authorizer", "*"))
    given = passing.read(tmp_path, ["orders"])
    assert outcomes(judge(read(lines), ENOUGH, baseline=given))["authorizer"] == "not ready"


def test_a_functions_name_leads_to_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "lambda_guard.toml").write_text("allow_invoke = ['*']")
    (tmp_path / "in").mkdir()
    for name in ("..", ".", "", "a/../..", "/", "\0"):
        assert passing.read(tmp_path / "in", [name]) == {name: passing.NOTHING}


def issues() -> Iterator[str]:
    from lambda_guard.runtime.rules import authorizer, connection, direct_invoke, event_source, unauthorized

    assert {rules.__name__ + "." + rule for rule in RULES} == {
        module.__name__ for module in (authorizer, connection, direct_invoke, event_source)
    }
    for module in (connection, direct_invoke, event_source, unauthorized):
        yield from module.ISSUES
    yield from ("lambda-endpoint", "unguarded-child", "patch-removed", "guard-fault", "below-floor")


def test_there_is_a_way_out_of_every_issue() -> None:
    assert {issue: remedies.remedy(issue) for issue in issues()} == remedies.REMEDIES
