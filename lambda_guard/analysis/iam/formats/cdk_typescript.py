"""AWS CDK in TypeScript: a function that makes the managed policies in a scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, pascal
from lambda_guard.analysis.iam.policy import Statement, documents


def render(role: str, statements: Sequence[Statement]) -> list[str]:
    """Write a module with one function, which returns the policies to add to the role."""
    pages = documents(statements)
    name = pascal(role)
    policies = "".join(
        _policy(numbered(f"{name}Used", number, len(pages)), document) for number, document in enumerate(pages, 1)
    )
    return [
        "import * as iam from 'aws-cdk-lib/aws-iam';\n"
        "import { Construct } from 'constructs';\n\n"
        f"export function {name[0].lower()}{name[1:]}Policies(scope: Construct): iam.ManagedPolicy[] {{\n"
        f"  return [\n{policies}  ];\n}}\n"
    ]


def _policy(name: str, document: dict[str, Any]) -> str:
    statements = "".join(_statement(statement) for statement in document["Statement"])
    return (
        f"    new iam.ManagedPolicy(scope, {json.dumps(name)}, {{\n"
        f"      statements: [\n{statements}      ],\n"
        "    }),\n"
    )


def _statement(statement: dict[str, Any]) -> str:
    pad = " " * 10
    lines = [
        " " * 8 + "new iam.PolicyStatement({",
        f"{pad}sid: {json.dumps(statement['Sid'])},",
        f"{pad}effect: iam.Effect.{statement['Effect'].upper()},",
        f"{pad}actions: {_list(statement['Action'], pad)},",
        f"{pad}resources: {_list(statement['Resource'], pad)},",
    ]
    if "Condition" in statement:
        lines.append(f"{pad}conditions: {json.dumps(statement['Condition'])},")
    return "\n".join([*lines, " " * 8 + "}),", ""])


def _list(values: Sequence[str], pad: str) -> str:
    inner = "".join(f"{pad}  {json.dumps(value)},\n" for value in values)
    return f"[\n{inner}{pad}]"
