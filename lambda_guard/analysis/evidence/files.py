"""Files of log lines, read by DuckDB within this process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from lambda_guard.analysis.evidence import query
from lambda_guard.analysis.evidence.merged import Row
from lambda_guard.analysis.evidence.unpacking import Source, Spool, unpack

# Told how far a reading is, from 0 to 1.
Progress = Callable[[float], None]

# A log line is one column: the delimiter is a control character, which JSON cannot contain.
_READ = """
SELECT filename AS file, line FROM read_csv([{files}], columns = {{'line': 'VARCHAR'}}, filename = true,
    auto_detect = false, header = false, delim = chr(31), quote = '', escape = '', comment = '',
    new_line = '\\n', strict_mode = false, compression = '{compression}',
    store_rejects = true, rejects_limit = 10000, rejects_scan = 'scan_{compression}',
    rejects_table = 'fault_{compression}')
"""
_FAULTS = """
SELECT file_path, lower(error_type::VARCHAR), count(DISTINCT line)
FROM fault_{compression} JOIN scan_{compression} USING (scan_id, file_id) GROUP BY ALL
"""


def add_up(sources: list[Source], spool: Spool, progress: Progress) -> list[Row]:
    """Read every line once; return the rows of the aggregation, and rows of what could not be read at all.

    sources: a damaged archive is replaced by what could be unpacked of it.
    spool:   a folder of ours, for what does not fit into memory.
    """
    database = duckdb.connect(
        str(spool.new("database")), config={"memory_limit": "1GB", "temp_directory": str(spool.new("spill"))}
    )
    try:
        return _add_up(database, sources, spool, progress)
    finally:
        database.close()


def _add_up(
    database: duckdb.DuckDBPyConnection, sources: list[Source], spool: Spool, progress: Progress
) -> list[Row]:
    database.execute("SET enable_progress_bar = true")
    database.execute("SET enable_progress_bar_print = false")
    database.execute("SET preserve_insertion_order = false")
    database.execute(query.MACROS)
    try:
        _scan(database, sources, progress)
    except duckdb.Error:
        for number, source in enumerate(sources):
            if source.packing != "none" and not _reads(database, source):
                sources[number] = unpack(source, spool)
        _scan(database, sources, progress)
    faults: Counter[tuple[str, str]] = Counter()
    for name in _by_packing(sources):
        for file, fault, count in database.execute(_FAULTS.format(compression=name)).fetchall():
            faults[file, fault] += count
    rows = [Row(*row) for row in _run(database, query.FUNCTIONS, lambda _: None)]
    return [*rows, *(_fault(*key, count) for key, count in faults.items())]


def _fault(file: str, fault: str, count: int) -> Row:
    return Row("unread", file, "", None, "", fault, None, None, 0, count, 0, 0, 0, 0, None, None)


def _scan(database: duckdb.DuckDBPyConnection, sources: list[Source], progress: Progress) -> None:
    """Read every line, in a thread, telling `progress` while it lasts."""
    for name in _by_packing(sources):
        database.execute(f"DROP TABLE IF EXISTS fault_{name}; DROP TABLE IF EXISTS scan_{name}")
    database.execute(f"CREATE OR REPLACE TEMP VIEW line AS {_reading(sources)}")
    _run(database, f"CREATE OR REPLACE TABLE told AS {query.SANDBOXES}", progress)


def _run(database: duckdb.DuckDBPyConnection, text: str, progress: Progress) -> list[tuple[Any, ...]]:
    """Run a query in a thread, telling `progress` while it lasts; Ctrl-C ends it, and is passed on."""
    rows: list[tuple[Any, ...]] = []
    fault: list[Exception] = []

    def work() -> None:
        try:
            rows.extend(database.execute(text).fetchall())
        except Exception as error:
            fault.append(error)
        finally:
            done.set()

    # Not `join`: in Python 3.11 one that Ctrl-C interrupts takes the thread for ended.
    done = threading.Event()
    threading.Thread(target=work, daemon=True).start()
    try:
        while not done.wait(0.1):
            progress(min(max(database.query_progress(), 0.0) / 100, 1.0))
    except BaseException:
        database.interrupt()
        done.wait()
        raise
    if fault:
        raise fault[0]
    return rows


def _reads(database: duckdb.DuckDBPyConnection, source: Source) -> bool:
    read = _reading([source]).replace("'scan_", "'tried_scan_").replace("'fault_", "'tried_fault_")
    for name in ("scan", "fault"):
        database.execute(f"DROP TABLE IF EXISTS tried_{name}_{source.packing}")
    try:
        database.execute(f"SELECT count(*) FROM ({read})").fetchall()
    except duckdb.Error:
        return False
    return True


def _reading(sources: Iterable[Source]) -> str:
    """Return the query for every line of `sources`, as (file, line)."""
    return " UNION ALL ".join(
        _READ.format(files=", ".join("'" + file.replace("'", "''") + "'" for file in files), compression=packing)
        for packing, files in _by_packing(sources).items()
    )


def _by_packing(sources: Iterable[Source]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for source in sources:
        files.setdefault(source.packing, []).append(str(source.path))
    return files
