"""Evidence: the records that functions printed, wherever they are kept, and what they add up to.

    with read(["logs/", "export/*.gz"], progress) as evidence:     # also logs:GROUP, logs:PREFIX*, athena:DB.TABLE, -
        evidence.lines        what was read; `.complete`, and `.reasons` why it is not known to be complete
        evidence.usage()      FunctionUsage by function: calls, event sources, invocations
        evidence.findings()   Found by function, rule, issue, target, site and decision: true counts, first, last,
                              versions, details (source, route, authorizer, api_id, stage, operation, driver, engine...)
        evidence.attached()   Attached by function: latest mode, settings, way, Python, layer; cold starts
        evidence.errors()     Fault: the guard's own failures
        evidence.appearing()  Seen: each call, source and finding with the time it was first told, latest first

All of it is one SQL aggregation (`query`), in DuckDB over files and in Athena over tables, whose rows `merged` turns
into the data of `model`. A function is known by (function, account, region); account is None where nothing tells it.
Times are UTC without a zone. Names are data: whoever shows one escapes it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lambda_guard.analysis.evidence.files import Progress, add_up
from lambda_guard.analysis.evidence.merged import Row, Rows
from lambda_guard.analysis.evidence.model import (
    Attached,
    Called,
    Fault,
    Found,
    FunctionUsage,
    Lines,
    Seen,
    Site,
    SourceSeen,
)
from lambda_guard.analysis.evidence.sources import NoEvidence, open_sources

__all__ = [
    "Attached", "Called", "Evidence", "Fault", "Found", "FunctionUsage", "Lines", "NoEvidence", "Progress", "Seen",
    "Site", "SourceSeen", "read",
]  # fmt: skip

_HINT = (
    "Records are JSON lines with a member lambda_guard, printed by functions with the layer attached. "
    "Give the logs themselves, for instance the output of `aws logs tail /aws/lambda/NAME --since 14d`, "
    "or an export of the log group."
)


class Evidence:
    """Records from any number of files, sandboxes, functions and days, added up. See the module."""

    def __init__(self, rows: Iterable[Row], lines: Lines) -> None:
        self.lines = lines
        merged = Rows(rows)
        self.usage = merged.usage
        self.findings = merged.findings
        self.attached = merged.attached
        self.errors = merged.errors
        self.appearing = merged.appearing


@contextmanager
def read(
    arguments: Iterable[str],
    progress: Progress | None = None,
    days: int = 14,
    profile: str | None = None,
    region: str | None = None,
) -> Iterator[Evidence]:
    """Read evidence: files, folders, globs, `-`, `logs:GROUP`; plain or gzip; among any other log lines.

    days: how far back a log group is read. profile, region: of the account where log groups and tables are.
    Raises NoEvidence: an argument that matches nothing, or no usable record in all of them.
    """
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
        spool = Path(folder)
        sources = open_sources(arguments, spool, days)
        rows, damaged = add_up(sources, spool, progress or (lambda _: None))
        names = {str(source.path): source.name for source in sources}
        unreadable: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if row.what in ("fault", "unread"):
                unreadable[names.get(row.file or "", row.file or ""), row.key] += row.lines
        total = sum(row.lines for row in rows if row.what in ("line", "unread"))
        records = sum(row.lines for row in rows if row.what == "sandbox")
        lines = Lines(total, records, unreadable, tuple(damaged), len(sources))
    if not records:
        raise NoEvidence(_nothing(lines))
    yield Evidence((row for row in rows if row.what not in ("line", "fault", "unread")), lines)


def _nothing(lines: Lines) -> str:
    read_what = f"{lines.total:,} line{'s' * (lines.total != 1)} in {lines.files:,} file{'s' * (lines.files != 1)}"
    if not lines.unreadable:
        return f"No lambda_guard record in {read_what}. {_HINT}"
    worst, count = lines.unreadable.most_common(1)[0]
    return f"No usable lambda_guard record in {read_what}: {count:,} in {worst[0]} {worst[1]}. {_HINT}"
