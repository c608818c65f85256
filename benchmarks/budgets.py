"""The budgets, and what was measured held against them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "budgets.toml"


@dataclass(frozen=True)
class Budget:
    """One row of budgets.toml."""

    name: str
    what: str
    unit: str
    budget: float
    fails_at: float

    def verdict(self, measured: float, limit: float) -> str:
        """Return one line: held or not, and by how much."""
        held = "ok   " if measured <= limit else "OVER "
        return f"{held} {self.name:24} {measured:10,.2f} {self.unit:8} at most {limit:8,.1f}   {self.what}"


def load(path: Path = FILE) -> tuple[dict[str, Budget], list[str]]:
    """Return the budgets by name, and the modules that may not be imported."""
    content: dict[str, Any] = tomllib.loads(path.read_text())
    forbidden = content.pop("imports")["forbidden"]
    return {name: Budget(name, **row) for name, row in content.items()}, forbidden
