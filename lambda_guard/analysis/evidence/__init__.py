"""Evidence: the records that functions printed, wherever they are kept, and what they add up to."""

from __future__ import annotations

import json
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from lambda_guard.analysis.evidence import lines as sql
from lambda_guard.analysis.evidence.sources import NoEvidence, Source, open_sources, unpack
from lambda_guard.analysis.records import Record, from_json

__all__ = ["Called", "Evidence", "FunctionUsage", "Lines", "NoEvidence", "SourceSeen", "read"]

# Told how far a reading is, from 0 to 1.
Progress = Callable[[float], None]
Row = tuple[Any, ...]

_CALL_COUNTS = ("count", "refused", "in_handler", "errors")
_HINT = (
    "Records are JSON lines with a member lambda_guard, printed by functions with the layer attached. "
    "Give the logs themselves, for instance the output of `aws logs tail /aws/lambda/NAME --since 14d`, "
    "or an export of the log group."
)


@dataclass(frozen=True)
class Lines:
    """What was read: `unreadable` counts lines by (file, what is wrong); `damaged` names cut archives."""

    total: int
    records: int
    unreadable: Counter[tuple[str, str]]
    damaged: tuple[str, ...]
    files: int


@dataclass(frozen=True)
class Called:
    """One entry of `calls`, added up over the sandboxes of a function.

    entry:   service, operation, region, partition, part and resource, as in the record.
    count:   calls sent. refused: calls that the guard blocked. in_handler: sent from the handler itself.
    errors:  how many of them ended in an error, by code.
    """

    entry: dict[str, Any]
    count: int
    refused: int
    in_handler: int
    errors: dict[str, int]
    sandboxes: int


@dataclass(frozen=True)
class SourceSeen:
    """An event source, and the ARN of its stream, queue or topic where it has one."""

    source: str
    arn: str | None
    count: int


@dataclass(frozen=True)
class FunctionUsage:
    """What one function did in the window of the evidence.

    account: None where no record tells it. versions: of the function. missing: numbers of records that are
    not in the evidence though later ones of the same sandbox are. dropped: what the recorder had no room for.
    """

    function: str
    account: str | None
    region: str
    versions: tuple[str, ...]
    sandboxes: int
    invocations: int
    dropped: int
    missing: int
    first: datetime | None
    last: datetime | None
    calls: list[Called] = field(default_factory=list, repr=False)
    sources: list[SourceSeen] = field(default_factory=list, repr=False)


@contextmanager
def read(arguments: Iterable[str], progress: Progress | None = None, days: int = 14) -> Iterator[Evidence]:
    """Read evidence: files, folders, globs, `-`, `logs:GROUP`; plain or gzip; among any other log lines.

    days: how far back a log group is read.
    Raises NoEvidence: an argument that matches nothing, or no usable record in all of them.
    """
    with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
        spool = Path(folder)
        sources = open_sources(arguments, spool, days)
        database = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(spool / "spill")})
        try:
            database.execute("SET enable_progress_bar = true")
            database.execute("SET enable_progress_bar_print = false")
            yield Evidence(_Reader(database, progress or (lambda _: None)), sources, spool)
        finally:
            database.close()


