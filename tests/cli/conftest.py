"""What the tests of the command line share."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the demo's tests easy to choose: `pytest -m demo`, or `-m 'not demo'` for a quick run."""
    config.addinivalue_line("markers", "demo: runs `lambda-guard demo` for real, some seconds each")
