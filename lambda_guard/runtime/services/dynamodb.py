"""What a call of DynamoDB or its streams touches, by name, for each item of a transaction or batch.

An operation is a row of `ROWS`; one that has no row is read by the names that DynamoDB's requests use.
Keys and items are never entered: an attribute of an item may be called TableName too.
"""

from __future__ import annotations

from . import NO_RESOURCE, UNRESOLVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from . import Touch

    Reader = Callable[[dict[str, Any]], tuple[Touch, ...]]


def touched(operation: str, params: object) -> tuple[Touch, ...]:
    """Return what a call touches, each resource once; `UNRESOLVED` where its name cannot be read."""
    try:
        return ROWS.get(operation, _unknown)(params) or UNRESOLVED  # type: ignore[arg-type]
    except Exception:
        # Parameters that botocore is about to refuse.
        return UNRESOLVED


def _table(params: dict[str, Any]) -> tuple[Touch, ...]:
    name = params["TableName"]
    return ((None, "table", name, None, None),) if isinstance(name, str) else UNRESOLVED


def _table_or_index(params: dict[str, Any]) -> tuple[Touch, ...]:
    name, index = params["TableName"], params.get("IndexName")
    if not isinstance(name, str) or not (index is None or isinstance(index, str)):
        return UNRESOLVED
    return ((None, "table", name, index, None),)


def _named(kind: str, key: str) -> Reader:
    """Read the one resource that a top-level parameter names."""

    def read(params: dict[str, Any]) -> tuple[Touch, ...]:
        name = params[key]
        return ((None, kind, name, None, None),) if isinstance(name, str) else UNRESOLVED

    return read


def _nothing(_params: dict[str, Any]) -> tuple[Touch, ...]:
    return NO_RESOURCE


def _if_named(kind: str, key: str) -> Reader:
    named = _named(kind, key)

    def read(params: dict[str, Any]) -> tuple[Touch, ...]:
        return named(params) if isinstance(params, dict) and params.get(key) is not None else NO_RESOURCE

    return read


def _sound(reader: Reader) -> Reader:
    """Make unresolved what a reader took for a name and is none."""

    def read(params: dict[str, Any]) -> tuple[Touch, ...]:
        return tuple([touch if _is_sound(touch) else (touch[0], *_UNNAMED) for touch in reader(params)])

    return read


_UNNAMED = ("unresolved", None, None, None)


def _is_sound(touch: Touch) -> bool:
    name, region = touch[2], touch[4]
    return isinstance(name, str) and (region is None or isinstance(region, str))


def _batch(params: dict[str, Any]) -> tuple[Touch, ...]:
    return tuple([(None, "table", name, None, None) for name in params["RequestItems"].keys()])  # noqa: SIM118 - only a dict


_PARTS = frozenset(("Put", "Update", "Delete", "ConditionCheck", "Get"))


def _transaction(params: dict[str, Any]) -> tuple[Touch, ...]:
    found: dict[Touch, None] = {}
    for item in params["TransactItems"]:
        for part, body in item.items():
            if part in _PARTS:
                found[part, "table", body["TableName"], None, None] = None
    return tuple(found)


def _statement(params: dict[str, Any]) -> tuple[Touch, ...]:
    from .partiql import target

    return (target(params["Statement"]),)


def _statements(key: str) -> Reader:
    def read(params: dict[str, Any]) -> tuple[Touch, ...]:
        from .partiql import target

        return tuple(dict.fromkeys([target(item["Statement"]) for item in params[key]]))

    return read


def _stream_of_iterator(params: dict[str, Any]) -> tuple[Touch, ...]:
    """Read the stream's ARN, which a DynamoDB shard iterator begins with, up to the first bar.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
    """
    arn, bar, _ = params["ShardIterator"].partition("|")
    return ((None, "stream", arn, None, None),) if bar else UNRESOLVED


def _create_table(params: dict[str, Any]) -> tuple[Touch, ...]:
    name = params["TableName"]
    found: list[Touch] = [(None, "table", name, None, None)]
    found += [(part, "table", name, None, None) for part in ("Tags", "ResourcePolicy") if part in params]
    source = params.get("GlobalTableSourceArn")
    if source is not None:
        found += [("Replica", "table", name, None, None), ("ReplicaSource", "table", source, None, None)]
    return (*found, *_key(params.get("SSESpecification")))


