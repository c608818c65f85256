"""Terraform: a policy document and a managed policy for each file that IAM's limit allows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, snake
from lambda_guard.analysis.iam.formats.naming import LITERAL, Naming, Part, Reference, plain
from lambda_guard.analysis.iam.policy import Statement, documents

_SOURCES = {
    "partition": ("aws_partition", "partition"),
    "region": ("aws_region", "id"),
    "account": ("aws_caller_identity", "account_id"),
}
_ATTRIBUTES = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}


def render(role: str, statements: Sequence[Statement], naming: Naming = LITERAL) -> list[str]:
    """Write `aws_iam_policy_document` data and the `aws_iam_policy` resources that use them.

    A name that `naming` has is the address of a resource (`aws_dynamodb_table.orders`), or else a variable with the
    resource's name.
    """
    writer = _Writer(snake(role), naming)
    pages = documents(statements)
    blocks = []
    for number, document in enumerate(pages, 1):
        name = numbered(snake(role), number, len(pages), "_")
        blocks += [writer.data(name, document), _resource(name)]
        if naming.attach:
            blocks.append(writer.attachment(name, role.rpartition("/")[2]))
    text = "\n".join(blocks)
    return ["\n".join([*writer.sources(text), *writer.variables(text), text])]


class _Writer:
    """Writes what refers to anything. Its data sources and variables bear the role's name: roles share a folder."""

    def __init__(self, role: str, naming: Naming) -> None:
        self._role = role
        self._naming = naming

    def data(self, name: str, document: dict[str, Any]) -> str:
        """Return the block of a policy document."""
        statements = "\n".join(self._statement(plain(statement, self._naming)) for statement in document["Statement"])
        return f'data "aws_iam_policy_document" "{name}" {{\n{statements}}}\n'

    def attachment(self, name: str, role: str) -> str:
        """Return the block that attaches a policy to a role, by its name or by what the project calls it."""
        known = self._naming.names.get(role)
        target = _string(role)
        if known is not None:
            target = f"{known}.name" if _is_address(known) else f"var.{self._variable(known)}"
        return (
            f'resource "aws_iam_role_policy_attachment" "{name}" {{\n'
            f"  role       = {target}\n"
            f"  policy_arn = aws_iam_policy.{name}.arn\n"
            "}\n"
        )

    def sources(self, text: str) -> list[str]:
        """Return the blocks of the data sources that a text refers to."""
        used = [kind for kind, _ in _SOURCES.values() if f"data.{kind}.{self._role}." in text]
        return [f'data "{kind}" "{self._role}" {{}}\n' for kind in used]

    def variables(self, text: str) -> list[str]:
        """Return the blocks of the variables that a text refers to."""
        used = {
            self._variable(name): deployed for deployed, name in self._naming.names.items() if not _is_address(name)
        }
        return [
            f'variable "{name}" {{\n'
            "  type        = string\n"
            f"  description = {_string(f'Name of what is {deployed} where it was recorded')}\n"
            "}\n"
            for name, deployed in sorted(used.items())
            if f"var.{name}" in text
        ]

    def _statement(self, statement: dict[str, Any]) -> str:
        attributes = {"sid": _string(statement["Sid"])} if "Sid" in statement else {}
        attributes["effect"] = _string(statement["Effect"])
        for element, attribute in _ATTRIBUTES.items():
            if element in statement:
                of_resources = element.endswith("Resource")
                values = [self._text(text) if of_resources else _string(text) for text in statement[element]]
                attributes[attribute] = _list(values, 4)
        lines = ["  statement {", *_aligned(attributes, 4)]
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                texts = [_string(value) for value in values]
                condition = {"test": _string(operator), "variable": _string(key), "values": _list(texts, 6)}
                lines += ["", "    condition {", *_aligned(condition, 6), "    }"]
        return "\n".join([*lines, "  }", ""])

    def _text(self, resource: str) -> str:
        """Write a resource: a string with references in it, or the reference alone."""
        parts = self._naming.parts(resource)
        if len(parts) == 1 and isinstance(parts[0], Reference) and _is_address(parts[0].name):
            return f"{parts[0].name}.arn"
        return '"' + "".join(map(self._within, parts)) + '"'

    def _within(self, part: Part) -> str:
        if isinstance(part, str):
            return _string(part)[1:-1]
        if part.kind != "arn":
            kind, attribute = _SOURCES[part.kind]
            return f"${{data.{kind}.{self._role}.{attribute}}}"
        if _is_address(part.name):
            return f"${{{part.name}.arn}}"
        return "".join(map(self._within, part.head)) + f"${{var.{self._variable(part.name)}}}{part.random}"

    def _variable(self, name: str) -> str:
        return f"{self._role}_{snake(name)}"


def _resource(name: str) -> str:
    return (
        f'resource "aws_iam_policy" "{name}" {{\n'
        f"  name   = {_string(name.replace('_', '-') + '-used')}\n"
        f"  policy = data.aws_iam_policy_document.{name}.json\n"
        "}\n"
    )


def _is_address(name: str) -> bool:
    return "." in name


def _aligned(attributes: dict[str, str], indent: int) -> list[str]:
    """Write attributes as `terraform fmt` does: those on one line are aligned until one takes several."""
    lines: list[str] = []
    for several, names in groupby(attributes, lambda name: "\n" in attributes[name]):
        run = list(names)
        width = 0 if several else max(map(len, run))
        lines += [f"{' ' * indent}{name:{width}} = {attributes[name]}" for name in run]
    return lines


def _list(values: Sequence[str], indent: int) -> str:
    if len(values) == 1:
        return f"[{values[0]}]"
    inner = "".join(f"{' ' * (indent + 2)}{value},\n" for value in values)
    return f"[\n{inner}{' ' * indent}]"


def _string(text: str) -> str:
    """Quote for HCL, where `${` and `%{` begin a template."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")
