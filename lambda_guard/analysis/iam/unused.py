"""The actions of a statement on its resources, one by one: used, used on less, or not used in the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.execution import DELIVERED, LOGGED, NETWORKED, TRACED
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.resources import generalise
from lambda_guard.analysis.iam.role import RoleUsage
from lambda_guard.analysis.iam.triggers import POLLED
from lambda_guard.analysis.iam.wildcards import expand, meet

# Sources whose caller waits for the answer: Lambda sends no failed event of theirs to a destination.
_SYNCHRONOUS = frozenset({"alb", "apigw_http_v1", "apigw_http_v2", "apigw_rest_v1", "direct", "function_url"})


class Verdict(Enum):
    """What happens to a statement, or to one action on one resource of it."""

    KEPT = "kept"
    NARROWED = "narrowed"
    REMOVED = "proposed for removal"


@dataclass(frozen=True)
class Piece:
    """One action on one resource pattern of a statement.

    to:  the resources that it is narrowed to or kept on.
    why: for one that is kept though no call needs all of it, the reason; for one that is no action, that it is none.
    """

    action: str
    resource: str
    verdict: Verdict
    to: tuple[str, ...] = ()
    why: str = ""


def pieces_of(
    statement: Existing, usage: RoleUsage, needed: frozenset[Permission]
) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """Judge every action of a statement, wildcards expanded, on every resource of it.

    needed: what calls and Lambda need, as it was used. Returns the pieces, and the action patterns that stand for
    services which nobody asked for.
    """
    judge = _Pieces(usage, needed)
    others = tuple(pattern for pattern in statement.texts("Action") if judge.reaches_others(pattern))
    return tuple(judge.pieces(statement)), others


class _Pieces:
    def __init__(self, usage: RoleUsage, needed: frozenset[Permission]) -> None:
        self._usage = usage
        self._used: dict[str, set[str]] = defaultdict(set)
        self._named = {need.action for need in needed}
        for need in needed:
            self._used[need.action.lower()].add(need.resource)
        self._unread = {"dynamodb" if name == "dynamodbstreams" else name for name, _ in usage.unresolved}
        sources = {seen.source for function in usage.functions for seen in function.sources}
        self._has_destinations = bool(sources - _SYNCHRONOUS)

    def reaches_others(self, pattern: str) -> bool:
        """Tell whether an action pattern stands for services that nobody asked for."""
        return bool(self._usage.only) and _service(pattern) not in self._usage.only

    def pieces(self, statement: Existing) -> Iterator[Piece]:
        """Yield them, by action."""
        exists: dict[str, bool] = {}
        for pattern in statement.texts("Action"):
            found = expand(pattern, self._named)
            exists.update(dict.fromkeys(found, True))
            if not found:
                exists[pattern] = False
        for action in sorted(exists):
            if self.reaches_others(action):
                continue
            for resource in dict.fromkeys(statement.texts("Resource")):
                yield self._piece(action, resource) if exists[action] else _no_action(action, resource)

    def _piece(self, action: str, pattern: str) -> Piece:
        met = {used: meet(pattern, used) for used in self._used.get(action.lower(), ())}
        reached = {used: found for used, found in met.items() if found is not None}
        wanted = tuple(sorted({meet(pattern, generalise(used)) or pattern for used in reached}))
        if pattern in reached.values() or pattern in wanted:
            return Piece(action, pattern, Verdict.KEPT, (pattern,), "" if pattern in reached else _why_part(reached))
        if why := self._why_kept(action, pattern):
            return Piece(action, pattern, Verdict.KEPT, (pattern,), why)
        return Piece(action, pattern, Verdict.NARROWED if reached else Verdict.REMOVED, wanted)

    def _why_kept(self, action: str, pattern: str) -> str:
        """Say why an action stays on a pattern whatever was seen of it; empty where what was seen is all."""
        if _service(action) in self._unread:
            return "for calls that could not be read"
        if action in LOGGED:
            return "" if action.lower() in self._used else "for the function's logs"
        if self._usage.settled:
            return ""
        if action in POLLED and _may_be_a_source(pattern):
            return "for a trigger without an event"
        if action in TRACED:
            return "for X-Ray"
        if action in NETWORKED:
            return "for a VPC"
        return "for a failure destination" if action in DELIVERED and self._has_destinations else ""


def _why_part(reached: dict[str, str]) -> str:
    """Say what is not known of a use that may be of more than the pattern, or of a part of it."""
    return "" if all(generalise(used) != "*" for used in reached) else "no resource is known of these calls"


def _may_be_a_source(pattern: str) -> bool:
    """Tell whether a pattern may reach a stream or queue; a table is none."""
    return "*" in pattern or "/stream/" in pattern or not pattern.startswith("arn:") or ":dynamodb:" not in pattern


def _no_action(action: str, resource: str) -> Piece:
    if "*" in action or "?" in action:
        return Piece(action, resource, Verdict.KEPT, (resource,), "stands for no action in AWS's reference")
    return Piece(action, resource, Verdict.REMOVED, (), "AWS's reference has no such action")


def _service(action: str) -> str:
    return action.partition(":")[0].lower()
