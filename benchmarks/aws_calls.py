"""The AWS calls that are measured: service, method, and parameters; a number stands for so many items of a transaction,
a text for a statement that is new each time.
"""

from __future__ import annotations

CALLS = {
    "GetItem": ("dynamodb", "get_item", {"TableName": "orders", "Key": {"pk": {"S": "1"}}}),
    "Query on an index": (
        "dynamodb",
        "query",
        {
            "TableName": "orders",
            "IndexName": "by-date",
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "1"}},
        },
    ),
    "TransactWriteItems, 1 item": ("dynamodb", "transact_write_items", 1),
    "TransactWriteItems, 10 items": ("dynamodb", "transact_write_items", 10),
    "TransactWriteItems, 100 items": ("dynamodb", "transact_write_items", 100),
    "PartiQL, seen before": (
        "dynamodb",
        "execute_statement",
        {"Statement": 'SELECT * FROM "orders"."by-date" WHERE "pk" = ?', "Parameters": [{"S": "1"}]},
    ),
    "PartiQL, new": ("dynamodb", "execute_statement", 'SELECT * FROM "orders" WHERE "pk" = \'{}\''),
    "S3 PutObject": ("s3", "put_object", {"Bucket": "receipts", "Key": "k", "Body": b"x" * 100}),
    "blocked invoke": ("lambda", "invoke", {"FunctionName": "other", "Payload": b"{}"}),
}
