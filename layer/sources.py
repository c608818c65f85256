"""Source as the layer ships it: without comments and docstrings, each line where it was.

They are a third of its size, and a layer has room for bytecode or for them. Stack traces show the same lines.
"""

from __future__ import annotations

import ast
import io
import tokenize


def bare(text: str) -> str:
    """Return the source of a module without what Python does not run."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is None:
                continue
            docstring = node.body[0]
            for row in range(docstring.lineno, (docstring.end_lineno or 0) + 1):
                lines[row - 1] = ""
            lines[docstring.lineno - 1] = " " * docstring.col_offset + '""'  # a body may hold nothing else
    return "\n".join(lines).rstrip("\n") + "\n"
