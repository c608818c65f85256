"""Whatever stands in any place of any event, what is said of it is short and prints, and judging it is no work."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.rules import authorizer, event_source
from lambda_guard.runtime.settings.config import Config

from ..test_match import steps
from . import factories as make
from .test_durable import envelope
from .test_lookalikes import serverless

EVENTS: dict[str, Any] = {
    "apigw_http_v2": make.http_api(),
    "function_url": make.function_url(authorizer={"iam": {"userArn": "arn:x", "cognitoIdentity": {"amr": ["x"]}}}),
    "apigw_rest_v1": make.rest_api(authorizer={"principalId": "u"}),
    "apigw_http_v1": make.http_api_v1(),
    "apigw_websocket": make.websocket(),
    "alb": make.load_balancer(headers={"x-amzn-oidc-data": "a.b.c"}),
    "vpc_lattice_v1": make.lattice_v1(headers={"x-amzn-lattice-identity": "Principal=x"}),
    "vpc_lattice_v2": make.lattice_v2(),
    "apigw_rest_nonproxy": make.rest_nonproxy(),
    "serverless": serverless(),
    "appsync_resolver": make.appsync(),
    "appsync_batch": [make.appsync()],
    "appsync_events": make.appsync_events(),
    "sqs": make.sqs(),
    "cloudfront_edge": make.cloudfront(),
    "a closed window": make.closed_window(),
    "durable_execution": envelope(make.http_api()),
}
VALUES = {
    "steering": "\n\r\x1b[2J\ud800\u202e" * 10,
    "a path": "a/\n" * 20_000,
    "an ARN": "arn:" + ":" * 60_000,
    "dots": "a.lambda-url." * 5_000,
    "fields": "Principal;" * 6_000,
    "number": 7,
    "null": None,
    "object": {"a": "\n"},
    "array": ["\n"],
    "true": True,
}
CONFIGS = (
    Config(mode="enforce"),
    Config(mode="enforce", event_sources=("sns",), api_ids=("a",), public_routes=("GET /*x?y*z", "ANY /*a*a*a*b")),
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where in an event something stands that is no object and no array."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*place, key))
    if not isinstance(value, dict | list):
        yield place


def put(event: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return an event with another value in one place."""
    changed = copy.deepcopy(event)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return changed


def judge(event: Any) -> Iterator[Any]:
    """Yield what the rules find, as the guard asks them."""
    source = events.read(event)
    if source.inner is not None:
        event = source.inner(event)
        source = events.read(event)
    for config in CONFIGS:
        yield event_source.check(event, source, config)
        yield authorizer.check(event, source, config)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", EVENTS)
def test_any_value_in_any_place(name: str, value: str) -> None:
    """Nothing raises, and a finding's names have at most 256 characters."""
    for place in places(EVENTS[name]):
        for finding in judge(put(EVENTS[name], place, VALUES[value])):
            if finding is not None:
                named = [finding.target, *(detail for detail in finding.details.values() if isinstance(detail, str))]
                assert all(len(text) <= 256 and text.isprintable() for text in named), place
                assert finding.message.isprintable()
                assert len(finding.message) <= 1000


@pytest.mark.parametrize("name", EVENTS)
def test_the_steps_do_not_grow_with_what_stands_in_a_place(name: str) -> None:
    """Eight times the text in any one place: at most eight times the steps, whatever the place."""
    for place in places(EVENTS[name]):
        short, long = (partial(_judge_all, put(EVENTS[name], place, "/a;b=." * size)) for size in (100, 800))
        short()  # what is loaded once does not count
        assert steps(long) <= 8 * steps(short) + 100, place


def _judge_all(event: Any) -> None:
    assert len(list(judge(event))) == 2 * len(CONFIGS)
