"""What builds and releases it elsewhere, which cannot be run here: read by the linters of its formats."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lambda_guard.analysis.emulator import pythons

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
LINTERS = {
    "zizmor": ["--offline", "--no-progress", "--min-severity=medium", str(WORKFLOWS)],
    "actionlint": [*map(str, sorted(WORKFLOWS.glob("*.yml")))],
    "hadolint": [str(ROOT / "layer" / "Dockerfile")],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_linters_find_nothing(linter: str) -> None:
    """Each is skipped where it is not installed."""
    program = shutil.which(linter, path=str(Path(sys.executable).parent)) or shutil.which(linter)
    if program is None:
        pytest.skip(f"{linter} is not installed here")
    command = [program, *LINTERS[linter]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_python_is_tested_and_built_for() -> None:
    """The table of Pythons has one place; these lists follow it."""
    ci = yaml.safe_load((WORKFLOWS / "ci.yml").read_text())
    assert tuple(ci["jobs"]["test"]["strategy"]["matrix"]["python"]) == pythons.VERSIONS
    assert [step["run"] for step in ci["jobs"]["test"]["steps"] if "run" in step] == [
        "make demo PYTHON=python", "make test PYTHON=python",
    ]  # fmt: skip
    release = (WORKFLOWS / "release.yml").read_text()
    assert tuple(re.findall(r"--python python(3\.\d+)", release)) == pythons.VERSIONS
    dockerfile = (ROOT / "layer" / "Dockerfile").read_text()
    images = re.findall(r"^FROM public\.ecr\.aws/lambda/python:(\S+)", dockerfile, re.MULTILINE)
    assert tuple(images) == pythons.VERSIONS
