"""Practice 2 in code: one function invokes another, through an SDK or by a raw request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lambda_guard.analysis.lint.code.modules import Module, Scope
from lambda_guard.analysis.lint.code.values import Evaluator
from lambda_guard.runtime.match import any_matches

Found = tuple[ast.expr, str, str]
_METHODS = ("invoke", "invoke_async", "invoke_with_response_stream")
_OPERATIONS = ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
_MADE_BY_NAME = ("_make_api_call", "generate_presigned_url")
# https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html; `lambda:path/` is API Gateway's own integration.
_RAW = re.compile(
    r"\.(?:cell-\d+-)?lambda-url\.|(?<!lambda:path)/(?:2015-03-31|2014-11-13|2021-11-15)/functions(?:/|$)"
    r"|^https?://lambda(?:-fips)?\.[a-z{][^/\s]*\.(?:amazonaws\.com|api\.aws)"
)
_URL_VARIABLE = re.compile(r"(?:FUNCTION|LAMBDA)_(?:\w+_)?UR[LI]$", re.IGNORECASE)
_ASKS = frozenset({"endswith", "startswith", "compile", "match", "search", "fullmatch", "find", "index", "split"})
_COMMAND = re.compile(r"\baws\s+(?:\S+\s+)*?lambda\s+invoke(?:-async|-with-response-stream)?\b")


def aliased(evaluator: Evaluator) -> set[Module]:
    """Return the modules in which a name may stand for `client.invoke`: where it is so named, or imported from."""
    named = {module for module in evaluator.modules if "invoke" in module.text and _names_method(module)}
    words = {module.name.rpartition(".")[2] for module in named}
    return named | {module for module in evaluator.modules if words & _imported(module)}


def _names_method(module: Module) -> bool:
    called = {id(call.func) for scope in module.scopes for call in scope.calls}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS and id(node) not in called:
            return True
        if isinstance(node, ast.Constant) and node.value in _METHODS:  # getattr(client, "invoke")
            return True
    return False


def _imported(module: Module) -> set[str]:
    names = {alias.name.rpartition(".")[2] for node in module.imports for alias in node.names}
    return names | {
        (node.module or "").rpartition(".")[2] for node in module.imports if isinstance(node, ast.ImportFrom)
    }


def direct(scope: Scope, evaluator: Evaluator, allowed: tuple[str, ...], any_name: bool) -> Iterator[Found]:
    """Yield the calls of a scope that invoke a function: the call, the rule and what it is about.

    any_name: whether other names may stand for a client's method here.
    """
    for call in scope.calls:
        if not any_name and getattr(call.func, "attr", "") not in (*_METHODS, *_MADE_BY_NAME):
            continue
        for value in _callee(call, scope, evaluator):
            if _is_dry_run(call) or (allowed and _is_allowed(call, scope, evaluator, allowed)):
                break
            yield call, "LG201", f"{value} is called"
            break


def _callee(call: ast.Call, scope: Scope, evaluator: Evaluator) -> Iterator[str]:
    func = call.func
    # An attribute may hold the bound method itself: self.send = client.invoke.
    own = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    if isinstance(func, ast.Attribute) and not own and func.attr not in (*_METHODS, *_MADE_BY_NAME):
        return
    for value in evaluator.of(func, scope):
        service, _, method = value.name.partition(".")
        if value.kind != "method" or service != "lambda":
            continue
        if method in _METHODS:
            yield method
        elif method in _MADE_BY_NAME and call.args:
            first = evaluator.texts(call.args[0], scope)
            yield from (text for text in first if text in (*_METHODS, *_OPERATIONS))


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    for word in call.keywords:
        if word.arg == name:
            return word.value
        if word.arg is None and isinstance(word.value, ast.Dict):
            for key, value in zip(word.value.keys, word.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    return value
    return None


def _is_dry_run(call: ast.Call) -> bool:
    kind = _argument(call, "InvocationType")
    return isinstance(kind, ast.Constant) and kind.value == "DryRun"


def _is_allowed(call: ast.Call, scope: Scope, evaluator: Evaluator, allowed: tuple[str, ...]) -> bool:
    names = evaluator.texts(_argument(call, "FunctionName"), scope)
    plain = [name.partition(":function:")[2] or name for name in names]
    return bool(names) and all(any_matches(allowed, (full, name)) for full, name in zip(names, plain, strict=True))


def raw(module: Module) -> Iterator[Found]:
    """Yield the texts of a module that make a request to the Lambda API, to a function URL, or by the AWS CLI."""
    if not _worth_a_look(module.text):
        return
    parents = {child: node for node in ast.walk(module.tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if _is_request(node, text, parents):
                yield node, "LG202", "a request to the Lambda API or a function URL"
            elif _is_command(node, text, parents):
                yield node, "LG202", "the AWS CLI's lambda invoke"
            elif _URL_VARIABLE.search(text) and _is_read_from_environment(parents.get(node)):
                yield node, "LG202", f"{text}, a function URL"
        elif isinstance(node, ast.List | ast.Tuple) and _is_command_list(node):
            yield node, "LG202", "the AWS CLI's lambda invoke"


def _worth_a_look(text: str) -> bool:
    return (
        "lambda-url" in text
        or "/functions" in text
        or "://lambda" in text
        or ("aws" in text and "invoke" in text)
        or _has_url_variable(text)
    )


def _has_url_variable(text: str) -> bool:
    upper = text.upper()
    return "env" in text and ("FUNCTION_" in upper or "LAMBDA_" in upper) and "_UR" in upper


def _is_request(node: ast.Constant, text: str, parents: dict[ast.AST, ast.AST]) -> bool:
    if not _RAW.search(text):
        return False
    above: ast.AST | None = parents.get(node)
    if isinstance(above, ast.Expr | ast.Compare):
        return False  # a docstring; a question
    for _ in range(6):
        if isinstance(above, ast.keyword) and above.arg in ("endpoint_url", "help", "description"):
            return False
        if isinstance(above, ast.Call) and getattr(above.func, "attr", "") in _ASKS:
            return False
        above = parents.get(above) if above is not None else None
    return not re.search(r"\s\w+\s", text)  # prose


def _is_command(node: ast.Constant, text: str, parents: dict[ast.AST, ast.AST]) -> bool:
    return bool(_COMMAND.search(text)) and isinstance(parents.get(node), ast.Call | ast.Assign | ast.JoinedStr)


def _is_command_list(node: ast.List | ast.Tuple) -> bool:
    words = [part.value if isinstance(part, ast.Constant) else None for part in node.elts]
    if "lambda" not in words or not words or str(words[0]).rpartition("/")[2] != "aws":
        return False
    return str(words[words.index("lambda") + 1 :][:1]).startswith("['invoke")


def _is_read_from_environment(above: ast.AST | None) -> bool:
    match above:
        case ast.Subscript(value=ast.Attribute(attr="environ") | ast.Name(id="environ")):
            return True
        case ast.Call(func=ast.Attribute(attr="getenv") | ast.Name(id="getenv")):
            return True
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="environ") | ast.Name(id="environ"))):
            return True
    return False
