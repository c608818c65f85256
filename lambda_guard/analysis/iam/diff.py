"""Current policies against recorded usage: what stays, what gets narrower, what may go, what is denied today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.evaluate import Answer, Judgement, judge
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import Grants, Statement, statements_for, unique_sids, verbatim
from lambda_guard.analysis.iam.resources import generalise
from lambda_guard.analysis.iam.role import RoleUsage, grants
from lambda_guard.analysis.iam.unused import Piece, Verdict, pieces_of
from lambda_guard.analysis.iam.wildcards import covers, has_resources

__all__ = ["Diff", "Piece", "StatementDiff", "Verdict", "compare"]


@dataclass(frozen=True)
class StatementDiff:
    """What is proposed for one statement.

    why:    for one that is kept as it is, the reason, or for one that is judged, what is left unjudged.
    pieces: its actions, wildcards expanded. others: action patterns that nobody asked to judge.
    stays:  what of it stays as it is written; None where nothing does.
    """

    statement: Existing
    verdict: Verdict
    why: str
    stays: dict[str, Any] | None
    pieces: tuple[Piece, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def kept(self) -> frozenset[Permission]:
        """Return what the pieces are narrowed to or kept on, besides `stays`."""
        if self.verdict is Verdict.KEPT:
            return frozenset()
        return frozenset(Permission(piece.action, resource) for piece in self.pieces for resource in piece.to)

    @property
    def proposed(self) -> tuple[dict[str, Any], ...]:
        """Return the statements to put in its place, each with a Sid of its own."""
        if self.verdict is Verdict.KEPT:
            return (dict(self.statement.body),)
        found = statements_for(dict.fromkeys(self.kept, frozenset[str]()))
        if self.stays is not None:
            found.append(verbatim(self.stays))
        return tuple(statement.document() for statement in unique_sids(found))


@dataclass
class Diff:
    """All statements of a role's current policies, and the needs that they do not clearly allow."""

    usage: RoleUsage
    wanted: Grants
    statements: list[StatementDiff] = field(default_factory=list)
    unmet: list[tuple[Permission, Judgement]] = field(default_factory=list)

    @property
    def denied(self) -> list[tuple[Permission, Judgement]]:
        """Return what was called, or is needed by a trigger seen, and would be denied today."""
        return [item for item in self.unmet if item[1].answer is Answer.DENIED]

    @property
    def unexplained(self) -> list[tuple[Permission, Judgement]]:
        """Return what was called with success though nothing that was given allows it."""
        return [item for item in self.unmet if item[1].answer is Answer.UNEXPLAINED]

    @property
    def left_out(self) -> list[Existing]:
        """Return the statements that stay and that no policy document can repeat: the template alone knows them."""
        stay = [change.statement for change in self.statements if change.stays is not None]
        return [statement for statement in stay if statement.kind == "template" and not _is_portable(statement.body)]

    def policy(self) -> list[Statement]:
        """Return the policy that stands for all current ones: what stays of them, and what they lack.

        A need of which they allow a part is that part: nobody recorded more than that the calls went through.
        """
        stay = [
            change.stays
            for change in self.statements
            if change.stays is not None and change.statement.kind not in ("boundary", "unread")
            if change.statement not in self.left_out
        ]
        kept = {need: self.wanted.get(need, frozenset[str]()) for change in self.statements for need in change.kept}
        carried = [Existing("", "kept", 1, body) for body in stay if body["Effect"] == "Allow"]
        carried += [
            Existing("", "kept", 1, found.document()) for found in statements_for(dict.fromkeys(kept, frozenset()))
        ]
        lacking = {need: limit for need, limit in self.wanted.items() if self._is_lacking(need, carried)}
        found = statements_for(_without_covered({**kept, **lacking}))
        return unique_sids([*found, *map(verbatim, stay)])

    def _is_lacking(self, need: Permission, carried: list[Existing]) -> bool:
        answer = judge(need, carried).answer
        if answer is Answer.DEPENDS and (need.resource != "*" or has_resources(need.action)):
            uses = [use for seen, use in self.usage.uses.items() if _general(seen) == need]
            return bool(uses) and not any(use.succeeded for use in uses)
        return answer is not Answer.ALLOWED


def compare(usage: RoleUsage, current: Iterable[Existing], wanted: Grants | None = None) -> Diff:
    """Compare a role's policies with what its functions used. A role with silent functions is not tightened.

    wanted: what the policy is to grant, by default what was used; conditions on it are kept.
    """
    existing = list(current)
    wanted = grants(usage) if wanted is None else wanted
    general = {_general(need) for need in usage.needed}
    needed = usage.needed | (frozenset(wanted) - general)
    return Diff(
        usage,
        wanted,
        [_judged(statement, usage, needed) for statement in existing],
        list(_unmet(usage, needed, existing)),
    )


