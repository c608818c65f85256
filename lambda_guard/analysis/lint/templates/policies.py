"""The policies of functions' roles: the statements that a template gives them, and the managed policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import Place, mapping, place
from lambda_guard.analysis.lint.templates.template import SERVERLESS_FUNCTION, Resource, Template

_LAMBDA = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")
_DOCUMENTS = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


@dataclass(frozen=True)
class Statement:
    """One Allow statement of a function's role. owner: the resource that it is written in."""

    owner: Resource
    node: dict[str, Any]
    actions: list[tuple[str, Place]]
    resources: list[tuple[str, Place]]

    @property
    def conditional(self) -> bool:
        """Whether a condition narrows it."""
        return bool(self.node.get("Condition"))


def statements(template: Template) -> Iterator[Statement]:
    """Yield the Allow statements that functions get."""
    for function in template.of(SERVERLESS_FUNCTION):
        for policy in template.resolve.items(function.properties.get("Policies")):
            if isinstance(policy, dict) and "Statement" in policy:
                yield from of_document(template, function, policy)
    for role in _roles(template):
        for policy in template.resolve.items(role.properties.get("Policies")):
            yield from of_document(template, role, mapping(policy).get("PolicyDocument"))
    for policy in template.of(*_DOCUMENTS):
        if _is_of_function(template, policy):
            yield from of_document(template, policy, policy.properties.get("PolicyDocument"))


def managed(template: Template) -> Iterator[tuple[str, Place, Resource]]:
    """Yield the names of managed policies that functions get; of an ARN, its last part."""
    for function in template.of(SERVERLESS_FUNCTION):
        for policy in template.resolve.items(function.properties.get("Policies")):
            yield from _named(template, policy, function)
    for role in [*_roles(template), *_attachments(template)]:
        for arn in template.resolve.items(role.properties.get("ManagedPolicyArns")):
            yield from _named(template, arn, role)


def policy_templates(function: Resource, template: Template) -> Iterator[tuple[str, Any, Place]]:
    """Yield the SAM policy templates of a function: name, parameters and place."""
    for policy in template.resolve.items(function.properties.get("Policies")):
        if isinstance(policy, dict) and len(policy) == 1:
            ((name, value),) = policy.items()
            if str(name).endswith("Policy"):
                yield str(name), value, place(name, policy)


def of_document(template: Template, owner: Resource, document: Any) -> Iterator[Statement]:
    """Yield the Allow statements of a policy document."""
    for option in template.resolve.options(document):
        for node in template.resolve.items(mapping(option).get("Statement")):
            node = mapping(node)
            if template.resolve.text(node.get("Effect")) == "Allow":
                actions = _texts(template, node.get("Action"), owner)
                yield Statement(owner, node, actions, _texts(template, node.get("Resource"), owner))


def _texts(template: Template, node: Any, owner: Resource) -> list[tuple[str, Place]]:
    return [
        (text, place(part, node, owner.node))
        for part in template.resolve.items(node)
        for text in template.resolve.texts(part)
    ]


def _named(template: Template, node: Any, owner: Resource) -> Iterator[tuple[str, Place, Resource]]:
    for text in template.resolve.texts(node):
        yield text.rpartition("/")[2], place(node, owner.node), owner


def _roles(template: Template) -> list[Resource]:
    return [role for role in template.of("AWS::IAM::Role") if is_of_function(template, role)]


def is_of_function(template: Template, role: Resource) -> bool:
    """Tell whether Lambda assumes a role."""
    document = mapping(role.properties.get("AssumeRolePolicyDocument"))
    for node in template.resolve.items(document.get("Statement")):
        principal = mapping(node).get("Principal")
        services = template.resolve.items(mapping(principal).get("Service"))
        if any(text in _LAMBDA for service in services for text in template.resolve.texts(service)):
            return True
    return False


def _is_of_function(template: Template, policy: Resource) -> bool:
    """Tell whether a policy hangs on a function's role, from either side; one on no role in sight is not judged."""
    for node in template.resolve.items(policy.properties.get("Roles")):
        if any(is_of_function(template, role) for role in template.named(node, "AWS::IAM::Role")):
            return True
        if template.named(node, *(SERVERLESS_FUNCTION,)) or _is_role_of_serverless(template, node):
            return True
    holders = [*_roles(template), *_attachments(template), *template.of(SERVERLESS_FUNCTION)]
    return any(
        policy in template.named(arn)
        for holder in holders
        for name in ("ManagedPolicyArns", "Policies")
        for arn in template.resolve.items(holder.properties.get(name))
        if isinstance(arn, str) or len(mapping(arn)) == 1
    )


def _is_role_of_serverless(template: Template, node: Any) -> bool:
    """Tell of `{"Ref": "OrdersRole"}`, the role that SAM makes for a function Orders."""
    names = [text.strip("${}") for text in template.resolve.texts(node)]
    return any(
        name.endswith("Role")
        and name[:-4] in template.resources
        and template.resources[name[:-4]].type == SERVERLESS_FUNCTION
        for name in names
    )


def _attachments(template: Template) -> list[Resource]:
    return [
        attachment
        for attachment in template.of("Attachment")
        if any(
            is_of_function(template, role)
            for node in attachment.properties.get("Roles") or []
            for role in template.named(node, "AWS::IAM::Role")
        )
    ]
