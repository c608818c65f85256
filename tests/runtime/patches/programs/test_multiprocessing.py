"""Worker processes are guarded as they start, and nothing of the user's is changed for it."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.emulator import pythons
from lambda_guard.runtime import attach
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.settings.config import Config

ROOT = Path(attach.__file__).parents[2]
WAITED_FOR = [name for name, patch in importing.PATCHES.items() if patch == "programs.multiprocessing"]


@pytest.fixture
def original() -> Any:
    """What makes the data that a worker is prepared with."""
    for name in WAITED_FOR:
        __import__(name)
    return spawn.get_preparation_data


def test_it_is_put_in_once_and_taken_out(original: Any) -> None:
    """Two modules start processes with the same data."""
    attach.install(Config(mode="observe"), sinks=[])
    assert spawn.get_preparation_data is not original
    assert {*spawn.get_preparation_data("a")} == {*original("a"), "lambda_guard"}

    attach.uninstall()
    assert spawn.get_preparation_data is original


def test_children_are_left_alone_where_attaching_is_manual(original: Any) -> None:
    """Who attaches by hand does so in workers too."""
    attach.install(Config(mode="observe", attach="manual"), sinks=[])
    assert spawn.get_preparation_data is original


# What a worker sees: whether it is guarded, and all that a start could have left in it.
WORKER = """
import os, sys
def work(pipe):
    guarded = "lambda_guard.runtime.attach" in sys.modules and sys.modules["lambda_guard.runtime.attach"]._installed
    told = [guarded.partition, guarded.journal.account] if guarded else []
    pipe.send((bool(guarded), told, dict(os.environ), sys.path))
"""
PARENT = """
import multiprocessing, os, sys
sys.path.insert(0, {root!r})
if {guarded}:
    from lambda_guard.runtime import attach
    from lambda_guard.runtime.settings.config import Config
    guard = attach.install(Config(mode="observe"), sinks=[])
    guard.partition, guard.journal.account = "aws", "123456789012"
import worker
before = dict(os.environ)
if __name__ == "__main__":
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context({method!r}).Process(target=worker.work, args=(there,))
    process.start()
    print(here.recv())
    process.join(30)
    assert process.exitcode == 0 and dict(os.environ) == before
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("version", pythons.find())
def test_a_worker_is_guarded_and_sees_nothing_else(tmp_path: Path, version: str, method: str) -> None:
    """On every Python: the same environment, path and output as without the guard, on both streams."""
    (tmp_path / "worker.py").write_text(WORKER)
    seen = []
    for guarded in (True, False):
        program = tmp_path / "parent.py"
        program.write_text(PARENT.format(root=str(ROOT), guarded=guarded, method=method))
        done = subprocess.run(
            [pythons.find()[version], "-B", str(program)], capture_output=True, text=True, check=False, timeout=60,
            env={"AWS_LAMBDA_FUNCTION_NAME": "me"},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
        seen.append(eval(done.stdout))
    assert seen[0][:2] == (True, ["aws", "123456789012"])
    assert seen[1][:2] == (False, [])
    assert seen[0][2:] == seen[1][2:]


def test_a_worker_runs_where_the_guard_cannot_be_loaded(tmp_path: Path) -> None:
    """It says so, and works."""
    code = (
        "import multiprocessing.popen_spawn_posix, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from lambda_guard.runtime import attach\n"
        "from lambda_guard.runtime.patches.programs import multiprocessing as ours\n"
        "from lambda_guard.runtime.settings.config import Config\n"
        "attach.install(Config(mode='enforce'), sinks=[])\n"
        "ours._INSTALL = ours._INSTALL.replace('import install', 'import nothing')\n"
        "process = multiprocessing.get_context('spawn').Process(target=len, args=('',))\n"
        "process.start(); process.join(30); assert process.exitcode == 0\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == "lambda_guard: a worker process runs unguarded: ImportError\n"


def test_the_start_methods_are_those_that_are_known() -> None:
    """Fork needs nothing: the guard is in the child as it was in its parent."""
    assert set(multiprocessing.get_all_start_methods()) == {"fork", "spawn", "forkserver"}


def test_the_usual_start_waits_for_none_of_it() -> None:
    """What boto3's start loads of the package is not patched."""
    code = (
        "import sys, multiprocessing.managers, concurrent.futures;"
        f"assert sys.modules.keys().isdisjoint({WAITED_FOR!r})"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True, timeout=60)
