"""The zip itself: what is in it, that it is the same each time, and that every target can load it."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import shutil
import struct
import subprocess
import sys
import tokenize
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from lambda_guard.analysis.emulator import pythons

from ..runtime.events import factories as make

ROOT = Path(__file__).resolve().parent.parent.parent
WHEELS = ROOT / ".cache" / "wheels"
ARCHITECTURES = {62: "x86_64", 183: "aarch64"}  # ELF's e_machine


@pytest.fixture
def archive(layer_zip: Path) -> Any:
    """The built zip, open."""
    with zipfile.ZipFile(layer_zip) as archive:
        yield archive


def manifest(archive: zipfile.ZipFile) -> Any:
    """Return what the zip says of itself."""
    return json.loads(archive.read("lambda-guard-manifest.json"))


def test_same_bytes_at_every_build(build: ModuleType, layer_zip: Path, tmp_path: Path) -> None:
    """Two builds give the same file, to the last byte, wherever they are written."""
    again = tmp_path / "elsewhere" / "other-name.zip"
    build.build(again, None, None, WHEELS)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(layer_zip.read_bytes()).digest()


def test_size(layer_zip: Path) -> None:
    """One zip for every Python and both architectures has at most 1 MiB."""
    assert layer_zip.stat().st_size <= 1 << 20


def test_contents(archive: zipfile.ZipFile) -> None:
    """The zip holds the runtime half of the package, wrapt, the attachments and the manifest, and nothing else."""
    names = archive.namelist()
    assert names == sorted(names, key=Path)
    tops = {name for name in names if name.count("/") == 0}
    assert tops == {"lambda-guard", "lambda-guard-manifest.json"}
    python = {name.split("/")[1] for name in names if name.startswith("python/")}
    assert python == {"lambda_guard", "lambda_guard.pth", "lambda_guard.start", "wrapt", "wrapt-1.17.3.dist-info"}
    ours = {name for name in names if name.startswith("python/lambda_guard/") and name.endswith(".py")}
    source = ROOT / "lambda_guard"
    runtime = {str(path.relative_to(source)) for path in (source / "runtime").rglob("*.py")}
    expected = {"__init__.py", "bootstrap.py", *runtime}
    assert ours == {f"python/lambda_guard/{name}" for name in expected}
    assert any(name.startswith("python/wrapt-1.17.3.dist-info/") and "LICENSE" in name for name in names)
    for word in ("python/boto", "analysis", "cli/", "tests", "RECORD", ".pyi"):
        assert not [name for name in names if word in name], word


def _same(one: CodeType, other: CodeType) -> None:
    """Check that two codes do the same on the same lines."""
    for name in ("code", "names", "varnames", "firstlineno", "qualname", "flags", "exceptiontable"):
        assert getattr(one, f"co_{name}") == getattr(other, f"co_{name}"), (one.co_name, name)
    assert list(one.co_lines()) == list(other.co_lines()), one.co_name
    assert len(one.co_consts) == len(other.co_consts)
    for mine, theirs in zip(one.co_consts, other.co_consts, strict=True):
        if isinstance(mine, CodeType):
            _same(mine, theirs)
        else:
            assert repr(mine) == repr(theirs)


def test_the_source_in_the_layer_does_what_the_projects_does(archive: zipfile.ZipFile) -> None:
    """It lacks comments and docstrings, which Python does not run, and every line is where it was."""
    ours = [name for name in archive.namelist() if name.startswith("python/lambda_guard/") and name.endswith(".py")]
    assert len(ours) > 60
    for name in ours:
        text, bare = (ROOT / name.removeprefix("python/")).read_text(), archive.read(name).decode()
        _same(*(compile(source, name, "exec", dont_inherit=True, optimize=2) for source in (text, bare)))
        docstrings = [
            ast.get_docstring(node)
            for node in ast.walk(ast.parse(bare))
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        ]
        assert not any(docstrings), name
        tokens = tokenize.generate_tokens(io.StringIO(bare).readline)
        assert not [token for token in tokens if token.type == tokenize.COMMENT], name


def test_what_every_function_needs_fits_for_four_pythons(archive: zipfile.ZipFile, build: ModuleType) -> None:
    """Wherever all of them are installed, the layer can be built: what may be left out is enough."""
    always, each = 0, dict.fromkeys(pythons.VERSIONS, 0)
    for entry in archive.infolist():
        size = entry.compress_size + 2 * len(entry.filename) + 76
        module, is_bytecode, rest = entry.filename.replace("__pycache__/", "").partition(".cpython-")
        if not is_bytecode or not rest.endswith(".pyc"):
            always += size
        elif not any(fnmatch(module.removeprefix("python/"), name) for name in build.LEFT_OUT_FIRST):
            each[f"3.{rest[1:3]}"] += size
    assert len(each) == 4
    assert max(each.values()) > 30_000
    assert always + 4 * max(each.values()) < build.MOST_BYTES


def test_times_and_modes(archive: zipfile.ZipFile) -> None:
    """Every entry has the same time; the exec wrapper can be executed, and everybody can read everything."""
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        mode = entry.external_attr >> 16
        executable = entry.filename == "lambda-guard" or entry.filename.endswith(".so")
        assert mode == (0o100755 if executable else 0o100644), entry.filename


def test_attachments(archive: zipfile.ZipFile) -> None:
    """The .pth file is one physical line, and PEP 829's .start file names the same function."""
    pth = archive.read("python/lambda_guard.pth").decode()
    assert pth.count("\n") == 1
    assert pth.startswith("import ")
    assert archive.read("python/lambda_guard.start") == b"lambda_guard.runtime.attach:from_pth\n"
    assert "from_pth()" in pth


