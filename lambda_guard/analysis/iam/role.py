"""What a role needs: the usage of every function that runs with it, as permissions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lambda_guard.analysis.evidence import Called, FunctionUsage
from lambda_guard.analysis.iam.permissions import Permission, permissions_of
from lambda_guard.analysis.iam.policy import Grants
from lambda_guard.analysis.iam.resources import generalise, is_grantable
from lambda_guard.analysis.iam.triggers import log_permissions, trigger_permissions

# Event sources that Lambda polls with the function's role. A pipe or a topic comes with a role of its own.
_POLLED_SOURCES = frozenset({"dynamodb", "kinesis", "sqs"})
# What a call outside a transaction writes with; only these are ever limited to transactions.
_WRITES = frozenset(
    f"dynamodb:{action}"
    for action in (
        "DeleteItem",
        "PartiQLDelete",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PutItem",
        "UpdateItem",
    )
)
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
_SERVICES = frozenset({"dynamodb", "dynamodbstreams"})


@dataclass(frozen=True)
class Window:
    """What a statement about absence is worth: no use in this time, in so many invocations."""

    first: datetime | None
    last: datetime | None
    invocations: int
    functions: int

    def __str__(self) -> str:
        return ", ".join(
            part
            for part in (
                self._length(),
                counted(self.invocations, "invocation"),
                counted(self.functions, "function"),
            )
            if part
        )

    def _length(self) -> str:
        if self.first is None or self.last is None:
            return "unknown time"
        minutes = math.ceil((self.last - self.first).total_seconds() / 60)
        if minutes < 60:
            return counted(max(minutes, 1), "minute")
        return counted(round(minutes / 60), "hour") if minutes < 24 * 60 else counted(round(minutes / 1440), "day")


@dataclass
class Use:
    """How a permission was used: calls that needed it, how they failed, and inside of what operations.

    enclosing: operations that the calls were part of; None among them where one was not part of any.
    """

    count: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    functions: set[str] = field(default_factory=set)
    enclosing: set[str | None] = field(default_factory=set)


@dataclass
class RoleUsage:
    """Everything that the functions of one role were seen to do.

    silent:       functions that have this role and no recorded invocation.
    uses:         DynamoDB permissions that calls needed, as called.
    triggers:     permissions that Lambda needs to read the event sources seen.
    companions:   needs in other services that follow from the calls (KMS, S3, ...), never seen as calls.
    elsewhere:    calls of other services, of which resources are not recorded, by (service, operation).
    unresolved:   DynamoDB calls whose resource could not be read, by (service, operation).
    refused:      calls that the guard blocked, by (service, operation).
    undocumented: (operation, confidence, note) of mappings that no AWS page states.
    ungrantable:  permissions whose resource would be a wildcard in a policy.
    """

    role: str
    functions: list[FunctionUsage]
    silent: tuple[str, ...] = ()
    uses: dict[Permission, Use] = field(default_factory=dict)
    triggers: frozenset[Permission] = frozenset()
    companions: set[Permission] = field(default_factory=set)
    elsewhere: Counter[tuple[str, str]] = field(default_factory=Counter)
    unresolved: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    undocumented: set[tuple[str, str, str]] = field(default_factory=set)
    ungrantable: set[Permission] = field(default_factory=set)

    @property
    def window(self) -> Window:
        """Return the time and the number of invocations that the evidence spans."""
        firsts = [function.first for function in self.functions if function.first]
        lasts = [function.last for function in self.functions if function.last]
        return Window(
            min(firsts, default=None),
            max(lasts, default=None),
            sum(function.invocations for function in self.functions),
            len(self.functions),
        )

    @property
    def needed(self) -> frozenset[Permission]:
        """Return what calls and triggers need, as it was used."""
        return frozenset(self.uses) | self.triggers


def role_usage(
    role: str, functions: Iterable[FunctionUsage], known: Iterable[str] = (), account: str = ""
) -> RoleUsage:
    """Add up what the functions of a role need.

    known: names of all functions that have the role. account: for records that tell none.
    """
    members = list(functions)
    seen = {function.function for function in members if function.invocations}
    silent = {*known, *(function.function for function in members)} - seen
    usage = RoleUsage(role, members, tuple(sorted(silent)))
    for function in usage.functions:
        usage.triggers |= _triggers(function)
        for called in function.calls:
            _add(usage, function, called, function.account or account)
    return usage


def grants(usage: RoleUsage, *, conditions: bool = False, logs: bool = False, account: str = "") -> Grants:
    """Return the permissions for a policy: generated identifiers as `*`, wildcards in names never.

    conditions: limit writes that were only seen in transactions. logs: add the log groups of the functions.
    """
    found: dict[Permission, frozenset[str]] = {}
    for permission, use in usage.uses.items():
        limited = conditions and permission.action in _WRITES and None not in use.enclosing
        limit = frozenset(name for name in use.enclosing if name) if limited else frozenset()
        found[_general(permission)] = limit
    for permission in usage.triggers:
        found[_general(permission)] = frozenset()
    for function in usage.functions if logs else ():
        for permission in log_permissions(*_home(function, account), function.function):
            found[permission] = frozenset()
    return found


def _add(usage: RoleUsage, function: FunctionUsage, called: Called, account: str) -> None:
    entry = called.entry
    what = (str(entry.get("service")), str(entry.get("operation")))
    if called.refused:
        usage.refused[what] += called.refused
    if not called.count:
        return
    if entry.get("credentials") == "other":  # no need of this role follows from it
        role = str(entry.get("role") or "another role")
        usage.elsewhere[what[0], f"{what[1]} with the credentials of {role}"] += called.count
        return
    if what[0] not in _SERVICES:
        usage.elsewhere[what] += called.count
        return
    if not _is_readable(entry):
        usage.unresolved[what] += called.count
        return
    needs = permissions_of({**entry, "count": called.count}, account)
    usage.companions |= needs.companions
    if needs.confidence == "unresolved":
        usage.unresolved[what] += called.count
    elif needs.confidence != "documented":
        usage.undocumented.add((what[1], needs.confidence, needs.note))
    for permission in needs.permissions:
        if not is_grantable(permission.resource):
            usage.ungrantable.add(permission)
            continue
        use = usage.uses.setdefault(permission, Use())
        use.count += called.count
        use.errors.update(called.errors)
        use.functions.add(function.function)
        use.enclosing.add(needs.enclosing)


def _is_readable(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry has the shape of the record format: lines may come from anywhere."""
    resource = entry.get("resource", {})
    places = (entry.get("region"), entry.get("partition"), entry.get("part"))
    return (
        isinstance(resource, dict)
        and all(isinstance(value, str) for value in resource.values())
        and (not resource or "kind" in resource)
        and all(place is None or isinstance(place, str) for place in places)
    )


def _triggers(function: FunctionUsage) -> frozenset[Permission]:
    return frozenset(
        permission
        for seen in function.sources
        if seen.source in _POLLED_SOURCES and seen.arn
        for permission in trigger_permissions(seen.arn)
        if is_grantable(permission.resource)
    )


def _general(permission: Permission) -> Permission:
    return Permission(permission.action, generalise(permission.resource))


def _home(function: FunctionUsage, account: str) -> tuple[str, str, str]:
    """Return the partition, region and account of a function."""
    partition = next((part for start, part in _PARTITIONS.items() if function.region.startswith(start)), "aws")
    return partition, function.region or "*", function.account or account or "*"


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural where it should be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
