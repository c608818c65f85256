"""Gets what stands for /var/runtime: AWS's emulator binary, its Python runtime client, and boto3.

All of it comes from the package index, into a cache folder that later runs use again.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from . import pythons

SAM_CLI = "aws-sam-cli==1.170.0"  # its wheel holds the Runtime Interface Emulator
CLIENT = ("awslambdaric==4.2.2", "boto3==1.44.5")
HERE = Path(__file__).resolve().parent


class EmulatorError(Exception):
    """The emulator cannot be used here; says why and what to do."""


def cache() -> Path:
    """Return the folder that keeps downloads: EMULATOR_CACHE, or lambda_guard in the user's cache folder."""
    chosen = os.environ.get("EMULATOR_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lambda_guard"


def emulator() -> Path:
    """Return the emulator binary for this machine, downloaded if need be."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if sys.platform != "linux" or architecture is None:
        raise EmulatorError(f"AWS's emulator runs on Linux on x86_64 and arm64, not on {platform.platform()}")
    binary = cache() / f"{SAM_CLI.replace('==', '-')}" / "aws-lambda-rie"
    if not binary.exists():
        folder = binary.parent / f"wheel.{os.getpid()}"
        _pip("download", "--no-deps", "--only-binary=:all:", "-d", str(folder), SAM_CLI)
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(f"samcli/local/rapid/aws-lambda-rie-{architecture}")
        partial = binary.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        partial.chmod(0o755)
        partial.rename(binary)
        shutil.rmtree(folder, ignore_errors=True)
    return binary


def folder(version: str) -> Path:
    """Return the folder that stands for /var/runtime of one Python, such as `3.12`, filled if need be."""
    target = cache() / f"runtime-{version}-{'-'.join(CLIENT).replace('==', '-')}"
    packages = target / "packages"
    if not packages.exists():
        partial = target / f"packages.{os.getpid()}"
        install(version, partial, *CLIENT)
        settle(partial, packages)
    for name in ("bootstrap", "bootstrap.py"):
        if not (target / name).exists() or (target / name).read_bytes() != (HERE / name).read_bytes():
            partial = target / f"{name}.{os.getpid()}"
            shutil.copy(HERE / name, partial)
            partial.chmod(0o755)
            partial.replace(target / name)
    return target


def install(version: str, target: Path, *requirements: str) -> None:
    """Put packages for one Python into a folder, with their bytecode.

    The managed runtime has its bytecode; without it every start here would compile the packages first.
    """
    machine = platform.machine()
    platforms = [f"--platform={name}_{machine}" for name in ("manylinux2014", "manylinux_2_17", "manylinux_2_28")]
    _pip(
        "install", "--only-binary=:all:", "--implementation=cp", f"--python-version={version}", *platforms,
        f"--abi=cp{version.replace('.', '')}", "--abi=abi3", "--abi=none", "--target", str(target), *requirements,
    )  # fmt: skip
    interpreter = pythons.find()[version]
    subprocess.run([interpreter, "-m", "compileall", "-q", "-j0", str(target)], check=False)


def settle(partial: Path, final: Path) -> None:
    """Move a finished folder to its place, unless another process has put the same there meanwhile."""
    try:
        partial.rename(final)
    except OSError:
        shutil.rmtree(partial)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments[:1], "--quiet", "--disable-pip-version-check", *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmulatorError(f"pip {arguments[0]} failed; is a package index reachable?\n{done.stderr.strip()}")
