"""What invokes a function is among the sources that it declares."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.rules import event_source
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.types import Finding

from ..events import factories as make

LIKE_A_REQUEST = {"httpMethod": "GET", "path": "/pets"}


def check(event: Any, *expected: str) -> Finding | None:
    config = Config(event_sources=list(expected) or None)
    return event_source.check(event, events.read(event), config)


def issue(event: Any, *expected: str) -> str | None:
    finding = check(event, *expected)
    return finding.issue if finding else None


class TestWithoutADeclaration:
    @pytest.mark.parametrize("event", [make.http_api(), make.sqs(), {"order": 7}, None, make.rest_nonproxy()])
    def test_any_source_is_expected(self, event: Any) -> None:
        assert check(event) is None

    def test_a_request_that_no_gateway_sent_is_not(self) -> None:
        finding = check(LIKE_A_REQUEST)
        assert finding is not None
        assert finding.issue == "request-without-context"
        assert finding.details["status"] == 403


class TestWithADeclaration:
    def test_a_declared_source_is_expected(self) -> None:
        assert check(make.sqs(), "apigw_http_v2", "sqs") is None
        assert check(LIKE_A_REQUEST, "http_like_no_context") is None

    def test_another_is_not(self) -> None:
        finding = check(make.sqs(), "apigw_http_v2")
        assert finding is not None
        assert finding.rule == "event_source"
        assert finding.issue == "unexpected-source"
        assert finding.target == "sqs"
        assert finding.details == {
            "source": "sqs",
            "arn": "arn:aws:sqs:eu-west-1:123456789012:orders",
            "status": 403,
        }

    def test_an_unexpected_request_is_named_by_route_and_api(self) -> None:
        finding = check(make.rest_api(), "sqs")
        assert finding is not None
        assert finding.details["route"] == "GET /pets/{id}"
        assert finding.details["api_id"] == "a1b2c3d4e5"
        assert finding.details["stage"] == "prod"

    @pytest.mark.parametrize("event", [{"order": 7}, LIKE_A_REQUEST, None, []])
    def test_a_direct_invoke_of_a_function_for_requests_has_its_own_issue(self, event: Any) -> None:
        assert issue(event, "apigw_http_v2", "function_url") == "direct-invoke-of-http-function"

    def test_a_direct_invoke_of_another_function_is_unexpected(self) -> None:
        assert issue({"order": 7}, "sqs") == "unexpected-source"
        assert issue({"order": 7}, "apigw_http_v2", "sqs") == "unexpected-source"

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "TOKEN", "authorizationToken": "t", "methodArn": "arn:aws:execute-api:x"},
            make.websocket(event_type="DISCONNECT"),
        ],
    )
    def test_shapes_that_the_authorizer_rule_lets_off_are_held_to_it(self, event: Any) -> None:
        """Who chooses the event could choose these too, through an integration that maps bodies to events."""
        assert issue(event, "apigw_http_v2") == "unexpected-source"
