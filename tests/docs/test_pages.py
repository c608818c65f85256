"""What README and pages say holds: links lead somewhere, commands and options exist, messages are the code's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from lambda_guard.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_MOST_LINES = {"README.md": 150, "ARCHITECTURE.md": 80}


def name_of(path: Path) -> str:
    """Return a page's name in the repository."""
    return str(path.relative_to(ROOT))


def links() -> Iterator[Any]:
    """Yield each relative link, with the page that it is in."""
    for page in PAGES:
        for link in _LINK.findall(page.read_text()):
            if "://" not in link and not link.startswith("mailto:"):
                yield pytest.param(page, link, id=f"{name_of(page)}-{link}")


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "link"), [*links()])
def test_every_relative_link_leads_to_something(page: Path, link: str) -> None:
    """To a file, and to a heading in it where it names one."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=name_of)
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    """A page that nobody links to is read by nobody."""
    assert f"]({name_of(page)})" in (ROOT / "README.md").read_text()


def lines(start: str) -> Iterator[Any]:
    """Yield each line of code that starts a program, with its continuations, by the page that it is in."""
    for page in PAGES:
        for line in re.findall(rf"^ +({start} .*)$", page.read_text().replace("\\\n", " "), re.MULTILINE):
            if " [" not in line:  # else it says what there is
                yield pytest.param(line, id=f"{name_of(page)}-{line[:60]}")


@pytest.mark.parametrize("line", [*lines("lambda-guard")])
def test_every_command_line_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By click itself: the command, its options and their values. Files are not there, and may be missing."""
    monkeypatch.chdir(tmp_path)
    name, *words = shlex.split(line.partition("  #")[0].replace("...", ""))[1:]
    # As the group calls it: a command keeps the help option of the first context that asks for it.
    group = main.make_context("lambda-guard", [], resilient_parsing=True)
    command = main.get_command(group, name)
    assert command is not None
    try:
        command.make_context(name, words, parent=group)
    except click.BadParameter as error:
        assert "does not exist" in error.message  # noqa: PT017


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_a_part_with_an_example(name: str) -> None:
    """In the page on commands."""
    text = (ROOT / "docs" / "commands.md").read_text()
    part = text.partition(f"\n### `{name}`\n")[2].partition("\n#")[0]
    assert f"\n    lambda-guard {name}" in part


def test_what_the_readme_makes_exists() -> None:
    """Its two commands are targets of the Makefile, and so are all others that pages speak of."""
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in PAGES:
        for target in re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text(), re.MULTILINE):
            assert target in targets


@pytest.mark.parametrize("name", _MOST_LINES)
def test_pages_that_are_read_first_stay_short(name: str) -> None:
    """What grows goes into a page of its own."""
    assert len((ROOT / name).read_text().splitlines()) <= _MOST_LINES[name]


def messages() -> list[str]:
    """Return the messages of the guard that the page on troubleshooting explains."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    return [one for one in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE) if " " in one]


@pytest.mark.parametrize("message", messages())
def test_messages_are_those_of_the_code(message: str) -> None:
    """So that a search for what stands in a log finds the page."""
    files = [*(ROOT / "lambda_guard").rglob("*.py"), *(ROOT / "lambda_guard").glob("analysis/layer/opt/*")]
    text = "".join(re.sub(r"[\"'] ?\+ ?f?[\"']|\\\n|\"\s*\n\s*f?\"|{\w+}", "", path.read_text()) for path in files)
    start = re.match(r"LAMBDA_GUARD_MODE is '', but (must be one of): ", message)
    assert (start[1] if start else message) in text


@pytest.mark.parametrize("storey", ["runtime", "analysis"])
def test_the_architecture_names_every_room_and_no_other(storey: str) -> None:
    """Folders and single modules of both storeys; what it names is there."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    part = re.split(rf"^      {storey}/ ", text, flags=re.MULTILINE)[1]
    part = re.split(r"^ {0,6}\S", part, flags=re.MULTILINE)[0]
    folder = ROOT / "lambda_guard" / storey
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")}
    named = {name.rstrip("/") for name in re.findall(r"(?:^ {8}|, )(\w+/)", part, re.MULTILINE)}
    assert rooms <= named
    modules = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    first = {word for line in re.findall(r"^ {8}(\S.*)$", part, re.MULTILINE) for word in re.findall(r"\w+", line)}
    assert modules <= first
    for name in re.findall(r"^ {8}(\w+)\.py ", part, re.MULTILINE):
        assert (folder / f"{name}.py").exists()
