"""The names of event sources and of kinds of authorizer are those that users find in the documentation."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from lambda_guard.runtime.events import Source
from lambda_guard.runtime.events.names import HTTP_NAMES, NAMES
from lambda_guard.runtime.rules.authorizer import DEFAULT_KINDS
from lambda_guard.runtime.settings.table import AUTHORIZER_KINDS

ROOT = Path(__file__).resolve().parents[3]
DOCS = (ROOT / "docs" / "events.md").read_text()
EVENTS = ROOT / "lambda_guard" / "runtime" / "events"


def rows(heading: str) -> list[str]:
    """Return the names in the first column of the table below a heading of docs/events.md."""
    section = DOCS.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_page_on_events_lists_every_source_once_and_no_other() -> None:
    """What `event_sources` takes."""
    assert sorted(rows("Sources")) == sorted(NAMES)
    http = DOCS.partition("**HTTP requests**")[2].partition("| **")[0]
    assert {name for name in NAMES if f"`{name}`" in http} == HTTP_NAMES


def test_the_page_on_events_lists_every_kind_once_and_those_that_count_by_themselves() -> None:
    """What `authorizers` takes."""
    assert sorted(rows("Kinds of authorizer")) == sorted(AUTHORIZER_KINDS)
    (others,) = re.findall(r"Without it, all but `(\w+)` and `(\w+)` do", DOCS)
    assert set(AUTHORIZER_KINDS) - set(others) == set(DEFAULT_KINDS)


def test_every_source_in_the_code_has_a_name_that_settings_take() -> None:
    """A source that no setting can name could never be expected."""
    made: list[Source] = []
    for path in EVENTS.glob("*.py"):
        if path.stem not in ("names", "rejections", "routes", "headers"):
            module = importlib.import_module(f"lambda_guard.runtime.events.{path.stem}".removesuffix(".__init__"))
            made += (value for value in vars(module).values() if isinstance(value, Source))
    assert len(made) > 30
    assert {source.name for source in made} <= NAMES
