"""The aggregation by Athena, over a table of exported logs: only the added-up rows come back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from lambda_guard.analysis.evidence import trino
from lambda_guard.analysis.evidence.merged import Row

_NAME = re.compile(r"([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)")
_PAUSE_SECONDS = 1.0
_DONE = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_INTEGERS = frozenset({"sandboxes", "lines", "count", "refused", "in_handler", "missing"})
_TIMES = frozenset({"first", "last"})
# The partition that `athena-ddl` declares.
DAY = "day"


class QueryFailed(Exception):
    """Athena did not complete a query; the message says why, and what it read until then."""


@dataclass(frozen=True)
class Limits:
    """What a query runs in, and how much it may read. most_bytes: past it, the query is stopped."""

    workgroup: str | None = None
    most_bytes: int | None = None


def add_up(
    table: str, client: Any, days: int, limits: Limits, told: Callable[[int], None] = lambda _scanned: None
) -> tuple[list[Row], int]:
    """Add the records of a table up; return the rows, and how many bytes were read for them.

    table:  DATABASE.TABLE, as `lambda-guard athena-ddl` declares it; of one with days, the last `days` are read.
    client: boto3's `athena`.
    Raises QueryFailed: no such table name, or the query failed, was cancelled or stopped at the limit.
    """
    match = _NAME.fullmatch(table)
    if match is None:
        raise QueryFailed("a table is named as DATABASE.TABLE, of letters, digits and _")
    database, name = match.groups()
    where = ""
    if _has_days(database, name, client):
        where = f"{DAY} >= '{datetime.now(UTC) - timedelta(days=days):%Y/%m/%d}'"
    query = trino.aggregation(f'"{database}"."{name}"', where=where)
    options = {"WorkGroup": limits.workgroup} if limits.workgroup else {}
    identifier = client.start_query_execution(
        QueryString=query, QueryExecutionContext={"Database": database}, **options
    )["QueryExecutionId"]
    try:
        scanned = _wait(identifier, client, limits, told)
    except BaseException:
        with suppress(Exception):
            client.stop_query_execution(QueryExecutionId=identifier)
        raise
    return list(_rows(identifier, client)), scanned


def _has_days(database: str, name: str, client: Any) -> bool:
    found = client.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=database, TableName=name)
    return any(key["Name"] == DAY for key in found["TableMetadata"].get("PartitionKeys", []))


def _wait(identifier: str, client: Any, limits: Limits, told: Callable[[int], None]) -> int:
    while True:
        execution = client.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        scanned = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
        told(scanned)
        status = execution["Status"]
        if status["State"] == "SUCCEEDED":
            return scanned
        if status["State"] in _DONE:
            reason = status.get("StateChangeReason") or "no reason given"
            raise QueryFailed(f"the query ended as {status['State']}: {reason} ({scanned:,} bytes read)")
        if limits.most_bytes is not None and scanned > limits.most_bytes:
            raise QueryFailed(f"stopped: {scanned:,} bytes read, and {limits.most_bytes:,} are allowed")
        time.sleep(_PAUSE_SECONDS)


def _rows(identifier: str, client: Any) -> Iterator[Row]:
    names = [field.name for field in fields(Row)]
    for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=identifier):
        for row in page["ResultSet"]["Rows"]:
            values = [cell.get("VarCharValue") for cell in row["Data"]]
            if values != names:  # the first row is the header
                yield Row(*(_value(name, value) for name, value in zip(names, values, strict=True)))


def _value(name: str, value: str | None) -> Any:
    if name in _INTEGERS:
        return int(value or 0)
    if name in _TIMES:
        return None if value is None else datetime.fromisoformat(value)
    return value if name not in ("function", "region", "key") else value or ""
