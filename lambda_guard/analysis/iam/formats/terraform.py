"""Terraform: a policy document and a managed policy for each file that IAM's limit allows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, snake
from lambda_guard.analysis.iam.policy import Statement, documents


def render(role: str, statements: Sequence[Statement]) -> list[str]:
    """Write `aws_iam_policy_document` data and the `aws_iam_policy` resources that use them."""
    pages = documents(statements)
    blocks = []
    for number, document in enumerate(pages, 1):
        name = numbered(snake(role), number, len(pages), "_")
        blocks += [_data(name, document), _resource(name)]
    return ["\n".join(blocks)]


def _data(name: str, document: dict[str, Any]) -> str:
    statements = "\n".join(_statement(statement) for statement in document["Statement"])
    return f'data "aws_iam_policy_document" "{name}" {{\n{statements}}}\n'


def _resource(name: str) -> str:
    return (
        f'resource "aws_iam_policy" "{name}" {{\n'
        f"  name   = {_string(name.replace('_', '-') + '-used')}\n"
        f"  policy = data.aws_iam_policy_document.{name}.json\n"
        "}\n"
    )


def _statement(statement: dict[str, Any]) -> str:
    attributes = {
        "sid": _string(statement["Sid"]),
        "effect": _string(statement["Effect"]),
        "actions": _list(statement["Action"], 4),
        "resources": _list(statement["Resource"], 4),
    }
    lines = ["  statement {", *_aligned(attributes, 4)]
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            condition = {"test": _string(operator), "variable": _string(key), "values": _list(values, 6)}
            lines += ["", "    condition {", *_aligned(condition, 6), "    }"]
    return "\n".join([*lines, "  }", ""])


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
        return f"[{_string(values[0])}]"
    inner = "".join(f"{' ' * (indent + 2)}{_string(value)},\n" for value in values)
    return f"[\n{inner}{' ' * indent}]"


def _string(text: str) -> str:
    """Quote for HCL, where `${` and `%{` begin a template."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")
