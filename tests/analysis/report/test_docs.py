"""What docs/report.md says of the commands is true of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from lambda_guard.analysis.report.readiness import Enough
from lambda_guard.cli import main

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "report.md").read_text()
COMMANDS = ("report", "readiness", "baseline")


def found(command: str) -> tuple[click.Command, click.Context]:
    """Return a command and the context of the group: a command remembers the help option of its first context."""
    group = main.make_context("lambda-guard", [], resilient_parsing=True)
    one = main.get_command(group, command)
    assert one is not None
    return one, group


def options(command: str) -> set[str]:
    one, _ = found(command)
    return {name for parameter in one.params for name in parameter.opts if name.startswith("-")}


def test_every_option_that_the_page_names_exists() -> None:
    elsewhere = {"--config"}  # of layer/build.py
    named = set(re.findall(r"(?<![\\w-])--[a-z][a-z-]*", PAGE))
    known = {option for command in COMMANDS for option in options(command)}
    assert named - elsewhere <= known
    assert {"--html", "--days", "--baseline", "--look-back"} <= named


def test_every_option_is_on_the_page() -> None:
    for command in COMMANDS:
        assert {name for name in options(command) if name.startswith("--")} - {"--help", "--output"} <= set(
            re.findall(r"--[a-z][a-z-]*", PAGE)
        ), command


@pytest.mark.parametrize("line", re.findall(r"^    lambda-guard (.*)$", PAGE, re.MULTILINE))
def test_every_command_line_is_understood(line: str) -> None:
    command, *words = re.sub(r"\s+#.*", "", line).replace("'", "").split()
    one, group = found(command)
    if "--baseline" in words:  # whose file has to be there
        del words[words.index("--baseline") : words.index("--baseline") + 2]
    one.make_context(command, words, parent=group)


def test_what_is_enough_by_default_is_what_the_page_says() -> None:
    said = dict(re.findall(r"^\| `--([a-z-]+)` \|.*\| (\d+) \|$", PAGE, re.MULTILINE))
    enough = Enough()
    assert {name: float(value) for name, value in said.items()} == {
        "days": enough.days, "invocations": enough.invocations, "cold-starts": enough.cold_starts,
        "quiet": enough.quiet,
    }  # fmt: skip


def test_the_exemption_on_the_page_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (row,) = tomllib.loads(block)["exemption"]
    assert row.keys() == {"rule", "target", "reason", "until"}


def test_the_picture_is_there_and_small() -> None:
    picture = ROOT / "docs" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000
    assert "docs/report.png" in (ROOT / "README.md").read_text()
