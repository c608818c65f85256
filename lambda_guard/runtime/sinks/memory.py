"""Records kept in a list, for tests and for `lambda_guard.install(config, sinks=[...])`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Record


class Memory:
    """A sink that keeps its records in `records`, oldest first."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def __call__(self, record: Record) -> None:
        self.records.append(record)

    def of_kind(self, kind: str) -> list[Any]:
        """Return the contents of the records of one kind."""
        return [record["lambda_guard"] for record in self.records if record["lambda_guard"]["kind"] == kind]
