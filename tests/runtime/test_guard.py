"""The guard turns findings into decisions, says each once, and lets no fault of its own reach the function."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lambda_guard.runtime.bootstrap import wrap
from lambda_guard.runtime.errors import InvokeBlocked, UnauthorizedEvent
from lambda_guard.runtime.guard import Guard, decide
from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import ALLOWED, BLOCKED, WOULD_BLOCK, Exemption, Finding, Mode
from lambda_guard.runtime.usage import Usage

ATTACHED: dict[str, Any] = {
    "way": "install",
    "python": "3.11.7",
    "awslambdaric": None,
    "lambda_guard": "0",
    "settings": {},
    "patches": [],
    "uncovered_sdks": [],
}


class Context:
    aws_request_id = "4f6f2a3e"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop"


class Meta:
    """What the guard reads of a botocore client."""

    class service_model:
        service_name = "lambda"

    region_name = "eu-west-1"
    partition = "aws"


class Client:
    meta = Meta


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_LAMBDA_MAX_CONCURRENCY", raising=False)


def make(**settings: Any) -> tuple[Guard, Memory]:
    """Make a guard whose records are kept."""
    memory = Memory()
    config = Config(**settings)
    usage = Usage() if config.usage else None
    return Guard(config, Journal(config.mode, [memory], lambda: dict(ATTACHED)), usage), memory


def invoke(guard: Guard, target: str = "stock", operation: str = "Invoke", **params: Any) -> None:
    """Hand the guard an invoke as the patches do."""
    guard.call(Client, operation, {"FunctionName": target, **params}, sys._getframe(1))


def run(guard: Guard, handler: Callable[[Any, Any], Any], event: Any = None, context: Any = Context) -> Any:
    """Run a handler under a guard."""
    return wrap(handler, guard)(event, context)


def finding(rule: str = "direct_invoke", target: str = "stock") -> Finding:
    return Finding(rule, "direct-invoke", target, "message")


class TestDecide:
    def test_the_same_finding_would_be_blocked_in_observe_and_is_blocked_in_enforce(self) -> None:
        assert decide(finding(), Config(mode="observe")).outcome == WOULD_BLOCK
        assert decide(finding(), Config(mode="enforce")).outcome == BLOCKED

    def test_a_rules_own_mode_counts_more_than_the_general_one(self) -> None:
        assert decide(finding(), Config(mode="enforce", direct_invoke="observe")).outcome == WOULD_BLOCK

    def test_an_exemption_allows_until_its_last_day_and_is_named_after_it(self) -> None:
        held = Exemption("direct_invoke", "st*", "moving to a queue", date(9999, 1, 1))
        over = Exemption("direct_invoke", "st*", "moved to a queue", date(2020, 1, 1))
        allowed = decide(finding(), Config(mode="enforce", exemptions=(held,)))
        assert (allowed.outcome, allowed.exemption, allowed.expired) == (ALLOWED, held, False)
        blocked = decide(finding(), Config(mode="enforce", exemptions=(over,)))
        assert (blocked.outcome, blocked.exemption, blocked.expired) == (BLOCKED, over, True)

    def test_an_exemption_is_for_its_rule_and_target_alone(self) -> None:
        held = Exemption("direct_invoke", "stock", "reason", date(9999, 1, 1))
        config = Config(mode="enforce", exemptions=(held,))
        assert decide(finding(target="stocks"), config).outcome == BLOCKED
        assert decide(finding(rule="authorizer"), config).outcome == BLOCKED


class TestCalls:
    def test_in_observe_a_finding_is_written_once_and_counted_after_that(self) -> None:
        guard, memory = make()

        def handler(_event: Any, _context: Any) -> None:
            for _ in range(3):
                invoke(guard)

        run(guard, handler)
        (record,) = memory.of_kind("finding")
        assert record["decision"] == "would_block"
        assert record["target"] == "arn:aws:lambda:eu-west-1:111122223333:function:stock"
        assert record["request_id"] == "4f6f2a3e"
        assert record["site"]["function"].endswith("handler")
        assert record["site"]["file"] == __file__
        (repeats,) = memory.of_kind("usage")[-1]["findings"]
        assert repeats["count"] == 3

    def test_another_site_or_target_is_another_finding(self) -> None:
        guard, memory = make()
        invoke(guard, "stock")
        invoke(guard, "stock")
        invoke(guard, "mail")
        assert len(memory.of_kind("finding")) == 3

    def test_in_enforce_the_call_is_blocked_and_counted_as_refused_not_as_sent(self) -> None:
        guard, memory = make(mode="enforce")

        def handler(_event: Any, _context: Any) -> None:
            invoke(guard)

        with pytest.raises(InvokeBlocked, match=r"blocked this at .*test_guard\.py"):
            run(guard, handler)
        assert memory.of_kind("finding")[0]["decision"] == "blocked"
        (call,) = memory.of_kind("usage")[-1]["calls"]
        assert (call["count"], call["refused"]) == (0, 1)

    def test_a_block_that_reaches_the_runtime_is_not_swallowed_even_when_it_was_chained(self) -> None:
        guard, memory = make(mode="enforce")

        def handler(_event: Any, _context: Any) -> None:
            try:
                invoke(guard)
            except InvokeBlocked as error:
                raise RuntimeError("no stock") from error

        with pytest.raises(RuntimeError):
            run(guard, handler)
        assert [record["swallowed"] for record in memory.of_kind("finding")] == [False]

    def test_a_swallowed_block_is_reported(self) -> None:
        guard, memory = make(mode="enforce")
        assert run(guard, _swallow(guard)) == "fine"
        assert [record["swallowed"] for record in memory.of_kind("finding")] == [False, True]

    def test_what_a_blocked_function_held_goes_with_its_invocation(self) -> None:
        """An error holds on to the frames that it passed, and these to the event and all else of the user's."""
        guard, _ = make(mode="enforce")
        held: list[weakref.ref[threading.Event]] = []

        def handler(_event: Any, _context: Any) -> None:
            payload = threading.Event()
            held.append(weakref.ref(payload))
            try:
                invoke(guard)
            except InvokeBlocked:
                payload.set()

        run(guard, handler)
        gc.collect()
        assert [one() for one in held] == [None]

    def test_strict_ends_the_invocation_whose_block_was_swallowed(self) -> None:
        guard, _ = make(mode="enforce", strict=True)
        with pytest.raises(InvokeBlocked):
            run(guard, _swallow(guard))

    @pytest.mark.parametrize(
        ("event", "response", "swallowed"),
        [
            ({"DurableExecutionArn": "arn", "CheckpointToken": "t"}, {"Status": "FAILED", "Error": {}}, False),
            ({"DurableExecutionArn": "arn", "CheckpointToken": "t"}, {"Status": "PENDING"}, False),
            ({"DurableExecutionArn": "arn", "CheckpointToken": "t"}, {"Status": "SUCCEEDED", "Result": "1"}, True),
            ({"a": 1}, {"Status": "FAILED"}, True),
            ({"Records": []}, {"batchItemFailures": [{"itemIdentifier": "1"}]}, False),
            ({"Records": []}, {"batchItemFailures": []}, True),
            ({"tasks": []}, {"results": [{"taskId": "1", "resultCode": "PermanentFailure"}]}, False),
            ({"tasks": []}, {"results": [{"taskId": "1", "resultCode": "Succeeded"}]}, True),
            ({"records": []}, {"records": [{"recordId": "1", "result": "ProcessingFailed"}]}, False),
            ({"records": []}, {"records": [{"recordId": "1", "result": "Ok"}, 7]}, True),
        ],
    )
    def test_an_answer_that_reports_the_failure_swallows_nothing(
        self, event: Any, response: Any, swallowed: bool
    ) -> None:
        guard, memory = make(mode="enforce")

        def handler(_event: Any, _context: Any) -> Any:
            with contextlib.suppress(InvokeBlocked):
                invoke(guard)
            return response

        assert run(guard, handler, event) is response
        assert [record["swallowed"] for record in memory.of_kind("finding")] == [False, True][: 1 + swallowed]

    def test_strict_does_not_replace_an_error_of_the_functions_own(self) -> None:
        guard, _ = make(mode="enforce", strict=True)

        def handler(event: Any, context: Any) -> None:
            _swallow(guard)(event, context)
            raise KeyError("own")

        with pytest.raises(KeyError, match="own"):
            run(guard, handler)

    def test_a_call_from_a_thread_of_the_users_belongs_to_the_running_invocation(self) -> None:
        guard, memory = make()

        def handler(_event: Any, _context: Any) -> None:
            thread = threading.Thread(target=invoke, args=(guard,))
            thread.start()
            thread.join()

        run(guard, handler)
        assert memory.of_kind("finding")[0]["request_id"] == "4f6f2a3e"

    def test_where_invocations_run_side_by_side_a_threads_call_is_not_guessed_to_be_any_ones(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_MAX_CONCURRENCY", "4")
        guard, memory = make()

        def handler(_event: Any, _context: Any) -> None:
            thread = threading.Thread(target=invoke, args=(guard,))
            thread.start()
            thread.join()

        run(guard, handler)
        assert memory.of_kind("finding")[0]["request_id"] is None

    def test_the_rule_switched_off_finds_nothing_and_still_counts_the_call(self) -> None:
        guard, memory = make(mode="enforce", direct_invoke="off")
        run(guard, lambda _event, _context: invoke(guard))
        assert not memory.of_kind("finding")
        assert memory.of_kind("usage")[-1]["calls"][0]["count"] == 1

    def test_new_usage_is_printed_before_the_call_is_sent(self) -> None:
        guard, memory = make()
        invoke(guard)
        (record,) = memory.of_kind("usage")
        assert record["partial"]
        assert record["calls"][0]["operation"] == "Invoke"

    def test_only_the_first_calls_of_a_line_are_asked_whether_the_handler_makes_them(self) -> None:
        guard, memory = make()

        def handler(_event: Any, _context: Any) -> None:
            for _ in range(20):
                guard.call(Client, "ListFunctions", {}, sys._getframe())

        run(guard, handler)
        (call,) = memory.of_kind("usage")[-1]["calls"]
        assert (call["count"], call["in_handler"]) == (20, 16)

    @pytest.mark.parametrize("client", [None, object(), 3])
    def test_a_client_like_nothing_the_guard_knows_is_left_to_botocore(self, client: Any) -> None:
        guard, memory = make(mode="enforce")
        assert guard.call(client, "Invoke", {}, sys._getframe()) is None
        assert memory.of_kind("error")[0]["where"] == "call"

    @pytest.mark.parametrize("params", [None, 3, [], {"FunctionName": 3}, {"FunctionName": None}, {}])
    def test_arguments_that_botocore_refuses_are_left_to_botocore(self, params: Any) -> None:
        guard, memory = make(mode="enforce")
        guard.call(Client, "Invoke", params, sys._getframe())
        assert not memory.of_kind("finding")
        assert not memory.of_kind("error")


def _swallow(guard: Guard) -> Callable[[Any, Any], str]:
    def handler(_event: Any, _context: Any) -> str:
        try:
            invoke(guard)
        except InvokeBlocked:
            return "fine"
        return "sent"

    return handler


HTTP = {"version": "2.0", "routeKey": "GET /", "rawPath": "/", "requestContext": {"http": {"method": "GET"}}}


class TestEvents:
    def test_in_observe_the_handler_gets_the_very_event_and_the_finding_says_what_enforce_would_do(self) -> None:
        guard, memory = make()
        seen: list[Any] = []
        run(guard, lambda event, _context: seen.append(event), HTTP)
        assert seen[0] is HTTP
        (record,) = memory.of_kind("finding")
        assert (record["rule"], record["decision"]) == ("authorizer", "would_block")

    def test_in_enforce_the_handler_is_not_called(self) -> None:
        guard, _ = make(mode="enforce")
        called: list[Any] = []
        response = run(guard, lambda event, _context: called.append(event), HTTP)
        assert response["statusCode"] == 401
        assert not called

    def test_a_source_without_a_response_shape_gets_an_exception(self) -> None:
        guard, _ = make(mode="enforce", event_sources=["sqs"])
        with pytest.raises(UnauthorizedEvent):
            run(guard, lambda _event, _context: None, {"any": "thing"})
        assert guard.invocation() is guard._latest, "the refused invocation is over"

    @pytest.mark.parametrize("event", [None, 1, "x", [], {}, [[]], {"requestContext": 3}, {"Records": {}}])
    def test_any_event_and_a_context_without_attributes_reach_the_handler(self, event: Any) -> None:
        guard, memory = make(mode="enforce")
        assert run(guard, lambda event, context: (event, context), event, None) == (event, None)
        assert not memory.of_kind("error")

    def test_the_event_rules_switched_off_judge_nothing(self) -> None:
        guard, memory = make(mode="enforce", authorizer="off", event_source="off")
        assert run(guard, lambda _event, _context: "in", HTTP) == "in"
        assert not memory.of_kind("finding")


class TestFaults:
    """A fault of ours is reported once, and leads to a refusal only in enforce with on_error = closed."""

    @staticmethod
    def broken(**settings: Any) -> tuple[Guard, Memory]:
        guard, memory = make(**settings)

        def fail(*_: object) -> Any:
            raise ZeroDivisionError("a secret value")

        guard._read = fail
        return guard, memory

    def test_in_observe_the_handler_runs_and_the_fault_is_reported_once_without_values(self) -> None:
        guard, memory = self.broken()
        for _ in range(3):
            assert run(guard, lambda _event, _context: "in") == "in"
        (error,) = memory.of_kind("error")
        assert error["type"] == "ZeroDivisionError"
        assert "secret" not in str(error)

    def test_in_enforce_it_is_closed(self) -> None:
        guard, memory = self.broken(mode="enforce")
        with pytest.raises(UnauthorizedEvent):
            run(guard, lambda _event, _context: "in", HTTP)
        assert memory.of_kind("finding")[0]["issue"] == "guard-fault"

    def test_in_enforce_it_is_open_where_the_settings_say_so(self) -> None:
        guard, _ = self.broken(mode="enforce", on_error="open")
        assert run(guard, lambda _event, _context: "in", HTTP) == "in"

    @pytest.mark.parametrize("mode", ["observe", "enforce"])
    def test_an_error_that_a_signal_handler_raises_is_no_fault_and_passes(self, mode: str) -> None:
        """Functions set themselves a time-out by SIGALRM, which may come while the guard looks at an event."""

        class OutOfTime(Exception):
            """An error that can be waited for to be forgotten."""

        def interrupt(_number: int, _frame: object) -> None:
            raise OutOfTime

        guard, memory = make(mode=mode)
        guard._read = lambda _event: signal.raise_signal(signal.SIGALRM)
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            with pytest.raises(OutOfTime) as raised:
                run(guard, lambda _event, _context: "in", HTTP)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert raised.traceback[-1].name == "interrupt"
        forgotten = weakref.ref(raised.value)
        gc.collect()
        gc.disable()
        try:
            del raised
            assert forgotten() is None
        finally:
            gc.enable()
        assert not memory.of_kind("error")
        assert not memory.of_kind("finding")

    def test_a_fault_in_the_rule_blocks_an_invoke_in_enforce(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from lambda_guard.runtime.rules import direct_invoke

        def fail(*_: object) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(direct_invoke, "check", fail)
        guard, _ = make(mode="enforce")
        with pytest.raises(InvokeBlocked):
            invoke(guard)
        guard, _ = make(mode="observe")
        invoke(guard)

    def test_a_broken_recorder_never_stops_a_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        guard, memory = make(mode="enforce", direct_invoke="observe")

        def fail(*_: object) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(Usage, "attempt", fail)
        invoke(guard)
        assert memory.of_kind("error")[0]["where"] == "usage"

    def test_a_broken_sink_hurts_nobody(self) -> None:
        def sink(_record: object) -> None:
            raise OSError("no space")

        memory = Memory()
        config = Config()
        guard = Guard(config, Journal(config.mode, [sink, memory], lambda: dict(ATTACHED)), Usage())
        assert run(guard, lambda _event, _context: "in", HTTP) == "in"
        assert memory.of_kind("finding")


class TestVolume:
    def test_many_invocations_that_do_the_same_print_few_lines(self) -> None:
        guard, memory = make()

        def handler(_event: Any, _context: Any) -> None:
            invoke(guard, "stock")

        guarded = wrap(handler, guard)
        for _ in range(20_000):
            guarded(HTTP, Context)
        # Doubling: each further doubling of the invocations is one line more.
        assert len(memory.records) < 25
        last = memory.of_kind("usage")[-1]
        assert last["invocations"] == 16_384
        assert {repeat["count"] for repeat in last["findings"]} == {16_384}

    def test_distinct_findings_are_bounded(self) -> None:
        guard, memory = make()
        for number in range(1_200):
            invoke(guard, f"f{number}")
        assert len(memory.of_kind("finding")) == 1_000


def test_settings_that_had_no_effect_are_reported_with_the_first_invocation() -> None:
    guard, memory = make(problems=("LAMBDA_GUARD_X is odd",), weakened=("mode = off from environment",))
    for _ in range(2):
        run(guard, lambda _event, _context: None)
    assert [error["message"] for error in memory.of_kind("error")] == ["LAMBDA_GUARD_X is odd"]
    assert [finding["issue"] for finding in memory.of_kind("finding")] == ["below-floor"]


def test_a_new_sandbox_starts_over() -> None:
    guard, memory = make()
    run(guard, lambda _event, _context: invoke(guard))
    first = memory.of_kind("attached")[0]["sandbox"]
    guard.renew()
    run(guard, lambda _event, _context: invoke(guard))
    kinds = [record["lambda_guard"]["kind"] for record in memory.records if record["lambda_guard"]["sandbox"] != first]
    assert kinds[0] == "attached"
    assert "finding" in kinds
    assert memory.of_kind("usage")[-1]["invocations"] == 1


def test_a_handler_wrapped_twice_is_guarded_once() -> None:
    guard, memory = make()
    handler = wrap(wrap(lambda _event, _context: "in", guard), guard)
    assert handler({}, Context()) == "in"
    assert memory.of_kind("usage")[-1]["invocations"] == 1


def test_the_mode_off_for_all_rules_but_usage_records_and_never_judges() -> None:
    guard, memory = make(authorizer="off", event_source="off", direct_invoke="off", connection="off")
    run(guard, lambda _event, _context: invoke(guard), HTTP)
    assert Mode.OFF is guard.config.direct_invoke
    assert not memory.of_kind("finding")
    assert memory.of_kind("usage")
