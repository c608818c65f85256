"""Builds the layer: one zip for every supported Python on x86_64 and arm64, the same bytes at every build.

It holds the runtime half of the package as it is in the repository, wrapt under a private name, bytecode of every
module for each Python that is found or told, and the attachments that lie in `opt/`. `layer/build.py` is its command.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..emulator import pythons
from . import archive, contents
from .archive import Manifest, read
from .errors import BuildError

__all__ = ["BuildError", "Manifest", "build", "read"]

MOST_BYTES = 1 << 20
_HERE = Path(__file__).resolve().parent


def build(
    output: Path,
    *,
    interpreters: Sequence[str] | None = None,
    settings: Path | None = None,
    wheels: Path | None = None,
    also: Iterable[Path] = (),
) -> Manifest:
    """Write the zip and return what it says of itself; `digest` tells whether two layers hold the same.

    interpreters: paths or names of Pythons to ship bytecode for; None for all that this machine has.
    settings: the organisation's file, defaults and floor. wheels: where the wheel of wrapt is kept between builds; None
    for a folder in the user's cache. also: layers of the same source that were built elsewhere, for their bytecode.
    Raises BuildError, which says what to do, and OSError.
    """
    check_output(output)
    chosen = _told(interpreters) if interpreters else pythons.find()
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        contents.add_all(stage, settings, wheels)
        sources = archive.digest(stage, archive.SOURCES)
        compiled = {version: _compile(stage, path) for version, path in chosen.items()}
        for other in also:
            compiled |= archive.add_bytecode(stage, other, sources)
        manifest = archive.write(stage, output, dict(sorted(compiled.items())), sources)
    size = output.stat().st_size
    if size > MOST_BYTES:
        raise BuildError(f"{output} has {size} bytes; a layer of this project has at most {MOST_BYTES}")
    return manifest


def check_output(output: Path) -> None:
    """Raise BuildError where no zip can be put, or should not be."""
    if output.is_dir():
        raise BuildError(f"{output} is a folder; -o names the zip to write, such as {output}/layer.zip")
    if output.parent == Path("/dev") or (output.exists() and not output.is_file()):
        raise BuildError(f"{output} is no file but a device or a pipe; -o names the zip to write, such as layer.zip")


def _told(interpreters: Iterable[str]) -> dict[str, str]:
    chosen = {}
    for path in interpreters:
        version = pythons.version(path)
        if version is None:
            raise BuildError(f"{path} does not run as a Python")
        if version not in pythons.VERSIONS:
            raise BuildError(f"{path} is Python {version}; the layer serves {', '.join(pythons.VERSIONS)}")
        chosen[version] = path
    return chosen


def _compile(stage: Path, interpreter: str) -> str:
    """Compile every module for one Python, and return its full version."""
    command = [interpreter, "-I", "-X", "no_debug_ranges", str(_HERE / "compile.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=stage)
    if done.returncode:
        raise BuildError(f"{interpreter} could not compile the layer:\n{done.stderr.strip()}")
    sys.stderr.write(done.stderr)
    return pythons.full_version(interpreter)
