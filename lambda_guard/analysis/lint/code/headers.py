"""Practice 1 in code: a function that reads the caller's token instead of the authorizer context."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lambda_guard.analysis.lint.code.handlers import EVENTS
from lambda_guard.analysis.lint.code.modules import Module, Scope
from lambda_guard.analysis.lint.code.values import Evaluator

Found = tuple[ast.AST, str, str]
_HEADERS = ("headers", "multiValueHeaders")
# What only an authorizer's answer has: it is there to read the token.
_AUTHORIZER = ("isAuthorized", "principalId", "policyDocument", "APIGatewayAuthorizerResponse", "authorizationToken")
_REQUESTS = ("request", "req", "current_event", "headers", *EVENTS)
_MOST_STEPS = 12


def read_by_hand(module: Module, evaluator: Evaluator) -> Iterator[Found]:
    """Yield where the Authorization header of an event is read; nothing in a Lambda authorizer."""
    lowered = module.text.lower()
    if "authorization" not in lowered or any(mark in module.text for mark in _AUTHORIZER):
        return
    for scope in module.scopes:
        for node in _reads(scope):
            owner, key = _parts(node)
            if owner is None or key is None:
                continue
            names = evaluator.texts(key, scope)
            if any(name.lower() == "authorization" for name in names) and _is_headers(owner, scope):
                yield node, "LG106", "the Authorization header is read"


def _reads(scope: Scope) -> Iterator[ast.AST]:
    yield from scope.calls
    yield from scope.subscripts


def _parts(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    match node:
        case ast.Subscript(value=owner, slice=key, ctx=ast.Load()):
            return owner, key
        case ast.Call(func=ast.Attribute(value=owner, attr="get" | "get_header_value" | "pop"), args=[key, *_]):
            return owner, key
        case ast.Call(
            func=ast.Attribute(value=owner, attr="get_header_value"), keywords=[ast.keyword(arg="name", value=key), *_]
        ):
            return owner, key
    return None, None


def _is_headers(node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is the headers of an event: by its own words, or by what its name is bound to."""
    headers = False
    current: ast.AST = node
    for _ in range(_MOST_STEPS):
        match current:
            case ast.Attribute(value=inner, attr=name):
                headers = headers or name in _HEADERS
                if name == "current_event":
                    return True
                current = inner
            case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
                headers = headers or key in _HEADERS
                current = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="get"), args=[ast.Constant(value=key), *_]):
                headers = headers or key in _HEADERS
                current = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "items" | "copy")):
                current = inner
            case ast.Call(func=ast.Name(), args=[inner, *_]):  # dict(headers), CaseInsensitiveDict(headers)
                current = inner
            case ast.BoolOp(values=[inner, *_]):
                current = inner
            case ast.DictComp(generators=[ast.comprehension(iter=inner), *_]):
                current = inner
            case ast.Name(id=name):
                bindings = [] if scope is None else scope.bindings.get(name, [])
                kinds = {binding.kind for binding in bindings}
                if kinds == {"expr"} and bindings[0].node is not current:
                    current = bindings[0].node
                    continue
                return (
                    (headers or name == "headers")
                    and (name in _REQUESTS or (headers and "param" in kinds and name.endswith(("event", "request"))))
                    and ("param" in kinds or name != "headers")
                )
            case _:
                return False
    return False
