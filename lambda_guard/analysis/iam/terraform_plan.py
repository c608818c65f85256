"""Roles in a plan or a state of Terraform's, as `terraform show -json` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.iam.current import from_document, unread
from lambda_guard.analysis.iam.holders import HeldRole

_ATTACHMENTS = ("aws_iam_role_policy_attachment", "aws_iam_policy_attachment")


def is_one(found: Any) -> bool:
    """Tell whether something parsed is that."""
    return isinstance(found, dict) and "format_version" in found and ("planned_values" in found or "values" in found)


def roles(found: Any) -> list[HeldRole]:
    """Return the roles. Raises UnreadablePolicy: a policy of theirs is not in IAM's language."""
    return _Plan(found).roles()


class _Plan:
    """The resources of a plan; what Terraform does not know before it applies the plan is not in them."""

    def __init__(self, found: Any) -> None:
        values = found.get("planned_values") or found["values"]
        self._resources = list(_resources(values.get("root_module") or {}))
        root = (found.get("configuration") or {}).get("root_module") or {}
        self._references = dict(_references(root, ""))
        self._roles: dict[str, HeldRole] = {}

    def roles(self) -> list[HeldRole]:
        """Return them with everything that the plan attaches to each."""
        for resource in self._of("aws_iam_role"):
            self._add(resource)
        for resource in self._of("aws_lambda_function"):
            role = self._role(resource, "role")
            if role is not None:
                role.names.append(str(resource["values"].get("function_name")))
        for resource in self._of("aws_iam_role_policy"):
            role = self._role(resource, "role")
            if role is not None:
                _put(role, resource["address"], "inline", resource["values"].get("policy"))
        for resource in self._of(*_ATTACHMENTS):
            role = self._role(resource, "role")
            if role is not None:
                self._attach(role, resource, "policy_arn", "attached")
        return list(self._roles.values())

    def _of(self, *types: str) -> Iterator[dict[str, Any]]:
        return (resource for resource in self._resources if resource.get("type") in types)

    def _add(self, resource: dict[str, Any]) -> None:
        values, address = resource["values"], resource["address"]
        role = self._roles.setdefault(address, HeldRole([address]))
        role.names += [str(values[name]) for name in ("name", "arn") if values.get(name)]
        for policy in values.get("inline_policy") or []:
            _put(role, f"{address}, {policy.get('name') or 'inline_policy'}", "inline", policy.get("policy"))
        for arn in values.get("managed_policy_arns") or []:
            role.statements.append(unread(str(arn)))
        if values.get("permissions_boundary"):
            self._attach(role, resource, "permissions_boundary", "boundary")

    def _attach(self, role: HeldRole, resource: dict[str, Any], name: str, kind: str) -> None:
        """Add a managed policy: its document, where the plan has it."""
        arn = resource["values"].get(name)
        targets = self._targets(resource, name)
        for policy in self._of("aws_iam_policy"):
            if policy["address"] in targets or (arn and policy["values"].get("arn") == arn):
                _put(role, policy["address"], kind, policy["values"].get("policy"))
                return
        role.statements.append(unread(str(arn or f"{resource['address']}, {name}")))

    def _role(self, resource: dict[str, Any], name: str) -> HeldRole | None:
        """Return the role that a resource names, by its value, or by what its configuration refers to."""
        value = str(resource["values"].get(name) or "")
        targets = self._targets(resource, name)
        for address, role in self._roles.items():
            if (value and value.rpartition("/")[2] in role.names) or value in role.names or address in targets:
                return role
        return None

    def _targets(self, resource: dict[str, Any], name: str) -> set[str]:
        """Return the addresses that an argument refers to; an instance refers to the instance of its own key."""
        bare, bracket, key = resource["address"].partition("[")
        module = bare.rpartition(f"{resource['type']}.")[0]
        found = self._references.get((bare, name), [])
        return {f"{module}{target}{suffix}" for target in found for suffix in ("", f"{bracket}{key}")}


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in module.get("resources") or []:
        if resource.get("mode", "managed") == "managed":
            yield {**resource, "values": resource.get("values") or {}}
    for child in module.get("child_modules") or []:
        yield from _resources(child)


def _references(module: dict[str, Any], prefix: str) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield what each argument of each resource refers to, as TYPE.NAME."""
    for resource in module.get("resources") or []:
        for name, expression in (resource.get("expressions") or {}).items():
            found = expression.get("references") if isinstance(expression, dict) else None
            if found:
                yield (
                    (prefix + resource["address"], name),
                    [".".join(text.split("[")[0].split(".")[:2]) for text in found],
                )
    for name, call in (module.get("module_calls") or {}).items():
        yield from _references(call.get("module") or {}, f"{prefix}module.{name}.")


def _put(role: HeldRole, name: str, kind: str, document: Any) -> None:
    """Add a document's statements; one that depends on what is not applied yet is not in the plan."""
    role.statements += from_document(name, kind, document) if document else [unread(name)]
