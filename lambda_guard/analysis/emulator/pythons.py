"""The Pythons of this machine that Lambda also runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def find() -> dict[str, str]:
    """Return version -> interpreter for each supported Python on the PATH, kept by pyenv, or running this."""
    found = {}
    for wanted in VERSIONS:
        for candidate in (*_on_path(wanted), *_in_pyenv(wanted), sys.executable):
            if version(candidate) == wanted:
                found[wanted] = _base(candidate)
                break
    return found


def version(interpreter: str) -> str | None:
    """Return an interpreter's version as Lambda names it, such as `3.12`; None where it does not run."""
    full = full_version(interpreter)
    return ".".join(full.split(".")[:2]) if full else None


@cache
def full_version(interpreter: str) -> str:
    """Return an interpreter's full version, such as `3.12.1`; empty where it does not run."""
    code = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run([interpreter, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@cache
def _base(interpreter: str) -> str:
    """Return the interpreter behind a virtual environment's, whose packages a function must not see."""
    done = subprocess.run(
        [interpreter, "-I", "-c", "import sys; print(sys._base_executable)"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip() or interpreter


def _on_path(wanted: str) -> list[str]:
    found = shutil.which(f"python{wanted}")
    return [found] if found else []


def _in_pyenv(wanted: str) -> list[str]:
    # A pyenv shim on the PATH may refuse to run a version that is installed but not selected.
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [str(path) for path in sorted(root.glob(f"versions/{wanted}.*/bin/python{wanted}"), reverse=True)]
