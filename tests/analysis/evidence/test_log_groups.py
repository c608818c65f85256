"""Log groups in CloudWatch, through the real client: many at once, by prefix, in parts, and what could not be had."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambda_guard.analysis.evidence import NoEvidence, insights, read

from .test_evidence import call, record

NOW = datetime.now(UTC)
PLACES = ("/aws/lambda/shop-orders", "/aws/lambda/shop-stock", "/aws/lambda/shop*odd", "/aws/lambda/other")


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Serve log groups with 12 records each, one a second; return boto3's client for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setattr(insights, "_PAUSE_SECONDS", 0.01)
    with mock_aws():
        client = boto3.client("logs", region_name="eu-central-1")
        for place in PLACES:
            client.create_log_group(logGroupName=place)
            client.create_log_stream(logGroupName=place, logStreamName="s")
            begin = NOW - timedelta(minutes=5)
            events = [
                {
                    "timestamp": int((begin + timedelta(seconds=number)).timestamp() * 1000),
                    "message": record(call(count=number + 1), seq=number + 1, sandbox=place, function=place) + "\n",
                }
                for number in range(12)
            ]
            client.put_log_events(logGroupName=place, logStreamName="s", logEvents=events)
        yield client


def functions(*arguments: str) -> set[str]:
    with read(arguments, region="eu-central-1", days=1) as found:
        return {function.function for function in found.usage()}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["logs:/aws/lambda/shop-*"], PLACES[:2]),
        (["logs:/aws/lambda/shop*"], PLACES[:3]),
        (["logs:*stock"], PLACES[1:2]),
        (["logs:/aws/lambda/other", "logs:/aws/lambda/shop-orders"], [PLACES[3], PLACES[0]]),
        (["logs:/aws/lambda/other", "logs:/aws/lambda/o*"], PLACES[3:]),
        (["logs:*"], PLACES),
    ],
)
def test_many_log_groups_are_read_at_once(logs: Any, arguments: list[str], expected: list[str]) -> None:
    assert functions(*arguments) == set(expected)


def test_more_groups_than_one_query_takes_are_asked_in_parts(logs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "MOST_GROUPS", 1)
    told: list[float] = []
    with read(["logs:*"], told.append, 1, None, "eu-central-1") as found:
        assert len(found.usage()) == len(PLACES)
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] <= 1


def test_a_prefix_that_no_log_group_has_says_where_it_looked(logs: Any) -> None:
    with pytest.raises(NoEvidence, match=r"No log group matches 'nowhere\*' in eu-central-1: see --profile and"):
        functions("logs:nowhere*")


def test_a_second_that_holds_more_than_an_answer_makes_the_evidence_incomplete(
    logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given back is used, and that it is not all is said."""
    monkeypatch.setattr(insights, "MOST_RESULTS", 1)
    with read(["logs:/aws/lambda/other"], region="eu-central-1", days=1) as found:
        assert not found.lines.complete
        assert found.lines.cut_off == ("logs:/aws/lambda/other",)


class Busy:
    """An account in which other queries run: moto has no such limit."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self.left = client, times
        self.exceptions = client.exceptions

    def start_query(self, **parameters: Any) -> Any:
        if self.left:
            self.left -= 1
            raise self.exceptions.LimitExceededException({"Error": {"Code": "LimitExceededException"}}, "StartQuery")
        return self._client.start_query(**parameters)

    def get_query_results(self, **parameters: Any) -> Any:
        answer = self._client.get_query_results(**parameters)
        return {**answer, "statistics": {"bytesScanned": 500.0}}


def test_a_query_waits_for_others_to_end_and_tells_what_was_read(logs: Any) -> None:
    told: list[int] = []
    target = io.StringIO()
    busy = Busy(logs, 3)
    day = NOW - timedelta(days=1), NOW + timedelta(minutes=1)
    assert insights.fetch("/aws/lambda/other", *day, busy, target, told=lambda _, scanned: told.append(scanned))
    assert (busy.left, sum(told)) == (0, 500)
    assert len(target.getvalue().splitlines()) == 12
