"""Build the layer: one zip for Python 3.11 to 3.14 on x86_64 and arm64, the same bytes at every build.

    python layer/build.py -o dist/lambda-guard-layer.zip [--python python3.12 [--python ...]] [--config org.toml]

The zip holds the runtime half of the package, its source without comments and docstrings; wrapt with its C extension
for every target; bytecode for the Pythons that are found on this machine or named; and the attachments: a .pth file and
an exec wrapper.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lambda_guard.analysis.emulator import pythons  # noqa: E402
from lambda_guard.runtime.errors import ConfigurationError  # noqa: E402
from lambda_guard.runtime.settings import config, table  # noqa: E402
from layer.sources import bare  # noqa: E402

VERSIONS = pythons.VERSIONS
ARCHITECTURES = ("x86_64", "aarch64")
MOST_BYTES = 1 << 20
# Beside what is held by one file (compile.py), bytecode is shipped for as many modules as the size allows. It is left
# out in this order: what few functions ever load, what is loaded once something was found, then what not every function
# loads. What is left out is compiled where it is needed, in about a millisecond; a layer for fewer Pythons (`--python`)
# leaves out less.
LEFT_OUT_FIRST = (
    "wrapt/*",
    *(
        f"lambda_guard/runtime/{name}"
        for name in (
            "rules/verify", "sinks/memory", "events/names", "events/iot", "events/conversations", "events/operations",
            "events/rest_nonproxy", "events/lattice", "events/destinations", "events/firehose", "events/cognito",
            "events/authorizer_inputs", "events/appsync", "events/batches", "events/brokers", "sinks/otel",
            "sinks/xray", "patches/uncovered", "child/*", "patches/shell", "patches/clients", "patches/commands",
            "patches/children", "patches/multiprocessing", "patches/loops", "patches/tampering", "patches/drivers",
            "patches/http_clients", "patches/aiobotocore", "files", "events/monitoring", "events/websocket",
            "events/load_balancer", "services/partiql", "rules/connection", "events/headers", "events/rejections",
            "rules/unauthorized", "events/routes", "events/s3", "match", "patches/wrapping", "patches/outgoing",
            "services/endpoints", "rules/direct_invoke", "services/invoke",
        )
    ),
)  # fmt: skip
# One physical line: that is what site.py executes, in any Python from 2.7 on. It is compiled at every start, where a
# word costs as much as a file that is looked for: so it first says in few of them what `bootstrap.is_off` says at
# length, and the rest is text until it is needed. A module of the function's own by the guard's name comes first on the
# path, and is not to be run before its time: the guard stands aside.
_OFF = (
    '"off    " == "".join(map(os.getenv, "LAMBDA_GUARD_MODE LAMBDA_GUARD_AUTHORIZER LAMBDA_GUARD_EVENT_SOURCE '
    'LAMBDA_GUARD_DIRECT_INVOKE LAMBDA_GUARD_CONNECTION".split(), "     ")) '
    'and True not in map(os.access, map("%s/lambda_guard.toml".__mod__, os.sys.path), bytes(99))'
)
_ATTACH = (
    "os.sys.stderr.write('lambda_guard: this function is not guarded: a module of its own is called lambda_guard too"
    "\\\\n') if os.access(os.getenv('LAMBDA_TASK_ROOT', '') + '/lambda_guard.py', 0) else "
    "__import__('lambda_guard.bootstrap' if os.sys.version_info < (3, 11) else 'lambda_guard.runtime.attach', "
    "None, None, ['']).from_pth()"
)
PTH = f'import os; {_OFF} or eval("""{_ATTACH}""")\n'
# PEP 829's .start file takes its place from Python 3.15 on.
ENTRY_POINT = "lambda_guard.bootstrap:from_pth"


def main(arguments: list[str] | None = None) -> int:
    """Build the zip that the command line asks for; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        size = build(options.output, options.python, options.config, options.wheels)
    except BuildError as error:
        print(f"layer/build.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"layer/build.py: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}: {size / 1024:.0f} KiB")
    _say_what_starts_slowly(options.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Build the lambda_guard layer: one zip for Python 3.11 to 3.14 on x86_64 and arm64."
    )
    add = parser.add_argument
    add(
        "-o", "--output", metavar="ZIP", type=Path, default=ROOT / "dist" / "lambda-guard-layer.zip",
        help="the zip to write (default: dist/lambda-guard-layer.zip in the clone)",
    )  # fmt: skip
    add(
        "--python", metavar="PYTHON", action="append",
        help="a Python to ship bytecode for, such as python3.12; repeat for more (default: all that are installed)",
    )  # fmt: skip
    add(
        "--config", metavar="FILE", type=Path,
        help="the organisation's settings, defaults and floor, to ship as lambda_guard.toml (default: none)",
    )  # fmt: skip
    add(
        "--wheels", metavar="DIR", type=Path, default=ROOT / ".cache" / "wheels",
        help="where the wheels of wrapt are kept between builds (default: .cache/wheels in the clone)",
    )  # fmt: skip
    return parser


