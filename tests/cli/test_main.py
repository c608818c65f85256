"""What all commands have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
