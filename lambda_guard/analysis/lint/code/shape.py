"""Practice 4: handlers parse, call and answer; business functions know nothing of Lambda."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from lambda_guard.analysis.lint.code.handlers import CONTEXTS, EVENTS, is_handler_like, own_nodes
from lambda_guard.analysis.lint.code.modules import Scope, parameters
from lambda_guard.analysis.lint.code.values import Evaluator, by_name
from lambda_guard.analysis.lint.settings import Settings

Found = tuple[ast.AST, str, str]
# Names of functions that are there to read an event, which is the handler's part.
_PARSERS = (
    "parse", "read", "load", "extract", "decode", "validate", "unpack", "get", "from", "to", "is", "has", "body",
    "log", "check", "make", "build", "with", "wrap", "audit", "trace", "verify", "identify", "who", "caller", "records",
    "route", "dispatch", "respond", "response", "answer",
)  # fmt: skip
_NO_CALLS = (
    "get_paginator", "get_waiter", "can_paginate", "close", "generate_presigned_url",
    "generate_presigned_post",
)  # fmt: skip
# A handler this short has nothing to take out.
_TRIVIAL = 4
_SDKS = ("boto3", "botocore", "aioboto3", "aiobotocore", "builtins", "aws_lambda_powertools", "aws_xray_sdk")
_PARSER_TYPES = ("event_source", "validator", "event_parser")


def check(handler: Scope, others: list[Scope], evaluator: Evaluator, settings: Settings) -> Iterator[Found]:
    """Yield what a handler does that is not parse, call, answer. others: the handlers of the project."""
    calls = list(aws_calls(handler, evaluator))
    for call, service, operation in calls:
        yield call, "LG401", f"{service}.{operation} is called in {handler.name}"
    statements = count_statements(handler)
    if statements > settings.max_statements:
        yield _header(handler), "LG402", f"{handler.name} has {statements} statements, over {settings.max_statements}"
    complexity = cyclomatic(handler)
    if complexity > settings.max_complexity:
        yield (
            _header(handler),
            "LG403",
            f"{handler.name} has a cyclomatic complexity of {complexity}, over {settings.max_complexity}",
        )
    business = list(_handed_on(handler, others, evaluator))
    for call, target in business:
        yield call, "LG404", f"{handler.name} hands the event to {target.name}"
    yield from _takers(handler, others, [target for _, target in business])
    if (calls or statements > _TRIVIAL) and _is_alone(handler, evaluator):
        yield _header(handler), "LG406", handler.name


def _header(scope: Scope) -> ast.AST:
    return scope.node


def aws_calls(scope: Scope, evaluator: Evaluator) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield the AWS calls of a function's own body: the call, the service and the method."""
    for node in own_nodes(scope):
        if not isinstance(node, ast.Call):
            continue
        for value in sorted(evaluator.of(node.func, scope), key=by_name):
            service, _, method = value.name.partition(".")
            # An exception's class, and the like, are attributes that nobody calls; `meta` is no call either.
            if value.kind == "method" and method not in _NO_CALLS and not method.startswith("_"):
                yield node, service, method
                break


def count_statements(scope: Scope) -> int:
    """Count the statements of a function's own body, without its docstring and without functions in it."""
    statements = [node for node in own_nodes(scope) if isinstance(node, ast.stmt)]
    return sum(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in statements)


def cyclomatic(scope: Scope) -> int:
    """Return McCabe's cyclomatic complexity of a function's own body."""
    total = 1
    for node in own_nodes(scope):
        match node:
            case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While() | ast.ExceptHandler() | ast.Assert():
                total += 1
            case ast.BoolOp(values=values):
                total += len(values) - 1
            case ast.comprehension(ifs=ifs):
                total += 1 + len(ifs)
            case ast.match_case(pattern=pattern, guard=guard):
                total += not (isinstance(pattern, ast.MatchAs) and pattern.pattern is None and guard is None)
    return total


def _event_names(handler: Scope) -> set[str]:
    if isinstance(handler.node, ast.ClassDef | ast.Module):
        return set()
    first = [argument.arg for argument in parameters(handler.node)][:1]
    names = set(first)
    for name, bindings in handler.bindings.items():
        # `data = event` is the event still.
        if any(isinstance(binding.node, ast.Name) and binding.node.id in first for binding in bindings):
            names.add(name)
    return names


def _handed_on(handler: Scope, others: list[Scope], evaluator: Evaluator) -> Iterator[tuple[ast.Call, Scope]]:
    names = _event_names(handler)
    for node in own_nodes(handler):
        if not isinstance(node, ast.Call):
            continue
        given = [*node.args, *(word.value for word in node.keywords)]
        if not any(isinstance(argument, ast.Name) and argument.id in names for argument in given):
            continue
        for value in evaluator.of(node.func, handler):
            target = value.of
            if value.kind == "function" and isinstance(target, Scope) and target not in others and _is_business(target):
                yield node, target
                break


def _is_business(scope: Scope) -> bool:
    """Tell whether a function does more than read an event: parsers' names begin as theirs do."""
    words = scope.name.strip("_").split("_")
    if (
        not words[0]
        or words[0] in _PARSERS
        or "event" in words
        or words[-1] in ("handler", "request", "parser", "response")
    ):
        return False
    return bool(scope.name)


def _takers(handler: Scope, others: list[Scope], called: list[Scope]) -> Iterator[Found]:
    """Yield the functions beside a handler that have a parameter for the event or the context."""
    beside = [scope for scope in handler.module.functions if scope not in others]
    first = next((scope for scope in handler.module.functions if scope in others), handler)
    for scope in [*(beside if first is handler else []), *(one for one in called if one not in beside)]:
        if isinstance(scope.node, ast.Lambda | ast.ClassDef | ast.Module) or scope.node.decorator_list:
            continue
        if scope not in called and is_handler_like(scope):
            continue  # a handler that no template names
        names = [argument.arg for argument in parameters(scope.node)]
        taken = [name for name in names if name in EVENTS or (name in CONTEXTS and len(name) > 2)]
        if taken and _is_business(scope):
            yield scope.node, "LG405", f"{scope.name} takes {' and '.join(taken)}"


def _is_alone(handler: Scope, evaluator: Evaluator) -> bool:
    """Tell whether nothing is called that somebody wrote for this: no other function, class or module of theirs."""
    module = handler.module
    if any(scope is not handler and scope.name for scope in module.scopes[1:]):
        return False
    for node in own_nodes(handler):
        if isinstance(node, ast.Call):
            for value in evaluator.of(node.func, handler):
                root = value.name.partition(".")[0].rstrip("()")
                if value.kind in ("function", "class", "instance", "module"):
                    return False
                if value.kind == "ext" and root not in _SDKS and root not in sys.stdlib_module_names:
                    return False
    return True
