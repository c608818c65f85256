"""Small projects to judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_guard.analysis import lint
from lambda_guard.analysis.lint.findings import Finding
from lambda_guard.analysis.lint.settings import Settings

Judge = Callable[..., list[Finding]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Write files, by name, and return what the lint finds in them."""

    def run(files: dict[str, str], settings: Settings | None = None) -> list[Finding]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return lint.run([tmp_path], settings).findings

    return run
