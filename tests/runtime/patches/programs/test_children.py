"""Python programs that a function starts are followed where they can be, and said where not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.patches.programs import children, commands
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

Make = Callable[..., Guard]


@pytest.fixture
def sink() -> Memory:
    return Memory()


@pytest.fixture
def install(sink: Memory) -> Make:
    """Install a guard with the settings of a test."""
    return lambda **settings: attach.install(Config(**settings), sinks=[sink])


@pytest.mark.parametrize(
    ("words", "followed"),
    [
        (["python3", "app.py"], True),
        (["python3.13", "-u", "-c", "print()", "-I"], True),
        (["python", "-m", "tool", "-E"], True),
        (["python", "-Werror::ImportWarning", "-X", "importtime", "app.py"], True),
        (["python", "--check-hash-based-pycs", "always", "-"], True),
        (["python3", "-I", "app.py"], False),
        (["python3", "-sE", "app.py"], False),
        (["python3", "-W", "error", "-X", "dev", "-uS", "app.py"], False),
        (["python", "--check-hash-based-pycs", "always", "-E"], False),
        (["pythonic"], True),
        (["env", "-u", "X", "A=1", "python3", "app.py"], True),
        (["env", "-i", "python3", "app.py"], False),
        (["env", "-u", "PYTHONPATH", "python3", "app.py"], False),
        (["env", "PYTHONPATH=/app", "python3", "app.py"], False),
        (["sh", "-c", "cd /tmp && timeout 5 python3 app.py | cat"], True),
        (["sh", "-c", "PYTHONPATH=/app python3 app.py"], False),
        (["sh", "-c", "export PYTHONPATH=/app; python3 app.py"], False),
        (["sh", "-c", "PYTHONPATH=/app:$PYTHONPATH python3 app.py"], True),
    ],
)
def test_python_children_are_followed_where_they_can_be(
    install: Make, sink: Memory, words: list[str], followed: bool
) -> None:
    """By the environment that they are given, and said where that does not reach them."""
    guard = install(mode="observe")
    env = {"PYTHONPATH": "/var/runtime"}

    commands.judge(guard, commands.read(words[0], words, env), env, None)

    assert (env["PYTHONPATH"] == f"{children.CHILD}:/var/runtime") == followed
    assert [found["issue"] for found in sink.of_kind("finding")] == ([] if followed else ["unguarded-child"])


@pytest.mark.parametrize(
    ("first", "options"),
    [
        (b"#!/usr/bin/env python3\nimport x", []),
        (b"#!/var/lang/bin/python3.12", []),
        (b"#! /usr/bin/python3 -sE \n", ["-sE"]),
        (b"#!/usr/bin/env -S python3 -u\n", ["-u"]),
        (b"#!/bin/sh\npython3\n", None),
        (b"#!/opt/python/bin/tool\n", None),
        (b"import python3\n", None),
        (b"#!\xff\x00" + b"x" * 9999, None),
        (b"", None),
    ],
)
def test_a_script_tells_its_interpreter(tmp_path: Path, first: bytes, options: list[str] | None) -> None:
    """By the first line, wherever the program is found; a file that cannot be run is no program."""
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "tool").mkdir()
    tool = tmp_path / "tool"
    tool.write_bytes(first)
    path = f"/nowhere:{tmp_path}/nothing:{tmp_path}"
    assert children.python_options("tool", "", path) is None

    tool.chmod(0o755)

    assert children.python_options("tool", "", path) == options
    assert children.python_options(str(tool), "/", "") == options
    assert children.python_options("./tool", str(tmp_path), "") == options
    assert children.python_options("tool", str(tmp_path), "/nowhere") is None


def test_a_script_is_followed_as_python_is(install: Make, sink: Memory, tmp_path: Path) -> None:
    """By the child's own PATH and folder."""
    (tmp_path / "tool").write_text(f"#!{sys.executable}\nimport sys; print('lambda_guard' in sys.modules)\n")
    (tmp_path / "alone").write_text(f"#!{sys.executable} -I\nprint()\n")
    for name in ("tool", "alone"):
        (tmp_path / name).chmod(0o755)
    install(mode="observe")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def run(args: object, **options: object) -> str:
        return str(subprocess.check_output(args, text=True, timeout=60, **options))  # type: ignore[call-overload]

    assert run(["tool"], env=dict(env)) == "True\n"
    assert run(["./tool"], cwd=tmp_path, env=dict(env)) == "True\n"
    assert run("exec tool", shell=True, env=dict(env)) == "True\n"
    assert sink.of_kind("finding") == []

    run(["alone"], env=dict(env))
    assert [found["issue"] for found in sink.of_kind("finding")] == ["unguarded-child"]


def test_children_are_left_alone_where_attaching_is_manual(install: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who attaches by hand does so in children too."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    install(mode="observe", attach="manual")

    subprocess.run([sys.executable, "-c", ""], check=True)

    assert "PYTHONPATH" not in os.environ


def test_a_child_runs_the_sitecustomize_that_it_would_have_run(
    install: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one such slot: ours hands on."""
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    install(mode="observe")

    done = subprocess.run([sys.executable, "-c", "print('program')"], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("theirs\nprogram\n", "")


def test_a_child_with_the_functions_own_environment_is_followed(
    install: Make, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`env=os.environ` says what leaving it out says."""
    monkeypatch.setenv("PYTHONPATH", "/var/runtime")
    guard = install(mode="observe")
    words = [sys.executable, "-c", "1"]

    commands.judge(guard, commands.read(words[0], words, os.environ), os.environ, None)

    assert os.environ["PYTHONPATH"] == f"{children.CHILD}:/var/runtime"
    assert sink.of_kind("finding") == []
