"""What the policies of a role say about one permission, as far as documents alone can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.wildcards import (
    covers_action,
    covers_resource,
    has_resources,
    overlaps_resource,
    without_variables,
)


class Answer(Enum):
    """Allowed, denied, or depending on what a document does not say (conditions, variables).

    UNEXPLAINED: denied by what was given, and yet calls succeeded: something that was not given allows them.
    """

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Judgement:
    """An answer, and the statement or the lack of one behind it."""

    answer: Answer
    why: str


def judge(permission: Permission, statements: Iterable[Existing]) -> Judgement:
    """Evaluate a permission as IAM does: any Deny, then some Allow, and a boundary that must allow it too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    policies = list(statements)
    boundary = [statement for statement in policies if statement.kind == "boundary"]
    identity = [statement for statement in policies if statement.kind != "boundary"]
    found = [_judge(permission, identity, "no statement allows it")]
    if boundary:
        found.append(_judge(permission, boundary, "the permissions boundary does not allow it"))
    order = (Answer.DENIED, Answer.DEPENDS, Answer.ALLOWED)
    return min(found, key=lambda judgement: order.index(judgement.answer))


def _judge(permission: Permission, statements: list[Existing], otherwise: str) -> Judgement:
    depends: Judgement | None = None
    allowed: Judgement | None = None
    for statement in statements:
        certain = _names(permission, statement)
        if certain is False:
            continue
        if certain is None:
            depends = Judgement(Answer.DEPENDS, _why_unclear(permission, statement))
        elif statement.denies:
            return Judgement(Answer.DENIED, f"{statement.name} denies it")
        else:
            allowed = Judgement(Answer.ALLOWED, f"{statement.name} allows it")
    if depends and (allowed is None or _may_deny(permission, statements)):
        return depends
    return allowed or Judgement(Answer.DENIED, otherwise)


def _why_unclear(permission: Permission, statement: Existing) -> str:
    if statement.kind == "unread":
        return f"it depends on {statement.name}, which is not in what was given"
    if permission.resource == "*" and not has_resources(permission.action) and not statement.body.get("Condition"):
        return f"it depends on {statement.name}: AWS knows no resource for this action, so on one it may do nothing"
    return f"it depends on {statement.name}"


def _may_deny(permission: Permission, statements: list[Existing]) -> bool:
    return any(statement.denies and _names(permission, statement) is not False for statement in statements)


def _names(permission: Permission, statement: Existing) -> bool | None:
    """Tell whether a statement is about a permission; None where that cannot be said from the document."""
    if statement.kind == "unread":
        return None
    if not _names_action(permission.action, statement):
        return False
    certain = _names_resource(permission, statement)
    return None if certain and statement.body.get("Condition") else certain


def _names_action(action: str, statement: Existing) -> bool:
    if excluded := statement.texts("NotAction"):
        return not any(covers_action(pattern, action) for pattern in excluded)
    return any(covers_action(pattern, action) for pattern in statement.texts("Action"))


def _names_resource(permission: Permission, statement: Existing) -> bool | None:
    """Tell whether a statement names a resource; None where it may, or names a part of it."""
    excluded = statement.texts("NotResource")
    patterns = excluded or statement.texts("Resource")
    resource = permission.resource
    if any(covers_resource(pattern, resource) for pattern in patterns if "${" not in pattern):
        return not excluded
    if resource == "*" and not has_resources(permission.action):
        # An action without resources in the reference, on a resource in the policy: AWS's own examples do so.
        return bool(excluded) if statement.denies else None
    if any(overlaps_resource(without_variables(pattern), resource) for pattern in patterns):
        return None
    return bool(excluded)
