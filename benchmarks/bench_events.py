"""Microseconds to classify an event and decide on it: `python benchmarks/bench_events.py`.

Budgets: 3 for an HTTP API event, 2 for one that is not HTTP, whatever the size of headers and body.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from timeit import Timer
from typing import Any

from lambda_guard.runtime import events
from lambda_guard.runtime.config import Config
from lambda_guard.runtime.rules import authorizer, event_source

ROUNDS, CALLS = 7, 20_000


def http_api(*, headers: int = 20, body: int = 1024) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "GET /pets/{id}",
        "rawPath": "/pets/7",
        "rawQueryString": "",
        "headers": {f"x-header-{number}": "value" for number in range(headers)},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "authorizer": {"jwt": {"claims": {"sub": "u1"}, "scopes": None}},
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "http": {"method": "GET", "path": "/pets/7", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": "x" * body,
        "isBase64Encoded": False,
    }


def rest_api(*, headers: int = 20, body: int = 1024) -> dict[str, Any]:
    return {
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "headers": {f"X-Header-{number}": "value" for number in range(headers)},
        "multiValueHeaders": {f"X-Header-{number}": ["value"] for number in range(headers)},
        "requestContext": {
            "resourcePath": "/pets/{id}",
            "apiId": "a1b2c3d4e5",
            "authorizer": {"principalId": "u1", "integrationLatency": 12},
            "identity": {"apiKey": None, "sourceIp": "192.0.2.1", "userArn": None},
            "stage": "prod",
        },
        "body": "x" * body,
    }


def sqs(*, records: int = 10) -> dict[str, Any]:
    record = {
        "messageId": "m",
        "body": "x" * 256,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
    }
    return {"Records": [record] * records}


CASES: dict[str, tuple[object, float]] = {
    "HTTP API, 20 headers, 1 KB": (http_api(), 3.0),
    "HTTP API, 1,000 headers, 1 MB": (http_api(headers=1000, body=1 << 20), 3.0),
    "REST API, 20 headers, 1 KB": (rest_api(), 3.0),
    "REST API, 1,000 headers, 1 MB": (rest_api(headers=1000, body=1 << 20), 3.0),
    "SQS, 10 records": (sqs(), 2.0),
    "SQS, 10,000 records": (sqs(records=10_000), 2.0),
    "EventBridge": ({"version": "0", "detail-type": "Order", "source": "shop", "detail": {}}, 2.0),
    "direct": ({f"key-{number}": number for number in range(10)}, 2.0),
    "direct, 10,000 keys": ({f"key-{number}": number for number in range(10_000)}, 2.0),
}


def decide(event: Any, config: Config) -> object:
    source = events.read(event)
    return event_source.check(event, source, config) or authorizer.check(event, source, config)


def microseconds(function: Callable[..., object], *arguments: object) -> float:
    return min(Timer(partial(function, *arguments)).repeat(ROUNDS, CALLS)) / CALLS * 1e6


def main() -> int:
    names = ["apigw_http_v2", "apigw_rest_v1", "sqs", "eventbridge", "direct"]
    config = Config(mode="enforce", event_sources=names, api_ids=["a1b2c3d4e5"])
    print(f"{'event':32} {'classify':>9} {'in all':>7} {'budget':>7}  microseconds, best of {ROUNDS}")
    over = 0
    for name, (event, budget) in CASES.items():
        assert decide(event, config) is None, name
        read = microseconds(events.read, event)
        both = microseconds(decide, event, config)
        over += both > budget
        print(f"{name:32} {read:9.2f} {both:7.2f} {budget:7.1f}{'  OVER' if both > budget else ''}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
