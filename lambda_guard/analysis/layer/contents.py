"""What goes into a layer, put where it will be below /opt."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lambda_guard

from ...runtime.errors import ConfigurationError
from ...runtime.settings import config, table
from ..emulator import runtime
from .attachments import ENTRY_POINT, PTH
from .errors import BuildError

HERE = Path(__file__).resolve().parent
PACKAGE = Path(lambda_guard.__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
WRAPT = "1.17.3"
WHEEL = f"wrapt-{WRAPT}-py3-none-any.whl"
# Layers are merged file by file: a `wrapt` beside the package would overwrite another layer's, or be overwritten.
PRIVATE = Path("lambda_guard/runtime/_wrapt")


def add_all(stage: Path, settings: Path | None, wheels: Path | None) -> None:
    """Fill the folder that stands for /opt with everything but bytecode. Raises BuildError."""
    shutil.copytree(HERE / "opt", stage, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    python = stage / "python"
    for path in sorted([PACKAGE / "__init__.py", PACKAGE / "bootstrap.py", *(PACKAGE / "runtime").rglob("*.py")]):
        _copy(path, python / "lambda_guard" / path.relative_to(PACKAGE))
    (python / "lambda_guard.pth").write_text(PTH)
    (python / "lambda_guard.start").write_text(ENTRY_POINT + "\n")
    if settings is not None:
        _add_settings(settings, python / table.FILE_NAME)
    _add_wrapt(python / PRIVATE, wheels or runtime.cache() / "wheels")


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _add_settings(settings: Path, target: Path) -> None:
    """Copy the organisation's file, once it is known that every function will be able to read it."""
    if not settings.is_file():
        what = "is a folder" if settings.is_dir() else "is not there"
        raise BuildError(f"{settings} {what}; --config takes the organisation's settings file, such as org.toml")
    try:
        found = config.load({}, function_file=os.devnull, organisation_file=str(settings))
    except ConfigurationError as error:
        raise BuildError(str(error)) from None
    if found.problems:
        raise BuildError("; ".join(found.problems))
    shutil.copyfile(settings, target)


def _add_wrapt(target: Path, wheels: Path) -> None:
    """Unpack the one module of wrapt's that is used, which imports none of the others, and its licence."""
    target.mkdir()
    with zipfile.ZipFile(_wheel(wheels)) as wheel:
        for name in (f"wrapt-{WRAPT}.dist-info/LICENSE", "wrapt/wrappers.py"):
            (target / name.rpartition("/")[2]).write_bytes(wheel.read(name))
    (target / "__init__.py").write_text(f'"""wrapt {WRAPT}, as far as the guard uses it."""\n')


def _wheel(wheels: Path) -> Path:
    """Return the pinned wheel, downloaded and checked by pip unless it is there already."""
    wheel = wheels / WHEEL
    if not wheel.exists():
        _download(wheels)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() not in REQUIREMENTS.read_text():
        raise BuildError(f"{wheel} is not the wheel that {REQUIREMENTS} pins; delete it and build again")
    return wheel


def _download(wheels: Path) -> None:
    if importlib.util.find_spec("pip") is None:
        raise BuildError(
            f"{sys.executable} has no pip, which gets wrapt: run `{sys.executable} -m ensurepip`, "
            f"or put {WHEEL} from the package index into {wheels}"
        )
    wheels.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheels) as folder:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary=:all:", "--require-hashes", "--implementation=py", "--abi=none", "--platform=any",
            "-d", folder, "-r", str(REQUIREMENTS),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"pip could not download wrapt {WRAPT}:\n{done.stderr.strip()}")
        (Path(folder) / WHEEL).replace(wheels / WHEEL)  # at once, for another build may look for it