def _say_what_starts_slowly(output: Path) -> None:
    """Warn of Pythons without bytecode: such a layer compiles itself at every cold start."""
    with zipfile.ZipFile(output) as archive:
        compiled = json.loads(archive.read("lambda-guard-manifest.json"))["bytecode"]
    missing = [version for version in VERSIONS if version not in compiled]
    if missing:
        print(
            f"bytecode for Python {', '.join(compiled) or 'none'} only: functions on {', '.join(missing)} start about "
            "20 ms later; build where those are installed too, or name them with --python",
            file=sys.stderr,
        )


class BuildError(Exception):
    """A layer that cannot be built as asked; says what to do."""


def build(output: Path, interpreters: list[str] | None, settings: Path | None, wheels: Path) -> int:
    """Write the zip and return its size in bytes.

    interpreters: paths or names of Pythons to ship bytecode for; None for all that this machine has.
    """
    if output.is_dir():
        raise BuildError(f"{output} is a folder; -o names the zip to write, such as {output}/layer.zip")
    chosen = _told(interpreters) if interpreters else pythons.find()
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        _add_package(stage / "python" / "lambda_guard")
        if settings is not None:
            _add_settings(settings, stage / "python" / table.FILE_NAME)
        _add_wrapt(stage / "python", wheels)
        compiled = {version: _compile(stage, path) for version, path in sorted(chosen.items())}
        (stage / "python" / "lambda_guard.pth").write_text(PTH)
        (stage / "python" / "lambda_guard.start").write_text(ENTRY_POINT + "\n")
        shutil.copyfile(ROOT / "layer" / "lambda-guard", stage / "lambda-guard")
        return _zip_that_fits(stage, compiled, output)


