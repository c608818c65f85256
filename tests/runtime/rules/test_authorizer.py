"""A request is let in when an accepted authorizer vouches for its caller, or a setting makes an exception."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.rules import authorizer
from lambda_guard.runtime.rules.unauthorized import ISSUES
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.types import Finding

from ..events import factories as make

JWT = {"jwt": {"claims": {"sub": "u1"}, "scopes": None}}
PREFLIGHT = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}


def check(event: Any, **settings: Any) -> Finding | None:
    return authorizer.check(event, events.read(event), Config(**settings))


def issue(event: Any, **settings: Any) -> str | None:
    finding = check(event, **settings)
    return finding.issue if finding else None


def test_an_authorized_request_is_no_finding() -> None:
    assert check(make.http_api(authorizer=JWT)) is None


def test_a_finding_says_what_the_record_needs() -> None:
    finding = check(make.rest_api())
    assert finding is not None
    assert finding.rule == "authorizer"
    assert finding.target == "GET /pets/{id}"
    assert finding.details == {
        "source": "apigw_rest_v1",
        "route": "GET /pets/{id}",
        "api_id": "a1b2c3d4e5",
        "stage": "prod",
        "authorizer": None,
        "status": 401,
    }


@pytest.mark.parametrize(
    ("expected", "event"),
    [
        ("missing-authorizer", make.http_api()),
        ("missing-authorizer", make.rest_api(authorizer={})),
        ("missing-authorizer", make.lattice_v1()),
        ("missing-authorizer", make.appsync()),
        ("missing-authorizer", [make.appsync()]),
        ("empty-authorizer-context", make.rest_api(authorizer={"integrationLatency": 1})),
        ("empty-authorizer-context", make.http_api(authorizer={"jwt": {"claims": {}}})),
        ("api-key-only", make.rest_api(identity={"apiKey": "k"})),
        ("api-key-only", make.websocket(identity={"apiKey": "k"})),
        (
            "guest-identity",
            make.rest_api(
                identity={
                    **make.SIGNED,
                    "cognitoIdentityId": "i",
                    "cognitoAuthenticationType": "unauthenticated",
                }
            ),
        ),
        ("authorizer-kind-not-accepted", make.http_api(authentication={"clientCert": make.CERTIFICATE})),
        ("console-test-invoke", make.rest_api(stage="test-invoke-stage")),
    ],
)
def test_each_fault_has_its_issue(expected: str, event: Any) -> None:
    finding = check(event)
    assert finding is not None
    assert finding.issue == expected
    assert finding.details["status"] == ISSUES[expected][0]


@pytest.mark.parametrize("event", [make.sqs(), {"order": 7}, make.cloudfront(), None, []])
def test_events_without_a_caller_are_not_judged(event: Any) -> None:
    assert check(event, api_ids=["other"]) is None


@pytest.mark.parametrize(
    "event",
    [
        {"type": "TOKEN", "authorizationToken": "t", "methodArn": "arn:aws:execute-api:x"},
        {**make.rest_api(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:x"},
        {**make.http_api(), "type": "REQUEST", "routeArn": "arn:aws:execute-api:x"},
        {**make.websocket(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:x"},
        {"authorizationToken": "t", "requestContext": {"apiId": "a", "queryString": "{ a }"}},
    ],
)
def test_authorizer_functions_are_never_blocked(event: Any) -> None:
    assert check(event) is None


class TestWebSocket:
    def test_is_judged_on_connect(self) -> None:
        assert issue(make.websocket()) == "missing-authorizer"

    @pytest.mark.parametrize("event_type", ["MESSAGE", "DISCONNECT"])
    def test_is_never_blocked_later(self, event_type: str) -> None:
        assert check(make.websocket(event_type=event_type), api_ids=["other"]) is None


class TestAuthorizers:
    """The `authorizers` setting says which kinds count."""

    def test_a_kind_that_is_not_listed_does_not_count(self) -> None:
        finding = check(make.http_api(authorizer=JWT), authorizers=["iam"])
        assert finding is not None
        assert finding.issue == "authorizer-kind-not-accepted"
        assert finding.details["authorizer"] == "jwt"
        assert finding.details["status"] == 403

    def test_any_listed_kind_is_enough(self) -> None:
        event = make.http_api(authorizer=JWT, authentication={"clientCert": make.CERTIFICATE})
        assert check(event, authorizers=["mtls"]) is None

    def test_a_client_certificate_counts_once_it_is_listed(self) -> None:
        event = make.rest_api(identity={"clientCert": make.CERTIFICATE})
        assert check(event, authorizers=["mtls"]) is None

    def test_a_console_test_never_counts(self) -> None:
        event = make.rest_api(identity=make.SIGNED, stage="test-invoke-stage")
        assert issue(event, authorizers=["iam"], public_routes=["ANY /*"]) == "console-test-invoke"


class TestPublicRoutes:
    def test_a_listed_route_needs_no_authorizer(self) -> None:
        assert check(make.rest_api(), public_routes=["GET /pets/{id}"]) is None
        assert check(make.load_balancer(path="/health"), public_routes=["GET /health"]) is None

    def test_others_still_do(self) -> None:
        assert issue(make.rest_api(), public_routes=["POST /pets/{id}"]) == "missing-authorizer"

    def test_a_health_checker_that_a_client_can_pretend_to_be_does_not_count(self) -> None:
        event = make.load_balancer(headers={"user-agent": "ELB-HealthChecker/2.0"})
        assert issue(event, public_routes=["GET /health"]) == "missing-authorizer"


class TestApiIds:
    def test_an_api_that_is_not_ours_is_refused_even_when_it_authorizes(self) -> None:
        finding = check(make.http_api(authorizer=JWT), api_ids=["ours"])
        assert finding is not None
        assert finding.issue == "foreign-api"
        assert finding.details["status"] == 403

    def test_ours_is_not(self) -> None:
        assert check(make.http_api(authorizer=JWT), api_ids=["a1b2c3d4e5"]) is None

    def test_an_event_without_its_api_is_not_ours(self) -> None:
        event = make.http_api(authorizer=JWT)
        del event["requestContext"]["apiId"]
        assert issue(event, api_ids=["a1b2c3d4e5"]) == "foreign-api"

    def test_sources_that_never_name_an_api_are_not_judged_by_it(self) -> None:
        assert check(make.appsync(identity=make.COGNITO_IDENTITY), api_ids=["a1b2c3d4e5"]) is None

    def test_a_load_balancer_is_named_by_its_target_group(self) -> None:
        event = make.load_balancer(headers={"x-amzn-oidc-data": "a.b.c"})
        group = event["requestContext"]["elb"]["targetGroupArn"]
        assert check(event, api_ids=[group]) is None
        assert issue(event, api_ids=["other"]) == "foreign-api"


class TestCorsPreflight:
    @pytest.mark.parametrize(
        "event",
        [
            make.rest_api(method="OPTIONS", headers=PREFLIGHT),
            make.http_api(
                method="OPTIONS", headers={name.lower(): value for name, value in PREFLIGHT.items()}
            ),
        ],
    )
    def test_is_let_in_unless_it_is_to_be_checked(self, event: Any) -> None:
        assert check(event) is None
        assert issue(event, cors_preflight="check") == "missing-authorizer"

    @pytest.mark.parametrize(
        "event",
        [
            make.rest_api(method="OPTIONS"),
            make.rest_api(method="OPTIONS", headers={"Origin": "https://app.example.com"}),
            make.rest_api(method="POST", headers=PREFLIGHT),
            make.appsync(parent="Options"),
            [make.appsync(parent="Options")],
        ],
    )
    def test_is_nothing_else_than_a_browsers_question(self, event: Any) -> None:
        assert issue(event) == "missing-authorizer"


def test_a_finding_holds_no_value_of_the_clients() -> None:
    secret = "s3cr3t"
    event = make.http_api(
        route_key="$default",
        path=f"/users/{secret}",
        headers={"authorization": secret, "x-api-key": secret},
        authorizer={"jwt": {"claims": {}, "token": secret}},
    )
    finding = check({**event, "body": secret})
    assert finding is not None
    assert secret not in f"{finding.target} {finding.message} {dict(finding.details)}"
