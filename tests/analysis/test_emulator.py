"""A function in the emulator: it is ours that answers, whatever else listens on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.emulator import function, pythons, runtime

CACHE = os.environ["EMULATOR_CACHE"]
PYTHON = max(pythons.find(), key=lambda version: int(version.split(".")[1]))


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A function's folder."""
    monkeypatch.setenv("EMULATOR_CACHE", CACHE)
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 'ours'\n")
    return tmp_path


def _taken_first(monkeypatch: pytest.MonkeyPatch, place: int, times: int) -> socket.socket:
    """Have a port given out that somebody else listens on already: place 0 is the emulator's own, 1 the runtime's."""
    other = socket.create_server(("127.0.0.1", 0))
    given = function._free_ports
    calls = iter(range(100))

    def free_ports(count: int) -> list[int]:
        ports = given(count)
        if next(calls) < times:
            ports[place] = other.getsockname()[1]
        return ports

    monkeypatch.setattr(function, "_free_ports", free_ports)
    return other


@pytest.mark.parametrize("place", [0, 1])
def test_a_port_that_was_taken_meanwhile_is_not_waited_for(
    task: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Another program that listens there is not taken for the emulator; another port is."""
    with _taken_first(monkeypatch, place, times=2), function.Function(task, python=PYTHON) as started:
        assert started.invoke({}) == "ours"


def test_it_gives_up_in_the_end(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no port can be had the emulator's own words are in the error, and nothing goes on running."""
    started: Any = function.Function(task, python=PYTHON)
    with _taken_first(monkeypatch, 0, times=100), pytest.raises(runtime.EmulatorError, match="address already in use"):
        started.__enter__()
    assert started._process is None
