"""What all commands have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lambda_guard.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (120, 120), (250, 120)])
@pytest.mark.parametrize("command", [[], ["event"]])
def test_help_is_as_wide_as_the_terminal_up_to_what_can_be_read(command: list[str], columns: int, width: int) -> None:
    """In a process of its own: click's test runner has 80 columns whatever is asked for."""
    done = subprocess.run(
        [sys.executable, "-c", "from lambda_guard.cli import main; main()", *command, "--help"],
        cwd=ROOT, env={**os.environ, "COLUMNS": str(columns)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    longest = max(map(len, done.stdout.splitlines()))
    assert width * 0.8 < longest <= width
    if not command and columns > 80:
        assert "..." not in done.stdout.partition("Commands:")[2]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_a_short_option_everywhere(command: str) -> None:
    """What people try first."""
    result = CliRunner().invoke(main, [*command.split(), "-h"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert "-h, --help" in result.output


def test_the_package_runs_as_a_module() -> None:
    """For environments whose scripts are not on the path; it is called what the script is."""
    done = subprocess.run(
        [sys.executable, "-m", "lambda_guard", "event", "--mode", "bogus", "x"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Usage: lambda-guard event" in done.stderr
    assert "Traceback" not in done.stderr


def _run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    program = "import sys; from lambda_guard.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, stderr=subprocess.PIPE, check=False, **options)


RECORD = json.dumps({
    "level": "INFO", "timestamp": "2026-11-01T10:00:00.000Z",
    "lambda_guard": {
        "v": 1, "kind": "usage", "function": "orders", "version": "1", "region": "eu-west-1", "mode": "observe",
        "account": "111122223333", "sandbox": "s", "seq": 1, "invocations": 1, "dropped": 0, "sources": [],
        "calls": [{
            "service": "dynamodb", "operation": "GetItem", "region": "eu-west-1", "partition": "aws", "count": 1,
            "resource": {"kind": "table", "name": "orders"},
        }],
    },
})  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "app.log"
    path.write_text(RECORD + "\n")
    return str(path)


@pytest.mark.parametrize("command", [["suggest"], ["schema"], ["--help"], ["suggest", "--help"]])
def test_a_full_disk_is_one_line(command: list[str], log: str) -> None:
    arguments = [*command, log] if command == ["suggest"] else command
    with open("/dev/full", "w") as full:
        done = _run(*arguments, stdout=full)
    assert done.stderr.splitlines()[-1] == "Error: No space left on device"
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/below"])
def test_a_folder_that_cannot_be_written_is_one_line(place: str, log: str) -> None:
    done = _run("suggest", log, "-o", place, stdout=subprocess.DEVNULL)
    assert done.returncode == 2
    assert place in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(log: str) -> None:
    """As `| head` does."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        done = _run("schema", stdout=pipe)
    assert (done.returncode, done.stderr) == (1, "")


def test_ctrl_c_in_a_long_read_is_one_line(tmp_path: Path) -> None:
    """Without a traceback, and with the exit code of a program that the signal ended."""
    program = f"""
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from lambda_guard.analysis.evidence import files
files.query.SANDBOXES = "SELECT count(*) FROM range(1000000000000) AS a(b) WHERE hash(b) = 3"
scan = files._scan

def begin(*arguments):
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    scan(*arguments)

files._scan = begin
from lambda_guard.cli import main
main(["suggest", {str(tmp_path / "app.log")!r}])
"""
    (tmp_path / "app.log").write_text(RECORD)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")
