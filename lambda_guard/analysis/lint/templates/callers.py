"""Practice 1: permissions and resource policies that let anybody invoke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import key_place, mapping, place
from lambda_guard.analysis.lint.templates.template import Found, Resource, Template

_SOURCES = ("SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID")
# Resource -> the properties that hold its policy.
_POLICIES = {
    "AWS::ApiGateway::RestApi": ("Policy",),
    "AWS::Events::EventBusPolicy": ("Statement",),
    "AWS::Lambda::LayerVersionPermission": (),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::VpcLattice::AuthPolicy": ("Policy",),
}
_NARROWING = ("Condition",)


def check(template: Template) -> Iterator[Found]:
    """Yield the permissions and resource policies that are open."""
    for permission in template.of("AWS::Lambda::Permission"):
        yield from _permission(template, permission)
    for kind, names in _POLICIES.items():
        for resource in template.of(kind):
            for name in names:
                document = resource.properties.get(name)
                yield from _policy(template, resource, document if name != "Statement" else {"Statement": document})
    for api in template.of("AWS::Serverless::Api"):
        custom = mapping(mapping(api.properties.get("Auth")).get("ResourcePolicy")).get("CustomStatements")
        yield from _policy(template, api, {"Statement": custom})


def _permission(template: Template, permission: Resource) -> Iterator[Found]:
    properties = permission.properties
    principals = template.resolve.texts(properties.get("Principal"))
    sources = [name for name in _SOURCES if _is_source(template, properties.get(name))]
    where = key_place(properties, "Principal", permission.node)
    signed = template.resolve.text(properties.get("FunctionUrlAuthType")) == "AWS_IAM"
    for principal in principals:
        if principal == "*" and "PrincipalOrgID" not in sources and not (signed and sources):
            yield where, "LG104", f"principal * in {permission.name}"
            return
        if principal.endswith((".amazonaws.com", ".amazonaws.com.cn")) and not sources:
            yield where, "LG104", f"{principal} without SourceArn in {permission.name}"
            return


def _is_source(template: Template, node: Any) -> bool:
    if not template.resolve.options(node) or node is None:
        return False
    texts = template.resolve.texts(node)
    return not texts or any(text.strip("*") for text in texts)


def _policy(template: Template, resource: Resource, document: Any) -> Iterator[Found]:
    for option in template.resolve.options(document):
        nodes = [mapping(node) for node in template.resolve.items(mapping(option).get("Statement"))]
        # Allow everybody, deny all but some: AWS's own pattern for addresses and VPC endpoints.
        denied = any(template.resolve.text(node.get("Effect")) == "Deny" and _narrows(node) for node in nodes)
        for node in nodes:
            allows = template.resolve.text(node.get("Effect")) == "Allow"
            if allows and not denied and _is_anybody(template, node.get("Principal")) and not _narrows(node):
                where = key_place(node, "Principal", node, resource.node)
                yield where if where != (1, 1) else place(resource.node), "LG105", f"policy of {resource.name}"


def _narrows(node: dict[str, Any]) -> bool:
    return any(node.get(name) for name in _NARROWING)


def _is_anybody(template: Template, principal: Any) -> bool:
    options = [principal, *mapping(principal).values()]
    return any(
        text == "*"
        for option in options
        for part in template.resolve.items(option)
        for text in template.resolve.texts(part)
    )
