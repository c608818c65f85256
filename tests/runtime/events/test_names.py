"""The names of event sources are those that users find in README."""

from __future__ import annotations

import re
from pathlib import Path

from lambda_guard.runtime.events.names import NAMES

README = Path(__file__).resolve().parents[3] / "README.md"


def test_readme_lists_every_event_source_once_and_no_other() -> None:
    (paragraph,) = re.findall(r"^Event sources are called,(.*?)\n\n", README.read_text(), re.MULTILINE | re.DOTALL)
    listed = [name for name in re.findall(r"`([^`]+)`", paragraph) if name != "lambda-guard event"]
    assert sorted(listed) == sorted(NAMES)
