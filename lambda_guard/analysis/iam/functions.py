"""Which function runs with which role: as the user says, or as Lambda does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambda_guard.analysis.evidence import FunctionUsage
from lambda_guard.analysis.iam.role import RoleUsage, role_usage


def from_lambda(client: Any) -> dict[str, str]:
    """Read the role of every function of an account and region. client: boto3's `lambda`."""
    return {
        function["FunctionName"]: function["Role"]
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    }


def usage_by_role(
    functions: Iterable[FunctionUsage], roles: Mapping[str, str], only: Sequence[str], account: str
) -> list[RoleUsage]:
    """Add functions up by role; one that `roles` does not know has a role of its own, under its name.

    A role is of one account: the same name in two accounts makes two.

    only: functions that are asked for; the others that share their roles are included, since a role is one.
    """
    wanted = {roles.get(name, name) for name in only}
    found: dict[tuple[str, str], list[FunctionUsage]] = {}
    for function in functions:
        role = roles.get(function.function, function.function)
        if not wanted or role in wanted:
            found.setdefault((role, function.account or account), []).append(function)
    places = Counter(role for role, _ in found)
    return [
        role_usage(
            role if places[role] == 1 else f"{role}-{home or 'unknown-account'}",
            members,
            [name for name, given in roles.items() if given == role],
            account,
        )
        for (role, home), members in sorted(found.items())
    ]
