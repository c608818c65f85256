"""IAM's policy language: whether a document is written in it, and what each statement says.

A statement that is not is refused with the file, the statement and the element: who reads `"effect": "Deny"` as an
Allow, or a missing Resource as none, proposes to remove what protects the role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator


class UnreadablePolicy(Exception):
    """A current policy that cannot be read; the message says where and what to give instead."""


class Twice(dict[str, Any]):
    """An object of which a member stands more than once; `names` are those."""

    names: tuple[str, ...] = ()


def _texts(pattern: str) -> dict[str, Any]:
    one = {"type": "string", "pattern": pattern}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


# What stands for a value that only the deployment knows begins with ${, here as in IAM's own variables.
_ACTIONS = _texts(r"^(\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?_-]+)$")
_RESOURCES = _texts(r"^(\*|\?|arn:|\$\{)")
_SCALAR = {"type": ["string", "number", "boolean"]}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
STATEMENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "Sid": {"type": "string"},
        "Effect": {"enum": ["Allow", "Deny"]},
        "Action": _ACTIONS,
        "NotAction": _ACTIONS,
        "Resource": _RESOURCES,
        "NotResource": _RESOURCES,
        "Condition": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
            },
        },
    },
    "additionalProperties": False,
    "required": ["Effect"],
    "allOf": [
        {"oneOf": [{"required": ["Action"]}, {"required": ["NotAction"]}]},
        {"oneOf": [{"required": ["Resource"]}, {"required": ["NotResource"]}]},
    ],
}
_ELEMENTS = tuple(STATEMENT["properties"])
_PRINCIPALS = ("principal", "notprincipal")
_VERSIONS = ("2012-10-17", "2008-10-17")
_VALIDATOR = Draft202012Validator(STATEMENT)


def statements(name: str, document: Any) -> list[Mapping[str, Any]]:
    """Return the statements of a policy document, in order.

    Raises UnreadablePolicy: the document or a statement is not in IAM's language, or it is a trust or resource policy.
    """
    if not isinstance(document, dict):
        raise UnreadablePolicy(f"{name} is no policy document: it is {_kind(document)}.")
    _check_document(name, document)
    found = document["Statement"]
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list):
        raise UnreadablePolicy(f"{name}: Statement is {_kind(found)} instead of an object or a list of them.")
    for number, body in enumerate(found, 1):
        check(name, number, body)
    return found


def check(name: str, number: int, body: Any) -> None:
    """Refuse a statement that is not in IAM's language, naming what is wrong with which element."""
    where = f"{name}, statement {number}"
    if isinstance(body, dict) and any(str(key).lower() in _PRINCIPALS for key in body):
        raise UnreadablePolicy(
            f"{where} has a Principal: it is a trust or resource policy. Give the role's permissions."
        )
    refuse_doubled(name, number, body)
    fault = next(iter(sorted(_VALIDATOR.iter_errors(body), key=lambda error: list(map(str, error.path)))), None)
    if fault is not None:
        raise UnreadablePolicy(f"{where}: {_said(fault, body)}")


def refuse_doubled(name: str, number: int, body: Any) -> None:
    """Refuse a statement in which a member stands twice: JSON does not say which of them counts."""
    if doubled := next(_doubled(body), None):
        raise UnreadablePolicy(
            f"{name}, statement {number}: {doubled!a} stands twice, and which of them counts is not said."
        )


def _check_document(name: str, document: Mapping[str, Any]) -> None:
    if isinstance(document, Twice):
        raise UnreadablePolicy(f"{name}: {document.names[0]!a} stands twice, and which of them counts is not said.")
    for key in document:
        if key not in ("Version", "Id", "Statement"):
            known = _meant(key, ("Version", "Id", "Statement"))
            raise UnreadablePolicy(f"{name} is no policy document: it has the element {key!a}{known}.")
    if "Statement" not in document:
        raise UnreadablePolicy(f"{name} is no policy document: it has no Statement.")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        version = document["Version"]
        shown = ascii(version) if isinstance(version, str) else _kind(version)
        raise UnreadablePolicy(f"{name}: Version is {shown}; IAM knows {' and '.join(_VERSIONS)}.")


def _said(fault: Any, body: Any) -> str:
    """Say what is wrong with which element of a statement."""
    element = ".".join(str(part) for part in fault.path)
    if not element:
        return _said_of_statement(fault, body)
    value = fault.instance
    if element == "Effect":
        shown = ascii(value) if isinstance(value, str) else _kind(value)
        return f"Effect is {shown}; IAM knows Allow and Deny."
    if element in ("Action", "NotAction", "Resource", "NotResource"):
        what = "actions such as dynamodb:GetItem" if element.endswith("Action") else "ARNs or *"
        return f"{element} is {_wrong(value)}; it holds {what}, one or a list of them."
    return f"{ascii(element)[1:-1]} is {_kind(value)}, which IAM does not take there."


def _said_of_statement(fault: Any, body: Any) -> str:
    if not isinstance(body, dict):
        return f"it is {_kind(body)} instead of an object."
    unknown = [key for key in body if key not in _ELEMENTS]
    if unknown:
        return f"{unknown[0]!a} is no element of IAM's policy language{_meant(unknown[0], _ELEMENTS)}."
    if "Effect" not in body:
        return "it has no Effect."
    pair = next(pair for pair in (("Action", "NotAction"), ("Resource", "NotResource")) if len({*pair} & {*body}) != 1)
    both = all(name in body for name in pair)
    return f"it has both {pair[0]} and {pair[1]}." if both else f"it has neither {pair[0]} nor {pair[1]}."


def _wrong(value: Any) -> str:
    """Say what is wrong with a value that should be a text or a list of texts."""
    if isinstance(value, list):
        strange = next((item for item in value if not isinstance(item, str)), None)
        if not value:
            return "an empty list"
        if any(not isinstance(item, str) for item in value):
            return f"a list with {_kind(strange)} in it"
        return f"a list with {value[0] if len(value) == 1 else next(iter(value))!a} in it"
    return ascii(value) if isinstance(value, str) else _kind(value)


def _meant(key: Any, known: tuple[str, ...]) -> str:
    meant = next((name for name in known if name.lower() == str(key).lower()), None)
    return f"; the element is {meant}" if meant else ""


def _kind(value: Any) -> str:
    kinds = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "a text"}
    kinds |= {list: "a list", dict: "an object", Twice: "an object"}
    return kinds.get(type(value), "something else")


def _doubled(value: Any) -> Iterator[str]:
    if isinstance(value, Twice):
        yield from value.names
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _doubled(child)
