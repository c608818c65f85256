"""`make bench-check` notices what a busy machine must not hide: each test plants it in a copy of the package."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytest.importorskip("awslambdaric")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the runtime half of the package, as the layer has it."""
    target = tmp_path / "python" / "lambda_guard"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lambda_guard" / "runtime", target / "runtime", ignore=ignored)
    for name in ("__init__.py", "bootstrap.py"):
        shutil.copy(ROOT / "lambda_guard" / name, target)
    return tmp_path / "python"


def check(package: Path) -> subprocess.CompletedProcess[str]:
    packages = {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"], *site.getsitepackages()}
    command = [sys.executable, "-m", "benchmarks", "check", "--counts", "--package", str(package)]
    for folder in sorted(packages):
        command += ["--packages", folder]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def plant(package: Path, module: str, before: str, after: str) -> None:
    path = package / "lambda_guard" / "runtime" / module
    source = path.read_text()
    assert source.count(before) == 1, f"{module} no longer has {before!r}: plant the fault elsewhere"
    path.write_text(source.replace(before, after))


def over(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 1, answer.stdout + answer.stderr
    return "\n".join(line for line in answer.stdout.splitlines() if line.startswith("OVER"))


def test_the_package_as_it_is_keeps_its_budgets(package: Path) -> None:
    answer = check(package)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "no bound is passed" in answer.stdout


@pytest.mark.parametrize("module", ["boto3", "asyncio", "dataclasses"])
def test_an_accidental_import_is_named(package: Path, module: str) -> None:
    plant(package, "journal.py", "\nimport os\n", f"\nimport os\nimport {module}\n")
    assert f"{module} is imported" in over(check(package))


def test_a_module_more_than_the_budget_has_is_over_it(package: Path) -> None:
    for number in range(5):
        (package / "lambda_guard" / "runtime" / f"more{number}.py").touch()
    plant(package, "journal.py", "\nimport os\n", "\nimport os\nfrom . import more0, more1, more2, more3, more4\n")
    assert "modules" in over(check(package))


def test_an_accidental_import_with_the_first_event_is_named(package: Path) -> None:
    plant(package, "rules/authorizer.py", "\nTYPE_CHECKING = False\n", "\nimport asyncio\n\nTYPE_CHECKING = False\n")
    assert "asyncio is imported" in over(check(package))


def test_an_event_that_is_read_twice_is_over_budget(package: Path) -> None:
    plant(package, "guard.py", "source = self._read(event)", "self._read(event); source = self._read(event)")
    assert "invocation-calls" in over(check(package))


def test_a_call_that_is_recorded_twice_is_over_budget(package: Path) -> None:
    line = "ours.entry = call(self, *arguments(*args, **kwargs))"
    plant(package, "patches/sdk/botocore.py", line, f"call(self, *arguments(*args, **kwargs)); {line}")
    assert "call-calls" in over(check(package))


def test_a_call_that_costs_more_with_every_table_is_over_budget(package: Path) -> None:
    line = "entries[0].count += 1"
    plant(package, "usage.py", line, f"{line}; [len(key) for key in self._known]")
    assert "growth-tables" in over(check(package))


def test_memory_that_every_invocation_leaves_behind_is_over_budget(package: Path) -> None:
    plant(package, "guard.py", "self._begun += 1", "self._begun += 1; self.__dict__.setdefault('old', []).append({})")
    assert "kept" in over(check(package))