def test_exec_wrapper_is_posix(archive: zipfile.ZipFile) -> None:
    """The wrapper is a POSIX shell script that sets no PYTHONPATH and always ends in the runtime."""
    script = archive.read("lambda-guard").decode()
    assert script.startswith("#!/bin/sh\n")
    assert script.endswith('exec "$@"\n')
    code = [line for line in script.splitlines() if not line.strip().startswith("#")]
    assert not any("PYTHONPATH" in line for line in code)
    subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=True)


def test_bytecode_is_never_checked(archive: zipfile.ZipFile) -> None:
    """Every .pyc is of the unchecked-hash kind, because a zip keeps no times, and stands beside its source."""
    compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
    assert compiled
    for name in compiled:
        content = archive.read(name)
        assert struct.unpack("<I", content[4:8]) == (1,), name  # hash-based, and not to be checked
        folder, _, file = name.partition("__pycache__/")
        assert folder + file.split(".")[0] + ".py" in archive.namelist()
    versions = {f"cpython-{version.replace('.', '')}" for version in manifest(archive)["bytecode"]}
    assert {name.rsplit(".", 2)[1] for name in compiled} <= versions


def test_extensions(archive: zipfile.ZipFile) -> None:
    """wrapt's C extension is there for each Python on each architecture, and is what its name says."""
    found = set()
    for name in archive.namelist():
        if name.endswith(".so"):
            content = archive.read(name)
            assert content[:6] == b"\x7fELF\x02\x01"
            machine = ARCHITECTURES[struct.unpack_from("<H", content, 18)[0]]
            assert f"-{machine}-" in name
            found.add((name.split("cpython-")[1].split("-")[0], machine))
    assert found == {(v, machine) for v in ("311", "312", "313", "314") for machine in ("x86_64", "aarch64")}


@pytest.mark.parametrize("version", pythons.find())
def test_wrapt_loads(opt: Path, version: str) -> None:
    """On each Python the layer's wrapt is loaded with its C extension, cut down as it is, and wraps."""
    code = f"""
import sys
sys.path.insert(0, {str(opt / "python")!r})
import wrapt, wrapt._wrappers
assert wrapt.__file__.startswith({str(opt)!r}), wrapt.__file__
assert wrapt._wrappers.__file__.endswith(".so")
assert wrapt.FunctionWrapper is wrapt._wrappers.FunctionWrapper
class Client:
    def call(self, a, b=1):
        return a, b
seen = []
def wrapper(wrapped, instance, args, kwargs):
    seen.append((type(instance), args, kwargs))
    return wrapped(*args, **kwargs)
wrapt.wrap_function_wrapper(sys.modules["__main__"], "Client.call", wrapper)
assert Client().call(1, b=2) == (1, 2)
assert seen == [(Client, (1,), {{"b": 2}})]
"""
    subprocess.run([pythons.find()[version], "-I", "-B", "-c", code], check=True, timeout=60)


