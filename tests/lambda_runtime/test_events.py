"""What API Gateway and the other HTTP sources would pass on, from a guarded function in the real runtime."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ..runtime.events import factories as make
from .conftest import PYTHON

if TYPE_CHECKING:
    from pathlib import Path

    from lambda_guard.analysis.emulator.function import Function

# Answers what it was given, so that a test sees that nothing was changed on the way.
ECHO = """
def handler(event, context):
    return {"statusCode": 200, "body": "in", "event": event}
"""
CLAIMS = {"jwt": {"claims": {"sub": "7"}, "scopes": None}}
IAM = {"iam": {"userArn": make.USER_ARN, "accessKey": "AKIA"}}
OIDC = {"x-amzn-oidc-data": "e30.e30.c2ln"}

# source -> an event that an authorizer vouches for, and the same without.
EVENTS: dict[str, tuple[Any, Any]] = {
    "apigw_http_v2": (make.http_api(authorizer=CLAIMS), make.http_api()),
    "apigw_http_v1": (make.http_api_v1(authorizer={"claims": {"sub": "7"}, "scopes": None}), make.http_api_v1()),
    "apigw_rest_v1": (make.rest_api(authorizer={"claims": {"sub": "7"}}), make.rest_api()),
    "function_url": (make.function_url(authorizer=IAM), make.function_url()),
    "apigw_websocket": (make.websocket(authorizer={"principalId": "7"}), make.websocket()),
    "alb": (make.load_balancer(headers=OIDC), make.load_balancer()),
    "vpc_lattice_v2": (
        make.lattice_v2(identity={"type": "AWS_IAM", "principal": make.USER_ARN}),
        make.lattice_v2(),
    ),
    "vpc_lattice_v1": (
        make.lattice_v1(headers={"x-amzn-lattice-identity": f"Principal={make.USER_ARN}; Type=AWS_IAM"}),
        make.lattice_v1(),
    ),
}


@pytest.fixture(scope="module", params=["observe", "enforce"])
def function(request: pytest.FixtureRequest, opt: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    """Start one function per mode; it takes all events."""
    from lambda_guard.analysis.emulator.function import Function

    task = tmp_path_factory.mktemp("task")
    (task / "app.py").write_text(ECHO)
    environ = {"LAMBDA_GUARD_MODE": request.param, "LAMBDA_GUARD_CORS_ALLOW_ORIGIN": "https://shop.example"}
    with Function(task, layer=opt, python=PYTHON, environ=environ) as started:
        yield started


@pytest.mark.parametrize("source", EVENTS)
def test_an_event_that_an_authorizer_vouches_for_reaches_the_handler_untouched(function: Function, source: str) -> None:
    event, _ = EVENTS[source]
    assert function.invoke(event) == {"statusCode": 200, "body": "in", "event": event}


@pytest.mark.parametrize("source", EVENTS)
def test_an_event_without_authorizer_context_is_let_in_by_observe_and_refused_by_enforce(
    function: Function, source: str
) -> None:
    _, event = EVENTS[source]
    before = len(function.of_kind("finding"))
    answer = function.invoke(event)
    enforced = function.records[0]["lambda_guard"]["mode"] == "enforce"
    (finding,) = function.of_kind("finding")[before:]
    assert finding["rule"] == "authorizer"
    assert finding["decision"] == ("blocked" if enforced else "would_block")
    assert finding["details"]["source"] == source
    assert finding["details"]["status"] == 401
    if not enforced:
        assert answer == {"statusCode": 200, "body": "in", "event": event}
        return
    assert answer["statusCode"] == 401
    assert "event" not in answer
    if source != "apigw_websocket":
        assert json.loads(answer["body"]) == {"message": "Unauthorized"}
        headers = answer.get("headers") or {name: value[0] for name, value in answer["multiValueHeaders"].items()}
        assert headers["www-authenticate"] == "Bearer"
        assert headers["access-control-allow-origin"] == "https://shop.example"


def test_a_rest_integration_with_a_mapping_template_has_no_shape_and_gets_an_error(function: Function) -> None:
    """API Gateway maps an error's text to a status; nothing that the function returns would be one."""
    vouched_for = make.rest_nonproxy(authorizer_principal_id="7")
    assert function.invoke(vouched_for) == {"statusCode": 200, "body": "in", "event": vouched_for}
    answer = function.invoke(make.rest_nonproxy())
    if function.records[0]["lambda_guard"]["mode"] == "enforce":
        assert answer["errorType"] == "UnauthorizedEvent"
        assert answer["errorMessage"].startswith("Unauthorized")
    else:
        assert answer["body"] == "in"


