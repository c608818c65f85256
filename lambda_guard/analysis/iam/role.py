"""What a role needs: the usage of every function that runs with it, as permissions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lambda_guard.analysis.evidence import Called, FunctionUsage
from lambda_guard.analysis.iam.execution import Deployed, execution_permissions
from lambda_guard.analysis.iam.outcomes import NOT_SENT, denied, sent
from lambda_guard.analysis.iam.permissions import Condition, Needs, Permission, permissions_of
from lambda_guard.analysis.iam.policy import Grants
from lambda_guard.analysis.iam.resources import generalise, is_grantable
from lambda_guard.analysis.iam.triggers import log_permissions, trigger_companions, trigger_permissions
from lambda_guard.analysis.iam.wildcards import has_resources
from lambda_guard.analysis.iam.window import Window, counted, window_of

__all__ = ["RoleUsage", "Use", "Window", "counted", "grants", "limited_to", "role_usage"]

# Event sources that Lambda polls with the function's role. A pipe or a topic comes with a role of its own.
_POLLED_SOURCES = frozenset({"docdb", "dynamodb", "kafka", "kinesis", "mq", "rabbitmq", "sqs"})
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
_WILD = re.compile(r"[*?$]")


@dataclass
class Use:
    """How a permission was used: calls that needed it, how they failed, and inside of what operations.

    enclosing:  operations that the calls were part of; None among them where one was not part of any.
    confidence: of the mappings behind it, see `Confidence` in dynamodb.py.
    unended:    calls of which no record tells how they ended.
    narrowed:   whether the resource is as narrow as IAM allows.
    """

    count: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    functions: set[str] = field(default_factory=set)
    enclosing: set[str | None] = field(default_factory=set)
    confidence: set[str] = field(default_factory=set)
    unended: int = 0
    narrowed: bool = True

    @property
    def succeeded(self) -> int:
        """Return how many calls ended without an error: whatever allowed them, something did."""
        return max(self.count - sum(self.errors.values()) - self.unended, 0)


@dataclass
class RoleUsage:
    """Everything that the functions of one role were seen to do.

    silent:       functions that have this role and no recorded invocation.
    uses:         permissions that calls needed, as called.
    triggers:     permissions that Lambda needs itself: to read event sources, and what its configuration tells.
    settled:      whether Lambda told its configuration, so that `triggers` is all that it needs.
    log_groups:   of functions that do not log to /aws/lambda/NAME, as Lambda told.
    deliveries:   events of sources that Lambda reads with the role, by ARN.
    companions:   needs in other services that follow from the calls (KMS, S3, ...), never seen as calls.
    conditions:   what a permission or a companion may be limited to, by whoever copies it.
    unnamed:      (service, operation, what AWS checks besides and the request does not name).
    elsewhere:    calls of services that were not asked for, by (service, operation).
    invokes:      calls of other functions.
    unknown:      calls of which no IAM data know the action, by (service, operation).
    unresolved:   calls whose resource could not be read, by (service, operation).
    refused:      calls that the guard blocked, by (service, operation).
    by_others:    calls with credentials that are not the role's, by (service, operation, role they are of or "").
    denied:       calls that IAM refused, by the permissions that they need.
    undocumented: (operation, confidence, note) of mappings that no AWS page states.
    ungrantable:  permissions whose resource would be a wildcard in a policy.
    unseen:       why calls of the functions may be in no record.
    only:         services (IAM's prefixes) that were asked for; empty for all.
    """

    role: str
    functions: list[FunctionUsage]
    silent: tuple[str, ...] = ()
    uses: dict[Permission, Use] = field(default_factory=dict)
    triggers: frozenset[Permission] = frozenset()
    settled: bool = False
    log_groups: dict[str, str] = field(default_factory=dict)
    deliveries: Counter[str] = field(default_factory=Counter)
    companions: set[Permission] = field(default_factory=set)
    conditions: set[Condition] = field(default_factory=set)
    unnamed: set[tuple[str, str, str]] = field(default_factory=set)
    elsewhere: Counter[tuple[str, str]] = field(default_factory=Counter)
    invokes: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    unresolved: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_others: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    denied: Counter[tuple[Permission, ...]] = field(default_factory=Counter)
    undocumented: set[tuple[str, str, str]] = field(default_factory=set)
    ungrantable: set[Permission] = field(default_factory=set)
    unseen: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()

    @property
    def window(self) -> Window:
        """Return the time and the number of invocations that the evidence spans."""
        return window_of(self.functions)

    @property
    def needed(self) -> frozenset[Permission]:
        """Return what calls and Lambda itself need, as it was used."""
        return frozenset(self.uses) | self.triggers


def role_usage(
    role: str,
    functions: Iterable[FunctionUsage],
    known: Iterable[str] = (),
    account: str = "",
    deployed: Sequence[Deployed] | None = None,
) -> RoleUsage:
    """Add up what the functions of a role need.

    known: names of all functions that have the role. account: for records that tell none.
    deployed: how Lambda has all functions of the role configured; None where it was not asked.
    """
    members = list(functions)
    seen = {function.function for function in members if function.invocations}
    silent = {*known, *(function.function for function in members)} - seen
    usage = RoleUsage(role, members, tuple(sorted(silent)), settled=deployed is not None)
    for function in usage.functions:
        for source in function.sources:
            if source.source in _POLLED_SOURCES and source.arn and not _WILD.search(source.arn):
                usage.deliveries[source.arn] += source.count
                usage.triggers |= trigger_permissions(source.arn)
                usage.companions |= trigger_companions(source.arn)
        for called in function.calls:
            _add(usage, function, called, function.account or account)
    for configured in deployed or ():
        usage.triggers |= execution_permissions(configured)
        if configured.log_group:
            usage.log_groups[configured.function] = configured.log_group
    return usage


def limited_to(usage: RoleUsage, services: Iterable[str]) -> RoleUsage:
    """Leave the calls of other services out: those are named, and neither granted nor judged.

    services: IAM's prefixes, such as `dynamodb`. What Lambda needs for triggers stays.
    """
    wanted = frozenset(service.lower() for service in services)
    uses = {need: use for need, use in usage.uses.items() if _service(need.action) in wanted}
    elsewhere: Counter[tuple[str, str]] = Counter()
    for called in (called for function in usage.functions for called in function.calls):
        if called.count and not _is_about(called, wanted):
            elsewhere[str(called.entry.get("service")), str(called.entry.get("operation"))] += called.count

    def asked_for(counts: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
        return Counter({what: count for what, count in counts.items() if what not in elsewhere})

    return replace(
        usage,
        only=wanted,
        uses=uses,
        elsewhere=elsewhere,
        unknown=asked_for(usage.unknown),
        unresolved=asked_for(usage.unresolved),
    )


def grants(usage: RoleUsage, *, conditions: bool = False, logs: bool = False, account: str = "") -> Grants:
    """Return the permissions for a policy: generated identifiers as `*`, wildcards in names never.

    conditions: limit writes that were only seen in transactions. logs: add the log groups of the functions.
    """
    found: dict[Permission, frozenset[str]] = {}
    for permission, use in usage.uses.items():
        limited = conditions and permission.action in _WRITES and None not in use.enclosing
        limit = frozenset(name for name in use.enclosing if name) if limited else frozenset()
        general = _general(permission)
        # Two streams of one table are one permission, and a call outside of a transaction lifts the limit of both.
        known = found.get(general)
        found[general] = limit if known is None else known | limit if known and limit else frozenset()
    for permission in usage.triggers:
        found[_general(permission)] = frozenset()
    for function in usage.functions if logs else ():
        group = usage.log_groups.get(function.function, f"/aws/lambda/{function.function}")
        for permission in log_permissions(*_home(function, account), group):
            found[permission] = frozenset()
    return found


def _add(usage: RoleUsage, function: FunctionUsage, called: Called, account: str) -> None:
    entry = called.entry
    what = (str(entry.get("service")), str(entry.get("operation")))
    if called.refused:
        usage.refused[what] += called.refused
    count = sent(called.count, called.errors)
    if not count:
        return
    if entry.get("credentials") is not None:
        # Another role's permissions, perhaps of another account: nothing follows from it for this one.
        usage.by_others[(*what, str(entry.get("role") or ""))] += count
        return
    if what[0] == "lambda" and what[1].startswith("Invoke"):
        usage.invokes += count
    if not _is_readable(entry):
        usage.unresolved[what] += count
        return
    errors = {code: number for code, number in called.errors.items() if code not in NOT_SENT}
    needs = permissions_of({**entry, "count": count, "errors": errors}, account)
    usage.companions |= needs.companions
    usage.conditions |= needs.conditions
    usage.unnamed.update((*what, said) for said in needs.unresolved)
    _doubt(usage, what, needs, count)
    if refused := denied(called.errors):
        usage.denied[tuple(sorted(needs.permissions))] += refused
    named = [value for key, value in (entry.get("resource") or {}).items() if key != "region"]
    for permission in needs.permissions:
        if any(_WILD.search(name) for name in named) or not is_grantable(permission.resource):
            usage.ungrantable.add(permission)
            continue
        use = usage.uses.setdefault(permission, Use())
        use.count += count
        use.errors.update(called.errors)
        use.functions.add(function.function)
        use.enclosing.add(needs.enclosing)
        use.confidence.add(needs.confidence)
        use.unended += count if entry.get("via") else 0
        use.narrowed &= needs.narrowed or (permission.resource == "*" and not has_resources(permission.action))


def _doubt(usage: RoleUsage, what: tuple[str, str], needs: Needs, count: int) -> None:
    """Note why what an entry needs may be wrong or missing."""
    if needs.confidence == "unresolved" and not needs.permissions:
        usage.unresolved[what] += count
    elif needs.confidence == "unknown" and not needs.permissions:
        usage.unknown[what] += count
    elif needs.confidence not in ("documented", "same-name"):
        usage.undocumented.add((what[1], needs.confidence, needs.note))


def _is_about(called: Called, services: frozenset[str]) -> bool:
    """Tell whether a call needs anything of some services, whatever the SDK calls its own."""
    service = str(called.entry.get("service"))
    if ("dynamodb" if service == "dynamodbstreams" else service) in services:
        return True
    if not _is_readable(called.entry):
        return False
    needs = permissions_of({**called.entry, "count": called.count, "errors": {}}, "")
    return any(_service(permission.action) in services for permission in needs.permissions)


def _is_readable(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry has the shape of the record format: lines may come from anywhere."""
    resource, besides, flags = entry.get("resource", {}), entry.get("with", {}), entry.get("flags", [])
    places = (entry.get("region"), entry.get("partition"), entry.get("part"))
    return (
        isinstance(entry.get("service"), str)
        and isinstance(entry.get("operation"), str)
        and isinstance(resource, dict)
        and all(isinstance(value, str) for value in resource.values())
        and isinstance(besides, dict)
        and all(isinstance(value, str) for value in besides.values())
        and isinstance(flags, list)
        and all(isinstance(flag, str) for flag in flags)
        and (not resource or "kind" in resource)
        and all(place is None or isinstance(place, str) for place in places)
    )


def _general(permission: Permission) -> Permission:
    return Permission(permission.action, generalise(permission.resource))


def _service(action: str) -> str:
    return action.partition(":")[0].lower()


def _home(function: FunctionUsage, account: str) -> tuple[str, str, str]:
    """Return the partition, region and account of a function."""
    partition = next((part for start, part in _PARTITIONS.items() if function.region.startswith(start)), "aws")
    return partition, function.region or "*", function.account or account or "*"