def _judged(statement: Existing, usage: RoleUsage, needed: frozenset[Permission]) -> StatementDiff:
    as_is = dict(statement.body)
    if why := statement.unjudged or _why_untouched(usage):
        return StatementDiff(statement, Verdict.KEPT, why, as_is)
    pieces, others = pieces_of(statement, usage, needed)
    verdicts = {piece.verdict for piece in pieces}
    if verdicts <= {Verdict.KEPT}:
        why = "" if pieces else "not about what was asked for"
        return StatementDiff(statement, Verdict.KEPT, why, as_is, pieces, others)
    verdict = Verdict.REMOVED if verdicts == {Verdict.REMOVED} and not others else Verdict.NARROWED
    why = "actions of other services stay as they are" if others else ""
    return StatementDiff(statement, verdict, why, _rest(statement, usage, others), pieces, others)


def _why_untouched(usage: RoleUsage) -> str:
    """Say why nothing of a role's policies is taken away; empty where what was seen is all there is."""
    if usage.silent:
        return "the role is shared with functions without records"
    if usage.unseen:
        return f"calls may be in no record: {usage.unseen[0]}"
    if any(function.dropped for function in usage.functions):
        return "the recorder had no room for some calls"
    return ""


def _rest(statement: Existing, usage: RoleUsage, others: tuple[str, ...]) -> dict[str, Any] | None:
    """Return what nobody asked to judge of a statement."""
    if not others:
        return None
    if "*" not in others:
        return {**statement.body, "Action": list(others)}
    body = {key: value for key, value in statement.body.items() if key != "Action"}
    return {**body, "NotAction": [f"{service}:*" for service in sorted(usage.only)]}


def _unmet(
    usage: RoleUsage, needed: Iterable[Permission], existing: list[Existing]
) -> Iterator[tuple[Permission, Judgement]]:
    for permission in sorted(needed):
        judgement = judge(permission, existing)
        if judgement.answer is Answer.DENIED and (proof := _proof(usage, permission)):
            why = judgement.why if "denies" in judgement.why else "not allowed by what was given"
            yield permission, Judgement(Answer.UNEXPLAINED, f"{why}, yet {proof}")
        elif judgement.answer is not Answer.ALLOWED:
            yield permission, judgement


def _proof(usage: RoleUsage, permission: Permission) -> str:
    """Say what speaks against a permission being denied today; empty where nothing does."""
    use = usage.uses.get(permission)
    if use is not None and use.succeeded:
        return f"{use.succeeded:,} call{'s' * (use.succeeded != 1)} succeeded"
    if use is not None and use.unended:
        return "how these calls ended is not recorded"
    if use is not None:
        return "" if use.confidence <= {"documented"} else "AWS does not document what these calls need"
    came = sum(count for arn, count in usage.deliveries.items() if _is_of(permission, arn))
    return f"{came:,} event{'s' * (came != 1)} came" if came else ""


def _is_of(permission: Permission, source: str) -> bool:
    on_it = permission.resource == "*" or permission.resource.startswith(source.partition("/consumer/")[0])
    return on_it and permission.action.partition(":")[0] in (source.split(":", 3)[2], "ec2")


def _general(permission: Permission) -> Permission:
    return Permission(permission.action, generalise(permission.resource))


def _is_portable(body: Any) -> bool:
    """Tell whether a template's statement has no references of the template, but at most IAM's own variables."""
    texts = [text for element in ("Resource", "NotResource") for text in Existing("", "", 1, body).texts(element)]
    texts.append(str(body.get("Condition", "")))
    return all(text.count("${") == sum(text.count(f"${{{own}") for own in _IAM_VARIABLES) for text in texts)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
_IAM_VARIABLES = (
    "aws:",
    "*}",
    "?}",
    "$}",
    "s3:",
    "ec2:",
    "iam:",
    "saml:",
    "sts:",
    "cognito-identity.",
    "www.",
    "graph.",
)


def _without_covered(found: dict[Permission, frozenset[str]]) -> dict[Permission, frozenset[str]]:
    """Leave out what another grant of the same action reaches anyway."""
    by_action: dict[str, list[tuple[Permission, frozenset[str]]]] = {}
    for need, limit in found.items():
        by_action.setdefault(need.action, []).append((need, limit))
    return {
        need: limit
        for same in by_action.values()
        for need, limit in same
        if not any(
            other != need and covers(other.resource, need.resource) and (not wider or wider == limit)
            for other, wider in same
        )
    }
