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

from lambda_guard.analysis.evidence.athena import Limits, QueryFailed
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
from lambda_guard.analysis.evidence.sources import LOGS, Account, NoEvidence, Opened, open_sources
from lambda_guard.analysis.evidence.unpacking import Spool

__all__ = [
    "Attached", "Called", "Evidence", "Fault", "Found", "FunctionUsage", "Limits", "Lines", "NoEvidence", "Progress",
    "Seen", "Site", "SourceSeen", "read",
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
    limits: Limits | None = None,
) -> Iterator[Evidence]:
    """Read evidence: files, folders, globs, archives, `-`, log groups, tables of Athena; among any other log lines.

    progress: told how far it is, from 0 to 1. days: how far back log groups and tables are read. profile, region: of
    the account where they are. limits: what Athena may read.
    Raises NoEvidence: an argument that matches nothing or cannot be read, or no usable record in all of them.
    """
    told = progress or (lambda _: None)
    account = Account(days, profile, region)
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
        spool = Spool(Path(folder))
        opened = open_sources(arguments, spool, account, lambda done: told(done / 2))
        rows = _tables(opened, account, limits or Limits())
        if opened.sources:
            begun = 0.5 if any(source.name.startswith(LOGS) for source in opened.sources) else 0.0
            rows += add_up(opened.sources, spool, lambda done: told(begun + done * (1 - begun)))
    lines = _lines(rows, opened)
    if not lines.records:
        raise NoEvidence(_nothing(lines))
    yield Evidence((row for row in rows if row.what not in ("line", "fault", "unread")), lines)


def _tables(opened: Opened, account: Account, limits: Limits) -> list[Row]:
    rows: list[Row] = []
    if opened.tables:
        from botocore.exceptions import BotoCoreError, ClientError

        from lambda_guard.analysis.evidence import athena

        for table in opened.tables:
            try:
                found, scanned = athena.add_up(table, account.client("athena"), account.days, limits)
            except (BotoCoreError, ClientError, QueryFailed) as error:
                raise NoEvidence(f"athena:{table} cannot be read: {error}.") from None
            rows += found
            opened.scanned += scanned
    return rows


def _lines(rows: list[Row], opened: Opened) -> Lines:
    names = {str(source.path): source.name for source in opened.sources}
    unreadable: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.what in ("fault", "unread"):
            unreadable[names.get(row.file or "", row.file or ""), row.key] += row.lines
    return Lines(
        total=sum(row.lines for row in rows if row.what in ("line", "unread")),
        records=sum(row.lines for row in rows if row.what == "sandbox"),
        unreadable=unreadable,
        damaged=tuple(dict.fromkeys(source.name for source in opened.sources if source.damaged)),
        files=len(opened.sources) + len(opened.tables),
        cut_off=tuple(opened.cut_off),
        scanned=opened.scanned,
    )


def _nothing(lines: Lines) -> str:
    read_what = f"{lines.total:,} line{'s' * (lines.total != 1)} in {lines.files:,} file{'s' * (lines.files != 1)}"
    if not lines.unreadable:
        return f"No lambda_guard record in {read_what}. {_HINT}"
    worst, count = lines.unreadable.most_common(1)[0]
    return f"No usable lambda_guard record in {read_what}: {count:,} in {worst[0]} {worst[1]}. {_HINT}"