def _zip_that_fits(stage: Path, compiled: dict[str, str], output: Path) -> int:
    """Write the zip with as much bytecode as fits into the size of a layer."""
    left_out: list[str] = []
    candidates = iter(LEFT_OUT_FIRST)
    while True:
        manifest = {**_manifest(stage, compiled), "without_bytecode": left_out}
        (stage / "lambda-guard-manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        size = _zip(stage, output)
        excess = size - MOST_BYTES
        if excess <= 0:
            return size
        while excess > 0:
            name = next(candidates, None)
            if name is None:
                raise BuildError(f"{output} has {size} bytes; a layer of this project has at most {MOST_BYTES}")
            for path in _bytecode(stage, name):
                # Its share of the zip: compressed, with two headers that each hold its name.
                excess -= len(zlib.compress(path.read_bytes(), 9)) + 2 * len(str(path.relative_to(stage))) + 76
                path.unlink()
            left_out.append(name)


def _bytecode(stage: Path, name: str) -> list[Path]:
    folder, _, stem = name.rpartition("/")
    return sorted((stage / "python" / folder / "__pycache__").glob(f"{stem}.*.pyc"))


def _told(interpreters: list[str]) -> dict[str, str]:
    chosen = {}
    for path in interpreters:
        version = pythons.version(path)
        if version is None:
            raise BuildError(f"{path} does not run as a Python")
        if version not in VERSIONS:
            raise BuildError(f"{path} is Python {version}; the layer serves {', '.join(VERSIONS)}")
        chosen[version] = path
    return chosen


def _add_package(target: Path) -> None:
    source = ROOT / "lambda_guard"
    for path in sorted([source / "__init__.py", source / "bootstrap.py", *(source / "runtime").rglob("*")]):
        if path.is_file() and path.suffix in (".py", ".json"):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text()
            copy.write_text(bare(text) if path.suffix == ".py" else text)


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
    for version in VERSIONS:
        for architecture in ARCHITECTURES:
            with zipfile.ZipFile(_wheel(version, architecture, wheels)) as wheel:
                for name in wheel.namelist():
                    _extract(wheel, name, target)


def _extract(wheel: zipfile.ZipFile, name: str, target: Path) -> None:
    wanted = name.endswith((".py", ".so", "METADATA", "LICENSE"))
    if not wanted:
        return
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = wheel.read(name)
    path.write_bytes(loadable(content) if name.endswith(".so") else content)


def _wheel(version: str, architecture: str, wheels: Path) -> Path:
    """Return a wheel of the pinned wrapt, downloaded and checked by pip unless it is there already."""
    tag = "cp" + version.replace(".", "")
    folder = wheels / f"{tag}-{architecture}"
    platforms = [f"--platform={name}_{architecture}" for name in ("manylinux2014", "manylinux_2_17", "manylinux1")]
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--require-hashes", "--implementation=cp", f"--python-version={version}",
        f"--abi={tag}", *platforms, "-d", str(folder), "-r", str(ROOT / "layer" / "requirements.txt"),
    ]  # fmt: skip
    if not list(folder.glob("wrapt-*.whl")):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"pip could not download wrapt for Python {version} {architecture}:\n{done.stderr}")
    (wheel,) = folder.glob("wrapt-*.whl")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() not in (ROOT / "layer" / "requirements.txt").read_text():
        raise BuildError(f"{wheel} is not the wheel that layer/requirements.txt pins; delete it and build again")
    return wheel


def loadable(library: bytes) -> bytes:
    """Cut an ELF library down to what is loaded: its symbols and debug sections are four fifths of it.

    Everything that a process maps lies in the program segments, which come first in the file; the section
    headers, which come last, are only for linkers and debuggers (ELF-64, little endian, as both targets are).
    """
    offset, size, count = struct.unpack_from("<Q", library, 32)[0], *struct.unpack_from("<HH", library, 54)
    segments = [struct.unpack_from("<IIQQQQ", library, offset + i * size) for i in range(count)]
    end = max(start + length for _, _, start, _, _, length in segments)
    kept = bytearray(library[:end])
    struct.pack_into("<Q", kept, 40, 0)  # e_shoff
    struct.pack_into("<HH", kept, 60, 0, 0)  # e_shnum, e_shstrndx
    return bytes(kept)


def _compile(stage: Path, interpreter: str) -> str:
    """Compile every module for one Python, and return its full version."""
    paths = sorted(str(path.relative_to(stage)) for path in stage.rglob("*.py"))
    command = [interpreter, "-I", "-X", "no_debug_ranges", str(ROOT / "layer" / "compile.py")]
    subprocess.run(command, input="\n".join(paths), text=True, check=True, cwd=stage)
    return pythons.full_version(interpreter)


def _digest(stage: Path, pattern: str) -> str:
    """Return one SHA-256 over the names and contents of some files."""
    digest = hashlib.sha256()
    for path in sorted(stage.glob(pattern)):
        digest.update(f"{path.relative_to(stage)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _manifest(stage: Path, compiled: dict[str, str]) -> dict[str, object]:
    from lambda_guard import __version__

    return {
        "lambda_guard": __version__,
        "wrapt": "1.17.3",
        "python": list(VERSIONS),
        "architectures": list(ARCHITECTURES),
        "bytecode": compiled,
        "sources": _digest(stage, "**/*.py"),
        "extensions": _digest(stage, "**/*.so"),
    }


def _zip(stage: Path, output: Path) -> int:
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w") as archive:
        for path in sorted(path for path in stage.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(stage)), date_time=(1980, 1, 1, 0, 0, 0))
            mode = 0o755 if path.name == "lambda-guard" or path.suffix == ".so" else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return output.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
