"""What an expression may stand for, as far as the text tells: SDK clients, functions, modules, literals.

Names are followed through variables, attributes, wrappers and the modules of the project. The steps for one question
and the depth are bounded: beyond, an expression stands for nothing known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lambda_guard.analysis.lint.code.modules import Binding, Module, Scope, parameters

_DEEPEST = 24
_MOST_STEPS = 3000
_MOST_VALUES = 40
_SESSIONS = frozenset(
    {
        "boto3", "boto3.Session", "boto3.session.Session", "aioboto3", "aioboto3.Session", "aioboto3.session.Session",
        "aiobotocore.session.get_session", "aiobotocore.session.AioSession", "aiobotocore.get_session",
        "botocore.session.get_session", "botocore.session.Session", "boto3.setup_default_session",
    }
)  # fmt: skip
_MODULES = ("boto3", "aioboto3")


class Value(NamedTuple):
    """One thing that an expression may be.

    kind: ext (something of another package, by its dotted name), session, client, resource, object (of a resource),
    method (of a client: service.name), text, function, class, instance, module.
    of: the scope or module, for those of the project.
    """

    kind: str
    name: str = ""
    of: Any = None


def by_name(value: Value) -> tuple[str, str]:
    """Order values; what they are of has no order, and no short name."""
    return value.kind, value.name


Values = frozenset[Value]
NOTHING: Values = frozenset()
Arguments = Mapping[str, Values]


class Evaluator:
    """Answers what expressions stand for, over the modules of a project."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take the project's modules by dotted name."""
        self._modules = modules
        self._suffixes: dict[str, list[Module]] = {}
        for name, module in modules.items():
            parts = name.split(".")
            for start in range(len(parts)):
                self._suffixes.setdefault(".".join(parts[start:]), []).append(module)
        self._known: dict[tuple[int, int], Values] = {}
        self._busy: set[tuple[int, int]] = set()
        self._steps = 0
        self._cut = 0
        self._callers: dict[str, list[tuple[ast.Call, Scope]]] | None = None

    def of(self, node: ast.expr, scope: Scope) -> Values:
        """Return what an expression may stand for."""
        self._steps = 0
        return self._of(node, scope, {}, 0)

    def texts(self, node: ast.expr | None, scope: Scope) -> list[str]:
        """Return the literal texts that an expression may be."""
        return [] if node is None else sorted(value.name for value in self.of(node, scope) if value.kind == "text")

    @property
    def modules(self) -> Iterable[Module]:
        """The project's modules."""
        return self._modules.values()

    def module(self, name: str, near: Module) -> Module | None:
        """Return the project's module of a dotted name; of several, the one nearest to the module that imports it."""
        found = self._suffixes.get(name, [])
        if len(found) > 1:
            here = near.path.parts
            found = sorted(found, key=lambda module: -_shared(module.path.parts, here))
        return found[0] if found else None

    def _of(self, node: ast.AST, scope: Scope, given: Arguments, depth: int) -> Values:
        key = (id(node), id(scope))
        if not given and key in self._known:
            return self._known[key]
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST_STEPS or key in self._busy:
            self._cut += 1
            return NOTHING
        cut = self._cut
        self._busy.add(key)
        try:
            found = self._evaluate(node, scope, given, depth + 1)
        finally:
            self._busy.discard(key)
        if not given and (self._cut == cut or not self._busy):
            self._known[key] = found  # all of it, or all that this question will ever get
        return found if len(found) <= _MOST_VALUES else frozenset(sorted(found, key=by_name)[:_MOST_VALUES])

    def _evaluate(self, node: ast.AST, scope: Scope, given: Arguments, depth: int) -> Values:
        def of(part: ast.AST) -> Values:
            return self._of(part, scope, given, depth)

        match node:
            case ast.Constant(value=str() as text):
                return frozenset({Value("text", text)})
            case ast.Name(id=name):
                return self._name(name, scope, given, depth)
            case ast.Attribute(value=owner, attr=name):
                return _union(self._attribute(value, name, depth) for value in of(owner))
            case ast.Call():
                return self._call(node, scope, given, depth)
            case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
                return of(inner)
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return _union(map(of, parts))
            case ast.IfExp(body=body, orelse=other):
                return of(body) | of(other)
            case ast.Lambda():
                inner_scope = next((child for child in scope.children if child.node is node), None)
                return frozenset({Value("function", "", inner_scope)}) if inner_scope else NOTHING
            case ast.Dict(values=parts):
                return _union(map(of, parts))
            case ast.Subscript(value=owner, slice=index):
                return self._item(owner, index, scope, given, depth)
        return NOTHING

    def _item(self, owner: ast.expr, index: ast.expr, scope: Scope, given: Arguments, depth: int) -> Values:
        keys = {value.name for value in self._of(index, scope, given, depth) if value.kind == "text"}
        for literal in self._dicts(owner, scope):
            for key, value in zip(literal.keys, literal.values, strict=True):
                if keys and isinstance(key, ast.Constant) and key.value in keys:
                    return self._of(value, scope, given, depth)
        return self._of(owner, scope, given, depth)

    @staticmethod
    def _dicts(node: ast.expr, scope: Scope) -> Iterator[ast.Dict]:
        if isinstance(node, ast.Dict):
            yield node
        if isinstance(node, ast.Name):
            for binding in _lookup(node.id, scope):
                if isinstance(binding.node, ast.Dict):
                    yield binding.node

    def _name(self, name: str, scope: Scope, given: Arguments, depth: int) -> Values:
        if name in given:
            return given[name]
        bindings = _lookup(name, scope)
        if not bindings:
            return frozenset({Value("ext", f"builtins.{name}")})
        if name in ("self", "cls") and scope.in_class is not None and bindings[0].kind == "param":
            return frozenset({Value("instance", "", scope.in_class)})
        return _union(self._binding(binding, depth) for binding in bindings)

    def _binding(self, binding: Binding, depth: int) -> Values:
        node, scope = binding.node, binding.scope
        match binding.kind:
            case "expr" | "part":
                return self._of(node, scope, {}, depth)
            case "def":
                return frozenset({Value("function", scope.name, scope)})
            case "class":
                return frozenset({Value("class", scope.name, scope)})
            case "import":
                return frozenset({self._imported(binding.name, scope.module)})
            case "from" if isinstance(node, ast.ImportFrom):
                return self._from(node, binding.name, scope.module, depth)
            case "param" if isinstance(node, ast.arg):
                return self._parameter(node, scope, depth)
        return NOTHING

    def _imported(self, name: str, near: Module) -> Value:
        module = None if name in _MODULES else self.module(name, near)
        return Value("module", name, module) if module is not None and module is not near else Value("ext", name)

    def _from(self, node: ast.ImportFrom, name: str, near: Module, depth: int) -> Values:
        full = absolute(node, near)
        module = None if full in _MODULES else self.module(full, near)
        if module is not None and module is not near:
            bindings = module.top.bindings.get(name, [])
            if bindings:
                return _union(self._binding(binding, depth) for binding in bindings)
        inner = self.module(f"{full}.{name}" if full else name, near)
        if inner is not None and inner is not near:
            return frozenset({Value("module", name, inner)})
        return frozenset({Value("ext", f"{full}.{name}")})

    def _parameter(self, node: ast.arg, scope: Scope, depth: int) -> Values:
        typed = _typed(node.annotation)
        if typed:
            return typed
        function = scope.node
        if isinstance(function, ast.ClassDef | ast.Module):
            return NOTHING
        found = _union([self._default(function, node, scope, depth)])
        names = [argument.arg for argument in parameters(function)]
        method = scope.in_class is not None and names[:1] in (["self"], ["cls"])
        called = scope.in_class.name if scope.in_class is not None and scope.name == "__init__" else scope.name
        for call, where in self._calls_of(called):
            position = names.index(node.arg) - method
            argument = next((word.value for word in call.keywords if word.arg == node.arg), None)
            if argument is None and 0 <= position < len(call.args):
                argument = call.args[position]
            if argument is not None:
                found |= self._of(argument, where, {}, depth)
        return found

    def _default(self, function: Any, node: ast.arg, scope: Scope, depth: int) -> Values:
        arguments = function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        default = next((value for argument, value in pairs if argument is node), None)
        return NOTHING if default is None else self._of(default, scope.parent or scope, {}, depth)

    def _calls_of(self, name: str) -> list[tuple[ast.Call, Scope]]:
        if self._callers is None:
            self._callers = {}
            for module in self._modules.values():
                for scope in module.scopes:
                    for call in scope.calls:
                        called = call.func
                        last = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                        self._callers.setdefault(last, []).append((call, scope))
        return self._callers.get(name, [])[:20]

    def _attribute(self, value: Value, name: str, depth: int) -> Values:
        match value:
            case Value("ext", owner):
                return frozenset({Value("ext", f"{owner}.{name}")})
            case Value("module", _, Module() as module):
                bindings = module.top.bindings.get(name, [])
                return _union(self._binding(binding, depth) for binding in bindings)
            case Value("client", service):
                return frozenset({value}) if name == "meta" else frozenset({Value("method", f"{service}.{name}")})
            case Value("resource" | "object", service):
                if name in ("meta", "client"):
                    return frozenset({Value("client", service) if name == "client" else value})
                return frozenset({Value("maker" if value.kind == "resource" else "method", f"{service}.{name}")})
            case Value("session"):
                return frozenset({Value("session-method", name)})
            case Value("instance" | "class", _, Scope() as scope):
                return self._member(scope, name, depth)
        return NOTHING

    def _member(self, scope: Scope, name: str, depth: int) -> Values:
        bindings = [*scope.bindings.get(name, []), *scope.attributes.get(name, [])]
        if not bindings and isinstance(scope.node, ast.ClassDef):
            for base in scope.node.bases:
                for value in self._of(base, scope.parent or scope, {}, depth):
                    if value.kind == "class" and value.of is not scope and depth < _DEEPEST:
                        return self._member(value.of, name, depth + 1)
        found: set[Value] = set()
        for binding in bindings:
            if binding.kind == "def" and _is_property(binding.node):
                found |= self._results(binding.scope, {}, depth)
            else:
                found |= self._binding(binding, depth)
        return frozenset(found)

    def _results(self, scope: Scope, given: Arguments, depth: int) -> Values:
        return _union(self._of(result, scope, given, depth) for result in scope.results)

    def _call(self, node: ast.Call, scope: Scope, given: Arguments, depth: int) -> Values:
        found: set[Value] = set()
        for value in self._of(node.func, scope, given, depth):
            match value:
                case Value("ext", name):
                    found |= self._external(name, node, scope, given, depth)
                case Value("session-method", name):
                    found |= self._made(name, node, scope, given, depth)
                case Value("maker", name):
                    found.add(Value("object", name.partition(".")[0]))
                case Value("class", name, of):
                    found.add(Value("instance", name, of))
                case Value("function", _, Scope() as called):
                    found |= self._results(called, self._given(called, node, scope, given, depth), depth)
        return frozenset(found)

    def _given(self, called: Scope, node: ast.Call, scope: Scope, given: Arguments, depth: int) -> Arguments:
        if isinstance(called.node, ast.ClassDef | ast.Module):
            return {}
        names = [argument.arg for argument in parameters(called.node)]
        if called.in_class is not None and names[:1] in (["self"], ["cls"]):
            names = names[1:]
        pairs = [*zip(names, node.args, strict=False), *((word.arg, word.value) for word in node.keywords if word.arg)]
        values = {name: self._of(argument, scope, given, depth) for name, argument in pairs if name}
        return {name: value for name, value in values.items() if value}

    def _external(self, name: str, node: ast.Call, scope: Scope, given: Arguments, depth: int) -> Values:
        owner, _, last = name.rpartition(".")
        if name in _SESSIONS:
            return frozenset({Value("session")})
        if owner in _SESSIONS:
            return self._made(last, node, scope, given, depth)
        if name == "builtins.getattr" and len(node.args) > 1:
            owners = self._of(node.args[0], scope, given, depth)
            names = [value.name for value in self._of(node.args[1], scope, given, depth) if value.kind == "text"]
            return _union(self._attribute(value, text, depth) for value in owners for text in names)
        if last in ("partial", "enter_context", "enter_async_context", "to_thread", "cast") and node.args:
            return self._of(node.args[last == "cast"] if len(node.args) > 1 else node.args[0], scope, given, depth)
        return frozenset({Value("ext", f"{name}()")}) if name.count("()") < 4 else NOTHING

    def _made(self, method: str, node: ast.Call, scope: Scope, given: Arguments, depth: int) -> Values:
        kind = {"client": "client", "create_client": "client", "resource": "resource"}.get(method)
        if kind is None:
            return frozenset({Value("session")}) if method in ("Session", "get_session") else NOTHING
        argument = next((word.value for word in node.keywords if word.arg == "service_name"), None)
        argument = node.args[0] if argument is None and node.args else argument
        names = NOTHING if argument is None else self._of(argument, scope, given, depth)
        return frozenset(Value(kind, value.name) for value in names if value.kind == "text")


