"""The policies that a role has today, from a file or from IAM: every statement, as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lambda_guard.analysis.iam import grammar
from lambda_guard.analysis.iam.grammar import UnreadablePolicy

__all__ = ["Existing", "UnreadablePolicy", "from_document", "from_file", "from_role", "unread"]

# Where the commands of AWS's CLI put a document: get-policy-version, get-role-policy.
_WRAPPERS = ("PolicyVersion", "PolicyDocument", "Document")


@dataclass(frozen=True)
class Existing:
    """One statement of a current policy, or a policy of which no statement is known.

    policy: its name. kind: file, inline, attached, boundary, or unread. number: of the statement, from 1.
    body:   as written, in IAM's language; empty where unread. The lists are empty where it has no such element.
    """

    policy: str
    kind: str
    number: int
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return how a person finds the statement: policy, and Sid or number."""
        if self.kind == "unread":
            return self.policy
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
        if self.kind == "unread":
            return "its statements are not in what was given"
        if self.kind == "boundary":
            return "a permissions boundary"
        if self.denies:
            return "a Deny"
        for element in ("NotAction", "NotResource", "Condition"):
            if self.body.get(element):
                return f"has {element}"
        if any("${" in resource for resource in self.texts("Resource")):
            return "has references of the template" if self.kind == "template" else "has policy variables"
        if any(action != "*" and _is_wild(action.partition(":")[0]) for action in self.texts("Action")):
            return "has a wildcard in the service of an action"
        return ""


def from_file(path: Path, roles: Sequence[str] = ()) -> list[Existing]:
    """Read a role's policies: documents of their own, one or several, or what holds the role.

    path:  JSON policy documents or what AWS's CLI prints around them, a template of CloudFormation or SAM (JSON or
           YAML), a folder of CDK's (cdk.out), a plan of Terraform's (`terraform show -json`), or what
           `aws iam get-account-authorization-details` prints. `FILE#ROLE` says which role of a file it is.
    roles: names that the role may go by there, where the file has several.
    Raises UnreadablePolicy: none of these, a role that is not in it, or a policy that is not in IAM's language.
    """
    from lambda_guard.analysis.iam import holders

    found = holders.load(path)
    held = holders.roles_in(found)
    if held is not None:
        return holders.choose(path.name, held, roles)
    documents = found if isinstance(found, list) else [found]
    if not documents:
        raise UnreadablePolicy(f"{path.name} is no policy document: it is an empty list.")
    return [
        statement
        for number, document in enumerate(documents, 1)
        for statement in _from_one(path.name if len(documents) == 1 else f"{path.name} ({number})", document)
    ]


def _from_one(name: str, document: Any) -> Iterable[Existing]:
    from lambda_guard.analysis.iam import cloudformation

    document = _document(name, document)
    cut_out = cloudformation.from_fragment(name, document) if isinstance(document, dict) else None
    return from_document(name, "file", document) if cut_out is None else cut_out


def from_role(role: str, client: Any) -> list[Existing]:
    """Read all policies of a role from IAM: inline, attached, and the boundary.

    role: name or ARN. client: boto3's `iam`. Raises what boto3 raises.
    """
    name = role.rpartition("/")[2]
    found: list[Existing] = []
    for policy in _pages(client, "list_role_policies", "PolicyNames", RoleName=name):
        answer = client.get_role_policy(RoleName=name, PolicyName=policy)
        found += from_document(policy, "inline", answer["PolicyDocument"])
    for policy in _pages(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        found += _managed(policy["PolicyArn"], "attached", client)
    boundary = client.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    if boundary:
        found += _managed(boundary["PermissionsBoundaryArn"], "boundary", client)
    return found


def from_document(name: str, kind: str, document: Any) -> Iterator[Existing]:
    """Yield the statements of a policy document, or of what AWS's CLI prints around one.

    Raises UnreadablePolicy: it is not in IAM's language, or no policy of a role.
    """
    for number, body in enumerate(grammar.statements(name, _document(name, document)), 1):
        yield Existing(name, kind, number, body)


def unread(policy: str) -> Existing:
    """Return what stands for a policy that the role has and nobody gave."""
    return Existing(policy, "unread", 1, {})


def _managed(arn: str, kind: str, client: Any) -> Iterable[Existing]:
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = client.get_policy_version(PolicyArn=arn, VersionId=version)
    return from_document(arn.rpartition("/")[2], kind, answer["PolicyVersion"]["Document"])


def _pages(client: Any, operation: str, member: str, **params: str) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**params):
        yield from page[member]


def _document(name: str, document: Any) -> Any:
    """Return the document within what AWS's CLI prints around it; IAM's API has it percent-encoded."""
    if isinstance(document, str):
        from lambda_guard.analysis.iam.holders import parse_json

        try:
            document = parse_json(unquote(document) if document.lstrip().startswith("%") else document)
        except ValueError:
            raise UnreadablePolicy(f"{name} is no policy document: it is a text that holds no JSON.") from None
    if not isinstance(document, dict):
        return document
    wrapper = next((key for key in _WRAPPERS if key in document), None)
    return document if wrapper is None else _document(name, document[wrapper])


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text
