"""Turn permissions into statements and policy documents: exact, readable, and the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.resources import local_name, service_of

# Characters that are not white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_LIMIT = 6_144
INLINE_LIMIT = 10_240  # all inline policies of one role together
MANAGED_PER_ROLE = 10  # the default quota; AWS raises it on request

Condition = Mapping[str, Mapping[str, tuple[str, ...]]]

# One permission, and the enclosing operations that it may be limited to (none: no limit).
Grants = Mapping[Permission, frozenset[str]]

_KEY = "dynamodb:EnclosingOperation"
_PAST_LETTERS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document. Actions and resources are sorted; every action fits every resource.

    body: of one that stays as somebody wrote it, with whatever elements it has; its Sid is still `sid`.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    effect: str = "Allow"
    condition: Condition | None = None
    body: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the statement as IAM's JSON."""
        if self.body is not None:
            rest = {key: value for key, value in self.body.items() if key != "Sid"}
            return {**({"Sid": self.sid} if self.sid else {}), **rest}
        body: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.condition:
            body["Condition"] = {
                operator: {key: list(values) for key, values in keys.items()}
                for operator, keys in self.condition.items()
            }
        return body


DENY_INVOKE = Statement("DenyDirectInvoke", ("lambda:Invoke*",), ("*",), effect="Deny")


def statements_for(grants: Grants) -> list[Statement]:
    """Group permissions by what may be done to a resource, so that no action reaches another resource.

    Resources on which just the same actions (under the same condition) are needed share a statement; a
    resource stands in one statement per condition.
    """
    actions_on: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for permission, enclosing in grants.items():
        actions_on[permission.resource, _limit_of(permission.action, enclosing)].add(permission.action)
    groups: dict[tuple[tuple[str, ...], frozenset[str]], list[str]] = defaultdict(list)
    for (resource, enclosing), actions in actions_on.items():
        for services in _by_service(resource, actions):
            groups[services, enclosing].append(resource)
    statements = [
        Statement("", actions, tuple(sorted(resources)), condition=_condition(actions, enclosing))
        for (actions, enclosing), resources in groups.items()
    ]
    return with_sids(sorted(statements, key=_order))


def documents(statements: Iterable[Statement], limit: int = MANAGED_LIMIT) -> list[dict[str, Any]]:
    """Lay statements out over as few policy documents as keep each below `limit` characters.

    A statement that no document could hold is cut by its resources. A statement goes to the first document
    with room, in the order given.
    """
    pages: list[list[Statement]] = []
    rooms: list[int] = []
    for statement in unique_sids(with_sids(piece for whole in statements for piece in _cut(whole, limit))):
        cost = size(statement.document()) + len(",")
        fit = next((number for number, room in enumerate(rooms) if cost <= room), None)
        if fit is None:
            pages.append([])
            rooms.append(limit - size(_page([])))
            fit = len(pages) - 1
        pages[fit].append(statement)
        rooms[fit] -= cost
    return [_page(page) for page in pages]


def size(document: Mapping[str, Any]) -> int:
    """Count a policy document's characters as IAM's quotas do: without white space."""
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def verbatim(body: Mapping[str, Any]) -> Statement:
    """Return a statement that stays as it is written; of its Sid, what a role's policy may have."""
    sid = _PAST_LETTERS.sub("", str(body.get("Sid") or ""))
    return Statement(sid, (), (), effect=body["Effect"], body=body)


def unique_sids(statements: Iterable[Statement]) -> list[Statement]:
    """Number the Sids that several statements have: IAM takes each but once in a document."""
    seen: Counter[str] = Counter()
    found = []
    for statement in statements:
        sid = statement.sid
        while sid and seen[sid]:
            sid = f"{statement.sid}{seen[statement.sid] + 1}"
            seen[statement.sid] += 1
        seen[sid] += 1
        found.append(statement if sid == statement.sid else replace(statement, sid=sid))
    return found


def with_sids(statements: Iterable[Statement]) -> list[Statement]:
    """Name statements after the first resource of each, so that a name changes only when its statement does."""
    named = [
        statement
        if statement.effect == "Deny" or statement.body is not None
        else replace(statement, sid=_sid(statement))
        for statement in statements
    ]
    uses = Counter(statement.sid for statement in named)
    return [
        replace(statement, sid=statement.sid + _digest(statement))
        if uses[statement.sid] > 1 and statement.body is None
        else statement
        for statement in named
    ]


def _by_service(resource: str, actions: set[str]) -> list[tuple[str, ...]]:
    """Keep the actions of one service together: only `*` is ever shared by several."""
    found: dict[str, list[str]] = defaultdict(list)
    for action in sorted(actions):
        found[action.partition(":")[0]].append(action)
    return [tuple(names) for names in found.values()]


def _limit_of(action: str, enclosing: frozenset[str]) -> frozenset[str]:
    """Limit only the actions that list the key; ConditionCheckItem exists in transactions only anyway."""
    return frozenset() if action == "dynamodb:ConditionCheckItem" else enclosing


def _condition(actions: tuple[str, ...], enclosing: frozenset[str]) -> Condition | None:
    """Write the condition as AWS's examples do, one operator for PartiQL and another for the transaction API.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    """
    if not enclosing:
        return None
    partiql = all(action.startswith("dynamodb:PartiQL") for action in actions)
    return {"StringEquals" if partiql else "ForAnyValue:StringEquals": {_KEY: tuple(sorted(enclosing))}}


def _order(statement: Statement) -> tuple[Any, ...]:
    service = statement.actions[0].partition(":")[0]
    return (service, statement.resources[0] == "*", statement.resources, statement.condition is not None)


def _sid(statement: Statement) -> str:
    first, more = statement.resources[0], len(statement.resources) - 1
    service = service_of(first) or statement.actions[0].partition(":")[0]
    name = "AnyResource" if first == "*" else camel(local_name(first))
    limited = "InTransactions" if statement.condition else ""
    return f"{camel(service)}{name}{f'And{more}More' if more else ''}{limited}"


def camel(text: str) -> str:
    """Return a text as a part of a Sid, which has letters and digits only."""
    words = _PAST_LETTERS.sub(" ", text.replace("*", "any")).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def _digest(statement: Statement) -> str:
    seed = json.dumps([statement.resources, statement.actions])
    return hashlib.sha256(seed.encode()).hexdigest()[:6]


def _page(statements: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]}


def _cut(statement: Statement, limit: int) -> list[Statement]:
    if size(_page([statement])) < limit or statement.body is not None:
        return [statement]
    longest_sid = max(map(len, statement.resources)) + len("DynamodbAnd1000MoreInTransactions123456")
    room = limit - size(_page([replace(statement, sid="x" * longest_sid, resources=())])) - len(",")
    pieces: list[list[str]] = [[]]
    left = room
    for resource in statement.resources:
        cost = len(resource) + len('"",')
        if cost > left and pieces[-1]:
            pieces.append([])
            left = room
        pieces[-1].append(resource)
        left -= cost
    return [replace(statement, resources=tuple(piece)) for piece in pieces]
