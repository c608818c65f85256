"""Records out of CloudWatch Logs Insights: the lines of one log group, written to a file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TextIO

# Insights gives back no more than this for one query.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MOST_RESULTS = 10_000
_QUERY = "fields @message | filter @message like 'lambda_guard' | limit {limit}"
_UNFINISHED = frozenset({"Scheduled", "Running"})
_PAUSE_SECONDS = 0.5


class QueryFailed(Exception):
    """Insights did not complete a query; the message has its status."""


def fetch(group: str, since: datetime, until: datetime, client: Any, target: TextIO, limit: int = MOST_RESULTS) -> bool:
    """Write the records of a log group to `target`, one a line; tell whether all of them could be had.

    A query that gives back `limit` lines is asked again in two halves of its time, down to a second. Lines on
    the border come twice, which merging does not mind. client: boto3's `logs`.
    """
    lines = list(_query(group, since, until, client, limit))
    if len(lines) < limit or until - since <= timedelta(seconds=1):
        target.writelines(line.replace("\n", " ") + "\n" for line in lines)
        return len(lines) < limit
    middle = since + timedelta(seconds=(until - since).total_seconds() // 2)
    halves = [fetch(group, *half, client, target, limit) for half in ((since, middle), (middle, until))]
    return all(halves)


def _query(group: str, since: datetime, until: datetime, client: Any, limit: int) -> Iterator[str]:
    query = client.start_query(
        logGroupName=group,
        startTime=int(since.timestamp()),
        endTime=int(until.timestamp()),
        queryString=_QUERY.format(limit=limit),
    )["queryId"]
    while (answer := client.get_query_results(queryId=query))["status"] in _UNFINISHED:
        time.sleep(_PAUSE_SECONDS)
    if answer["status"] != "Complete":
        raise QueryFailed(f"the query ended as {answer['status']}")
    for row in answer["results"]:
        yield from (field["value"] for field in row if field["field"] == "@message")
