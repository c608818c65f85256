"""Public sample events, labelled by hand, are read as their labels say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.rules import authorizer, event_source
from lambda_guard.runtime.settings.config import Config

CORPUS = Path(__file__).parents[4] / "shared" / "events"
pytestmark = pytest.mark.skipif(not (CORPUS / "labels.json").exists(), reason=f"no sample events in {CORPUS}")

# The labels tell payload versions and services apart where the `authorizers` setting does not.
KINDS = {"lambda_v1": "lambda", "lambda_v2": "lambda", "cognito_user_pool": "cognito"} | {
    "lattice_iam": "iam",
    "appsync_cognito": "cognito",
}


@cache
def corpus() -> list[tuple[dict[str, Any], Any]]:
    labels = json.loads((CORPUS / "labels.json").read_text())
    return [(label, json.loads((CORPUS / label["path"]).read_text("utf-8-sig"))) for label in labels]


def certain() -> list[tuple[dict[str, Any], Any]]:
    return [
        (label, event)
        for label, event in corpus()
        if not (label["dup_of"] or label["doubtful"] or label["stripped"] or label["source"] == "not_event")
    ]


def authorized(event: Any) -> bool | None:
    source = events.read(event)
    kinds = source.authorizer(event) if source.authorizer else ()
    if source.authorizer is None or kinds == ("console_test_invoke",):
        return None
    return any(kind in authorizer.DEFAULT_KINDS for kind in kinds)


def test_the_source_is_right_in_995_of_1000() -> None:
    misses = [
        (label["path"], events.read(event).name)
        for label, event in certain()
        if events.read(event).name not in (label["source"], *label.get("accept", {}).get("source", ()))
    ]
    assert len(certain()) > 300
    assert len(misses) <= 0.005 * len(certain()), misses


def test_http_is_right_wherever_the_source_is() -> None:
    wrong = [
        label["path"]
        for label, event in corpus()
        if events.read(event).name == label["source"] and events.read(event).http != label["http_like"]
    ]
    assert not wrong


def test_no_event_is_authorized_that_should_not_be() -> None:
    assert not [
        label["path"] for label, event in certain() if label["authorized"] is not True and authorized(event)
    ]


def test_hardly_any_event_is_unauthorized_that_should_be_authorized() -> None:
    misses = [label["path"] for label, event in certain() if label["authorized"] and not authorized(event)]
    assert len(misses) <= 1, misses


def test_the_question_does_not_arise_for_events_without_a_caller() -> None:
    assert not [
        label["path"]
        for label, event in certain()
        if label["authorized"] is None and authorized(event) is not None
    ]


def test_the_kind_of_authorizer_is_right() -> None:
    misses = []
    for label, event in certain():
        source = events.read(event)
        kinds = source.authorizer(event) if source.authorizer else ()
        if (kinds[0] if kinds else None) != KINDS.get(label["authorizer"], label["authorizer"]):
            misses.append((label["path"], kinds))
    assert not misses


def test_enforce_lets_in_what_is_authorized_and_only_exceptions_besides() -> None:
    """WebSocket after CONNECT and CORS preflights are the exceptions."""
    config = Config(mode="enforce")
    allowed = []
    for label, event in certain():
        source = events.read(event)
        finding = event_source.check(event, source, config) or authorizer.check(event, source, config)
        assert finding is None or not label["authorized"], label["path"]
        if finding is None and label["authorized"] is False:
            allowed.append(label["path"])
    settled = [path for path in allowed if "websocket" not in path]
    assert settled == ["synthetic/rest-v1-options-preflight.json"]
