"""Roles in what `aws iam get-account-authorization-details` prints: all of an account, with their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.iam.current import Existing, from_document, unread
from lambda_guard.analysis.iam.holders import HeldRole


def is_one(found: Any) -> bool:
    """Tell whether something parsed is that."""
    return isinstance(found, dict) and isinstance(found.get("RoleDetailList"), list)


def roles(found: Any) -> list[HeldRole]:
    """Return the roles. Raises UnreadablePolicy: a policy of theirs is not in IAM's language."""
    managed = {policy.get("Arn"): policy for policy in found.get("Policies") or []}
    return [
        HeldRole([role["RoleName"], role.get("Arn", "")], list(_statements(role, managed)))
        for role in found["RoleDetailList"]
        if isinstance(role, dict) and isinstance(role.get("RoleName"), str)
    ]


def _statements(role: dict[str, Any], managed: dict[Any, Any]) -> Iterator[Existing]:
    for policy in role.get("RolePolicyList") or []:
        yield from from_document(policy["PolicyName"], "inline", policy["PolicyDocument"])
    for policy in role.get("AttachedManagedPolicies") or []:
        yield from _managed(policy["PolicyArn"], "attached", managed)
    boundary = (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    if boundary:
        yield from _managed(boundary, "boundary", managed)


def _managed(arn: str, kind: str, managed: dict[Any, Any]) -> Iterator[Existing]:
    versions = (managed.get(arn) or {}).get("PolicyVersionList") or []
    version = next((version for version in versions if version.get("IsDefaultVersion")), None)
    if version is None:
        yield unread(arn)
    else:
        yield from from_document(arn.rpartition("/")[2], kind, version["Document"])
