"""Durable functions: the event in the envelope is judged, once."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.services.endpoints import Request
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

from . import factories as make

CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:orders", aws_request_id="1"
)
STEP = {"Id": "1", "Type": "STEP", "Status": "SUCCEEDED"}


def envelope(payload: object, *further: Any, marker: str | None = None) -> dict[str, Any]:
    """Return what a run of a durable function is given. payload: text, or what it holds."""
    text = payload if isinstance(payload, str) or payload is None else json.dumps(payload)
    first = {"Id": "0", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": text}}
    state = {"Operations": [first, *further], "NextMarker": marker}
    return {"DurableExecutionArn": "arn:aws:lambda:x", "CheckpointToken": "t", "InitialExecutionState": state}


def run(event: Any, **settings: Any) -> tuple[Any, Memory]:
    """Run a handler in enforce that answers `ran`."""
    memory = Memory()
    attach.install(Config(mode="enforce", **settings), sinks=[memory])
    answer = attach.guard(lambda _event, _context: "ran")(event, CONTEXT)
    attach.uninstall()
    return answer, memory


def test_the_first_event_is_judged_and_refused_as_its_caller_expects() -> None:
    """A request without authorizer ends the execution; what it results in is the refusal that the API returns."""
    answer, memory = run(envelope(make.http_api(authorizer=None)))
    assert answer["Status"] == "SUCCEEDED"
    assert json.loads(answer["Result"])["statusCode"] == 401
    (finding,) = memory.of_kind("finding")
    assert (finding["issue"], finding["details"]["source"]) == ("missing-authorizer", "apigw_http_v2")
    (usage,) = memory.of_kind("usage")
    assert [source["source"] for source in usage["sources"]] == ["apigw_http_v2"]


def test_what_is_vouched_for_runs() -> None:
    """An authorizer's context within the envelope counts as it does outside."""
    answer, memory = run(envelope(make.http_api(authorizer={"lambda": {"user": "7"}})))
    assert (answer, memory.of_kind("finding")) == ("ran", [])


@pytest.mark.parametrize("replay", [{"further": [STEP]}, {"further": [STEP], "marker": "m"}])
def test_replays_are_not_judged(replay: dict[str, Any]) -> None:
    """What was let in goes on; a replay is no direct invoke either, whatever sources are expected."""
    event = envelope(make.http_api(authorizer=None), *replay.get("further", ()), marker=replay.get("marker"))
    answer, memory = run(event, event_sources=("apigw_http_v2",))
    assert (answer, memory.of_kind("finding")) == ("ran", [])
    assert memory.of_kind("usage")[0]["sources"][0]["source"] == "durable_execution"


def test_a_large_event_is_no_replay() -> None:
    """A client chooses how large a request is, and a first run with a large event may have further pages."""
    answer, memory = run(envelope(make.http_api(authorizer=None), marker="m"))
    assert json.loads(answer["Result"])["statusCode"] == 401
    assert len(memory.of_kind("finding")) == 1


def test_an_event_that_the_envelope_has_no_room_for_is_no_expected_source() -> None:
    """The SDK fetches it later: who sent it cannot be told, so only a list that names the envelope lets it in."""
    event = {**envelope(None), "InitialExecutionState": {"Operations": [], "NextMarker": "m"}}
    answer, memory = run(event, event_sources=("apigw_http_v2",))
    assert answer["Status"] == "FAILED"
    assert memory.of_kind("finding")[0]["target"] == "durable_execution"
    assert run(event, event_sources=("apigw_http_v2", "durable_execution"))[0] == "ran"
    assert run(event)[0] == "ran"


def test_a_source_without_a_response_fails_the_execution() -> None:
    """A durable function that raised would be run again and again."""
    answer, _ = run(envelope(make.sqs()), event_sources=("apigw_http_v2",))
    assert (answer["Status"], answer["Error"]["ErrorType"]) == ("FAILED", "UnauthorizedEvent")


@pytest.mark.parametrize("payload", [None, "", "{", "[" * 100_000, "7", '{"order": 7}'])
def test_whatever_is_no_event_is_a_direct_invoke(payload: Any) -> None:
    """A payload that cannot be read counts as what it is: sent by somebody through Lambda's own API."""
    answer, memory = run(envelope(payload))
    assert (answer, memory.of_kind("finding")) == ("ran", [])
    assert memory.of_kind("usage")[0]["sources"][0]["source"] == "direct"


@pytest.mark.parametrize("state", [None, [], {}, {"Operations": None}, {"Operations": [7]}, {"Operations": [{}]}])
def test_odd_envelopes(state: Any) -> None:
    """Whatever stands where the state belongs raises nothing."""
    event = {**envelope(None), "InitialExecutionState": state}
    assert run(event)[0] == "ran"


@pytest.mark.parametrize("further", [(), (STEP,)], ids=["first run", "replay"])
def test_the_functions_own_url_is_told_by_the_event_in_the_envelope(further: tuple[Any, ...]) -> None:
    """A request to the URL that the execution was started through is one of the function to itself."""
    host = "abc123.lambda-url.eu-west-1.on.aws"
    payload = make.function_url()
    payload["requestContext"]["domainName"] = host
    memory = Memory()
    guard = attach.install(Config(event_source="off", authorizer="off"), sinks=[memory])

    def handler(_event: Any, _context: Any) -> None:
        guard.request(Request("GET", host, "/"), None)

    attach.guard(handler)(envelope(payload, *further), CONTEXT)
    assert [finding["issue"] for finding in memory.of_kind("finding")] == ["self-invoke"]
