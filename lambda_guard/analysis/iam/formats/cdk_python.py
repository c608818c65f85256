"""AWS CDK in Python: a function that makes the managed policies in a scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, pascal, snake
from lambda_guard.analysis.iam.formats.naming import LITERAL, Naming, Part, names_in, plain
from lambda_guard.analysis.iam.policy import Statement, documents

_TOKENS = {"partition": "Aws.PARTITION", "region": "Aws.REGION", "account": "Aws.ACCOUNT_ID"}
_ARGUMENTS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}


def render(role: str, statements: Sequence[Statement], naming: Naming = LITERAL) -> list[str]:
    """Write a module with one function, which returns the policies to add to the role.

    It takes the ARN of each resource that `naming` has a name for.
    """
    pages = documents(statements)
    name = pascal(role)
    policies = "".join(
        _policy(numbered(f"{name}Used", number, len(pages)), document, naming)
        for number, document in enumerate(pages, 1)
    )
    resources = [text for page in pages for body in page["Statement"] for text in _resources(body)]
    arguments = sorted({_argument(found) for text in resources for found in names_in(naming.parts(text))})
    given = "".join(f"    {argument}: str,\n" for argument in arguments)
    signature = f"(\n    scope: Construct,\n{given})" if given else "(scope: Construct)"
    tokens = "from aws_cdk import Aws\n" if naming.portable and "Aws." in policies else ""
    return [
        f"{tokens}from aws_cdk import aws_iam as iam\n"
        "from constructs import Construct\n\n\n"
        f"def {snake(role)}_policies{signature} -> list[iam.ManagedPolicy]:\n"
        f"    return [\n{policies}    ]\n"
    ]


def _policy(name: str, document: dict[str, Any], naming: Naming) -> str:
    statements = "".join(_statement(plain(statement, naming), naming) for statement in document["Statement"])
    return (
        "        iam.ManagedPolicy(\n"
        "            scope,\n"
        f"            {json.dumps(name)},\n"
        f"            statements=[\n{statements}            ],\n"
        "        ),\n"
    )


def _statement(statement: dict[str, Any], naming: Naming) -> str:
    pad = " " * 20
    lines = [" " * 16 + "iam.PolicyStatement("]
    if "Sid" in statement:
        lines.append(f"{pad}sid={json.dumps(statement['Sid'])},")
    lines.append(f"{pad}effect=iam.Effect.{statement['Effect'].upper()},")
    for element, argument in _ARGUMENTS.items():
        if element in statement:
            values = statement[element]
            texts = [
                _text(naming.parts(value)) if element.endswith("Resource") else json.dumps(value) for value in values
            ]
            lines.append(f"{pad}{argument}={_list(texts, pad)},")
    if "Condition" in statement:
        lines.append(f"{pad}conditions={json.dumps(statement['Condition'])},")
    return "\n".join([*lines, " " * 16 + "),", ""])


def _text(parts: Sequence[Part]) -> str:
    """Write a resource: a string, an f-string, or the argument itself."""
    if all(isinstance(part, str) for part in parts):
        return json.dumps("".join(map(str, parts)))
    if len(parts) == 1 and not isinstance(parts[0], str):
        return _token(parts[0])
    return 'f"' + "".join(_within(part) for part in parts) + '"'


def _within(part: Part) -> str:
    if isinstance(part, str):
        return json.dumps(part)[1:-1].replace("{", "{{").replace("}", "}}")
    return f"{{{_token(part)}}}"


def _token(part: Any) -> str:
    return _argument(part.name) if part.kind == "arn" else _TOKENS[part.kind]


def _argument(name: str) -> str:
    return f"{snake(name)}_arn"


def _resources(body: dict[str, Any]) -> list[str]:
    found = plain(body)
    return [*found.get("Resource", []), *found.get("NotResource", [])]


def _list(values: Sequence[str], pad: str) -> str:
    inner = "".join(f"{pad}    {value},\n" for value in values)
    return f"[\n{inner}{pad}]"
