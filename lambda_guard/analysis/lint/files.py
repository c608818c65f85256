"""The files that are judged: Python code and templates below the given paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lambda_guard.analysis.lint.settings import EXCLUDED
from lambda_guard.analysis.lint.templates.decode import SUFFIXES
from lambda_guard.runtime.match import matches


def find(paths: Iterable[Path], exclude: tuple[str, ...]) -> Iterator[tuple[Path, Path]]:
    """Yield each file and the folder that its module's name starts from, in order, each once.

    exclude: globs of paths, or names of folders, that are left out besides the usual ones.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [(file, path) for file in _below(path, exclude)]
        else:
            found = [(path, path.parent)]
        for file, root in found:
            absolute = Path(os.path.abspath(file))
            if absolute not in seen:
                seen.add(absolute)
                yield file, root


def _below(root: Path, exclude: tuple[str, ...]) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in EXCLUDED
            and "{{" not in name
            and not _excluded(here / name, root, exclude)
            and not _is_venv(here / name)
        )
        for name in sorted(names):
            path = here / name
            if path.suffix in (".py", *SUFFIXES) and path.is_file() and not _excluded(path, root, exclude):
                yield path


def _is_venv(path: Path) -> bool:
    return (path / "pyvenv.cfg").exists()


def _excluded(path: Path, root: Path, exclude: tuple[str, ...]) -> bool:
    name = path.relative_to(root).as_posix()
    return any(matches(glob, name) or matches(glob, path.name) for glob in exclude)


def module_name(file: Path, root: Path) -> str:
    """Return a file's dotted module name, from a folder that its project may start at."""
    parts = list(file.relative_to(root).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) or root.name
