"""Terraform: a policy document and a managed policy for each file that IAM's limit allows."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    lines = [
        "  statement {",
        f"    sid       = {_string(statement['Sid'])}",
        f"    effect    = {_string(statement['Effect'])}",
        f"    actions   = {_list(statement['Action'], 4)}",
        f"    resources = {_list(statement['Resource'], 4)}",
    ]
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            lines += [
                "",
                "    condition {",
                f"      test     = {_string(operator)}",
                f"      variable = {_string(key)}",
                f"      values   = {_list(values, 6)}",
                "    }",
            ]
    return "\n".join([*lines, "  }", ""])


def _list(values: Sequence[str], indent: int) -> str:
    if len(values) == 1:
        return f"[{_string(values[0])}]"
    inner = "".join(f"{' ' * (indent + 2)}{_string(value)},\n" for value in values)
    return f"[\n{inner}{' ' * indent}]"


def _string(text: str) -> str:
    """Quote for HCL, where `${` and `%{` begin a template."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")
