"""Takes orders from a queue and keeps them in DynamoDB."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

ORDERS = os.environ["ORDERS_TABLE"]
STOCK_LEVELS = os.environ["STOCK_LEVELS_TABLE"]

client = boto3.client("dynamodb")
orders = boto3.resource("dynamodb").Table(ORDERS)


def is_known(order_id: str) -> bool:
    return "Item" in orders.get_item(Key={"id": order_id})


def open_orders(customer: str) -> int:
    answer = orders.query(IndexName="by-customer", KeyConditionExpression=Key("customer").eq(customer))
    count: int = answer["Count"]
    return count


def place(order: dict[str, Any]) -> None:
    """Write the order and take it out of stock: both or neither."""
    put = {
        "TableName": ORDERS,
        "Item": {"id": {"S": order["id"]}, "customer": {"S": order["customer"]}, "sku": {"S": order["sku"]}},
    }
    take = {
        "TableName": STOCK_LEVELS,
        "Key": {"sku": {"S": order["sku"]}},
        "UpdateExpression": "ADD available :taken",
        "ExpressionAttributeValues": {":taken": {"N": str(-order["quantity"])}},
    }
    client.transact_write_items(TransactItems=[{"Put": put}, {"Update": take}])


def confirm(order: dict[str, Any]) -> None:
    orders.update_item(
        Key={"id": order["id"]},
        UpdateExpression="SET confirmed = :yes",
        ExpressionAttributeValues={":yes": True},
    )


def left(sku: str) -> int:
    statement = f'SELECT available FROM "{STOCK_LEVELS}" WHERE sku = ?'
    items = client.execute_statement(Statement=statement, Parameters=[{"S": sku}])["Items"]
    return int(items[0]["available"]["N"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    for message in event["Records"]:
        order = json.loads(message["body"])
        if is_known(order["id"]) or open_orders(order["customer"]) > 20:
            continue
        place(order)
        confirm(order)
        print(f"{left(order['sku'])} left")
    return {"batchItemFailures": []}