def absolute(node: ast.ImportFrom, near: Module) -> str:
    """Return the dotted name of the module that a from-import names."""
    if not node.level:
        return node.module or ""
    package = near.name.split(".")
    if near.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _lookup(name: str, scope: Scope | None) -> list[Binding]:
    first = True
    while scope is not None:
        # A class's names are not seen from its methods.
        if name in scope.bindings and (first or not isinstance(scope.node, ast.ClassDef)):
            return scope.bindings[name]
        scope, first = scope.parent, False
    return []


def _typed(annotation: ast.expr | None) -> Values:
    """Read the types that mypy_boto3_* and types_aiobotocore_* have: LambdaClient, DynamoDBServiceResource."""
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str() as name):
            if name.endswith("Client") and name.rpartition(".")[2][:-6] in _TYPED:
                return frozenset({Value("client", name.rpartition(".")[2][:-6].lower())})
    return NOTHING


_TYPED = ("Lambda", "DynamoDB", "S3", "SQS", "SNS")


def _is_property(node: ast.AST) -> bool:
    names = [
        decorator.id if isinstance(decorator, ast.Name) else getattr(decorator, "attr", "")
        for decorator in getattr(node, "decorator_list", [])
    ]
    return any("property" in name for name in names)


def _union(parts: Iterable[Values]) -> Values:
    found: set[Value] = set()
    for part in parts:
        found |= part
    return frozenset(found)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
