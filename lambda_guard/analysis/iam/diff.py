"""Current policies against recorded usage: what stays, what gets narrower, what may go, what is denied today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.evaluate import Answer, Judgement, judge
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import statements_for
from lambda_guard.analysis.iam.resources import generalise
from lambda_guard.analysis.iam.role import RoleUsage
from lambda_guard.analysis.iam.triggers import POLLED
from lambda_guard.analysis.iam.wildcards import covers_resource, expand, reaches_others


class Verdict(Enum):
    """What happens to a statement, or to one action on one resource of it."""

    KEPT = "kept"
    NARROWED = "narrowed"
    REMOVED = "proposed for removal"


@dataclass(frozen=True)
class Piece:
    """One action on one resource pattern of a statement. to: the resources that it is narrowed to or kept on."""

    action: str
    resource: str
    verdict: Verdict
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementDiff:
    """What is proposed for one statement.

    why:      for one that is kept as it is, the reason, or for one that is judged, what is left unjudged.
    pieces:   its DynamoDB actions, wildcards expanded. others: its action patterns of other services.
    proposed: the statements to put in its place.
    """

    statement: Existing
    verdict: Verdict
    why: str
    proposed: tuple[dict[str, Any], ...]
    pieces: tuple[Piece, ...] = ()
    others: tuple[str, ...] = ()


@dataclass
class Diff:
    """All statements of a role's current policies, and the needs that they do not clearly allow."""

    statements: list[StatementDiff] = field(default_factory=list)
    unmet: list[tuple[Permission, Judgement]] = field(default_factory=list)

    @property
    def denied(self) -> list[tuple[Permission, Judgement]]:
        """Return what was called, or is needed by a trigger seen, and would be denied today."""
        return [item for item in self.unmet if item[1].answer is Answer.DENIED]


def compare(usage: RoleUsage, current: Iterable[Existing]) -> Diff:
    """Compare a role's policies with what its functions used. A role with silent functions is not tightened."""
    existing = list(current)
    judgements = ((permission, judge(permission, existing)) for permission in sorted(usage.needed))
    return Diff(
        [_judged(statement, usage) for statement in existing],
        [(need, judgement) for need, judgement in judgements if judgement.answer is not Answer.ALLOWED],
    )


def _judged(statement: Existing, usage: RoleUsage) -> StatementDiff:
    as_is = (dict(statement.body),)
    if statement.unjudged:
        return StatementDiff(statement, Verdict.KEPT, statement.unjudged, as_is)
    if usage.silent:
        return StatementDiff(statement, Verdict.KEPT, "the role is shared with functions without records", as_is)
    others = tuple(pattern for pattern in statement.texts("Action") if reaches_others(pattern))
    pieces = tuple(_pieces(statement, usage.needed))
    if not pieces:
        return StatementDiff(statement, Verdict.KEPT, "not about DynamoDB", as_is, (), others)
    verdict = _together(pieces, others)
    why = "actions of other services stay as they are" if others else ""
    proposed = as_is if verdict is Verdict.KEPT else tuple(_proposed(statement, pieces, others))
    return StatementDiff(statement, verdict, why, proposed, pieces, others)


def _pieces(statement: Existing, needed: frozenset[Permission]) -> Iterable[Piece]:
    used: dict[str, set[str]] = defaultdict(set)
    for permission in needed:
        used[permission.action].add(permission.resource)
    actions = {action for pattern in statement.texts("Action") for action in expand(pattern, used)}
    for action in sorted(actions):
        for pattern in statement.texts("Resource"):
            yield _piece(action, pattern, used[action])


def _piece(action: str, pattern: str, used: set[str]) -> Piece:
    reached = {resource for resource in used if covers_resource(pattern, resource)}
    if not reached and _may_be_polled(action, pattern):
        return Piece(action, pattern, Verdict.KEPT, (pattern,))
    if not reached:
        return Piece(action, pattern, Verdict.REMOVED)
    wanted = tuple(sorted({generalise(resource) for resource in reached}))
    if pattern in reached or pattern in wanted:
        return Piece(action, pattern, Verdict.KEPT, (pattern,))
    return Piece(action, pattern, Verdict.NARROWED, wanted)


def _may_be_polled(action: str, pattern: str) -> bool:
    """Tell whether a trigger may read with this: no event in the window is no proof that there is no trigger."""
    return action in POLLED and ("*" in pattern or "/stream/" in pattern)


def _together(pieces: Iterable[Piece], others: tuple[str, ...]) -> Verdict:
    verdicts = {piece.verdict for piece in pieces}
    if verdicts == {Verdict.KEPT}:
        return Verdict.KEPT
    return Verdict.REMOVED if verdicts == {Verdict.REMOVED} and not others else Verdict.NARROWED


def _proposed(statement: Existing, pieces: Iterable[Piece], others: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    keep = {Permission(piece.action, resource): frozenset[str]() for piece in pieces for resource in piece.to}
    yield from (found.document() for found in statements_for(keep))
    plain = [pattern for pattern in others if ":" in pattern]
    if plain:
        yield {**statement.body, "Action": plain}
    if len(plain) < len(others):
        rest = {key: value for key, value in statement.body.items() if key != "Action"}
        yield {**rest, "NotAction": ["dynamodb:*"]}
