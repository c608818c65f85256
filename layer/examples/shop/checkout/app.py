"""Takes an order over HTTP, and asks the stock function, directly, whether it can be delivered."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

functions = boto3.client("lambda")
STOCK = os.environ["STOCK_FUNCTION"]


class SoldOut(Exception):
    """There is not enough of it."""


def delivery_days(sku: str) -> int | None:
    """Estimate; an order does not fail for the lack of one."""
    try:
        answer = functions.invoke(FunctionName=STOCK, Payload=json.dumps({"ask": "days", "sku": sku}))
        days: int = json.load(answer["Payload"])["days"]
        return days
    except Exception:
        return None


def reserve(sku: str, quantity: int) -> None:
    order = {"ask": "reserve", "sku": sku, "quantity": quantity}
    answer = functions.invoke(FunctionName=STOCK, Payload=json.dumps(order))
    if not json.load(answer["Payload"])["reserved"]:
        raise SoldOut(sku)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    order = json.loads(event["body"])
    days = delivery_days(order["sku"])
    reserve(order["sku"], order["quantity"])
    return {"statusCode": 202, "body": json.dumps({"sku": order["sku"], "days": days})}