def _update_table(params: dict[str, Any]) -> tuple[Touch, ...]:
    name = params["TableName"]
    found: list[Touch] = [(None, "table", name, None, None)]
    found += _key(params.get("SSESpecification"))
    replicas = list(_updates(params.get("ReplicaUpdates")))
    for change, body in replicas:
        if change == "Disassociate":  # said of the local replica, whatever region the request names
            found.append(("ReplicaDisassociate", "table", name, None, None))
        elif change in ("Create", "Delete"):
            found.append((f"Replica{change}", "table", name, None, body["RegionName"]))
            found += _key(body, body["RegionName"])
    for change, body in _updates(params.get("GlobalTableWitnessUpdates")):
        # Every participating region: the local one, the replicas' and the witness's own.
        regions = dict.fromkeys([None, *(replica["RegionName"] for _, replica in replicas), body["RegionName"]])
        if change in ("Create", "Delete"):
            found += [(f"Witness{change}", "table", name, None, region) for region in regions]
    return tuple(dict.fromkeys(found))


def _updates(updates: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for update in updates if isinstance(updates, (list, tuple)) else ():
        yield from update.items()


def _key(settings: object, region: str | None = None) -> tuple[Touch, ...]:
    """Read the customer managed key of an SSE specification."""
    key = settings.get("KMSMasterKeyId") if isinstance(settings, dict) else None
    return (("Encryption", "key", key, None, region),) if isinstance(key, str) else ()


def _restore(*sources: tuple[str, str]) -> Reader:
    """Read a restore; `sources` are (kind, parameter), of which the first given one counts."""

    def read(params: dict[str, Any]) -> tuple[Touch, ...]:
        source = next((kind, params[key]) for kind, key in sources if params.get(key) is not None)
        return (
            ("Source", *source, None, None),
            ("Target", "table", params["TargetTableName"], None, None),
            *_key(params.get("SSESpecificationOverride")),
        )

    return read


def _export(params: dict[str, Any]) -> tuple[Touch, ...]:
    key = params.get("S3SseKmsKeyId")
    return (
        (None, "table", params["TableArn"], None, None),
        ("Output", "bucket", params["S3Bucket"], None, None),
        *((("OutputEncryption", "key", key, None, None),) if isinstance(key, str) else ()),
    )


def _import(params: dict[str, Any]) -> tuple[Touch, ...]:
    table = params["TableCreationParameters"]
    return (
        (None, "table", table["TableName"], None, None),
        ("Input", "bucket", params["S3BucketSource"]["S3Bucket"], None, None),
        *_key(table.get("SSESpecification")),
    )


def _bulk_put(params: dict[str, Any]) -> tuple[Touch, ...]:
    found: list[Touch] = [(None, "table", params["TableName"], None, None)]
    for part in ("Input", "Output"):
        place = params.get(f"{part}S3Configuration")
        bucket = place.get("S3Bucket") if isinstance(place, dict) else None
        if isinstance(bucket, str):
            found.append((part, "bucket", bucket, None, None))
    return tuple(found)


def _kinesis(params: dict[str, Any]) -> tuple[Touch, ...]:
    return (
        (None, "table", params["TableName"], None, None),
        ("Destination", "kinesis-stream", params["StreamArn"], None, None),
    )


def _create_global_table(params: dict[str, Any]) -> tuple[Touch, ...]:
    name = params["GlobalTableName"]
    replicas = [replica["RegionName"] for replica in params["ReplicationGroup"]]
    return _global_table(name, replicas)


def _update_global_table(params: dict[str, Any]) -> tuple[Touch, ...]:
    replicas = [body["RegionName"] for _, body in _updates(params["ReplicaUpdates"])]
    return _global_table(params["GlobalTableName"], [None, *replicas])


def _update_global_settings(params: dict[str, Any]) -> tuple[Touch, ...]:
    replicas = [replica["RegionName"] for replica in params.get("ReplicaSettingsUpdate") or ()]
    return _global_table(params["GlobalTableName"], [None, *replicas])


def _global_table(name: str, regions: list[Any]) -> tuple[Touch, ...]:
    replicas = [("Replica", "table", name, None, region) for region in dict.fromkeys(regions)]
    return ((None, "global-table", name, None, None), *replicas)


def _unknown(params: dict[str, Any]) -> tuple[Touch, ...]:
    """Read an operation that this version does not know by the names that DynamoDB's requests use."""
    found: list[Touch] = []
    name, index, batch = params.get("TableName"), params.get("IndexName"), params.get("RequestItems")
    if isinstance(name, str):
        found.append((None, "table", name, index if isinstance(index, str) else None, None))
    if isinstance(params.get("GlobalTableName"), str):
        found.append((None, "global-table", params["GlobalTableName"], None, None))
    if isinstance(batch, dict):
        found += _batch(params)
    for key, value in params.items():
        if key.endswith("Arn") and isinstance(value, str) and value.split(":", 3)[2:3] == ["dynamodb"]:
            found.append((None, "arn", value, None, None))
    return tuple(found) or NO_RESOURCE


ROWS: dict[str, Reader] = {
    **dict.fromkeys(
        (
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "DescribeTable",
            "DeleteTable",
            "CreateBackup",
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
            "DescribeKinesisStreamingDestination",
            "DisableKinesisStreamingDestination",
            "UpdateKinesisStreamingDestination",
            "DescribeTableReplicaAutoScaling",
            "UpdateTableReplicaAutoScaling",
            "DescribeTimeToLive",
            "UpdateTimeToLive",
        ),
        _table,
    ),
    **dict.fromkeys(
        ("Query", "Scan", "SearchVectors", "DescribeContributorInsights", "UpdateContributorInsights"),
        _table_or_index,
    ),
    **dict.fromkeys(
        (
            "ListTables",
            "ListBackups",
            "ListBulkOperations",
            "ListContributorInsights",
            "ListGlobalTables",
            "ListStreams",
            "DescribeLimits",
            "DescribeEndpoints",
        ),
        _nothing,
    ),
    **dict.fromkeys(("BatchGetItem", "BatchWriteItem"), _sound(_batch)),
    **dict.fromkeys(("TransactGetItems", "TransactWriteItems"), _sound(_transaction)),
    "ExecuteStatement": _statement,
    "BatchExecuteStatement": _statements("Statements"),
    "ExecuteTransaction": _statements("TransactStatements"),
    "CreateTable": _sound(_create_table),
    "UpdateTable": _sound(_update_table),
    **dict.fromkeys(
        (
            "TagResource",
            "UntagResource",
            "ListTagsOfResource",
            "GetResourcePolicy",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
        ),
        _named("arn", "ResourceArn"),
    ),
    **dict.fromkeys(("DescribeBackup", "DeleteBackup"), _named("backup", "BackupArn")),
    "RestoreTableFromBackup": _sound(_restore(("backup", "BackupArn"))),
    "RestoreTableToPointInTime": _sound(_restore(("table", "SourceTableArn"), ("table", "SourceTableName"))),
    "ExportTableToPointInTime": _sound(_export),
    "DescribeExport": _named("export", "ExportArn"),
    "ListExports": _if_named("table", "TableArn"),
    "ImportTable": _sound(_import),
    "DescribeImport": _named("import", "ImportArn"),
    "ListImports": _if_named("table", "TableArn"),
    "EnableKinesisStreamingDestination": _sound(_kinesis),
    "CreateGlobalTable": _sound(_create_global_table),
    "UpdateGlobalTable": _sound(_update_global_table),
    "UpdateGlobalTableSettings": _sound(_update_global_settings),
    **dict.fromkeys(("DescribeGlobalTable", "DescribeGlobalTableSettings"), _named("global-table", "GlobalTableName")),
    "StartBulkPutItems": _sound(_bulk_put),
    **dict.fromkeys(("DescribeBulkOperation", "CancelBulkOperation"), _named("bulk-operation", "BulkOperationArn")),
    **dict.fromkeys(("DescribeStream", "GetShardIterator"), _named("stream", "StreamArn")),
    "GetRecords": _stream_of_iterator,
}
