"""Compile a layer for the Python that runs this. Started by the build, once for each Python that it finds.

Its folder is the one that stands for /opt. Each module gets bytecode beside it, as `compileall` would write it: of the
kind that is never checked (PEP 552), since a zip keeps no times. It has no docstrings, annotations and columns of
error positions, which are for people, who have the source beside it: it is a third smaller, and quicker to load.

What every function loads has its bytecode in one file instead, which `lambda_guard/runtime/__init__.py` reads.
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
START = (
    "errors", "taken", "boundary", "bootstrap", "types", "settings/__init__", "settings/table", "settings/reader",
    "settings/config", "invocation", "turn", "sinks/log", "sinks/__init__", "guard", "journal", "patches/__init__",
    "patches/network/__init__", "patches/network/waiting", "patches/network/audit", "patches/importing", "attach",
    "usage", "events/__init__", "events/http_api", "rules/__init__", "rules/authorizer", "rules/event_source",
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


def compiled(path: Path) -> CodeType:
    """Return the code of a module, which names the file that it will be in Lambda."""
    name = f"/opt/{path}"
    tree = ast.parse(path.read_bytes(), name)
    if path.is_relative_to(RUNTIME):
        tree = Bare().visit(tree)
    code: CodeType = compile(tree, name, "exec", dont_inherit=True, optimize=2)
    return code


def write(path: Path, code: CodeType) -> None:
    """Write the .pyc of a module beside it."""
    target = Path(importlib.util.cache_from_source(str(path), optimization=""))
    target.parent.mkdir(exist_ok=True)
    unchecked = (0b01).to_bytes(4, "little")
    header = importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(path.read_bytes())
    target.write_bytes(header + marshal.dumps(code))


def main() -> None:
    """Compile every module below the current folder."""
    codes = {path: compiled(path) for path in sorted(Path().rglob("*.py"))}
    held = tuple((name, codes.pop(RUNTIME / f"{name}.py")) for name in START)
    for path, code in codes.items():
        write(path, code)
    target = RUNTIME / "__pycache__" / f"start.{sys.implementation.cache_tag}.bin"
    target.write_bytes(importlib.util.MAGIC_NUMBER + marshal.dumps(held))


if __name__ == "__main__":
    main()
