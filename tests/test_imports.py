"""Imports point one way, and attaching costs the function no import of anything but the guard."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_guard.analysis.emulator import pythons, runtime

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lambda_guard"
# Read here, before the fixture that keeps this machine's settings away from tests.
CACHE = os.environ["EMULATOR_CACHE"]

# part of the runtime -> the parts that it may import when it is itself imported; `__init__` files count as their part
MAY_IMPORT: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "match": set(),
    "answers": set(),
    "site": {"types"},
    "boundary": {"errors"},
    "taken": set(),
    "identity": set(),
    "turn": set(),
    "usage": {"turn", "boundary", "taken"},
    "settings": {"types", "errors", "match"},
    "invocation": {"types", "errors"},
    "services": {"types", "errors", "match"},
    "events": {"types", "errors", "match", "settings"},
    "sinks": {"types", "errors", "taken"},
    "journal": {"types", "sinks", "boundary", "taken"},
    "rules": {"types", "errors", "match", "settings", "services", "events"},
    "guard": {
        "types", "errors", "match", "site", "usage", "settings", "sinks", "journal", "rules", "invocation", "boundary",
        "identity",
    },
    "patches": {"types", "errors", "match", "site", "services", "guard", "boundary", "turn"},
    "bootstrap": {"types", "errors", "guard", "boundary"},
    "attach": {"types", "errors", "settings", "guard", "journal", "patches", "sinks", "bootstrap"},
}
# Free: what the runtime client has loaded before the guard is.
HEAVY = {
    "asyncio", "boto3", "botocore", "contextlib", "dataclasses", "datetime", "http", "importlib.metadata",
    "importlib.util", "inspect", "socket", "ssl", "tempfile", "typing", "urllib", "uuid", "wrapt",
}  # fmt: skip


def modules(folder: Path) -> list[Path]:
    """Return the Python files below a folder."""
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a file's module name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, *, lazily: bool) -> Iterator[str]:
    """Yield the full names of what a module imports: at its top only, or anywhere but for type checkers."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not lazily:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base += node.module.split(".") if node.module else []
            for alias in node.names:
                full = ".".join([*base, alias.name])
                is_module = (ROOT / Path(*full.split("."))).with_suffix(".py").exists() or (
                    ROOT / Path(*full.split("."))
                ).is_dir()
                yield full if is_module else ".".join(base)
        waiting.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", modules(PACKAGE / "runtime"), ids=name_of)
def test_runtime_never_imports_the_other_storey(path: Path) -> None:
    """Nothing that runs in a function imports the analysis, the command line or the pytest plugin, not even late."""
    for name in imported(path, lazily=True):
        parts = name.split(".")
        below = parts[1:2] in ([], ["bootstrap"], ["runtime"])
        assert parts[0] != "lambda_guard" or below, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", modules(PACKAGE / "runtime"), ids=name_of)
def test_runtime_imports_point_one_way(path: Path) -> None:
    """Leaves import nothing of ours, each part only those below it, and the composition root all."""
    parts = name_of(path).split(".")[2:]
    if not parts:
        assert set(imported(path, lazily=False)) == {"__future__", "sys"}
        return
    part = max((part for part in MAY_IMPORT if f"{'.'.join(parts)}.".startswith(f"{part}.")), key=len)
    for name in imported(path, lazily=False):
        if name.startswith("lambda_guard.runtime."):
            target = name.split(".")[2:3]
            assert target, f"{name_of(path)} imports {name}"
            assert target[0] in MAY_IMPORT[part] | {part.partition(".")[0]}, f"{name_of(path)} imports {name}"


# A patch is only loaded once the module that it patches is; these are loaded at the start.
AT_START = [
    path
    for path in modules(PACKAGE / "runtime")
    if "patches" not in path.parts or path.name in ("__init__.py", "audit.py", "waiting.py", "importing.py")
]


@pytest.mark.parametrize("path", AT_START, ids=name_of)
def test_runtime_imports_nothing_heavy_at_its_top(path: Path) -> None:
    """What costs start-up time is imported where it is needed."""
    for name in imported(path, lazily=False):
        assert not any(name == heavy or name.startswith(heavy + ".") for heavy in HEAVY), f"imports {name}"


@pytest.mark.parametrize("path", modules(PACKAGE / "analysis"), ids=name_of)
def test_analysis_uses_pure_parts_of_the_runtime(path: Path) -> None:
    """The analysis takes names in and facts out of the runtime; it never attaches, patches or imports the CLI."""
    for name in imported(path, lazily=True):
        parts = name.split(".")
        assert parts[:2] != ["lambda_guard", "cli"], f"{name_of(path)} imports {name}"
        if parts[:2] == ["lambda_guard", "runtime"] and len(parts) > 2:
            allowed = {"types", "errors", "match", "settings", "services", "events", "usage"}
            assert parts[2] in allowed, f"{name_of(path)} imports {name}"


FRESH = """
import json, os, sys
opt, packages = sys.argv[1:]
sys.path.insert(0, packages)
import awslambdaric.__main__, awslambdaric.bootstrap
sys.path.insert(0, opt + "/python")
before = set(sys.modules)
import lambda_guard.bootstrap
lambda_guard.bootstrap.from_pth()
app = type(sys)("app")
app.handler = lambda event, context: None
sys.modules["app"] = app
handler = awslambdaric.bootstrap._get_handler(os.environ["_HANDLER"])
handler(json.loads(os.environ["EVENT"]), None)
print(json.dumps(sorted(set(sys.modules) - before - {"app"})), file=sys.stderr)
"""
EVENTS = {
    "direct": {"a": 1},
    "http": {"version": "2.0", "requestContext": {"http": {"method": "GET"}, "apiId": "a"}, "headers": {}},
    "sqs": {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:012345678912:q"}]},
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("version", pythons.find())
def test_attaching_imports_nothing_else(opt: Path, monkeypatch: pytest.MonkeyPatch, version: str, event: str) -> None:
    """From start to the end of an invocation, a function without boto3 loads modules of the guard and no other."""
    monkeypatch.setenv("EMULATOR_CACHE", CACHE)
    packages = runtime.folder(version) / "packages"
    done = subprocess.run(
        [pythons.find()[version], "-I", "-B", "-c", FRESH, str(opt), str(packages)],
        env={"_HANDLER": "app.handler", "EVENT": json.dumps(EVENTS[event]), "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = json.loads(done.stderr)
    assert "lambda_guard.runtime.guard" in loaded
    assert [name for name in loaded if name.split(".")[0] != "lambda_guard"] == []
    assert "lambda_guard.runtime.patches.sdk.botocore" not in loaded


def test_public_names() -> None:
    """Everything that is public can be imported, and nothing is loaded by the import of the package alone."""
    code = (
        "import sys, lambda_guard; assert not [m for m in sys.modules if 'guard.runtime.attach' in m];"
        "from lambda_guard import *; assert guard and install and Mode and InvokeBlocked;"
        "[getattr(lambda_guard, name) for name in lambda_guard.__all__]; assert 'handler' not in dir()"
    )
    subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"], check=True)
