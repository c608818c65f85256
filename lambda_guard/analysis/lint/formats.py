"""What a run says: text, JSON, SARIF, GitHub's annotations, JUnit's XML. Names are data in each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as xml

import lambda_guard
from lambda_guard.analysis.lint import Report
from lambda_guard.analysis.lint.findings import Finding, printable
from lambda_guard.analysis.lint.rules import DOCUMENTATION, PRACTICES, RULES

# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(report: Report) -> str:
    """Return one finding a paragraph: place, id, sentence, and what to do instead."""
    lines = []
    for finding in report.findings:
        lines.append(f"{_place(finding)}: {finding.id} {printable_message(finding)}")
        lines.append(f"    {finding.rule.instead}")
    files = f"{report.code:,} Python files and {report.templates:,} templates"
    lines.append(f"{len(report.findings):,} findings in {files}, in {report.seconds:.1f} s")
    return "\n".join(lines) + "\n"


def printable_message(finding: Finding) -> str:
    """Return a finding's message; names were bounded as it was made, and are made safe to print here."""
    return "".join(character if character.isprintable() else "?" for character in finding.message)


def _place(finding: Finding) -> str:
    return f"{printable(finding.file)}:{finding.line}:{finding.column}"


def _as_json(report: Report) -> str:
    body = {
        "version": lambda_guard.__version__,
        "findings": [
            {
                "id": finding.id,
                "name": finding.rule.name,
                "practice": finding.rule.practice,
                "file": finding.file,
                "line": finding.line,
                "column": finding.column,
                "message": printable_message(finding),
                "instead": finding.rule.instead,
            }
            for finding in report.findings
        ],
        "files": {"code": report.code, "templates": report.templates},
    }
    return json.dumps(body, indent=2) + "\n"


def _sarif(report: Report) -> str:
    order = {name: number for number, name in enumerate(RULES)}
    driver = {
        "name": "lambda-guard",
        "version": lambda_guard.__version__,
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "shortDescription": {"text": rule.why},
                "help": {"text": f"{rule.instead} See {DOCUMENTATION}."},
                "defaultConfiguration": {"level": "warning"},
                "properties": {"tags": [f"practice {rule.practice}: {PRACTICES[rule.practice]}"]},
            }
            for rule in RULES.values()
        ],
    }
    results = [
        {
            "ruleId": finding.id,
            "ruleIndex": order[finding.id],
            "level": "warning",
            "message": {"text": f"{printable_message(finding)} {finding.rule.instead}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(finding.file)},
                        "region": {"startLine": finding.line, "startColumn": finding.column},
                    }
                }
            ],
        }
        for finding in report.findings
    ]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _uri(file: str) -> str:
    """Return a file as a relative reference, or as a file URI where it is absolute."""
    name = Path(file).as_posix()
    return f"file://{quote(name, errors='replace')}" if name.startswith("/") else quote(name, errors="replace")


def _github(report: Report) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands."""
    lines = []
    for finding in report.findings:
        place = f"file={_property(finding.file)},line={finding.line},col={finding.column}"
        title = _property(f"{finding.id} {finding.rule.name}")
        lines.append(f"::warning {place},title={title}::{_data(f'{finding.message} {finding.rule.instead}')}")
    return "".join(f"{line}\n" for line in lines)


def _data(value: str) -> str:
    escaped = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(character if character.isprintable() else "?" for character in escaped)


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _junit(report: Report) -> str:
    suite = xml.Element("testsuite", name="lambda-guard lint", errors="0", skipped="0")
    suite.set("tests", str(max(len(report.findings), 1)))
    suite.set("failures", str(len(report.findings)))
    suite.set("time", f"{report.seconds:.3f}")
    for finding in report.findings:
        case = xml.SubElement(suite, "testcase", classname=_xml(finding.file), file=_xml(finding.file))
        case.set("name", _xml(f"{finding.id} {finding.rule.name} at line {finding.line}"))
        case.set("line", str(finding.line))
        failure = xml.SubElement(case, "failure", type=finding.id, message=_xml(printable_message(finding)))
        failure.text = _xml(f"{_place(finding)}: {finding.rule.instead}")
    if not report.findings:
        xml.SubElement(suite, "testcase", classname="lambda-guard", name="lint")
    root = xml.Element("testsuites")
    root.append(suite)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _xml(value: str) -> str:
    return _NOT_XML.sub("?", value)


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text,
    "json": _as_json,
    "sarif": _sarif,
    "github": _github,
    "junit": _junit,
}
