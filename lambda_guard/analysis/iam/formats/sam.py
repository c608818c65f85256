"""SAM: the policies of a function, to be merged into a template; managed policies where inline is too small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, pascal
from lambda_guard.analysis.iam.policy import INLINE_LIMIT, Statement, documents


def render(role: str, statements: Sequence[Statement]) -> list[str]:
    """Write a template's part: `Policies` of the function, inline if they fit the 10,240 characters of a role."""
    name = pascal(role)
    pages = documents(statements, INLINE_LIMIT)
    if len(pages) <= 1:
        return [_template(name, pages)]
    pages = documents(statements)
    names = [numbered(f"{name}Used", number, len(pages)) for number in range(1, len(pages) + 1)]
    managed = {
        policy: {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": page}}
        for policy, page in zip(names, pages, strict=True)
    }
    return [_template(name, [{"Ref": policy} for policy in names], managed)]


def _template(name: str, policies: list[Any], resources: dict[str, Any] | None = None) -> str:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Policies": policies}}
    body = {"Resources": {name: function, **(resources or {})}}
    return f"# Merge into your template; {name} stands for the function's own resource.\n{''.join(_yaml(body))}"


def _yaml(value: Any, indent: int = 0) -> Iterator[str]:
    """Write nested mappings and lists in YAML's block style, every string in JSON's quotes."""
    pad = "  " * indent
    for key, item in value.items() if isinstance(value, dict) else ((None, item) for item in value):
        lead = f"{pad}- " if key is None else f"{pad}{_key(key)}:"
        if isinstance(item, (dict, list)) and item:
            if key is None:
                inner = "".join(_yaml(item, indent + 1))
                yield lead + inner[len(pad) + 2 :]
            else:
                yield lead + "\n"
                yield from _yaml(item, indent + 1)
        else:
            yield f"{lead}{'' if key is None else ' '}{json.dumps(item)}\n"


def _key(key: str) -> str:
    return key if key.isalnum() else json.dumps(key)
