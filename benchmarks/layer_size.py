"""The layer: built afresh, unzipped as Lambda does it, and counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import cold_start
from .figures import Figure, value

ROOT = Path(__file__).resolve().parent.parent


def build(work: Path) -> tuple[Path, Path]:
    """Build the layer; return the zip and the folder that it was unzipped to."""
    archive = work / "layer.zip"
    command = [sys.executable, str(ROOT / "layer" / "build.py"), "-o", str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return archive, cold_start.unpacked(archive, work / "opt")


def measure(archive: Path, folder: Path) -> list[Figure]:
    """Count bytes and files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    counts = {
        "KiB zipped": archive.stat().st_size / 1024,
        "KiB unzipped": sum(path.stat().st_size for path in files) / 1024,
        "files": len(files),
    }
    return [value("layer", "the zip", "guard", unit, number) for unit, number in counts.items()]