def test_every_record_of_these_events_is_valid(function: Function, valid: Any) -> None:
    assert function.invoke({"no": "source"})["statusCode"] == 200
    valid(function.records)
    sources = {row["source"] for usage in function.of_kind("usage") for row in usage["sources"]}
    assert "direct" in sources


# What a stranger may send, or what only looks as if somebody had been vouched for -> the status of the finding.
STRANGERS: dict[str, tuple[Any, int]] = {
    "a guest of an identity pool": (
        make.http_api(authorizer={"iam": {**IAM["iam"], "cognitoIdentity": {"amr": ["unauthenticated"]}}}),
        403,
    ),
    "CloudFront's own signature": (
        make.function_url(
            authorizer={"iam": {"userArn": "arn:aws:sts::1:assumed-role/OriginAccessControlRole/Session"}}
        ),
        403,
    ),
    "a path of some kilobytes": (make.http_api(path="/a" * 4000 + "/y", route_key="$default"), 401),
    "a name that steers": (make.http_api(route_key="GET /\x1b[2J\n\ud800", stage="s\n" * 3000), 401),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers(opt: Path, tmp_path: Path, name: str) -> None:
    """Each is refused at once, and its finding is one short line that prints."""
    from lambda_guard.analysis.emulator.function import Function

    (tmp_path / "app.py").write_text(ECHO)
    environ = {"LAMBDA_GUARD_MODE": "enforce", "LAMBDA_GUARD_PUBLIC_ROUTES": "GET /*/*/*/x, GET /*a*a*a*a*a*b"}
    event, status = STRANGERS[name]
    with Function(tmp_path, layer=opt, python=PYTHON, environ=environ) as function:
        assert function.invoke(event)["statusCode"] == status
        (finding,) = function.of_kind("finding")
    assert finding["decision"] == "blocked"
    assert len(finding["target"]) <= 256
    assert finding["message"].isprintable()
    assert len(json.dumps(finding)) < 4000


def test_a_durable_function_is_judged_by_the_event_in_its_envelope(function: Function) -> None:
    """In the first run; its answer ends the execution with what API Gateway returns. Replays go on."""
    # A route of its own: what other tests have found in this sandbox is counted and not printed again.
    payload = json.dumps(make.http_api(route_key="GET /durable", path="/durable"))
    first = {"Id": "0", "Type": "EXECUTION", "ExecutionDetails": {"InputPayload": payload}}
    step = {"Id": "1", "Type": "STEP", "Status": "SUCCEEDED"}
    before = len(function.of_kind("finding"))
    for operations in ([first], [first, step]):
        state = {"Operations": operations, "NextMarker": ""}
        event = {"DurableExecutionArn": "arn:aws:lambda:x", "CheckpointToken": "t", "InitialExecutionState": state}
        answer = function.invoke(event)
        if len(operations) == 1 and function.records[0]["lambda_guard"]["mode"] == "enforce":
            assert answer["Status"] == "SUCCEEDED"
            assert json.loads(answer["Result"])["statusCode"] == 401
        else:
            assert answer == {"statusCode": 200, "body": "in", "event": event}
    (finding,) = function.of_kind("finding")[before:]
    assert finding["details"]["source"] == "apigw_http_v2"
