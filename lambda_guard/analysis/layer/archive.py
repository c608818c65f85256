"""The layer's zip, and what it says of itself."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from lambda_guard import __version__

from ..emulator import pythons
from .contents import WRAPT
from .errors import BuildError

FILE = "lambda-guard-manifest.json"
ARCHITECTURES = ("x86_64", "arm64")
SOURCES = "*.py"
_CACHE = "__pycache__"


@dataclass(frozen=True)
class Manifest:
    """What a layer holds.

    python: what it serves. bytecode: what it starts fastest on -> the full version that compiled it. sources: SHA-256
    of all modules. digest: SHA-256 of all that is in the zip but this; equal where two layers are.
    """

    lambda_guard: str
    wrapt: str
    python: tuple[str, ...]
    architectures: tuple[str, ...]
    bytecode: dict[str, str]
    sources: str
    digest: str

    @property
    def without_bytecode(self) -> tuple[str, ...]:
        """The Pythons on which this layer compiles itself at every start."""
        return tuple(version for version in self.python if version not in self.bytecode)


def read(layer: Path) -> Manifest:
    """Return what a layer's zip says of itself. Raises BuildError where it is none."""
    try:
        with zipfile.ZipFile(layer) as archive:
            said = json.loads(archive.read(FILE))
        return Manifest(**{**said, "python": tuple(said["python"]), "architectures": tuple(said["architectures"])})
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise BuildError(f"{layer} is no layer of this project") from None


def write(stage: Path, output: Path, compiled: dict[str, str], sources: str) -> Manifest:
    """Write the zip of a folder that stands for /opt."""
    manifest = Manifest(__version__, WRAPT, pythons.VERSIONS, ARCHITECTURES, compiled, sources, digest(stage, "*"))
    (stage / FILE).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "layer.zip"
        _zip(stage, whole)
        shutil.copyfile(whole, output)  # not in its place, for it may be a link
    return manifest


def add_bytecode(stage: Path, layer: Path, sources: str) -> dict[str, str]:
    """Take over the bytecode of a layer that was built elsewhere; return its Pythons. Raises BuildError."""
    manifest = read(layer)
    if manifest.sources != sources:
        raise BuildError(f"{layer} was built of other source than this; build it again")
    with zipfile.ZipFile(layer) as archive:
        for name in archive.namelist():
            if f"/{_CACHE}/" in name:
                archive.extract(name, stage)
    return manifest.bytecode


def digest(stage: Path, pattern: str) -> str:
    """Return one SHA-256 over the names and contents of the files that fit a pattern."""
    result = hashlib.sha256()
    for path in _files(stage.rglob(pattern)):
        content = path.read_bytes()
        result.update(f"{path.relative_to(stage)}\0{len(content)}\0".encode() + content)
    return result.hexdigest()


def _files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


def _zip(stage: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in _files(stage.rglob("*")):
            name = str(path.relative_to(stage))
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if name == "lambda-guard" else 0o100644) << 16
            entry.create_system = 3
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
