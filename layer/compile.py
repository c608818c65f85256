"""Compile the modules named on stdin for the interpreter that runs this, as small as their behaviour allows.

Annotations, docstrings and column positions are for people who read the source, which the layer ships too.
Leaving them out of the bytecode makes it a third smaller, and quicker to load at every cold start. What every function
loads is held by the bytecode of `lambda_guard.runtime` itself, so that one file is read.
The files are unchecked-hash .pyc (PEP 552): a zip keeps no times that could be checked.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import sys
from pathlib import Path
from types import CodeType

RUNTIME = Path("python/lambda_guard/runtime")
# What a start and its first HTTP event load, in the order in which they need one another.
START = tuple(
    f"{name}.py"
    for name in (
        "errors", "boundary", "bootstrap", "types", "settings/__init__", "settings/table", "settings/reader",
        "settings/config", "invocation", "turn", "guard", "journal", "patches/__init__", "patches/network/__init__",
        "patches/network/waiting", "patches/network/audit", "patches/importing", "sinks/__init__", "attach", "usage",
        "events/__init__", "events/http_api", "rules/__init__", "rules/authorizer", "rules/event_source",
    )
)  # fmt: skip


class Bare(ast.NodeTransformer):
    """Takes annotations and the imports that only they need out of a module."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop a parameter's annotation."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop what a function is said to return."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Drop what a coroutine is said to return."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Keep the assignment, if it is one."""
        self.generic_visit(node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Drop what only a type checker reads."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse or ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)


def compiled(path: Path, held: dict[str, CodeType] | None = None) -> CodeType:
    """Return the code of a module, which names the file that it will be in Lambda, and holds that of others."""
    name = f"/opt/{path}"
    tree = ast.parse(path.read_bytes(), name)
    if "lambda_guard" in path.parts:
        tree = Bare().visit(tree)
    if held is None:
        code: CodeType = compile(tree, name, "exec", dont_inherit=True, optimize=2)
        return code
    # A constant of the source stands where the code will be, which no source can spell.
    (holder,) = [each for each in tree.body if isinstance(each, ast.Assign) and isinstance(each.value, ast.Dict)]
    holder.value = ast.Dict([ast.Constant(file) for file in held], [ast.Constant(f"\0{file}") for file in held])
    code = compile(ast.fix_missing_locations(tree), name, "exec", dont_inherit=True, optimize=2)
    codes: dict[object, CodeType] = {f"\0{file}": held[file] for file in held}
    return code.replace(co_consts=tuple(codes.get(each, each) for each in code.co_consts))


def write(path: Path, code: CodeType) -> None:
    """Write the .pyc of a module beside it."""
    target = Path(importlib.util.cache_from_source(str(path), optimization=""))
    target.parent.mkdir(exist_ok=True)
    unchecked = (0b01).to_bytes(4, "little")
    header = importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(path.read_bytes())
    target.write_bytes(header + marshal.dumps(code))


def main() -> None:
    """Compile the modules whose paths, below the layer's folder, are on stdin, a line each."""
    for path in (Path(line.rstrip("\n")) for line in sys.stdin):
        name = str(path.relative_to(RUNTIME)) if path.is_relative_to(RUNTIME) else ""
        if name == "__init__.py":
            write(path, compiled(path, {file: compiled(RUNTIME / file) for file in START}))
        elif name not in START:
            write(path, compiled(path))


if __name__ == "__main__":
    main()
