"""The modules of a project: parsed files, their scopes, and what each name in a scope is bound to."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from lambda_guard.analysis.lint.findings import Unreadable

MOST_BYTES = 4_000_000
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Binding:
    """What a name is bound to. kind: expr, part (of an expr's value), import, from, def, class or param."""

    kind: str
    node: ast.AST
    scope: Scope
    name: str = ""


@dataclass(eq=False, repr=False)
class Scope:
    """A module's, class's or function's scope. attributes: of a class's instances, as its methods assign them."""

    node: ast.Module | Function | ast.ClassDef
    module: Module
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    attributes: dict[str, list[Binding]] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    subscripts: list[ast.Subscript] = field(default_factory=list)
    results: list[ast.expr] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    children: list[Scope] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The function's or class's own name."""
        return getattr(self.node, "name", "")

    @property
    def in_class(self) -> Scope | None:
        """The class that a method is of."""
        return self.parent if self.parent is not None and isinstance(self.parent.node, ast.ClassDef) else None

    def bind(self, name: str, binding: Binding) -> None:
        """Note one more thing that a name is bound to."""
        target = self.module.top if name in self.globals else self
        target.bindings.setdefault(name, []).append(binding)


@dataclass(eq=False, repr=False)
class Module:
    """One parsed file. name: dotted, from the folder that was given."""

    path: Path
    name: str
    text: str
    tree: ast.Module
    top: Scope = field(init=False)
    scopes: list[Scope] = field(default_factory=list)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    type_only: set[ast.AST] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Collect the scopes of the tree."""
        self.top = Scope(self.tree, self, None)
        self.scopes.append(self.top)
        _collect(self.tree, self.top)

    @property
    def functions(self) -> list[Scope]:
        """The functions that stand at the module's top."""
        return [scope for scope in self.top.children if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)]


def parse(path: Path, name: str) -> Module:
    """Parse one file. Raises Unreadable, with the line where it is known."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"is larger than {MOST_BYTES // 1_000_000} MB, which nobody wrote by hand")
        content = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the code that is judged
            tree = ast.parse(content, filename=str(path))
        return Module(path, name, content.decode("utf-8", "replace"), tree)
    except SyntaxError as error:
        place = error.lineno or 1, error.offset or 1
        raise Unreadable(f"is not Python that can be parsed: {error.msg}", *place) from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise error if isinstance(error, Unreadable) else Unreadable("is not text") from None
    except (RecursionError, MemoryError):
        raise Unreadable("is nested too deeply to be parsed") from None


def _collect(tree: ast.Module, top: Scope) -> None:
    waiting: list[tuple[ast.AST, Scope]] = [(node, top) for node in reversed(tree.body)]
    while waiting:
        node, scope = waiting.pop()
        inner = scope
        if isinstance(node, _SCOPES):
            inner = Scope(node, scope.module, scope)
            scope.children.append(inner)
            scope.module.scopes.append(inner)
            _enter(node, scope, inner)
        else:
            _note(node, scope)
        children = list(ast.iter_child_nodes(node))
        # Decorators and defaults are evaluated outside, which matters to no rule.
        waiting.extend((child, inner) for child in reversed(children))


def _enter(node: Function | ast.ClassDef, scope: Scope, inner: Scope) -> None:
    if isinstance(node, ast.ClassDef):
        scope.bind(node.name, Binding("class", node, inner))
        return
    if not isinstance(node, ast.Lambda):
        scope.bind(node.name, Binding("def", node, inner))
        for statement in node.body:
            if isinstance(statement, ast.Global):
                inner.globals.update(statement.names)
    else:
        inner.results.append(node.body)
    for argument in parameters(node):
        inner.bind(argument.arg, Binding("param", argument, inner))


def parameters(node: Function) -> list[ast.arg]:
    """Return a function's parameters, in the order in which they are given."""
    arguments = node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _note(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Call():
            scope.calls.append(node)
        case ast.Subscript():
            scope.subscripts.append(node)
        case ast.Assign():
            for target in node.targets:
                _assign(target, node.value, scope)
        case ast.AnnAssign(value=value):
            _assign(node.target, value or node.annotation, scope)
        case ast.NamedExpr():
            _assign(node.target, node.value, scope)
        case ast.AugAssign():
            _assign(node.target, node.value, scope)
        case ast.withitem(optional_vars=ast.expr() as target):
            _assign(target, node.context_expr, scope)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            _assign(node.target, node.iter, scope, "part")
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            scope.results.append(value)
        case ast.Import():
            scope.module.imports.append(node)
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                full = alias.name if alias.asname else bound
                scope.bind(bound, Binding("import", node, scope, full))
        case ast.ImportFrom():
            scope.module.imports.append(node)
            for alias in node.names:
                scope.bind(alias.asname or alias.name, Binding("from", node, scope, alias.name))
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            scope.module.type_only.update(node.body)


def _assign(target: ast.expr, value: ast.expr, scope: Scope, kind: str = "expr") -> None:
    match target:
        case ast.Name(id=name):
            scope.bind(name, Binding(kind, value, scope))
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) and kind == "expr" else []
            for index, part in enumerate(targets):
                if len(values) == len(targets):
                    _assign(part, values[index], scope)
                else:
                    _assign(part, value, scope, "part")
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            owner: Scope | None = scope
            while owner is not None and not isinstance(owner.node, ast.ClassDef):
                owner = owner.parent
            if owner is not None:
                owner.attributes.setdefault(name, []).append(Binding(kind, value, scope))
