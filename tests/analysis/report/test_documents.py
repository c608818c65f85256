"""Verdicts as text, JSON, JUnit and Markdown, read back by what reads such files."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from lambda_guard.analysis.report.documents import FORMATS, as_json, junit, markdown, text
from lambda_guard.analysis.report.readiness import Enough, Verdict, judge
from lambda_guard.runtime.types import printable


@pytest.fixture
def verdicts(lines: Any, read: Any) -> list[Verdict]:
    """One function that is not ready, one that is, one that was seen too little, one that is enforced."""
    lines.quiet("stock")
    lines.quiet("orders")
    lines.found("orders", target="GET /orders", line=7, day=2)
    lines.attached("new")
    lines.quiet("old", dict.fromkeys(("authorizer", "event_source", "direct_invoke"), "enforce"))
    return judge(read(lines), Enough())


def test_text_begins_with_what_is_in_the_way_and_says_the_way_out(verdicts: list[Verdict]) -> None:
    lines = text(verdicts).splitlines()
    assert lines[0] == "orders (eu-west-1)  authorizer: not ready"
    assert lines[1] == (
        "    missing-authorizer: GET /orders at /var/task/app.py:7, 1 time, first 2026-11-02, last 2026-11-02"
    )
    assert lines[2].startswith("      -> attach an authorizer")
    assert lines[3] == "new (eu-west-1)  authorizer: not enough evidence"
    assert "    0 of 100 invocations" in lines
    assert lines[-1] == "2 functions ready or enforced, 1 not ready, 1 without enough evidence"


def test_text_cuts_what_json_has_in_full(lines: Any, read: Any) -> None:
    lines.quiet("orders")
    for number in range(8):
        lines.found("orders", target=f"GET /{number}", day=2)
    verdicts = judge(read(lines), Enough(), rules=["authorizer"])
    assert "    and 3 more; --format json has all" in text(verdicts)
    assert len(json.loads(as_json(verdicts))["refused"]) == 8


def test_json_is_an_object_a_line(verdicts: list[Verdict]) -> None:
    rows = [json.loads(line) for line in as_json(verdicts).splitlines()]
    assert len(rows) == len(verdicts) == 12
    orders = next(row for row in rows if (row["function"], row["rule"]) == ("orders", "authorizer"))
    assert orders["outcome"] == "not ready"
    assert orders["refused"][0]["first"] == "2026-11-02T00:00:00"


def test_junit_fails_a_case_for_each_function_and_rule_that_is_not_ready(verdicts: list[Verdict]) -> None:
    suite = ElementTree.fromstring(junit(verdicts))
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("12", "4")
    failed = {(case.attrib["classname"], case.attrib["name"]) for case in suite if case.find("failure") is not None}
    assert ("orders (eu-west-1)", "authorizer") in failed
    assert len(failed) == 4


def cells(document: str) -> list[list[str]]:
    """Read a Markdown table as GitHub does, cells as the text that a reader sees; nothing else may be in it."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    rows: list[list[str]] = []
    for token in parser.parse(document):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and token.level > 2:
            assert {child.type for child in token.children or ()} <= {"text", "text_special"}, token.content
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def test_markdown_is_a_table(verdicts: list[Verdict]) -> None:
    head, *rows = cells(markdown(verdicts))
    assert head == ["function", "rule", "outcome", "why"]
    assert len(rows) == 12
    assert all(len(row) == 4 for row in rows)


def test_no_verdict_at_all_is_a_document_too() -> None:
    for form in FORMATS.values():
        form([])
    assert ElementTree.fromstring(junit([])).attrib["tests"] == "0"


@pytest.fixture
def of_hostile(hostile: Any, read: Any) -> list[Verdict]:
    """Verdicts of functions, targets and files with hostile names."""
    return judge(read(hostile), Enough(), rules=["authorizer"])


def test_hostile_names_are_text_in_junit(of_hostile: list[Verdict], names: tuple[str, ...]) -> None:
    suite = ElementTree.fromstring(junit(of_hostile))
    shown = {case.attrib["classname"] for case in suite}
    assert shown == {printable(f"{name} (eu-west-1)") for name in names}
    assert {element.tag for element in suite.iter()} == {"testsuite", "testcase", "failure"}


def test_hostile_names_are_text_in_one_row_each_of_markdown(
    of_hostile: list[Verdict], names: tuple[str, ...]
) -> None:
    _, *rows = cells(markdown(of_hostile))
    assert {row[0] for row in rows} == {printable(f"{name} (eu-west-1)") for name in names}
    assert "https://" not in markdown(of_hostile), "an address would become a link on many sites"


def test_hostile_names_end_no_line_of_text_and_steer_no_terminal(
    of_hostile: list[Verdict], names: tuple[str, ...]
) -> None:
    shown = text(of_hostile)
    assert all(one.isprintable() or one == "\n" for one in shown)
    assert sum(line.endswith("authorizer: not ready") for line in shown.splitlines()) == len(names)


def test_hostile_names_are_escaped_in_json(of_hostile: list[Verdict], names: tuple[str, ...]) -> None:
    lines = as_json(of_hostile).splitlines()
    assert {json.loads(line)["function"] for line in lines} == set(names)
    assert all(line.isascii() and line.isprintable() for line in lines)
