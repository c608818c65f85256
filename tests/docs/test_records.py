"""The pages about records and metrics name all that there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.records import KINDS
from lambda_guard.analysis.schema import record_schema
from lambda_guard.runtime.journal import _METRICS, _METRICS_SECONDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
RECORDS, METRICS = ((DOCS / name).read_text() for name in ("records.md", "metrics.md"))


def fields(schema: Any) -> Iterator[str]:
    """Yield the name of every member that a schema describes, however deep."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value
            yield from fields(value)
    if isinstance(schema, list):
        for value in schema:
            yield from fields(value)


@pytest.mark.parametrize("name", sorted(set(fields(record_schema()))))
def test_every_field_is_explained(name: str) -> None:
    """A field has a row in a table, with words in it."""
    rows = [line for line in RECORDS.splitlines() if line.startswith(f"| `{name}` |")]
    assert rows
    assert all(len(row.split("|")[2].strip()) > 3 for row in rows)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_part(kind: str) -> None:
    """Each kind of record has a heading."""
    assert f"\n## `{kind}`\n" in RECORDS


def test_every_metric_is_explained() -> None:
    """Namespace, metrics, dimensions and how often a line comes stand in the page."""
    (directive,) = _METRICS
    metrics: Any = directive["Metrics"]
    for metric in metrics:
        assert f"| `{metric['Name']}` | {metric['Unit']} |" in METRICS
    dimensions: Any = directive["Dimensions"]
    for name in {name for names in dimensions for name in names}:
        assert f"`{name}`" in METRICS
    assert f"`{directive['Namespace']}`" in METRICS
    assert _METRICS_SECONDS == 60
    assert "one line a minute" in METRICS
