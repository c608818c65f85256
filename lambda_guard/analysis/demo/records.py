"""What the demo leaves behind: the records as CloudWatch would have them, the events, and the role's policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import shop
from .errors import DemoError
from .functions import Act


class Folder:
    """A folder to write into; files of an earlier demo are written over, others stay."""

    def __init__(self, path: Path) -> None:
        """Make the folder. Raises DemoError where it cannot be written to."""
        self.path = path
        try:
            (path / "events").mkdir(parents=True, exist_ok=True)
            for number, step in enumerate(shop.STEPS, 1):
                self._write(f"events/{number}-{step.function}.json", json.dumps(step.events[0], indent=2))
        except OSError as error:
            raise DemoError(f"cannot write to {path}: {error.strerror}; name another folder with --output") from None

    def add(self, act: Act) -> None:
        """Write the records of each function that has any, one a line."""
        for name, records in act.records.items():
            path = self._of(name, act.mode)
            path.unlink(missing_ok=True)
            if records:
                path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")

    def add_policy(self, role: str, documents: list[dict[str, Any]]) -> Path:
        """Write the policies of a role, as `lambda-guard suggest --current` reads them."""
        return self._write(f"{role}.json", json.dumps(documents, indent=2))

    def of_act(self, mode: str) -> list[Path]:
        """Return the files with the records of one act."""
        return sorted(self.path.glob(f"*.{mode}.jsonl"))

    def of(self, function: str) -> list[Path]:
        """Return the files with a function's records."""
        return [path for mode in ("observe", "enforce") if (path := self._of(function, mode)).exists()]

    def _of(self, function: str, mode: str) -> Path:
        return self.path / f"{function}.{mode}.jsonl"

    def _write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text + "\n", encoding="utf-8")
        return path
