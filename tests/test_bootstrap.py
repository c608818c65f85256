"""What is decided before the guard is loaded: by the layer's .pth line and the package's first files, on any Python."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_guard import bootstrap
from lambda_guard.analysis.layer import attachments

START = """
import json, os, site, sys
opt, task = sys.argv[1:]
sys.path[:0] = [task, opt]
site.addsitedir(opt)
loaded = sorted(name for name in sys.modules if name.startswith("lambda_guard"))
sys.stdout.write(json.dumps([os.environ["_HANDLER"], loaded]))
"""
APP = """
import lambda_guard

@lambda_guard.guard
def handler(event, context):
    return event
"""
REDIRECT = "lambda_guard.runtime.bootstrap.handler"
# Whatever is here: none of these is supported.
OTHERS = sorted(
    str(path)
    for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")
    for path in [
        *Path("/usr/bin").glob(f"python{version}"),
        *(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions").glob(f"{version}.*/bin/python"),
    ]
)


def start(python: str, opt: Path, task: Path, **environ: str) -> tuple[str, list[str], str]:
    """Start a Python as the runtime does, and return its handler, what it loaded of the guard, and what it said."""
    done = subprocess.run(
        [python, "-c", START, str(opt / "python"), str(task)],
        env={"_HANDLER": "app.handler", "LAMBDA_TASK_ROOT": str(task), "PATH": os.environ["PATH"], **environ},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    handler, loaded = json.loads(done.stdout)
    return handler, loaded, done.stderr


@pytest.mark.parametrize("python", OTHERS)
@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_a_python_that_is_not_supported_is_told_in_one_line(opt: Path, tmp_path: Path, python: str, mode: str) -> None:
    """Nothing attaches, nothing raises, and the log says why."""
    handler, loaded, said = start(python, opt, tmp_path, LAMBDA_GUARD_MODE=mode)
    assert handler == "app.handler"
    assert not [name for name in loaded if "runtime" in name]
    assert said.startswith("lambda_guard: this function is not guarded: it runs on Python ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("python", OTHERS)
def test_the_public_names_of_a_python_that_is_not_supported(opt: Path, tmp_path: Path, python: str) -> None:
    """The handler and the decorator leave the function as it is; the errors can be named in `except`."""
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info >= (3, 7))"], capture_output=True)
    if version.stdout.strip() != b"True":
        pytest.skip("modules of that Python have no names that are made when they are asked for")
    (tmp_path / "app.py").write_text(APP)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import lambda_guard; print(lambda_guard.handler(7, None)); "
        "lambda_guard.install(); lambda_guard.InvokeBlocked; lambda_guard.Mode"
    )
    done = subprocess.run(
        [python, "-c", code, str(opt / "python"), str(tmp_path)], env={"LAMBDA_GUARD_HANDLER": "app.handler"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "7\n"
    assert done.stderr.count("\n") == 1


def test_off_loads_nothing(opt: Path, tmp_path: Path) -> None:
    """MODE=off is decided by the line itself."""
    assert start(sys.executable, opt, tmp_path, LAMBDA_GUARD_MODE="off") == ("app.handler", [], "")


@pytest.mark.parametrize("rule", ["AUTHORIZER", "EVENT_SOURCE", "DIRECT_INVOKE", "CONNECTION"])
def test_off_with_a_rule_on_attaches(opt: Path, tmp_path: Path, rule: str) -> None:
    """A rule that the environment switches on in spite of MODE=off."""
    environ = {"LAMBDA_GUARD_MODE": "off", f"LAMBDA_GUARD_{rule}": "observe"}
    assert start(sys.executable, opt, tmp_path, **environ)[0] == REDIRECT


def test_off_below_a_floor_attaches(opt: Path, tmp_path: Path) -> None:
    """The organisation's file, or the function's, may say that a rule is on."""
    (tmp_path / "lambda_guard.toml").write_text('direct_invoke = "observe"\n')
    assert start(sys.executable, opt, tmp_path, LAMBDA_GUARD_MODE="off")[0] == REDIRECT
    layer, task = tmp_path / "layer", tmp_path / "task"
    shutil.copytree(opt, layer)
    task.mkdir()
    (layer / "python" / "lambda_guard.toml").write_text('[floor]\ndirect_invoke = "enforce"\n')
    assert start(sys.executable, layer, task, LAMBDA_GUARD_MODE="off")[0] == REDIRECT


def test_a_module_of_the_functions_own_by_the_same_name(opt: Path, tmp_path: Path) -> None:
    """It is not run before its time, keeps its name, and one line says that the function is not guarded."""
    (tmp_path / "lambda_guard.py").write_text("print('run')\n")
    handler, loaded, said = start(sys.executable, opt, tmp_path)
    assert (handler, loaded) == ("app.handler", [])
    assert said == "lambda_guard: this function is not guarded: a module of its own is called lambda_guard too\n"


def test_the_line_says_what_the_function_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`is_off` and its short form in the .pth line agree, but for what only the long one takes the time to read."""
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    values = (None, "off", "observe", "enforce", "", "odd")
    for mode, rule, file in itertools.product(values, values, (False, True)):
        for name, value in (("MODE", mode), ("CONNECTION", rule)):
            monkeypatch.delenv(f"LAMBDA_GUARD_{name}", raising=False)
            if value is not None:
                monkeypatch.setenv(f"LAMBDA_GUARD_{name}", value)
        (tmp_path / "lambda_guard.toml").unlink(missing_ok=True)
        if file:
            (tmp_path / "lambda_guard.toml").touch()
        short, long = eval(attachments._OFF, {"os": os}), bootstrap.is_off()
        assert long or not short
        assert short is long or rule in ("off", ""), (mode, rule, file)


def test_off_leaves_the_public_handler_and_the_decorator_as_they_are(opt: Path, tmp_path: Path) -> None:
    """By the exec wrapper, by a handler that is named, and in code: none of the guard's runtime is loaded."""
    (tmp_path / "app.py").write_text(APP)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import lambda_guard; print(lambda_guard.handler(7, None), "
        "[name for name in sys.modules if 'lambda_guard.runtime' in name])"
    )
    environ = {"LAMBDA_GUARD_HANDLER": "app.handler", "LAMBDA_GUARD_MODE": "off", "LAMBDA_TASK_ROOT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(opt / "python"), str(tmp_path)], env=environ, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "7 []\n"
