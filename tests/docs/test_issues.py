"""The page on issues: every id that the runtime can report, with the words of `readiness` on what ends it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_guard.analysis.report.remedies import REMEDIES
from lambda_guard.runtime.rules import unauthorized

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "issues.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE, re.MULTILINE))


def test_there_is_a_row_for_every_issue_and_for_no_other() -> None:
    """`REMEDIES` has all that the runtime reports."""
    assert ROWS.keys() == REMEDIES.keys()


@pytest.mark.parametrize("issue", REMEDIES)
def test_what_ends_an_issue_is_said_in_one_way(issue: str) -> None:
    """The page has the words of the commands."""
    meaning, _, remedy = ROWS[issue].rpartition(" | ")
    assert remedy == REMEDIES[issue]
    assert len(meaning) > 20


@pytest.mark.parametrize("issue", unauthorized.ISSUES)
def test_statuses_are_those_of_enforce(issue: str) -> None:
    """401 where no token proves the caller, 403 where somebody is known who may not."""
    assert ROWS[issue].startswith(f"{unauthorized.ISSUES[issue][0]}: ")
