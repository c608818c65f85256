"""Which function runs with which role: as the user says, or as Lambda does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from lambda_guard.analysis.evidence import FunctionUsage
from lambda_guard.analysis.iam.execution import Deployed
from lambda_guard.analysis.iam.role import RoleUsage, role_usage

# Region, name.
Key = tuple[str, str]


class WrongAccount(Exception):
    """Lambda knows none of the functions that were asked for; the message says where it was asked."""


def from_lambda(client: Any) -> list[Deployed]:
    """Read every function of an account and region, with its role and what Lambda does with that.

    client: boto3's `lambda`. Raises what boto3 raises.
    """
    mappings: dict[str, list[Mapping[str, Any]]] = {}
    for page in client.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            # An alias or a version may follow the function's own ARN.
            name = ":".join(mapping["FunctionArn"].split(":")[:7])
            mappings.setdefault(name, []).append(mapping)
    return [
        _deployed(client, function, mappings.get(":".join(function["FunctionArn"].split(":")[:7]), []))
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    ]


def with_destinations(client: Any, deployed: Deployed) -> Deployed:
    """Add where Lambda sends the results of a function's asynchronous invocations. Raises what boto3 raises."""
    from dataclasses import replace

    found = {
        config["Destination"]
        for page in client.get_paginator("list_function_event_invoke_configs").paginate(FunctionName=deployed.function)
        for entry in page["FunctionEventInvokeConfigs"]
        for config in (entry.get("DestinationConfig") or {}).values()
        if config.get("Destination")
    }
    return replace(deployed, destinations=(*deployed.destinations, *sorted(found)))


def check_account(deployed: Iterable[Deployed], used: Sequence[FunctionUsage], asked: Collection[str]) -> None:
    """Refuse an account that knows none of the functions in the evidence, or is another than theirs.

    asked: the regions that were asked. Raises WrongAccount.
    """
    there = list(deployed)
    accounts = sorted({function.role.split(":")[4] for function in there if function.role.count(":") >= 5})
    recorded = sorted({function.account for function in used if function.account})
    names = {(function.region, function.function) for function in there}
    seen_there = [function for function in used if (function.region, function.function) in names]
    where = f"account {', '.join(accounts) or '(none with functions)'}, region {', '.join(sorted(asked))}"
    if recorded and accounts and not {*recorded} & {*accounts}:
        raise WrongAccount(
            f"--roles-from-lambda asked {where}, and the evidence is of account {', '.join(recorded)}. "
            f"Give the credentials of that account (AWS_PROFILE)."
        )
    if not seen_there:
        known = ", ".join(sorted({function.function for function in used})[:6])
        raise WrongAccount(
            f"--roles-from-lambda found none of the functions of the evidence ({known}) in {where}. "
            f"Give the credentials of their account (AWS_PROFILE)."
        )


def usage_by_role(
    functions: Iterable[FunctionUsage],
    roles: Mapping[str, str],
    only: Sequence[str],
    account: str,
    deployed: Iterable[Deployed] | None = None,
) -> list[RoleUsage]:
    """Add functions up by role; one that `roles` does not know has a role of its own, under its name.

    A role is of one account: the same name in two accounts makes two.

    only: functions that are asked for; the others that share their roles are included, since a role is one.
    deployed: how Lambda has the functions; None where it was not asked. What `roles` says goes before.
    """
    configured = {(function.region, function.function): function for function in deployed or ()}

    def role_of(function: FunctionUsage) -> str:
        known = configured.get((function.region, function.function))
        return roles.get(function.function, known.role if known else function.function)

    listed = list(functions)
    wanted = {role_of(function) for function in listed if function.function in only}
    wanted |= {roles.get(name, name) for name in only} if only else set()
    found: dict[tuple[str, str], list[FunctionUsage]] = {}
    for function in listed:
        role = role_of(function)
        if not wanted or role in wanted:
            found.setdefault((role, function.account or account), []).append(function)
    places = Counter(role for role, _ in found)
    return [
        role_usage(
            role if places[role] == 1 else f"{role}-{home or 'unknown-account'}",
            members,
            [
                *(name for name, given in roles.items() if given == role),
                *(known.function for known in configured.values() if roles.get(known.function, known.role) == role),
            ],
            account,
            _all_of(role, members, configured, roles) if deployed is not None else None,
        )
        for (role, home), members in sorted(found.items())
    ]


def _all_of(
    role: str, members: Sequence[FunctionUsage], configured: Mapping[Key, Deployed], roles: Mapping[str, str]
) -> list[Deployed] | None:
    """Return how Lambda has the functions of a role; None where it does not know one of them."""
    if any((function.region, function.function) not in configured for function in members):
        return None
    return [known for known in configured.values() if roles.get(known.function, known.role) == role]


def _deployed(client: Any, function: Mapping[str, Any], mappings: Sequence[Mapping[str, Any]]) -> Deployed:
    dead_letters = (function.get("DeadLetterConfig") or {}).get("TargetArn")
    return Deployed(
        function["FunctionName"],
        client.meta.region_name,
        function["Role"],
        vpc=bool((function.get("VpcConfig") or {}).get("SubnetIds")),
        traced=(function.get("TracingConfig") or {}).get("Mode") == "Active",
        log_group=(function.get("LoggingConfig") or {}).get("LogGroup") or "",
        destinations=(dead_letters,) if dead_letters else (),
        mappings=tuple(mappings),
    )
