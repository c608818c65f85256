"""What a DynamoDB call touches, read from its parameters."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_guard.runtime.services import NO_RESOURCE, UNRESOLVED, extractor
from lambda_guard.runtime.services.dynamodb import ROWS, touched

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"

KEYS = st.sampled_from(
    [
        *("TableName", "IndexName", "TableArn", "GlobalTableName", "RequestItems", "TransactItems", "Put", "Get"),
        *("Statement", "Statements", "TransactStatements", "StreamArn", "BackupArn", "ResourceArn"),
        *("ShardIterator", "TargetTableName", "SourceTableArn", "SourceTableName", "ReplicaUpdates", "Create"),
        *("RegionName", "GlobalTableWitnessUpdates", "ReplicationGroup", "SSESpecification", "KMSMasterKeyId"),
        *("TableCreationParameters", "S3BucketSource", "S3Bucket", "Tags", "ReplicaSettingsUpdate", "Item", "S"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.just(ARN)
    | st.just("orders")
    | st.builds(object)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS | st.integers() | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


def item(part: str, table: str) -> dict[str, Any]:
    return {part: {"TableName": table}}


def table(name: str, *, part: str | None = None, index: str | None = None, region: str | None = None) -> Any:
    return (part, "table", name, index, region)


@given(operation=st.sampled_from(sorted(ROWS)) | st.text(max_size=10), params=VALUES)
def test_no_parameters_raise_and_every_touch_can_be_a_key(operation: str, params: Any) -> None:
    touches = touched(operation, params)
    assert touches
    for touch in touches:
        part, kind, name, index, region = touch[:5]
        assert all(text is None or isinstance(text, str) for text in (part, kind, name, index, region))
        assert (name is None) == (kind in (None, "unresolved"))


def test_a_transaction_touches_each_table_once_for_each_kind_of_item() -> None:
    items = [item("Put", "a"), item("Put", "a"), item("Delete", "a"), item("ConditionCheck", "b")] * 25
    assert Counter(touched("TransactWriteItems", {"TransactItems": items})) == Counter(
        [table("a", part="Put"), table("a", part="Delete"), table("b", part="ConditionCheck")]
    )


def test_one_bad_item_leaves_the_others_readable() -> None:
    touches = touched("TransactWriteItems", {"TransactItems": [item("Put", "a"), {"Put": {"TableName": 7}}]})
    assert touches == (table("a", part="Put"), ("Put", "unresolved", None, None, None))


def test_keys_and_items_are_never_entered() -> None:
    """An attribute may have the name of a parameter."""
    decoy = {"TableName": "decoy", "IndexName": "decoy", "StreamArn": ARN.replace("orders", "decoy")}
    for operation in ("PutItem", "FrobnicateItems"):
        assert touched(operation, {"TableName": "orders", "Item": decoy}) == (table("orders"),)
    writes = {"RequestItems": {"orders": [{"PutRequest": {"Item": decoy}}]}}
    assert touched("BatchWriteItem", writes) == (table("orders"),)


def test_a_shard_iterator_is_cut_at_its_first_bar() -> None:
    stream = f"{ARN}/stream/2026-01-02T03:04:05.678"
    touches = touched("GetRecords", {"ShardIterator": f"{stream}|1|secret|more"})
    assert touches == ((None, "stream", stream, None, None),)
    assert touched("GetRecords", {"ShardIterator": "secret"}) == UNRESOLVED


def test_replicas_are_where_the_request_says() -> None:
    updates = [{"Create": {"RegionName": "us-east-1"}}, {"Delete": {"RegionName": "us-west-2"}}]
    assert touched("UpdateTable", {"TableName": "orders", "ReplicaUpdates": updates}) == (
        table("orders"),
        table("orders", part="ReplicaCreate", region="us-east-1"),
        table("orders", part="ReplicaDelete", region="us-west-2"),
    )


@pytest.mark.parametrize("operation", ["ListTables", "DescribeLimits", "ListStreams", "ListContributorInsights"])
def test_some_operations_have_no_resource_whatever_they_name(operation: str) -> None:
    assert touched(operation, {"TableName": "orders", "ExclusiveStartTableName": "orders"}) == NO_RESOURCE


def test_an_operation_of_the_future_is_read_by_what_it_names() -> None:
    kinesis = "arn:aws:kinesis:eu-west-1:111122223333:stream/s"
    params = {"TableName": "orders", "IndexName": "by-date", "TableArn": ARN, "StreamArn": kinesis, "Limit": 3}
    assert touched("FrobnicateItems", params) == (table("orders", index="by-date"), (None, "arn", ARN, None, None))
    assert touched("FrobnicateLimits", {"Limit": 3}) == NO_RESOURCE


def test_the_parameters_stay_as_they_were() -> None:
    params = {"TransactItems": [item("Put", "a")]}
    touched("TransactWriteItems", params)
    assert params == {"TransactItems": [item("Put", "a")]}


def test_a_str_enum_names_a_table_by_its_value() -> None:
    from lambda_guard.runtime.usage import Usage

    class Tables(StrEnum):
        ORDERS = "orders"

    usage = Usage()
    for name in (Tables.ORDERS, "orders"):
        usage.attempt("dynamodb", "GetItem", {"TableName": name}, "eu-west-1", "aws")
    (call,) = usage.totals()["calls"]
    assert (call["resource"], call["count"]) == ({"kind": "table", "name": "orders"}, 2)


def test_both_services_of_dynamodb_are_read_here_and_others_elsewhere() -> None:
    assert extractor("s3") is not touched
    assert extractor("dynamodb") is extractor("dynamodbstreams") is touched
