"""Precision and recall of each rule on small functions and templates that were written for this."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis import lint
from lambda_guard.analysis.lint.rules import RULES

_LEAST = 12


def _labelled(name: str) -> Any:
    path = Path(__file__).parent / "labelled" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"labelled_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_CODE, _TEMPLATES = _labelled("code"), _labelled("templates")
BAD = {**_CODE.BAD, **_TEMPLATES.BAD}
GOOD = {**_CODE.GOOD, **_TEMPLATES.GOOD}


def _finds(rule: str, case: Any, folder: Path) -> bool:
    for name, text in ({"app.py": case} if isinstance(case, str) else case).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return any(finding.id == rule for finding in lint.run([folder]).findings)


@pytest.mark.parametrize("rule", RULES)
def test_nothing_good_is_found_and_nothing_bad_is_missed(rule: str, tmp_path: Path, capsys: Any) -> None:
    """At least twelve of each; the names of those that are judged wrongly are shown."""
    bad = [_finds(rule, case, tmp_path / f"bad{number}") for number, case in enumerate(BAD[rule])]
    good = [_finds(rule, case, tmp_path / f"good{number}") for number, case in enumerate(GOOD[rule])]
    found = sum(bad) + sum(good)
    precision, recall = sum(bad) / found if found else 0.0, sum(bad) / len(bad)
    with capsys.disabled():
        print(f"\n{rule}: precision {precision:.2f}, recall {recall:.2f}, {len(bad)} bad, {len(good)} good", end="")
    assert [case for case, met in zip(BAD[rule], bad, strict=True) if not met] == []
    assert [case for case, met in zip(GOOD[rule], good, strict=True) if met] == []
    assert min(len(bad), len(good)) >= _LEAST
