"""Whether the demo showed what it set out to show. It fails loudly where it did not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema

from ...runtime.types import BLOCKED, WOULD_BLOCK
from ..report.readiness import NOT_READY, READY
from ..schema import record_schema
from . import shop
from .functions import Act
from .suggestion import Suggestion
from .way import Way


def name_of(answer: Any) -> str:
    """Say in a word what a function answered: an HTTP status, the type of an error, or done."""
    if isinstance(answer, dict) and "errorType" in answer:
        return str(answer["errorType"])
    if isinstance(answer, dict) and "statusCode" in answer:
        return str(answer["statusCode"])
    return "done" if answer == {"batchItemFailures": []} else "an answer that nobody expected"


def of_acts(observe: Act, enforce: Act) -> list[str]:
    """Return what did not happen, or should not have; nothing where all is as it should be."""
    return [
        *_answers(observe, [step.observe for step in shop.STEPS]),
        *_answers(enforce, [step.enforce for step in shop.STEPS]),
        *_findings(observe, WOULD_BLOCK),
        *_findings(enforce, BLOCKED),
        *_reached(observe, enforce),
        *_records(observe),
        *_records(enforce),
    ]


def of_observe(observe: Act) -> list[str]:
    """Return what did not happen in observe, on which all that follows rests."""
    expected = [step.observe for step in shop.STEPS]
    return [*_answers(observe, expected), *_findings(observe, WOULD_BLOCK), *_records(observe)]


def of_way(way: Way) -> Iterator[str]:
    """Yield what is not as it should be on the way from observe to enforce."""
    refused = {(verdict.function, verdict.rule) for verdict in way.before if verdict.outcome == NOT_READY}
    wanted = {("checkout", "direct_invoke"), ("api", "authorizer"), ("api", "event_source")}
    if refused != wanted:
        yield f"readiness: not ready are {sorted(refused)} instead of {sorted(wanted)}"
    for verdict in way.after:
        if verdict.outcome != READY:
            yield f"readiness with the baseline: {verdict.function} {verdict.rule} is {verdict.outcome}"
    if not way.report.read_text(encoding="utf-8").rstrip().endswith("</html>"):
        yield f"the report {way.report} is not whole"


def _answers(act: Act, expected: list[str]) -> Iterator[str]:
    for step, wanted, answers in zip(shop.STEPS, expected, act.answers, strict=True):
        for answer in answers:
            if (found := name_of(answer)) != wanted:
                yield f"{act.mode}: {step.function}, {step.what}: {found} instead of {wanted}"


def _findings(act: Act, decision: str) -> Iterator[str]:
    found = {_finding(content) for content in act.of_kind("finding")}
    wanted = set()
    for expected in shop.FINDINGS:
        finding = (expected.function, expected.issue, decision, expected.target, expected.where)
        wanted.add((*finding, False))
        if expected.swallowed and decision == BLOCKED:
            wanted.add((*finding, True))
    for missing in sorted(wanted - found, key=str):
        yield f"{act.mode}: not reported: {missing}"
    for surplus in sorted(found - wanted, key=str):
        yield f"{act.mode}: reported and not expected: {surplus}"


def _finding(content: dict[str, Any]) -> tuple[Any, ...]:
    site = content["site"]
    names = (content[name] for name in ("function", "issue", "decision", "target"))
    return (*names, site["function"] if site else None, content["swallowed"])


def _reached(observe: Act, enforce: Act) -> Iterator[str]:
    # Both sites, twice.
    if observe.invoked != ("stock",) * 4:
        yield f"observe: {len(observe.invoked)} invokes of stock reached AWS instead of 4"
    if enforce.invoked:
        yield f"enforce: {len(enforce.invoked)} invokes reached AWS that the guard had blocked"
    for act in (observe, enforce):
        if (count := act.count("api", "Query")) != shop.API_QUERIES[act.mode]:
            yield f"{act.mode}: api read DynamoDB {count} times instead of {shop.API_QUERIES[act.mode]}"


def _records(act: Act) -> Iterator[str]:
    validator = jsonschema.Draft202012Validator(record_schema())
    for name, records in act.records.items():
        for record in records:
            for fault in validator.iter_errors(record):
                yield f"{act.mode}: a record of {name} is not valid: {fault.message[:200]}"
    for content in act.of_kind("error"):
        yield f"{act.mode}: the guard of {content['function']} failed at {content['where']}: {content['message']}"
    attached = {content["function"] for content in act.of_kind("attached")}
    for name in sorted({step.function for step in shop.STEPS} - attached):
        yield f"{act.mode}: {name} did not report that the guard is attached"


def of_policy(suggestion: Suggestion) -> Iterator[str]:
    """Yield what the suggested policy lacks, and what it grants beyond the need."""
    granted = {
        (action, resource)
        for statement in suggestion.statements
        for action in statement.actions
        for resource in statement.resources
    }
    for action, resource in sorted(shop.NEEDS - granted):
        yield f"the suggested policy lacks {action} on {resource}"
    for action, resource in sorted(granted - shop.NEEDS):
        yield f"the suggested policy grants {action} on {resource}, which was not used"
