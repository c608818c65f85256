"""The zip itself: what is in it, that it is the same each time, and that every target can load it."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lambda_guard.analysis import layer
from lambda_guard.analysis.emulator import pythons
from lambda_guard.analysis.layer import contents

from ..runtime.events import factories as make

ROOT = Path(__file__).resolve().parent.parent.parent
ONLY = sys.executable


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
    layer.build(again)
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
    assert python == {"lambda_guard", "lambda_guard.pth", "lambda_guard.start"}, "layers are merged file by file"
    ours = {name for name in names if name.startswith("python/lambda_guard/") and name.endswith(".py")}
    source = ROOT / "lambda_guard"
    runtime = (str(path.relative_to(source)) for path in (source / "runtime").rglob("*.py"))
    expected = {"__init__.py", "bootstrap.py", *runtime}
    private = {"runtime/_wrapt/__init__.py", "runtime/_wrapt/wrappers.py"}
    assert ours == {f"python/lambda_guard/{name}" for name in expected | private}
    assert "python/lambda_guard/runtime/_wrapt/LICENSE" in names
    assert {Path(name).suffix for name in names} == {"", ".py", ".pyc", ".bin", ".pth", ".start", ".json"}
    for word in ("python/boto", "analysis", "cli/", "tests", "RECORD", ".so"):
        assert not [name for name in names if word in name], word


def test_the_source_is_the_repositorys(archive: zipfile.ZipFile) -> None:
    """To the last byte, comments and docstrings included: who reads it reads what is developed."""
    ours = [name for name in archive.namelist() if name.startswith("python/lambda_guard/") and name.endswith(".py")]
    for name in ours:
        if "/_wrapt/" not in name:
            assert archive.read(name) == (ROOT / name.removeprefix("python/")).read_bytes(), name


def test_it_fits_with_every_python(archive: zipfile.ZipFile) -> None:
    """Wherever all four are installed, the layer has no more than its limit."""
    always, each = 0, dict.fromkeys(pythons.VERSIONS, 0)
    for entry in archive.infolist():
        size = entry.compress_size + 2 * len(entry.filename) + 76
        _, is_bytecode, rest = entry.filename.partition(".cpython-3")
        if is_bytecode:
            each[f"3.{rest[:2]}"] += size
        else:
            always += size
    assert always + len(each) * max(each.values()) < layer.MOST_BYTES


def test_times_and_modes(archive: zipfile.ZipFile) -> None:
    """Every entry has the same time; the exec wrapper can be executed, and everybody can read everything."""
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        mode = entry.external_attr >> 16
        executable = entry.filename == "lambda-guard"
        assert mode == (0o100755 if executable else 0o100644), entry.filename


def test_attachments(archive: zipfile.ZipFile) -> None:
    """The .pth file is one physical line, and PEP 829's .start file names the same function."""
    pth = archive.read("python/lambda_guard.pth").decode()
    assert pth.count("\n") == 1
    assert pth.startswith("import ")
    assert archive.read("python/lambda_guard.start") == b"lambda_guard.bootstrap:from_pth\n"
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


_ALL = """
import importlib, importlib.machinery, pkgutil, sys
root = {python!r}
sys.path.insert(0, root)
compiled = []
make = importlib.machinery.SourceFileLoader.source_to_code
def made(self, data, path, **rest):
    compiled.append(path)
    return make(self, data, path, **rest)
importlib.machinery.SourceFileLoader.source_to_code = made
import lambda_guard.runtime
names = [found.name for found in pkgutil.walk_packages([root + "/lambda_guard"], "lambda_guard.")]
assert len(names) > 70, names
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert error.name.partition(".")[0] != "lambda_guard", error
assert not [path for path in compiled if path.startswith(root)], compiled
from lambda_guard.runtime._wrapt.wrappers import ObjectProxy
assert ObjectProxy(3) + 1 == 4 and "wrapt" not in sys.modules
"""


