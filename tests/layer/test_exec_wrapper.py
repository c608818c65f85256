"""The exec wrapper by itself, in the shells that are here; and that the .pth file tells handlers alike."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lambda_guard.analysis.layer import contents
from lambda_guard.runtime import attach

WRAPPER = contents.HERE / "opt" / "lambda-guard"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
PYTHON = ("app.handler", "a/b.handler", "a.b.handler", "src/app.lambda_handler", "module.größe", "package.main")
PROGRAMS = (
    "run.sh", "bin/start.sh", "bootstrap", "gunicorn app:app", "uvicorn app.main:app", "app.", ".app", "./run.sh",
)  # fmt: skip


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A function's folder."""
    for name in ("run.sh", "bin/start.sh", "bootstrap", "app.py", "both.py", "both.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("handler", [*PYTHON, *PROGRAMS, "both.sh"])
def test_only_a_python_handler_is_led_to_the_guard(task: Path, shell: str, handler: str) -> None:
    """Anything else stays as it is, and it is said once how such a function can be guarded."""
    is_python = handler in (*PYTHON, "both.sh")
    command = [shell, *(["sh"] if shell == "busybox" else []), str(WRAPPER), "/bin/sh", "-c"]
    done = subprocess.run(
        [*command, 'printf "%s %s" "$_HANDLER" "$LAMBDA_GUARD_HANDLER"'],
        env={"_HANDLER": handler, "LAMBDA_TASK_ROOT": str(task)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == (f"lambda_guard.handler {handler}" if is_python else f"{handler} ")
    said = "" if is_python else f"lambda_guard: _HANDLER is {handler!r}, {attach.NO_PYTHON}\n"
    assert done.stderr == said
    assert attach.is_python_handler(handler, str(task)) == is_python


def test_the_pth_file_leaves_a_program_alone(
    task: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says so too, and installs nothing."""
    monkeypatch.setenv("_HANDLER", "run.sh")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(task))
    attach.from_pth()
    assert attach._installed is None
    assert capfd.readouterr().err == f"lambda_guard: _HANDLER is 'run.sh', {attach.NO_PYTHON}\n"


def test_web_adapter_starts(task: Path) -> None:
    """Its own wrapper runs the program that the handler names, after ours as without it."""
    (task / "run.sh").write_text("#!/bin/sh\necho started\n")
    (task / "run.sh").chmod(0o755)
    adapter = task / "adapter"
    adapter.write_text('#!/bin/sh\nexec -- "$LAMBDA_TASK_ROOT/$_HANDLER"\n'.replace("exec -- ", "exec "))
    adapter.chmod(0o755)
    done = subprocess.run(
        [str(WRAPPER), "python3", "/var/runtime/bootstrap.py"], capture_output=True, text=True, check=True,
        env={"_HANDLER": "run.sh", "LAMBDA_TASK_ROOT": str(task), "LAMBDA_GUARD_NEXT_WRAPPER": str(adapter)},
    )  # fmt: skip
    assert done.stdout == "started\n"