_START = """
import importlib.machinery, json, sys, types
sys.path.insert(0, {python!r})
found, compiled = [], []
find_spec = importlib.machinery.FileFinder.find_spec
def looked_for(self, name, *rest):
    found.append(name)
    return find_spec(self, name, *rest)
importlib.machinery.FileFinder.find_spec = looked_for
source_to_code = importlib.machinery.SourceFileLoader.source_to_code
def made(self, data, path, **rest):
    compiled.append(path)
    return source_to_code(self, data, path, **rest)
importlib.machinery.SourceFileLoader.source_to_code = made
import lambda_guard.runtime.attach as attach
app = types.SimpleNamespace(handler=lambda event, context: {{"statusCode": 200}})
guarded = attach.guard(app.handler)
assert guarded(json.loads({event!r}), types.SimpleNamespace()) == {{"statusCode": 200}}
ours = [name for name in found if name.startswith("lambda_guard")]
assert sorted(set(ours)) == ["lambda_guard", "lambda_guard.runtime"], ours
assert not [path for path in compiled if "lambda_guard" in path], compiled
"""


@pytest.mark.parametrize("version", pythons.find())
def test_a_start_reads_one_file(opt: Path, version: str) -> None:
    """The Pythons that the manifest names find all that a start and its first HTTP event load in one file."""
    assert version in json.loads((opt / "lambda-guard-manifest.json").read_text())["bytecode"]
    event = make.http_api(authorizer={"jwt": {"claims": {"sub": "1"}, "scopes": None}})
    code = _START.format(python=str(opt / "python"), event=json.dumps(event))
    subprocess.run([pythons.find()[version], "-I", "-B", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("version", pythons.find())
def test_modules_that_are_held_are_as_if_imported(opt: Path, version: str) -> None:
    """Whoever looks at a module of the guard sees the attributes, the source and the lines that an import gives."""
    code = f"""
import importlib, importlib.util, inspect, sys, traceback
sys.path.insert(0, {str(opt / "python")!r})
import lambda_guard.runtime.attach
held = [module for name, module in sys.modules.items() if name.startswith("lambda_guard.runtime.")]
assert len(held) > 15
for module in held:
    name, spec = module.__name__, importlib.util.spec_from_file_location(module.__name__, module.__file__)
    assert (module.__spec__.name, module.__spec__.origin) == (name, spec.origin), name
    assert type(module.__loader__) is type(spec.loader) and module.__loader__.path == spec.loader.path
    assert module.__spec__.parent == module.__package__ == name.rpartition(".")[0] or hasattr(module, "__path__")
    assert inspect.getsource(module) == open(module.__file__).read()
    assert sys.modules[name.rpartition(".")[0]].__dict__[name.rpartition(".")[2]] is module
    assert module.__spec__.has_location and module.__spec__.cached.endswith(".pyc")
    if hasattr(module, "__path__"):
        assert module.__path__ == [module.__file__.rpartition("/")[0]] and module.__package__ == name
try:
    lambda_guard.runtime.settings.config.Config(nothing=1)
except lambda_guard.ConfigurationError as error:
    last = traceback.extract_tb(error.__traceback__)[-1]
assert last.filename == lambda_guard.runtime.settings.config.__file__ and "raise ConfigurationError" in last.line
assert importlib.reload(lambda_guard.runtime.errors).ConfigurationError
"""
    subprocess.run([pythons.find()[version], "-I", "-B", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("version", pythons.find())
def test_a_python_without_bytecode_runs_the_sources(build: ModuleType, tmp_path: Path, version: str) -> None:
    """A Python that the build was not told of runs the guard all the same."""
    other = next((path for found, path in pythons.find().items() if found != version), None)
    if other is None:
        pytest.skip("there is only one Python here")
    build.build(tmp_path / "other.zip", [other], None, WHEELS)
    with zipfile.ZipFile(tmp_path / "other.zip") as archive:
        archive.extractall(tmp_path / "opt")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'opt' / 'python')!r}); "
        "import lambda_guard.runtime.attach as attach; attach.install(); print(attach.__file__)"
    )
    command = [pythons.find()[version], "-I", "-B", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(tmp_path / "opt/python/lambda_guard/runtime/attach.py")


def test_a_later_python_is_led_by_the_start_file(opt: Path, tmp_path: Path) -> None:
    """From Python 3.15 on, a .start file attaches where import lines of .pth files no longer do."""
    python = shutil.which("python3.15")
    if python is None:
        pytest.skip("there is no Python 3.15 here")
    folder = tmp_path / "python"
    shutil.copytree(opt / "python", folder, ignore=shutil.ignore_patterns("*.pth"))
    code = (
        f"import os, site, sys; sys.path.insert(0, {str(folder)!r}); os.environ['_HANDLER'] = 'app.handler'; "
        f"site.addsitedir({str(folder)!r}); print(os.environ['_HANDLER'])"
    )
    done = subprocess.run([python, "-I", "-B", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "lambda_guard.runtime.bootstrap.handler\n"


def test_told_pythons(build: ModuleType, tmp_path: Path) -> None:
    """Bytecode is made for the Pythons that the build is told, and the manifest says which."""
    output = tmp_path / "one.zip"
    build.build(output, [sys.executable], None, WHEELS)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with zipfile.ZipFile(output) as archive:
        assert list(manifest(archive)["bytecode"]) == [version]
        tags = {name.rsplit(".", 2)[1] for name in archive.namelist() if name.endswith(".pyc")}
    assert tags == {f"cpython-{version.replace('.', '')}"}


@pytest.mark.parametrize("interpreter", ["/bin/sh", "/nowhere/python3.13"])
def test_told_no_python(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], interpreter: str
) -> None:
    """An interpreter that is none ends the build with a message and exit code 2, and writes nothing."""
    output = tmp_path / "none.zip"
    assert build.main(["-o", str(output), "--python", interpreter]) == 2
    assert interpreter in capsys.readouterr().err
    assert not output.exists()


def test_organisation_settings(build: ModuleType, tmp_path: Path) -> None:
    """--config puts the organisation's file beside the package, where `config.load` looks for it."""
    settings = tmp_path / "org.toml"
    settings.write_text('mode = "observe"\n[floor]\ndirect_invoke = "enforce"\n')
    output = tmp_path / "with.zip"
    assert build.main(["-o", str(output), "--config", str(settings), "--python", sys.executable]) == 0
    with zipfile.ZipFile(output) as archive:
        assert archive.read("python/lambda_guard.toml") == settings.read_bytes()
        archive.extractall(tmp_path / "opt")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'opt' / 'python')!r}); "
        "from lambda_guard.runtime.settings.config import load; print(load({}).direct_invoke.value)"
    )
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "enforce\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('mode = "enforced"\n', "enforced"),
        ("mode = \n", "line 1"),
        ('unknown_setting = "x"\n', "unknown_setting"),
        (None, "not there"),
    ],
)
def test_bad_organisation_settings(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    """A file that some function could not read is refused while it is still on the desk."""
    settings = tmp_path / "org.toml"
    if content is not None:
        settings.write_text(content)
    output = tmp_path / "bad.zip"
    assert build.main(["-o", str(output), "--config", str(settings), "--python", sys.executable]) == 2
    assert said in capsys.readouterr().err
    assert not output.exists()


def test_a_folder_where_a_file_is_expected(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what the option takes."""
    output = tmp_path / "bad.zip"
    assert build.main(["-o", str(output), "--config", str(tmp_path), "--python", sys.executable]) == 2
    assert f"{tmp_path} is a folder; --config takes the organisation's settings file" in capsys.readouterr().err
    assert not output.exists()
    assert build.main(["-o", str(tmp_path), "--python", sys.executable]) == 2
    assert f"{tmp_path} is a folder; -o names the zip to write" in capsys.readouterr().err


def test_help_explains_every_option(build: ModuleType) -> None:
    """Each says what it takes, and what holds without it."""
    options = [action for action in build._parser()._actions if action.dest != "help"]
    assert {option.dest for option in options} == {"output", "python", "config", "wheels"}
    for option in options:
        assert option.metavar, option.dest
        assert "(default: " in option.help, option.dest


def test_wheel_that_is_not_the_pinned_one(build: ModuleType, tmp_path: Path) -> None:
    """A wheel in the cache whose hash is not pinned is not shipped."""
    for version in ("311", "312", "313", "314"):
        for architecture in ("x86_64", "aarch64"):
            folder = tmp_path / "wheels" / f"cp{version}-{architecture}"
            folder.mkdir(parents=True)
            with zipfile.ZipFile(folder / "wrapt-1.17.3-cp.whl", "w") as wheel:
                wheel.writestr("wrapt/__init__.py", "")
    with pytest.raises(build.BuildError, match="delete it and build again"):
        build.build(tmp_path / "bad.zip", [sys.executable], None, tmp_path / "wheels")