@pytest.mark.parametrize("version", pythons.find())
def test_every_module_is_loaded_from_bytecode(opt: Path, version: str) -> None:
    """No Python that the manifest names compiles anything of the layer, whichever module it loads."""
    assert version in manifest_of(opt)["bytecode"]
    code = _ALL.format(python=str(opt / "python"))
    subprocess.run([pythons.find()[version], "-I", "-B", "-c", code], check=True, timeout=60)


def manifest_of(opt: Path) -> Any:
    """Return what an unzipped layer says of itself."""
    return json.loads((opt / "lambda-guard-manifest.json").read_text())


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
    layer.build(tmp_path / "other.zip", interpreters=[other])
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
    layer.build(output, interpreters=[sys.executable])
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
    assert {option.dest for option in options} == {"output", "python", "also", "config", "wheels"}
    for option in options:
        assert option.metavar, option.dest
        assert "(default: " in option.help, option.dest


def test_wheel_that_is_not_the_pinned_one(tmp_path: Path) -> None:
    """A wheel in the cache whose hash is not pinned is not shipped."""
    with zipfile.ZipFile(tmp_path / contents.WHEEL, "w") as wheel:
        wheel.writestr("wrapt/wrappers.py", "")
    with pytest.raises(layer.BuildError, match="delete it and build again"):
        layer.build(tmp_path / "bad.zip", interpreters=[ONLY], wheels=tmp_path)


def test_no_pip_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to get it, and what to put where without."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(layer.BuildError, match=r"has no pip.*ensurepip.*py3-none-any\.whl") as raised:
        layer.build(tmp_path / "bad.zip", interpreters=[ONLY], wheels=tmp_path)
    assert str(tmp_path) in str(raised.value)


@pytest.mark.parametrize("output", ["/dev/null", "/dev/full", "/dev/stdout"])
def test_a_device_is_no_place_for_a_zip(
    build: ModuleType, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    """It is left what it is."""
    assert build.main(["-o", output, "--python", ONLY]) == 2
    assert f"{output} is no file but a device or a pipe" in capsys.readouterr().err
    assert not Path(output).is_file() or Path(output).is_symlink()


def test_a_place_that_cannot_be_written_to(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names it."""
    (tmp_path / "file").write_text("")
    assert build.main(["-o", str(tmp_path / "file" / "layer.zip"), "--python", ONLY]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_bytecode_of_a_layer_that_was_built_elsewhere(build: ModuleType, tmp_path: Path) -> None:
    """Layers of the same source are put together; the result is the one that is built in one place."""
    found = pythons.find()
    if len(found) < 2:
        pytest.skip("there is only one Python here")
    (one, other), parts = list(found.values())[:2], tmp_path / "parts"
    layer.build(parts / "one.zip", interpreters=[one])
    layer.build(parts / "both.zip", interpreters=[other], also=[parts / "one.zip"])
    layer.build(parts / "at-once.zip", interpreters=[one, other])
    assert (parts / "both.zip").read_bytes() == (parts / "at-once.zip").read_bytes()


def test_bytecode_of_other_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would run something else than what can be read."""
    layer.build(tmp_path / "one.zip", interpreters=[ONLY])
    monkeypatch.setattr(layer.archive, "digest", lambda *_: "other")
    with pytest.raises(layer.BuildError, match="built of other source"):
        layer.build(tmp_path / "two.zip", interpreters=[ONLY], also=[tmp_path / "one.zip"])
    (tmp_path / "none.zip").write_text("")
    with pytest.raises(layer.BuildError, match="is no layer of this project"):
        layer.read(tmp_path / "none.zip")


def test_the_digest_tells_whether_the_content_is_the_same(layer_zip: Path, tmp_path: Path) -> None:
    """By it a layer is published again or not: it changes with the settings that are shipped."""
    (tmp_path / "org.toml").write_text('mode = "observe"\n')
    first = layer.build(tmp_path / "a.zip", interpreters=[ONLY])
    again = layer.build(tmp_path / "b.zip", interpreters=[ONLY])
    other = layer.build(tmp_path / "c.zip", interpreters=[ONLY], settings=tmp_path / "org.toml")
    assert first == again == layer.read(tmp_path / "a.zip")
    assert first.digest != other.digest
    assert first.sources == other.sources
