"""Routes are named without the client's values, and public only where a setting says so."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.events.routes import is_public, route_name

from . import factories as make


def named(event: Any) -> str:
    return route_name(events.read(event).route(event))


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("GET /pets/{id}", make.http_api()),
        ("GET /pets/*", make.http_api(route_key="$default")),
        ("GET /pets", make.http_api(route_key="$default", path="/pets")),
        ("GET /*", make.http_api(route_key="$default", path="/alice@example.com/7")),
        ("GET /", make.http_api(route_key="$default", path="/")),
        ("GET /users/*", make.function_url(path="/users/alice")),
        ("GET /pets/{id}", make.rest_api()),
        ("GET /{proxy+}", make.rest_api(resource="/{proxy+}")),
        ("GET /lambda", make.load_balancer()),
        ("GET /pets", make.lattice_v1()),
        ("GET /pets", make.lattice_v2()),
        ("POST /orders", make.rest_nonproxy()),
        ("$connect", make.websocket()),
        ("sendMessage", make.websocket(event_type="MESSAGE")),
        ("$default", make.websocket(event_type="MESSAGE", route_key="$default")),
        ("QUERY /getPet", make.appsync()),
        ("QUERY /getPet", [make.appsync()]),
        ("PUBLISH /default/*", make.appsync_events()),
        ("unknown route", {"requestContext": {"http": {"method": 7}}, "rawPath": None}),
    ],
)
def test_a_route_has_a_name(name: str, event: Any) -> None:
    assert named(event) == name


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ("GET /health", make.http_api(path="/health", route_key="$default")),
        ("ANY /health", make.http_api(path="/health", route_key="$default")),
        ("GET /health", make.http_api(path="/prod/health", route_key="GET /health", stage="prod")),
        ("GET /health", make.http_api(path="/prod/health", route_key="$default", stage="prod")),
        ("GET /pets/{id}", make.http_api()),
        ("GET /pets/*", make.rest_api()),
        ("GET /pets/{id}", make.rest_api()),
        ("GET /lambda", make.load_balancer()),
        ("GET /pets", make.lattice_v1()),
        ("QUERY /getPet", make.appsync()),
        ("PUBLISH /default/*", make.appsync_events()),
        ("POST /orders", make.rest_nonproxy()),
    ],
)
def test_a_route_that_a_pattern_names_is_public(pattern: str, event: Any) -> None:
    assert is_public(events.read(event).route(event), ("HEAD /nothing", pattern))


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ("POST /health", make.http_api(path="/health", route_key="$default")),
        ("GET /health", make.http_api(path="/health/secret", route_key="$default")),
        ("GET /health", make.http_api(path="/dev/health", route_key="$default", stage="prod")),
        (
            "GET /health",
            make.http_api(path="/prod/health", route_key="$default", stage="prod", domain="api.example.com"),
        ),
        ("GET /hooks/*", make.http_api(path="/hooks/../admin", route_key="$default")),
        ("GET /hooks/*", make.http_api(path="/hooks/%2E%2e/admin", route_key="$default")),
        ("GET /hooks/*", make.http_api(path="/hooks/..%2fadmin", route_key="GET /hooks/{proxy+}")),
        ("GET /hooks/*", make.rest_api(path="/hooks/../admin", resource="/hooks/{proxy+}")),
        ("ANY /connect", make.websocket()),
        ("ANY /*", {"requestContext": {"http": {}}, "rawPath": None}),
    ],
)
def test_other_routes_are_not_public(pattern: str, event: Any) -> None:
    assert not is_public(events.read(event).route(event), (pattern,))
