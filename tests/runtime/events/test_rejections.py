"""A refusal has the shape that its source passes on to the client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.errors import UnauthorizedEvent
from lambda_guard.runtime.events.rejections import refuse
from lambda_guard.runtime.settings.config import Config

from . import factories as make


def refused(event: Any, status: int = 401, **settings: Any) -> Any:
    response = refuse(event, events.read(event), status, Config(**settings))
    json.dumps(response)  # as the runtime does next
    return response


@pytest.mark.parametrize(
    "event",
    [
        make.http_api(),
        make.function_url(),
        make.rest_api(),
        make.http_api_v1(),
        make.lattice_v1(),
        make.lattice_v2(),
    ],
)
def test_a_proxy_response(event: Any) -> None:
    response = refused(event)
    assert response == {
        "statusCode": 401,
        "headers": {
            "content-type": "application/json",
            "cache-control": "no-store",
            "www-authenticate": "Bearer",
        },
        "body": '{"message":"Unauthorized"}',
        "isBase64Encoded": False,
    }


def test_403_asks_for_no_credentials() -> None:
    response = refused(make.http_api(), 403)
    assert response["statusCode"] == 403
    assert "www-authenticate" not in response["headers"]
    assert json.loads(response["body"]) == {"message": "Forbidden"}


def test_browsers_see_the_refusal_where_the_origin_is_set() -> None:
    response = refused(make.http_api(), cors_allow_origin="https://app.example.com")
    assert response["headers"]["access-control-allow-origin"] == "https://app.example.com"


class TestLoadBalancer:
    def test_says_the_status_in_words(self) -> None:
        response = refused(make.load_balancer())
        assert response["statusDescription"] == "401 Unauthorized"
        assert response["headers"]["www-authenticate"] == "Bearer"
        assert "multiValueHeaders" not in response

    def test_gets_multi_value_headers_only_where_it_sent_them(self) -> None:
        response = refused(make.load_balancer(multi_value=True), 403)
        assert response["multiValueHeaders"]["content-type"] == ["application/json"]
        assert response["statusDescription"] == "403 Forbidden"
        assert "headers" not in response


def test_a_websocket_connection_is_refused_by_its_status() -> None:
    assert refused(make.websocket()) == {"statusCode": 401}


def test_an_events_api_gets_an_error() -> None:
    assert refused(make.appsync_events()) == {"error": "Unauthorized"}


def test_cloudfront_takes_its_status_as_text_and_its_headers_as_lists() -> None:
    response = refused(make.cloudfront())
    assert response["status"] == "401"
    assert response["statusDescription"] == "Unauthorized"
    assert response["headers"]["www-authenticate"] == [{"key": "www-authenticate", "value": "Bearer"}]


@pytest.mark.parametrize(
    "event",
    [
        make.sqs(),
        make.appsync(),
        [make.appsync()],
        make.rest_nonproxy(),
        {"order": 7},
        None,
        {"httpMethod": "GET", "path": "/"},
    ],
)
def test_sources_without_a_response_get_an_exception(event: Any) -> None:
    with pytest.raises(UnauthorizedEvent, match=r"^Forbidden: \[403\] lambda_guard refused this event$"):
        refused(event, 403)


@pytest.mark.parametrize("event", [make.http_api(), make.load_balancer(), make.cloudfront()])
def test_the_body_never_says_why(event: Any) -> None:
    assert set(json.loads(refused(event)["body"])) == {"message"}
