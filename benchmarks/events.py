"""The events that are measured, in the shapes that AWS documents."""

from __future__ import annotations

from typing import Any

API = "a1b2c3d4e5"


def http_api(*, body: int = 1024) -> dict[str, Any]:
    """Make an HTTP API event (payload 2.0) whose caller a JWT authorizer has checked."""
    return {
        "version": "2.0",
        "routeKey": "GET /pets/{id}",
        "rawPath": "/pets/7",
        "rawQueryString": "",
        "headers": {f"x-header-{number}": "value" for number in range(20)},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": API,
            "authorizer": {"jwt": {"claims": {"sub": "u1"}, "scopes": None}},
            "domainName": f"{API}.execute-api.eu-west-1.amazonaws.com",
            "http": {"method": "GET", "path": "/pets/7", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "request",
            "stage": "$default",
            "timeEpoch": 1764000000000,
        },
        "body": "x" * body,
        "isBase64Encoded": False,
    }


def rest_api(*, headers: int = 20, body: int = 1024) -> dict[str, Any]:
    """Make a REST API event (Lambda proxy) whose caller a Lambda authorizer has checked."""
    return {
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "headers": {f"X-Header-{number}": "value" for number in range(headers)},
        "multiValueHeaders": {f"X-Header-{number}": ["value"] for number in range(headers)},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "resourcePath": "/pets/{id}",
            "httpMethod": "GET",
            "apiId": API,
            "authorizer": {"principalId": "u1", "integrationLatency": 12},
            "identity": {"apiKey": None, "sourceIp": "192.0.2.1", "userArn": None},
            "requestId": "request",
            "stage": "prod",
        },
        "body": "x" * body,
        "isBase64Encoded": False,
    }


def sqs(*, records: int = 10) -> dict[str, Any]:
    """Make a batch from a queue."""
    record = {
        "messageId": "m",
        "body": "x" * 256,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
    }
    return {"Records": [record] * records}


# name in the results -> how to make it
EVENTS: dict[str, Any] = {
    "direct": lambda: {"order": 1},
    "SQS, 10 messages": sqs,
    "HTTP API": http_api,
    "REST, 1 KB": rest_api,
    "REST, 100 KB": lambda: rest_api(body=100 << 10),
    "REST, 1 MB, 1,000 headers": lambda: rest_api(headers=1000, body=1 << 20),
    "REST, 6 MB": lambda: rest_api(body=6 << 20),
}
