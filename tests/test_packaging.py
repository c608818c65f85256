"""What is published holds all that it is checked with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (".github", "lambda_guard", "layer", "tests", "benchmarks", "docs")
FILES = (".pre-commit-hooks.yaml", "LICENSE", "MANIFEST.in", "Makefile", "pyproject.toml", "setup.cfg")
BUILD = "import sys; from setuptools.build_meta import build_sdist; print(build_sdist(sys.argv[1]))"


def test_the_sdist_holds_what_make_test_needs(tmp_path: Path) -> None:
    """Whoever packages the project starts from the sdist, and runs the tests there."""
    copy = tmp_path / "copy"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*", "work"))
    for name in (*FILES, *(path.name for path in ROOT.glob("*.md"))):
        shutil.copyfile(ROOT / name, copy / name)
    wanted = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True)
    with tarfile.open(tmp_path / done.stdout.splitlines()[-1]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert wanted - held == set()
