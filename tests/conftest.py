"""What every test may rely on: no guard left over from another test, records that hold to their schema, one layer."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("EMULATOR_CACHE", str(ROOT / ".cache"))


@pytest.fixture(autouse=True)
def _no_guard_left_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the guard out after each test, and keep this machine's own settings away from it."""
    for name in list(os.environ):
        if name.startswith(("LAMBDA_GUARD_", "AWS_LAMBDA_")) or name in ("_HANDLER", "PYTHONPATH"):
            monkeypatch.delenv(name)
    yield
    attach: Any = sys.modules.get("lambda_guard.runtime.attach")
    if attach is not None:
        attach.uninstall()
        monkeypatch.undo()
        attach.redirected_from = attach._refusal = None
        attach._way = "install"
    package = sys.modules.get("lambda_guard")
    if package is not None:
        vars(package).pop("handler", None)


@pytest.fixture(scope="session")
def valid() -> Callable[[Iterable[Any]], None]:
    """Check records against the JSON Schema of the package, saying which one is wrong and how."""
    from jsonschema import Draft202012Validator

    from lambda_guard.analysis.schema import record_schema

    validator = Draft202012Validator(record_schema())

    def check(records: Iterable[Any]) -> None:
        for record in records:
            validator.validate(record)

    return check


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """`layer/build.py`, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("layer_build", ROOT / "layer" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def layer_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer, built by the command that users run, once for all tests."""
    target = tmp_path_factory.mktemp("layer") / "layer.zip"
    subprocess.run(
        [sys.executable, str(ROOT / "layer" / "build.py"), "-o", str(target)], check=True, stdout=subprocess.PIPE
    )
    return target


@pytest.fixture(scope="session")
def opt(layer_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that stands for /opt: the built layer, unzipped as Lambda does."""
    folder = tmp_path_factory.mktemp("opt")
    with zipfile.ZipFile(layer_zip) as archive:
        for entry in archive.infolist():
            Path(archive.extract(entry, folder)).chmod(entry.external_attr >> 16 & 0o777)
    return folder
