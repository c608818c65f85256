"""Worker processes are followed as they start; what only keeps their books is left alone."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from multiprocessing import util
from typing import Any

import pytest

from lambda_guard.analysis.emulator import pythons
from lambda_guard.runtime import attach
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.patches.programs import children
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

WAITED_FOR = [name for name, patch in importing.PATCHES.items() if patch == "programs.multiprocessing"]


@pytest.fixture
def sink() -> Memory:
    return Memory()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been started, and starts nothing."""
    calls: list[tuple[Any, ...]] = []

    def spawnv_passfds(path: Any, args: Any, passfds: Any) -> int:
        calls.append((path, args, passfds, os.environ.get("PYTHONPATH")))
        return 7

    monkeypatch.setattr(util, "spawnv_passfds", spawnv_passfds)
    for name in WAITED_FOR:
        __import__(name)
    return calls


def test_it_is_put_in_once_and_taken_out(started: list[tuple[Any, ...]]) -> None:
    """Two modules start processes through the same function."""
    original: Any = util.spawnv_passfds
    attach.install(Config(mode="observe"), sinks=[])

    assert util.spawnv_passfds.__wrapped__ is original  # type: ignore[attr-defined]
    assert set(WAITED_FOR) <= set(importing.armed())

    attach.uninstall()
    assert util.spawnv_passfds is original


def test_nothing_is_patched_where_the_rule_is_off(started: list[tuple[Any, ...]]) -> None:
    """As with all other children."""
    original: Any = util.spawnv_passfds

    attach.install(Config(mode="observe", direct_invoke="off"), sinks=[])

    assert util.spawnv_passfds is original


@pytest.mark.parametrize("python", [sys.executable, sys.executable.encode()])
def test_a_worker_gets_the_guard_on_its_path(
    sink: Memory, started: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, python: Any
) -> None:
    """The call's arguments and its answer stay what they are."""
    monkeypatch.setenv("PYTHONPATH", "/var/runtime")
    attach.install(Config(mode="observe"), sinks=[sink])
    words = [python, "-c", "from multiprocessing.spawn import spawn_main; spawn_main()"]

    assert util.spawnv_passfds(python, args=words, passfds=[1]) == 7

    assert started == [(python, words, [1], f"{children.CHILD}:/var/runtime")]
    assert sink.of_kind("finding") == []


def test_the_resource_tracker_is_left_alone(sink: Memory, started: list[tuple[Any, ...]]) -> None:
    """It is started beside the first worker, and runs nothing of the user's."""
    attach.install(Config(mode="observe"), sinks=[sink])

    words = [b"python", b"-I", b"-c", b"from multiprocessing.resource_tracker import main;main(5)"]
    util.spawnv_passfds(b"python", words, [])

    assert started[0][3] is None
    assert sink.of_kind("finding") == []


@pytest.mark.parametrize("words", [None, [], [object()]])
def test_odd_arguments_do_not_raise(started: list[tuple[Any, ...]], words: Any) -> None:
    """They are for the function itself to refuse."""
    attach.install(Config(mode="enforce"), sinks=[])

    assert util.spawnv_passfds(b"python", words, []) == 7


_ISOLATED = f"""
import multiprocessing, sys
sys.path.insert(0, {os.path.dirname(os.path.dirname(os.path.dirname(attach.__file__)))!r})
from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
sink = Memory()
attach.install(Config(mode="enforce"), sinks=[sink])
process = multiprocessing.get_context("spawn").Process(target=len, args=("",))
process.start()
process.join(30)
assert process.exitcode == 0
assert [found["issue"] for found in sink.of_kind("finding")] == ["unguarded-child"], sink.of_kind("finding")
"""


def test_an_isolated_parent_has_isolated_workers() -> None:
    """They ignore their environment as it does: that is said, and they work."""
    subprocess.run([sys.executable, "-I", "-c", _ISOLATED], check=True, timeout=60)


@pytest.mark.parametrize("version", pythons.find())
def test_each_python_starts_its_workers_there(version: str) -> None:
    """In every Python that Lambda has; boto3's start, which loads the same package, is not slowed by the patch."""
    code = f"""
import sys, multiprocessing.managers, concurrent.futures
assert sys.modules.keys().isdisjoint({WAITED_FOR!r})
import inspect, multiprocessing.util
from multiprocessing import forkserver, popen_spawn_posix
for module in forkserver, popen_spawn_posix:
    assert module.util is multiprocessing.util and "util.spawnv_passfds(" in inspect.getsource(module)
assert list(inspect.signature(multiprocessing.util.spawnv_passfds).parameters) == ["path", "args", "passfds"]
"""
    subprocess.run([pythons.find()[version], "-I", "-c", code], check=True, timeout=60)


def test_the_start_methods_are_those_that_are_known() -> None:
    """Fork needs nothing: the guard is in the child as it was in its parent."""
    assert set(multiprocessing.get_all_start_methods()) == {"fork", "spawn", "forkserver"}
