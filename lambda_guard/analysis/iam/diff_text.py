"""The difference between current policies and recorded usage, in words and as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from lambda_guard.analysis.iam.diff import Diff, Piece, StatementDiff, Verdict
from lambda_guard.analysis.iam.evaluate import Answer
from lambda_guard.analysis.iam.role import RoleUsage

_SIGNS = {Verdict.KEPT: "=", Verdict.NARROWED: "~", Verdict.REMOVED: "-"}
_LISTED = 6


def describe(diff: Diff, usage: RoleUsage) -> Iterator[str]:
    """Yield the lines of a report: every statement, then what is denied today."""
    for change in diff.statements:
        yield from _statement(change, usage)
    for statement in diff.left_out:
        yield f"{statement.name}: the policy cannot repeat its references; it has the names that were seen instead"
        if statement.denies:
            yield f"{statement.name} IS A DENY THAT THE POLICY LACKS: keep it in the template"
    for permission, judgement in diff.unmet:
        word = "denied" if judgement.answer is Answer.DENIED else "unclear"
        who = _who(usage, permission)
        yield f"! {word} today: {permission.action} on {permission.resource} ({who}): {judgement.why}"


def as_json(diff: Diff, usage: RoleUsage) -> dict[str, Any]:
    """Return everything that `describe` says, in full."""
    return {
        "window": str(usage.window),
        "functions": sorted({function.function for function in usage.functions}),
        "silent_functions": list(usage.silent),
        "statements": [_statement_json(change) for change in diff.statements],
        "unmet": [
            {
                "action": permission.action,
                "resource": permission.resource,
                "answer": judgement.answer.value,
                "why": judgement.why,
            }
            for permission, judgement in diff.unmet
        ],
    }


def _statement(change: StatementDiff, usage: RoleUsage) -> Iterator[str]:
    why = f": {change.why}" if change.why else ""
    yield f"{_SIGNS[change.verdict]} {change.statement.name} ({change.statement.kind}) {change.verdict.value}{why}"
    if change.verdict is not Verdict.KEPT:
        yield from _parts(change, usage)
    for reason, actions in _by_reason(change.pieces).items():
        yield f"    {_some(actions)}: kept {reason} in {usage.window}"
    if any("trigger" in piece.why or "destination" in piece.why for piece in change.pieces):
        yield "    --roles-from-lambda asks Lambda what there is; so does `aws lambda list-event-source-mappings`"


def _parts(change: StatementDiff, usage: RoleUsage) -> Iterator[str]:
    for piece in change.pieces:
        if piece.verdict is Verdict.KEPT and not piece.why:
            yield f"    = {piece.action} on {piece.resource}"
        elif piece.verdict is Verdict.NARROWED:
            yield f"    ~ {piece.action} on {piece.resource} -> {', '.join(piece.to)}"
    for resource, actions in _removed(change.pieces).items():
        yield f"    - not used in {usage.window}: {_some(actions)} on {resource}"
    for piece in change.pieces:
        if piece.verdict is Verdict.REMOVED and piece.why:
            yield f"    - {piece.action} on {piece.resource}: {piece.why}, so it allows nothing"
    if change.others:
        yield f"    = {_some(change.others)}: not asked for, not judged"


def _removed(pieces: Iterable[Piece]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for piece in pieces:
        if piece.verdict is Verdict.REMOVED and not piece.why:
            found[piece.resource].append(piece.action)
    return found


def _by_reason(pieces: Iterable[Piece]) -> dict[str, list[str]]:
    """Group the actions that stay without a call by why they do."""
    found: dict[str, list[str]] = defaultdict(list)
    for piece in pieces:
        if piece.verdict is Verdict.KEPT and piece.why and piece.action not in found[piece.why]:
            found[piece.why].append(piece.action)
    return {reason: actions for reason, actions in found.items() if actions}


def _who(usage: RoleUsage, permission: Any) -> str:
    use = usage.uses.get(permission)
    if use is None:
        return "needed by Lambda"
    return f"{use.count:,} calls by {', '.join(sorted(use.functions))}"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _LISTED
    return ", ".join(listed[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _statement_json(change: StatementDiff) -> dict[str, Any]:
    return {
        "policy": change.statement.policy,
        "kind": change.statement.kind,
        "number": change.statement.number,
        "sid": change.statement.body.get("Sid"),
        "verdict": change.verdict.value,
        "why": change.why,
        "actions": [
            {
                "action": piece.action,
                "resource": piece.resource,
                "verdict": piece.verdict.value,
                "to": list(piece.to),
                **({"why": piece.why} if piece.why else {}),
            }
            for piece in change.pieces
        ],
        "other_services": list(change.others),
        "proposed": list(change.proposed),
    }
