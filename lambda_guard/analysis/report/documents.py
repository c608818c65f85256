"""Verdicts as text, JSON, JUnit and Markdown: names are data in each of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from lambda_guard.analysis.report.readiness import NOT_ENOUGH, NOT_READY, Reason, Verdict
from lambda_guard.runtime.types import printable

_SHOWN = 5  # reasons of each verdict in text; all are in JSON


def text(verdicts: Sequence[Verdict]) -> str:
    """Return verdicts as lines: the functions that are not ready first."""
    lines = []
    order = {NOT_READY: 0, NOT_ENOUGH: 1}
    for verdict in sorted(verdicts, key=lambda one: (order.get(one.outcome, 2), one.function, one.rule)):
        lines.append(f"{_name(verdict)}  {verdict.rule}: {verdict.outcome}")
        for reason in verdict.refused[:_SHOWN]:
            lines.append(f"    {_reason(reason)}")
            lines.append(f"      -> {reason.remedy}")
        if len(verdict.refused) > _SHOWN:
            lines.append(f"    and {len(verdict.refused) - _SHOWN} more; --format json has all")
        lines += [f"    {missing}" for missing in verdict.missing if verdict.outcome != "enforced"]
    return "\n".join(printable(line, 600) for line in [*lines, summary(verdicts)])


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return how many functions are how far."""
    by_function: dict[tuple[str, str | None, str], set[str]] = {}
    for verdict in verdicts:
        by_function.setdefault((verdict.function, verdict.account, verdict.region), set()).add(verdict.outcome)
    blocked = sum(NOT_READY in outcomes for outcomes in by_function.values())
    short = sum(NOT_ENOUGH in outcomes and NOT_READY not in outcomes for outcomes in by_function.values())
    ready = len(by_function) - blocked - short
    functions = "function" if ready == 1 else "functions"
    return f"{ready:,} {functions} ready or enforced, {blocked:,} not ready, {short:,} without enough evidence"


def as_json(verdicts: Sequence[Verdict]) -> str:
    """Return one JSON object a verdict."""
    return "\n".join(json.dumps(_as_json(verdict)) for verdict in verdicts)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "function": verdict.function,
        "account": verdict.account,
        "region": verdict.region,
        "rule": verdict.rule,
        "outcome": verdict.outcome,
        "refused": [
            {
                "issue": one.issue, "target": one.target, "place": one.place, "count": one.count,
                "first": _iso(one.first), "last": _iso(one.last), "remedy": one.remedy,
            }
            for one in verdict.refused
        ],
        "missing": list(verdict.missing),
    }  # fmt: skip


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def junit(verdicts: Sequence[Verdict]) -> str:
    """Return a JUnit document: a test case for each function and rule, which fails where it is not ready."""
    failed = sum(verdict.outcome in (NOT_READY, NOT_ENOUGH) for verdict in verdicts)
    suite = ElementTree.Element(
        "testsuite", name="lambda_guard readiness", tests=str(len(verdicts)), failures=str(failed), errors="0"
    )
    for verdict in verdicts:
        case = ElementTree.SubElement(suite, "testcase", classname=_name(verdict), name=verdict.rule)
        if verdict.outcome in (NOT_READY, NOT_ENOUGH):
            lines = [*(_reason(one) for one in verdict.refused), *verdict.missing]
            failure = ElementTree.SubElement(case, "failure", message=verdict.outcome, type=verdict.outcome)
            failure.text = "\n".join(printable(line, 600) for line in lines)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def markdown(verdicts: Sequence[Verdict]) -> str:
    """Return a table for a pull request or a wiki."""
    lines = ["| function | rule | outcome | why |", "|---|---|---|---|"]
    for verdict in verdicts:
        why = "; ".join([*(_reason(one) for one in verdict.refused[:_SHOWN]), *verdict.missing])
        cells = (_name(verdict), verdict.rule, verdict.outcome, why)
        lines.append("| " + " | ".join(cell(one) for one in cells) + " |")
    return "\n".join([*lines, "", summary(verdicts)])


def cell(content: str) -> str:
    """Return text as it stands in a Markdown table, whatever it holds; addresses become no links."""
    shown = printable(content, 600).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{one}" if one in "|\\`*_[]!~:$" else one for one in shown)


def _name(verdict: Verdict) -> str:
    return printable(f"{verdict.function} ({verdict.region})")


def _reason(reason: Reason) -> str:
    place = f" at {reason.place}" if reason.place else ""
    first, last = (f"{time:%Y-%m-%d}" if time else "?" for time in (reason.first, reason.last))
    times = f"{reason.count:,} time{'s' * (reason.count != 1)}"
    return printable(f"{reason.issue}: {reason.target}{place}, {times}, first {first}, last {last}", 600)


FORMATS = {"text": text, "json": as_json, "junit": junit, "markdown": markdown}
