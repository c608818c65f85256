"""Which functions are handlers: those that templates or settings name, and those that look like one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from lambda_guard.analysis.lint.code.modules import Module, Scope, parameters
from lambda_guard.analysis.lint.code.values import Evaluator, absolute

_NAMES = ("handler", "lambda_handler")
EVENTS = ("event", "_event", "evt", "lambda_event", "aws_event")
CONTEXTS = ("context", "_context", "ctx", "_ctx", "lambda_context", "_", "__", "_unused")
# Of what decorates a handler, in Powertools, Datadog, the guard itself and others.
_DECORATORS = ("inject_lambda_context", "capture_lambda_handler", "event_source", "lambda_handler_decorator")
_TESTS = ("conftest.py", "setup.py", "noxfile.py", "tasks.py")


def is_test(path: Path) -> bool:
    """Tell whether a file is a test or a build script: those run nowhere but on a laptop or in CI."""
    stem = path.stem
    return (
        path.name in _TESTS
        or stem.startswith("test_")
        or stem.endswith("_test")
        or any(part in ("tests", "test") for part in path.parts[-4:-1])
    )


def find(modules: Mapping[str, Module], named: Collection[tuple[Path, str]], dotted: Collection[str]) -> list[Scope]:
    """Return the handlers of a project.

    named: file and function, as templates name them. dotted: as settings do, `app.main`.
    """
    found: dict[int, Scope] = {}
    wanted = {(path.resolve(), function) for path, function in named}
    places = {path for path, _ in wanted}
    for module in modules.values():
        here = module.path.resolve()
        for scope in module.functions:
            full = f"{module.name}.{scope.name}"
            if (here, scope.name) in wanted or any(full == name or full.endswith(f".{name}") for name in dotted):
                found[id(scope)] = scope
        if here not in places and not is_test(module.path):
            found.update((id(scope), scope) for scope in _by_convention(module))
    return list(found.values())


def _by_convention(module: Module) -> Iterator[Scope]:
    candidates = [scope for scope in module.functions if _looks_like_one(scope)]
    usual = [scope for scope in candidates if scope.name in _NAMES or _decorated(scope)]
    called = {call.func.id for scope in module.scopes for call in scope.calls if isinstance(call.func, ast.Name)}
    yield from usual or [scope for scope in candidates if scope.name not in called and not scope.name.startswith("_")]


def is_handler_like(scope: Scope) -> bool:
    """Tell whether a function takes just an event and a context, and nothing in its module calls it."""
    node = scope.node
    if isinstance(node, ast.ClassDef | ast.Module) or len(parameters(node)) != 2 or not _looks_like_one(scope):
        return False
    calls = (call for one in scope.module.scopes for call in one.calls)
    return not any(isinstance(call.func, ast.Name) and call.func.id == scope.name for call in calls)


def _looks_like_one(scope: Scope) -> bool:
    if isinstance(scope.node, ast.Lambda | ast.ClassDef | ast.Module):
        return False
    names = [argument.arg for argument in parameters(scope.node)]
    if len(names) < 2:
        return False
    fits = names[0] in EVENTS and names[1] in CONTEXTS
    return fits or scope.name == "lambda_handler" or (scope.name == "handler" and names[1] in CONTEXTS)


def _decorated(scope: Scope) -> bool:
    for decorator in getattr(scope.node, "decorator_list", []):
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if getattr(target, "attr", getattr(target, "id", "")) in _DECORATORS:
            return True
    return False


def reached(handlers: Collection[Scope], evaluator: Evaluator) -> list[Module]:
    """Return the modules that run in a function: those of the handlers, and what of the project they import."""
    waiting = [scope.module for scope in handlers]
    found: dict[int, Module] = {}
    while waiting:
        module = waiting.pop()
        if id(module) in found:
            continue
        found[id(module)] = module
        for node in module.imports:
            waiting.extend(_imported(node, module, evaluator))
    return list(found.values())


def _imported(node: ast.Import | ast.ImportFrom, module: Module, evaluator: Evaluator) -> Iterator[Module]:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute(node, module)
        names = [base, *(f"{base}.{name}" if base else name for name in names)]
    for name in names:
        if name and name.partition(".")[0] not in sys.stdlib_module_names:
            target = evaluator.module(name, module)
            if target is not None:
                yield target


def own_nodes(scope: Scope) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, without those of functions and classes in it."""
    body = scope.node.body
    waiting: list[ast.AST] = list(reversed(body)) if isinstance(body, list) else [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))
