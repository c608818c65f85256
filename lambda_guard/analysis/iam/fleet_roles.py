"""All roles of a fleet at a glance: which are too wide, what may go away, what nobody can say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.diff import Diff
from lambda_guard.analysis.iam.suggestion import Suggestion
from lambda_guard.analysis.iam.unused import Verdict


@dataclass(frozen=True)
class RoleLine:
    """One role of the overview.

    flags:   what of its policies is as wide as can be: `admin`, or wildcards such as `dynamodb:*`, on any resource.
    today:   actions that it has today, as far as they were judged. unused: of these, what may go. narrower: what was
             used on less than is allowed.
    unclear: statements left unjudged, and needs that nobody can judge. refused: times that IAM refused a call.
    problem: why it was not compared; empty where it was.
    """

    role: str
    functions: int
    flags: tuple[str, ...] = ()
    today: int = 0
    unused: int = 0
    narrower: int = 0
    unclear: int = 0
    denied: int = 0
    refused: int = 0
    problem: str = ""

    @property
    def verdict(self) -> str:
        """Return the state of the role in a few words, the most pressing first."""
        if self.problem:
            return self.problem
        if self.denied or self.refused:
            return "calls are denied"
        if "admin" in self.flags:
            return "admin"
        return "too wide" if self.is_wide else "fits"

    @property
    def is_wide(self) -> bool:
        """Tell whether the role has more than was used."""
        return bool(self.unused or self.narrower or self.flags)


def line_of(suggestion: Suggestion, problem: str = "") -> RoleLine:
    """Return what the overview says of a role."""
    usage, found = suggestion.usage, suggestion.difference
    functions = len(usage.functions)
    refused = sum(usage.denied.values())
    if found is None:
        return RoleLine(usage.role, functions, refused=refused, problem=problem or "not compared")
    if usage.silent:
        problem = f"not tightened: no records of {', '.join(usage.silent)}"
    judged, unused, narrower = _actions(found)
    return RoleLine(
        usage.role,
        functions,
        flags_of(change.statement for change in found.statements),
        judged,
        unused,
        narrower,
        _unclear(found),
        len(found.denied),
        refused,
        problem,
    )


def flags_of(statements: Iterable[Existing]) -> tuple[str, ...]:
    """Return what in a role's policies allows everything: `admin`, or the services of which it does."""
    found: set[str] = set()
    for statement in statements:
        if statement.kind == "boundary" or statement.denies or "*" not in statement.texts("Resource"):
            continue
        if statement.body.get("Condition"):
            continue
        for action in statement.texts("Action"):
            if set(action) <= set("*:"):
                found.add("admin")
            elif action.endswith(":*") or action.lower() == "iam:passrole":
                found.add(action)
        if statement.texts("NotAction"):
            found.add(f"all but {', '.join(statement.texts('NotAction')[:3])}")
    return tuple(sorted(found, key=lambda flag: (flag != "admin", flag)))


def in_order(lines: Iterable[RoleLine]) -> list[RoleLine]:
    """Put what needs somebody first: refused calls, admins, then what has most to lose."""
    return sorted(
        lines, key=lambda line: (not (line.denied or line.refused), "admin" not in line.flags, -line.unused, line.role)
    )


def summary(lines: Sequence[RoleLine]) -> str:
    """Say in a line how the fleet stands."""
    wide = sum(1 for line in lines if line.is_wide)
    admins = sum(1 for line in lines if "admin" in line.flags)
    gone = sum(line.unused for line in lines)
    unclear = sum(line.unclear for line in lines)
    return (
        f"{len(lines):,} roles: {wide:,} too wide, {admins:,} of them admin; "
        f"{gone:,} actions may go; {unclear:,} unclear"
    )


def _actions(found: Diff) -> tuple[int, int, int]:
    """Count the actions that are judged, those of which no statement keeps anything, and those that get narrower."""
    judged: set[str] = set()
    kept: set[str] = set()
    narrower: set[str] = set()
    for change in found.statements:
        for piece in change.pieces:
            judged.add(piece.action.lower())
            if piece.verdict is not Verdict.REMOVED:
                kept.add(piece.action.lower())
            if piece.verdict is Verdict.NARROWED:
                narrower.add(piece.action.lower())
    return len(judged), len(judged - kept), len(narrower)


def _unclear(found: Diff) -> int:
    unjudged = sum(1 for change in found.statements if change.why and not change.pieces and change.statement.unjudged)
    return unjudged + len(found.unmet) - len(found.denied)