class Evidence:
    """Records from any number of files, sandboxes, functions and days."""

    def __init__(self, reader: _Reader, sources: list[Source], spool: Path) -> None:
        self._run = reader.run
        self._reader = reader
        self._total = 0
        self.lines = self._load(sources, spool)

    def usage(self) -> list[FunctionUsage]:
        """Return what each function did, merged by the largest number per sandbox and entry."""
        run, reader = self._run, self._reader
        reader.scan(sql.entries("calls", _CALL_COUNTS), 2)
        reader.scan(sql.entries("sources", ("count",)), 3)
        functions = {
            row[:3]: FunctionUsage(row[0], row[1], row[2], tuple(row[3]), *row[4:10]) for row in run(sql.FUNCTIONS)
        }
        errors: dict[Row, dict[str, int]] = {}
        for *key, code, count in run(sql.ERRORS):
            errors.setdefault(tuple(key), {})[code] = count
        for *who, key, sandboxes, count, refused, in_handler in run(sql.counts("calls", _CALL_COUNTS[:3])):
            found = errors.get((*who, key), {})
            called = Called(json.loads(key), count, refused, in_handler, found, sandboxes)
            functions[tuple(who)].calls.append(called)
        for *who, key, _sandboxes, count in run(sql.counts("sources", ("count",))):
            entry = json.loads(key)
            functions[tuple(who)].sources.append(SourceSeen(entry.get("source"), entry.get("arn"), count))
        return list(functions.values())

    def records(self, kind: str) -> Iterator[Record]:
        """Yield the records of one kind (not `usage`: see there), each once, in no particular order."""
        for (body,) in self._run(sql.records(kind)):
            record = from_json(json.loads(body))
            if record is not None:
                yield record

    def _load(self, sources: list[Source], spool: Path) -> Lines:
        run = self._run
        damaged = self._count(sources, spool)
        faults: dict[tuple[Any, Any], int] = {(file, fault): count for file, fault, count in run(sql.faults(sources))}
        total = self._total + sum(faults.values())
        run(f"CREATE TEMP VIEW line AS {sql.reading(sources)}")
        run(sql.MARKED)
        self._reader.scan(sql.TALLY, 1)
        run(sql.SANDBOX)
        faults |= {
            (file, status): count
            for file, status, count in run(
                "SELECT file, status, sum(lines) FROM tally WHERE status NOT IN ('record', 'other') GROUP BY ALL"
            )
        }
        names = {str(source.path): source.name for source in sources}
        unreadable = Counter({(names.get(file, file), fault): count for (file, fault), count in faults.items()})
        ((records,),) = run("SELECT coalesce(sum(lines), 0)::BIGINT FROM tally WHERE status = 'record'")
        lines = Lines(total, records, unreadable, tuple(damaged), len(sources))
        if not records:
            raise NoEvidence(_nothing(lines))
        return lines

    def _count(self, sources: list[Source], spool: Path) -> list[str]:
        """Count the lines; unpack archives that end early or hold something else as far as they go."""
        damaged: list[str] = []
        try:
            ((self._total,),) = self._reader.scan(sql.counting(sources), 0)
        except duckdb.Error:
            for number, source in enumerate(sources):
                if source.gzipped and not self._reads(source):
                    damaged.append(source.name)
                    sources[number] = unpack(source, spool)
            ((self._total,),) = self._reader.scan(sql.counting(sources), 0)
        return damaged

    def _reads(self, source: Source) -> bool:
        try:
            self._run(f"SELECT count(*) FROM ({sql.reading([source])})")
        except duckdb.Error:
            return False
        return True


class _Reader:
    """Runs queries, and says how far the four that read every line have come."""

    _SCANS = 4

    def __init__(self, database: duckdb.DuckDBPyConnection, progress: Progress) -> None:
        self._database = database
        self._progress = progress

    def run(self, query: str) -> list[Row]:
        """Run a query; return its rows."""
        return self._database.execute(query).fetchall()

    def scan(self, query: str, number: int) -> list[Row]:
        """Run a query that reads every line, in a thread, telling `progress` while it lasts."""
        result: list[list[Row]] = []
        fault: list[Exception] = []

        def work() -> None:
            try:
                result.append(self.run(query))
            except Exception as error:
                fault.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.1)
                done = max(self._database.query_progress(), 0.0) / 100
                self._progress((number + min(done, 1.0)) / self._SCANS)
        except KeyboardInterrupt:
            self._database.interrupt()
            thread.join()
            raise
        if fault:
            raise fault[0]
        return result[0]


def _nothing(lines: Lines) -> str:
    read_what = f"{lines.total:,} line{'s' * (lines.total != 1)} in {lines.files:,} file{'s' * (lines.files != 1)}"
    if not lines.unreadable:
        return f"No lambda_guard record in {read_what}. {_HINT}"
    worst, count = lines.unreadable.most_common(1)[0]
    return f"No usable lambda_guard record in {read_what}: {count:,} in {worst[0]} {worst[1]}. {_HINT}"
