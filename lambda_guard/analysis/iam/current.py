"""The policies that a role has today, from a file or from IAM: every statement, as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

# Where the commands of AWS's CLI put a document: get-policy-version, get-role-policy.
_WRAPPERS = ("PolicyVersion", "PolicyDocument", "Document")


class UnreadablePolicy(Exception):
    """A current policy that cannot be read; the message says where and what to give instead."""


@dataclass(frozen=True)
class Existing:
    """One statement of a current policy.

    policy: its name. kind: file, inline, attached or boundary. number: of the statement, from 1.
    body:   as written. The lists are empty where the statement has no such element.
    """

    policy: str
    kind: str
    number: int
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return how a person finds the statement: policy, and Sid or number."""
        return f"{self.policy}, {self.body.get('Sid') or f'statement {self.number}'}"

    @property
    def denies(self) -> bool:
        """Tell whether the statement denies."""
        return self.body.get("Effect") == "Deny"

    def texts(self, element: str) -> list[str]:
        """Return an element as a list, whichever way it is written."""
        value = self.body.get(element, [])
        return [value] if isinstance(value, str) else [str(item) for item in value]

    @property
    def unjudged(self) -> str:
        """Say why the statement cannot be rewritten from what was used; empty where it can."""
        if self.kind == "boundary":
            return "a permissions boundary"
        if self.denies:
            return "a Deny"
        for element in ("NotAction", "NotResource", "Condition"):
            if self.body.get(element):
                return f"has {element}"
        if any("${" in resource for resource in self.texts("Resource")):
            return "has policy variables"
        if any(action != "*" and "*" in action.partition(":")[0] for action in self.texts("Action")):
            return "has a wildcard in the service of an action"
        return ""


def from_file(path: Path) -> list[Existing]:
    """Read policy documents: one, a list of them, or what AWS's CLI prints around one.

    Raises UnreadablePolicy: no JSON, no policy, or a trust policy.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadablePolicy(f"{path} holds no JSON policy: {error}") from None
    documents = found if isinstance(found, list) else [found]
    return [
        statement
        for number, document in enumerate(documents, 1)
        for statement in _statements(path.name if len(documents) == 1 else f"{path.name} ({number})", "file", document)
    ]


def from_role(role: str, client: Any) -> list[Existing]:
    """Read all policies of a role from IAM: inline, attached, and the boundary.

    role: name or ARN. client: boto3's `iam`. Raises what boto3 raises.
    """
    name = role.rpartition("/")[2]
    found: list[Existing] = []
    for policy in _pages(client, "list_role_policies", "PolicyNames", RoleName=name):
        answer = client.get_role_policy(RoleName=name, PolicyName=policy)
        found += _statements(policy, "inline", answer["PolicyDocument"])
    for policy in _pages(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        found += _managed(policy["PolicyArn"], "attached", client)
    boundary = client.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    if boundary:
        found += _managed(boundary["PermissionsBoundaryArn"], "boundary", client)
    return found


def _managed(arn: str, kind: str, client: Any) -> Iterable[Existing]:
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = client.get_policy_version(PolicyArn=arn, VersionId=version)
    return _statements(arn.rpartition("/")[2], kind, answer["PolicyVersion"]["Document"])


def _pages(client: Any, operation: str, member: str, **params: str) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**params):
        yield from page[member]


def _statements(name: str, kind: str, document: Any) -> Iterator[Existing]:
    statements = _document(name, document).get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not all(isinstance(body, dict) for body in statements):
        raise UnreadablePolicy(f"{name} is no policy document: it has no Statement.")
    for number, body in enumerate(statements, 1):
        if "Principal" in body or "NotPrincipal" in body:
            raise UnreadablePolicy(
                f"{name} has a Principal: it is a trust or resource policy. Give the role's permissions."
            )
        yield Existing(name, kind, number, body)


def _document(name: str, document: Any) -> Mapping[str, Any]:
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document))
        except ValueError:
            raise UnreadablePolicy(f"{name} is no policy document.") from None
    if not isinstance(document, dict):
        raise UnreadablePolicy(f"{name} is no policy document.")
    wrapper = next((key for key in _WRAPPERS if key in document), None)
    return document if wrapper is None else _document(name, document[wrapper])
