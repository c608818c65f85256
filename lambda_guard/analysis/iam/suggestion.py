"""One role's suggestion: the policy, the difference to what it has, and everything there is to say about both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lambda_guard.analysis.iam import coverage, diff_text
from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.diff import Diff, compare
from lambda_guard.analysis.iam.policy import DENY_INVOKE, Statement, statements_for
from lambda_guard.analysis.iam.role import RoleUsage, grants, limited_to


@dataclass(frozen=True)
class Settings:
    """What goes into a policy besides what was used.

    only: services (IAM's prefixes) that it is about; empty for all. account: for records that tell none.
    """

    conditions: bool = False
    logs: bool = False
    deny_invoke: bool = False
    account: str = ""
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A role's policy and the difference to its current ones; both from the same grants."""

    usage: RoleUsage
    statements: list[Statement]
    difference: Diff | None
    settings: Settings

    @property
    def needs_a_look(self) -> bool:
        """Tell whether a person has to look: calls are denied, or the policy is not known to be complete."""
        found = self.difference
        unmet = found is not None and bool(found.denied or found.unexplained)
        breaks = self.settings.deny_invoke and bool(self.usage.invokes)
        return unmet or breaks or not coverage.is_complete(self.usage)


def suggest(usage: RoleUsage, existing: Iterable[Existing] | None, settings: Settings) -> Suggestion:
    """Suggest a role's policy. With current policies it stands for all of them: what stays, and what they lack.

    A role with silent functions gets none.
    """
    if settings.only:
        usage = limited_to(usage, settings.only)
    wanted = grants(usage, conditions=settings.conditions, logs=settings.logs, account=settings.account)
    difference = None if existing is None else compare(usage, existing, wanted)
    statements = statements_for(wanted) if difference is None else difference.policy()
    if settings.deny_invoke and DENY_INVOKE.document() not in [statement.document() for statement in statements]:
        statements = [*statements, DENY_INVOKE]
    return Suggestion(usage, [] if usage.silent else statements, difference, settings)


def report(suggestion: Suggestion, roles_known: bool) -> Iterator[str]:
    """Yield the lines of a role's report: what IAM refused first, then what the policy rests on, then the difference.

    roles_known: whether Lambda told which functions have the role.
    """
    usage, difference = suggestion.usage, suggestion.difference
    yield f"role {usage.role}"
    yield from coverage.of_denials(usage)
    yield from coverage.of_role(usage)
    if usage.silent:
        yield f"NOT TIGHTENED: no invocation recorded of {', '.join(usage.silent)}, which has this role"
    elif not suggestion.statements:
        yield "no call and no trigger that needs a permission was seen: nothing to grant"
    if not roles_known:
        yield "whether other functions have this role is not known: --roles-from-lambda asks Lambda"
    elif not usage.settled:
        yield "Lambda does not know all functions of this role: what it needs for itself is not all known"
    if usage.only and usage.elsewhere and difference is None:
        yield f"THIS IS A PART OF A POLICY, of {', '.join(sorted(usage.only))} only: it replaces none of the whole role"
    yield from coverage.of_policy(suggestion.statements)
    if suggestion.settings.deny_invoke and usage.invokes:
        yield f"--deny-invoke would break {usage.invokes:,} direct invokes that were seen"
    for need, confidence in coverage.confidence_of(usage):
        yield f"{need.action} on {need.resource}: {confidence}"
    if difference is not None:
        yield from diff_text.describe(difference, usage)
