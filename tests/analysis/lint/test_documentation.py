"""The page of the rules holds all of them, and its examples are what it says they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_guard.analysis import lint
from lambda_guard.analysis.lint.rules import DOCUMENTATION, RULES

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PAGE = (ROOT / DOCUMENTATION).read_text(encoding="utf-8")
FRAME = PAGE.partition("unless they stand alone:\n\n```yaml\n")[2].partition("```")[0]
SECTIONS = {part[:5]: part for part in re.split(r"^#### ", PAGE, flags=re.MULTILINE)[1:]}


def test_every_rule_has_a_section_with_its_own_words() -> None:
    """And there is none of a rule that is gone."""
    assert list(SECTIONS) == list(RULES)
    for name, rule in RULES.items():
        assert SECTIONS[name].startswith(f"{name} {rule.name}\n\n{rule.why}\n{rule.instead}\n")


@pytest.mark.parametrize("name", RULES)
def test_the_bad_example_is_found_and_the_good_one_is_not(name: str, tmp_path: Path) -> None:
    """As whoever reads the page would try them."""
    examples = re.findall(r"^(Bad|Good):\n\n```(\w+)\n(.*?)```", SECTIONS[name], flags=re.MULTILINE | re.DOTALL)
    assert [kind for kind, _, _ in examples] == ["Bad", "Good"]
    for kind, language, text in examples:
        folder = tmp_path / kind
        folder.mkdir()
        if language == "python":
            (folder / "app.py").write_text(text)
        else:
            (folder / "template.yaml").write_text(text if text.startswith("Resources:") else FRAME + text)
            (folder / "app.py").write_text(
                "import boto3\ntable = boto3.resource('dynamodb').Table('t')\n"
                "def handler(event, context):\n    return find()\ndef find():\n    return table.get_item(Key={})\n"
            )
        found = {finding.id for finding in lint.run([folder]).findings}
        assert (name in found) is (kind == "Bad")
