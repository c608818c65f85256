"""Globs fit whole names, and no name makes them slow."""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_guard.runtime import events
from lambda_guard.runtime.events.routes import is_public, route_name
from lambda_guard.runtime.match import matches
from lambda_guard.runtime.services import endpoints, invoke, partiql


@given(st.text("ab*?.\n", max_size=8), st.text("ab.\n", max_size=12))
def test_as_a_regular_expression_would(pattern: str, name: str) -> None:
    """The plain search from left to right finds what trying every place would."""
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    assert matches(pattern, name) == bool(re.fullmatch(expression, name, re.DOTALL))


@pytest.mark.parametrize("name", ["a\nb", "a[b", "a.b", "a\ud800b", ""])
def test_nothing_else_is_special(name: str) -> None:
    """Line feeds, brackets and dots are characters like others."""
    assert matches("*", name)
    assert matches(name, name)
    assert matches("a?b", name) == (len(name) == 3)
    assert not matches("a[!x]b", "a-b")
    assert fnmatch.fnmatchcase("a-b", "a[!x]b")


@pytest.mark.parametrize("pattern", ["*a?a*", "*?b*?b*c", "*" * 500 + "b", "a*" * 500])
def test_no_glob_becomes_an_expression_that_goes_back(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of an expression cannot be counted, so none that could take many is made: no repetition is in any."""
    made: list[str] = []
    real = re.compile

    def compiled(text: str, flags: int = 0) -> re.Pattern[str]:
        made.append(text)
        return real(text, flags)

    monkeypatch.setattr(re, "compile", compiled)
    matches(pattern, "ab" * 2000 + "c")
    assert bool(made) == ("?" in pattern)
    assert all(not set("*+{|(") & set(expression) for expression in made)


def steps(work: Callable[[], Any]) -> int:
    """Count the lines of Python that something runs, in any module."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def rest(path: str) -> dict[str, Any]:
    """Return the event of a request for a path."""
    return {"httpMethod": "GET", "path": path, "resource": path, "requestContext": {"resourcePath": path}}


def function_url(host: str) -> dict[str, Any]:
    """Return the event of a request to a host."""
    return {"rawPath": "/", "requestContext": {"http": {"method": "GET"}, "domainName": host, "stage": host}}


# What a client chooses, made longer and longer.
READS: dict[str, Callable[[int], Callable[[], Any]]] = {
    "a path": lambda n: lambda: is_public(("GET", "/a" * n + "/y", None), ("GET /*/*/*/x", "GET /*a*a*?b*a")),
    "a template": lambda n: lambda: route_name(("GET", "/a" * n, "/a" * n)),
    "a question mark": lambda n: lambda: matches("*?b?c*?", "ab" * n),
    "accounts": lambda n: lambda: invoke.parse("arn:aws:lambda:" + "123456789012:" * n + "function:f"),
    "regions": lambda n: lambda: invoke.parse("arn:aws:lambda:" + "eu-west-1:" * n + "function:f"),
    "a REST event": lambda n: lambda: events.read(rest("/a" * n)).route(rest("/a" * n)),
    "a host": lambda n: lambda: events.read(function_url("a." * n)),
    "a function URL": lambda n: lambda: endpoints.is_function_url("a." * n + "lambda-url.on.aws"),
    "a request's target": lambda n: lambda: endpoints.invoke_request("POST", "/a" * n + "/functions/f/invocations"),
    "a host of a database": lambda n: lambda: endpoints.host_kind("a." * n + "rds.amazonaws.com"),
    "PartiQL": lambda n: lambda: partiql._read("SELECT " + "(" * n + " FROM t"),
}


@pytest.mark.parametrize("what", READS)
def test_steps_grow_no_faster_than_the_text(what: str) -> None:
    """Eight times the text takes at most eight times the steps, and a few."""
    READS[what](1)()  # what is loaded and compiled once does not count
    short, long = steps(READS[what](200)), steps(READS[what](1600))
    assert long <= 8 * short + 100


def test_a_statement_that_dynamodb_would_refuse_is_not_read() -> None:
    """Whatever is longer than DynamoDB takes is unresolved at once."""
    assert steps(lambda: partiql.target("SELECT * FROM t WHERE " + "x = 1 AND " * 600_000)) < 10
