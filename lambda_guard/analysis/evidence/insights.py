"""Records out of CloudWatch Logs Insights: the lines of log groups, filtered there and written to a file."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TextIO

# Insights gives back no more than this for one query, and reads no more log groups with one.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MOST_RESULTS = 10_000
MOST_GROUPS = 50
_QUERY = "fields @message | filter @message like 'lambda_guard' | limit {limit}"
_UNFINISHED = frozenset({"Scheduled", "Running"})
_PAUSE_SECONDS = 0.5
_TRIES = 60

# Told the seconds of time that are done, and the bytes that were read for them.
Told = Callable[[float, int], None]


class QueryFailed(Exception):
    """Insights did not complete a query; the message has its status."""


def groups(pattern: str, client: Any) -> list[str]:
    """Return the log groups that a name with `*` in it means. client: boto3's `logs`."""
    if "*" not in pattern:
        return [pattern]
    prefix = pattern.partition("*")[0]
    pages = client.get_paginator("describe_log_groups").paginate(**({"logGroupNamePrefix": prefix} if prefix else {}))
    names = (group["logGroupName"] for page in pages for group in page["logGroups"])
    return [name for name in names if fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))]


def fetch(
    group: str | Sequence[str],
    since: datetime,
    until: datetime,
    client: Any,
    target: TextIO,
    limit: int = 0,
    told: Told = lambda _seconds, _scanned: None,
) -> bool:
    """Write the records of log groups to `target`, one a line; tell whether all of them could be had.

    A query that gives back `limit` lines is asked again in two halves of its time, down to a second. Lines on
    the border come twice, which merging does not mind.
    group: one, or at most `MOST_GROUPS`. limit: 0 for Insights' own.
    """
    limit = limit or MOST_RESULTS
    names = [group] if isinstance(group, str) else list(group)
    answer = _query(names, since, until, client, limit)
    lines = list(_messages(answer))
    seconds = (until - since).total_seconds()
    scanned = int(answer.get("statistics", {}).get("bytesScanned", 0))
    if len(lines) < limit or seconds <= 1:
        target.writelines(line.replace("\n", " ") + "\n" for line in lines)
        told(seconds, scanned)
        return len(lines) < limit
    told(0, scanned)
    middle = since + timedelta(seconds=seconds // 2)
    halves = [fetch(names, *half, client, target, limit, told) for half in ((since, middle), (middle, until))]
    return all(halves)


def _query(names: Sequence[str], since: datetime, until: datetime, client: Any, limit: int) -> dict[str, Any]:
    query = _started(names, since, until, client, limit)
    try:
        while (answer := client.get_query_results(queryId=query))["status"] in _UNFINISHED:
            time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        with suppress(Exception):
            client.stop_query(queryId=query)
        raise
    if answer["status"] != "Complete":
        raise QueryFailed(f"the query ended as {answer['status']}")
    found: dict[str, Any] = answer
    return found


def _started(names: Sequence[str], since: datetime, until: datetime, client: Any, limit: int) -> str:
    """Start a query; where as many run as an account may have, wait for others to end."""
    for tried in range(_TRIES):
        try:
            return str(
                client.start_query(
                    logGroupNames=names,
                    startTime=int(since.timestamp()),
                    endTime=int(until.timestamp()),
                    queryString=_QUERY.format(limit=limit),
                )["queryId"]
            )
        except client.exceptions.LimitExceededException:
            if tried == _TRIES - 1:
                raise
            time.sleep(_PAUSE_SECONDS * 4)
    raise AssertionError("unreachable")


def _messages(answer: dict[str, Any]) -> Iterator[str]:
    for row in answer["results"]:
        yield from (field["value"] for field in row if field["field"] == "@message")
