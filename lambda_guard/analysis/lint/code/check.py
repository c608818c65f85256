"""All that the rules find in the Python code of a project."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lambda_guard.analysis.lint.code import connections, handlers, headers, invokes, shape
from lambda_guard.analysis.lint.code.modules import Module, Scope
from lambda_guard.analysis.lint.code.values import Evaluator
from lambda_guard.analysis.lint.findings import Finding, printable
from lambda_guard.analysis.lint.settings import Settings


@dataclass(frozen=True)
class Code:
    """A project's modules and what was made of them."""

    modules: Mapping[str, Module]
    handlers: list[Scope]
    evaluator: Evaluator


def read(
    modules: Mapping[str, Module],
    everything: Mapping[str, Module],
    named: Collection[tuple[Path, str]],
    dotted: Collection[str],
) -> Code:
    """Find the handlers of parsed modules.

    everything: the modules that names may lead to, judged or not. named, dotted: as for `handlers.find`.
    """
    return Code(modules, handlers.find(modules, named, dotted), Evaluator(everything))


def check(code: Code, settings: Settings) -> Iterator[Finding]:
    """Yield the findings in code, in no order; a place is found once for each rule."""
    seen = set()
    for module, (node, rule, what) in _all(code, settings):
        finding = Finding(str(module.path), getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, rule, "")
        if finding not in seen:
            seen.add(finding)
            yield Finding(finding.file, finding.line, finding.column, rule, printable(what))


def _all(code: Code, settings: Settings) -> Iterator[tuple[Module, tuple[ast.AST, str, str]]]:
    evaluator = code.evaluator
    aliased = invokes.aliased(evaluator)
    for module in code.modules.values():
        if handlers.is_test(module.path):
            continue
        for scope in module.scopes:
            if scope.calls:
                yield from _of(module, invokes.direct(scope, evaluator, settings.allow_invoke, module in aliased))
        yield from _of(module, invokes.raw(module))
        yield from _of(module, connections.drivers(module, evaluator))
    for module in handlers.reached(code.handlers, evaluator):
        if not handlers.is_test(module.path):
            yield from _of(module, headers.read_by_hand(module, evaluator))
    connects = any(connections.imports_driver(module) for module in evaluator.modules)
    for handler in code.handlers:
        if connects:
            yield from _owned(handler, connections.in_handler(handler, evaluator), evaluator)
        yield from _owned(handler, shape.check(handler, code.handlers, evaluator, settings), evaluator)


def _of(
    module: Module, found: Iterator[tuple[ast.expr, str, str]] | Iterator[tuple[ast.AST, str, str]]
) -> Iterator[tuple[Module, tuple[ast.AST, str, str]]]:
    for entry in found:
        yield module, entry


def _owned(
    handler: Scope, found: Iterator[tuple[ast.AST, str, str]], evaluator: Evaluator
) -> Iterator[tuple[Module, tuple[ast.AST, str, str]]]:
    """Name the module of each node: a handler leads into functions of others."""
    mine = {id(scope.node) for scope in handler.module.scopes}
    calls = {id(call) for scope in handler.module.scopes for call in scope.calls}
    for entry in found:
        if id(entry[0]) in mine or id(entry[0]) in calls:
            yield handler.module, entry
        else:
            yield _holder(entry[0], evaluator) or handler.module, entry


def _holder(node: ast.AST, evaluator: Evaluator) -> Module | None:
    for module in evaluator.modules:
        if any(scope.node is node or node in scope.calls for scope in module.scopes):
            return module
    return None
