"""SAM: the policies of a function, to be merged into a template; managed policies where inline is too small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lambda_guard.analysis.iam.formats.names import numbered, pascal
from lambda_guard.analysis.iam.formats.naming import LITERAL, Naming, Part, Reference
from lambda_guard.analysis.iam.policy import INLINE_LIMIT, Statement, documents

_PSEUDO = {"partition": "AWS::Partition", "region": "AWS::Region", "account": "AWS::AccountId"}
# Resources of which `Ref` is the ARN.
_REF_IS_ARN = frozenset({"secretsmanager", "sns", "states"})


def render(role: str, statements: Sequence[Statement], naming: Naming = LITERAL) -> list[str]:
    """Write a template's part: `Policies` of the function, inline if they fit the 10,240 characters of a role."""
    name = pascal(role)
    pages = documents(statements, INLINE_LIMIT)
    if len(pages) <= 1:
        return [_template(name, [_referring(page, naming) for page in pages])]
    pages = [_referring(page, naming) for page in documents(statements)]
    names = [numbered(f"{name}Used", number, len(pages)) for number in range(1, len(pages) + 1)]
    managed = {
        policy: {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": page}}
        for policy, page in zip(names, pages, strict=True)
    }
    return [_template(name, [{"Ref": policy} for policy in names], managed)]


def _referring(page: dict[str, Any], naming: Naming) -> dict[str, Any]:
    """Write the resources of a document as functions of CloudFormation, where they are references."""
    return {**page, "Statement": [_statement(body, naming) for body in page["Statement"]]}


def _statement(body: dict[str, Any], naming: Naming) -> dict[str, Any]:
    found = dict(body)
    if "Sid" in found:
        found["Sid"] = naming.sid(found["Sid"])
    for element in ("Resource", "NotResource"):
        value = found.get(element)
        if isinstance(value, str):
            found[element] = _resource(naming.parts(value))
        elif value is not None:
            found[element] = [_resource(naming.parts(text)) for text in value]
    return found


def _resource(parts: Sequence[Part]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    (first, *rest) = parts
    if isinstance(first, Reference) and not rest and first.kind == "arn":
        return {"Ref": first.name} if first.service in _REF_IS_ARN else {"Fn::GetAtt": [first.name, "Arn"]}
    # ${!x} is a literal ${x}.
    return {"Fn::Sub": "".join(_within(part) for part in parts)}


def _within(part: Part) -> str:
    if isinstance(part, str):
        return part.replace("${", "${!")
    if part.kind != "arn":
        return f"${{{_PSEUDO[part.kind]}}}"
    return f"${{{part.name}}}" if part.service in _REF_IS_ARN else f"${{{part.name}.Arn}}"


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
