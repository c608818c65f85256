"""The fleet that the benchmarks write: reading it comes to exactly what was written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import fleet
from lambda_guard.analysis.evidence import read


def test_reading_a_fleet_comes_to_exactly_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "_DAMAGED_EVERY", 100)
    written = fleet.write(tmp_path, 8_000)
    with read([str(tmp_path)]) as found:
        lines, used, findings, attached = found.lines, found.usage(), found.findings(), found.attached()
        errors = found.errors()
    assert (lines.total, lines.records) == (written.lines, written.records)
    assert sum(lines.unreadable.values()) == written.damaged > 50
    assert {fault for _, fault in lines.unreadable} == {"cut or not JSON"}
    assert len({function.function for function in used}) == fleet.FUNCTIONS
    assert sum(function.sandboxes for function in used) == written.sandboxes
    assert sum(function.invocations for function in used) == written.invocations
    assert sum(function.missing for function in used) == 0
    calls: Counter[tuple[str, str]] = Counter()
    for function in used:
        for called in function.calls:
            calls[function.function, called.entry["operation"]] += called.count
    assert calls == written.calls
    met: Counter[tuple[str, str, str]] = Counter()
    for one in findings:
        met[one.rule, one.issue, one.decision] += one.count
    assert met == written.findings
    assert {one.rule for one in findings} == {rule for rule, *_ in fleet.FINDINGS}
    assert sum(one.sandboxes for one in attached) == written.sandboxes
    assert sum(fault.sandboxes for fault in errors) == -(-written.sandboxes // 10)
    assert len({fleet.role(function.function) for function in used}) == fleet.ROLES
