"""Which sinks there are: a place that the setting names, or an SDK that the function loads itself."""

from __future__ import annotations

import sys

import pytest

from lambda_guard.runtime import sinks


def test_selection() -> None:
    """Without a setting there is a sink for each place; with one, those it names, in its order."""
    assert len(sinks.select(None)) == 1 + len(sinks.SDK_MODULES)
    assert sinks.select(None)[0] is sinks.stdout
    assert sinks.select(("xray", "stdout"))[1] is sinks.stdout
    assert len(sinks.select(("otel",))) == 1


def test_sdks_are_never_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sink whose SDK the function has not loaded does nothing, least of all load it."""
    for name in [name for name in sys.modules if name.startswith(("aws_xray_sdk", "opentelemetry"))]:
        monkeypatch.delitem(sys.modules, name)
    for sink in sinks.select(("xray", "otel")):
        sink({"lambda_guard": {"kind": "finding"}})
    assert not [name for name in sys.modules if name.startswith(("aws_xray_sdk", "opentelemetry"))]
