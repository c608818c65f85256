"""Each format is what its readers expect, whatever the names in it."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from jsonschema import Draft7Validator

from lambda_guard.analysis.lint import Report
from lambda_guard.analysis.lint.findings import Finding
from lambda_guard.analysis.lint.formats import FORMATS
from lambda_guard.analysis.lint.rules import RULES

EVIL = "a\x1b[2J\n::error::b,c:d%25]]><x>&\u202e"
REPORT = Report(
    [
        Finding("src/a b.py", 3, 5, "LG201", "invoke is called"),
        Finding(EVIL, 1, 1, "LG101", EVIL),
        Finding("/abs/ü.yaml", 2, 1, "LG103", ""),
    ],
    2, 1, 0.5,
)  # fmt: skip
EMPTY = Report([], 1, 0, 0.1)
# The parts of SARIF 2.1.0's schema that concern what is written here: types, required members, no others.
# https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
_MESSAGE = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_REGION = _object(startLine={"type": "integer", "minimum": 1}, startColumn={"type": "integer", "minimum": 1})
_ARTIFACT = _object(uri={"type": "string", "format": "uri-reference", "pattern": r"^[!-~]*$"})
_RESULT = _object(
    ("message",),
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=_MESSAGE,
    locations={"type": "array", "items": _object(physicalLocation=_object(artifactLocation=_ARTIFACT, region=_REGION))},
)
_RULE = _object(
    ("id",),
    id={"type": "string"},
    name={"type": "string"},
    shortDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object(level={"enum": ["none", "note", "warning", "error"]}),
    properties=_object(tags={"type": "array", "uniqueItems": True, "items": {"type": "string"}}),
)
_DRIVER = _object(
    ("name",),
    name={"type": "string"},
    version={"type": "string"},
    rules={"type": "array", "uniqueItems": True, "items": _RULE},
)
_RUN = _object(
    ("tool",),
    tool=_object(("driver",), driver=_DRIVER),
    results={"type": "array", "items": _RESULT},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)
SARIF = _object(
    ("version", "runs"),
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"enum": ["2.1.0"]}},
    runs={"type": "array", "items": _RUN},
)


@pytest.mark.parametrize("report", [REPORT, EMPTY])
def test_sarif_holds_to_its_schema(report: Report) -> None:
    """And each result's index leads to its rule."""
    log = json.loads(FORMATS["sarif"](report))
    Draft7Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == len(report.findings)


def test_json_tells_all_of_a_finding() -> None:
    """Ids, place, sentence, and what to do instead."""
    body = json.loads(FORMATS["json"](REPORT))
    first = body["findings"][0]
    assert (first["id"], first["file"], first["line"], first["column"]) == ("LG201", "src/a b.py", 3, 5)
    assert first["instead"] == RULES["LG201"].instead
    assert RULES["LG201"].why in first["message"]


def test_github_has_one_command_a_finding() -> None:
    """No name begins a command of its own, or ends a property."""
    lines = FORMATS["github"](REPORT).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("::warning file=src/a b.py,line=3,col=5,title=LG201 direct-invoke::invoke is called")
    assert all(line.startswith("::warning ") and line.isprintable() for line in lines)
    properties = lines[1].removeprefix("::warning ").partition("::")[0].split(",")
    assert [part.partition("=")[0] for part in properties] == ["file", "line", "col", "title"]


@pytest.mark.parametrize("report", [REPORT, EMPTY])
def test_junit_is_xml_with_a_failure_for_each_finding(report: Report) -> None:
    """Without findings there is one test that passed: some readers take an empty suite for a broken one."""
    (suite,) = xml.fromstring(FORMATS["junit"](report))
    assert len(suite.findall("testcase/failure")) == len(report.findings) == int(suite.get("failures", "-1"))
    assert len(suite.findall("testcase")) == int(suite.get("tests", "-1")) > 0


def test_text_is_for_people() -> None:
    """Place first, so that editors jump to it; no name steers the terminal."""
    text = FORMATS["text"](REPORT)
    assert "src/a b.py:3:5: LG201 invoke is called: " in text
    assert text.endswith("3 findings in 2 Python files and 1 templates, in 0.5 s\n")
    assert all(line.isprintable() for line in text.splitlines())
