"""The shop: its functions, what they need in AWS, the events that reach them, and what the guard must say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What the emulator says that its functions belong to.
ACCOUNT = "012345678912"
REGION = "eu-west-1"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders-queue"
ROLE = "orders-role"

# function -> its environment variables, as a template would set them.
FUNCTIONS: Mapping[str, Mapping[str, str]] = {
    "checkout": {"STOCK_FUNCTION": "stock"},
    "stock": {},
    "orders": {"ORDERS_TABLE": "orders", "STOCK_LEVELS_TABLE": "stock-levels"},
    "api": {"ORDERS_TABLE": "orders"},
}

TABLES: tuple[Mapping[str, Any], ...] = (
    {
        "TableName": "orders",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "customer", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-customer",
                "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": "stock-levels",
        "AttributeDefinitions": [{"AttributeName": "sku", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "sku", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
)

# name of the inline policy -> its one statement: how roles begin, and too often stay.
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "dynamodb": {"Sid": "Everything", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    "queue": {
        "Sid": "Queue",
        "Effect": "Allow",
        "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        "Resource": QUEUE,
    },
}


@dataclass(frozen=True)
class Step:
    """Events of one kind for a function, sent in both modes.

    observe, enforce: what has to come back, in the words of `checks.name_of`.
    """

    function: str
    what: str
    events: tuple[Any, ...] = field(repr=False)
    observe: str
    enforce: str


def _http(route: str, *, claims: Mapping[str, str] | None = None, query: str = "", body: str | None = None) -> Any:
    """Make the event of an HTTP API (payload 2.0); with claims, as behind a JWT authorizer."""
    method, path = route.split()
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "shop1234ab",
        "domainName": f"shop1234ab.execute-api.{REGION}.amazonaws.com",
        "domainPrefix": "shop1234ab",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "shop"},
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": route,
        "stage": "$default",
        "time": "12/Mar/2026:19:03:58 +0000",
        "timeEpoch": 1773342238000,
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"accept": "application/json", "host": context["domainName"]},
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(part.split("=") for part in query.split("&"))
    return event


def _message(order: Mapping[str, Any]) -> Any:
    """Make the event of a queue with one message."""
    message = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": json.dumps(order),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1773342238000"},
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": REGION,
    }
    return {"Records": [message]}


_CLAIMS = {"iss": "https://login.example.com", "sub": "customer-7"}
_ORDER = {"sku": "teapot", "quantity": 2}

_CHECKOUT = _http("POST /checkout", claims=_CLAIMS, body=json.dumps(_ORDER))
_PLACED = tuple(_message({"id": f"o-{number}", "customer": "8", **_ORDER}) for number in range(1, 5))

STEPS = (
    Step("checkout", "POST /checkout with a JWT", (_CHECKOUT, _CHECKOUT), "202", "InvokeBlocked"),
    Step("api", "GET /orders with a JWT", (_http("GET /orders", claims=_CLAIMS, query="customer=7"),), "200", "200"),
    Step("api", "GET /orders, no authorizer", (_http("GET /orders", query="customer=7"),), "200", "401"),
    Step("api", "GET /health, a public route", (_http("GET /health"),), "200", "200"),
    Step("api", "invoked past its API", ({"queryStringParameters": {"customer": "7"}},), "200", "UnauthorizedEvent"),
    Step("orders", "orders from the queue", _PLACED, "done", "done"),
)
EVENTS = sum(len(step.events) for step in STEPS)

STOCK_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:stock"


@dataclass(frozen=True)
class Expected:
    """A finding that both modes have to report. where: the function in the user's code. swallowed: in enforce."""

    function: str
    issue: str
    target: str
    where: str | None = None
    swallowed: bool = False


FINDINGS = (
    Expected("checkout", "direct-invoke", STOCK_ARN, "delivery_days", swallowed=True),
    Expected("checkout", "direct-invoke", STOCK_ARN, "reserve"),
    Expected("api", "missing-authorizer", "GET /orders"),
    Expected("api", "direct-invoke-of-http-function", "direct"),
)
# How often the api function reads DynamoDB: a refused event does not get that far.
API_QUERIES = {"observe": 3, "enforce": 1}

_TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
# (action, resource): what the orders function needs, by AWS's documentation and no more.
NEEDS = frozenset(
    {
        ("dynamodb:GetItem", f"{_TABLE}orders"),
        ("dynamodb:UpdateItem", f"{_TABLE}orders"),
        ("dynamodb:PutItem", f"{_TABLE}orders"),
        ("dynamodb:Query", f"{_TABLE}orders/index/by-customer"),
        ("dynamodb:UpdateItem", f"{_TABLE}stock-levels"),
        ("dynamodb:PartiQLSelect", f"{_TABLE}stock-levels"),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("sqs:ReceiveMessage", QUEUE),
    }
)
