"""Answers the shop's HTTP API. Who may ask is the API's authorizer's business; this function relies on it."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def orders_of(customer: str) -> list[str]:
    found = orders.query(IndexName="by-customer", KeyConditionExpression=Key("customer").eq(customer))
    return [order["id"] for order in found["Items"]]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event.get("rawPath") == "/health":
        return {"statusCode": 200, "body": "well"}
    customer = event["queryStringParameters"]["customer"]
    return {"statusCode": 200, "body": json.dumps({"orders": orders_of(customer)})}
