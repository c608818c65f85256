"""The SQL that reads log lines: which of them are records, and what their usage adds up to."""

from __future__ import annotations

from collections.abc import Iterable

from lambda_guard.analysis.evidence.sources import Source
from lambda_guard.analysis.records import KINDS, VERSION

# A log line is one column: the delimiter is a control character, which JSON cannot contain.
_READ = """
SELECT filename AS file, line FROM read_csv([{files}], columns = {{'line': 'VARCHAR'}}, filename = true,
    auto_detect = false, header = false, delim = chr(31), quote = '', escape = '', comment = '',
    new_line = '\\n', strict_mode = false, compression = '{compression}', {faults})
"""
_KEEP_FAULTS = (
    "store_rejects = true, rejects_limit = 10000, "
    "rejects_scan = 'scan_{compression}', rejects_table = 'fault_{compression}'"
)
_FAULTS = """
SELECT file_path, lower(error_type::VARCHAR), count(DISTINCT line)
FROM fault_{compression} JOIN scan_{compression} USING (scan_id, file_id) GROUP BY ALL
"""

# Anything may stand before the JSON, and the JSON may be the text of another object's `message`. A message that
# only speaks of the guard becomes an empty object, which is no record and no fault.
MARKED = """
CREATE OR REPLACE TEMP VIEW marked AS
SELECT file, CASE
    WHEN contains(line, '"lambda_guard"') THEN substr(line, instr(line, '{'))
    WHEN NOT json_valid(wrapped) THEN NULL
    WHEN contains(json_extract_string(wrapped, '$.message'), '{') THEN
        substr(json_extract_string(wrapped, '$.message'), instr(json_extract_string(wrapped, '$.message'), '{'))
    ELSE '{}' END AS body
FROM (SELECT file, line, CASE WHEN starts_with(trim(line), '"message"')
        THEN '{' || rtrim(trim(line), ',') || '}' ELSE substr(line, instr(line, '{')) END AS wrapped
    FROM line WHERE contains(line, '{')
        AND (contains(line, '"lambda_guard"') OR contains(line, '\\"lambda_guard\\"')))
"""

# A line is parsed once, for its envelope and at most one list of the usage records. No query filters on what is
# parsed here: DuckDB would push the filter below, and parse each line again.
_PARSED = f"""
(SELECT file, body, guard, stamp, CASE
    WHEN body IS NULL THEN 'cut or not JSON'
    WHEN guard IS NULL OR coalesce(guard.v::VARCHAR, guard.kind, guard.sandbox) IS NULL THEN 'other'
    WHEN guard.v IS NULL THEN 'not a record'
    WHEN guard.v <> {VERSION} THEN 'of another record version'
    WHEN guard.kind IS NULL OR guard.kind NOT IN {KINDS} THEN 'of unknown kind'
    WHEN guard.sandbox IS NULL OR guard.seq IS NULL THEN 'without sandbox or number'
    ELSE 'record' END AS status
FROM (SELECT file, body, parsed.lambda_guard AS guard, parsed.timestamp AS stamp
    FROM (SELECT file, body, from_json(body, '{{{{"timestamp": "VARCHAR", "lambda_guard": {{{{
            "v": "BIGINT", "kind": "VARCHAR", "function": "VARCHAR", "version": "VARCHAR",
            "account": "VARCHAR", "region": "VARCHAR", "sandbox": "VARCHAR", "seq": "BIGINT",
            "invocations": "BIGINT", "dropped": "BIGINT"{{extra}}}}}}}}}}') AS parsed
        FROM (SELECT file, CASE WHEN json_valid(body) THEN body END AS body FROM {{source}}))))
"""

# One row for each sandbox, and one for each file and kind of fault.
TALLY = f"""
CREATE OR REPLACE TEMP TABLE tally AS
SELECT status, guard.sandbox AS sandbox, CASE WHEN status <> 'record' THEN file END AS file,
    count(*) AS lines, any_value(guard.function) AS function, any_value(guard.version) AS version,
    max(guard.account) AS account, any_value(guard.region) AS region,
    min(try_cast(stamp AS TIMESTAMP)) AS first, max(try_cast(stamp AS TIMESTAMP)) AS last,
    max(guard.invocations) AS invocations, max(guard.dropped) AS dropped,
    max(guard.seq) - min(guard.seq) + 1 - count(DISTINCT guard.seq) AS missing
FROM {_PARSED.format(extra="", source="marked")} GROUP BY ALL
"""

# An account that the sandbox never told is that of its function, where the function has just one.
SANDBOX = """
CREATE OR REPLACE TEMP TABLE sandbox AS
SELECT sandbox, coalesce(function, '') AS function, coalesce(version, '') AS version,
    coalesce(region, '') AS region, coalesce(account, CASE WHEN accounts = 1 THEN known END) AS account,
    first, last, coalesce(invocations, 0) AS invocations, coalesce(dropped, 0) AS dropped, missing
FROM (SELECT *, (SELECT count(DISTINCT account) FROM tally AS other WHERE other.function IS NOT DISTINCT FROM
            mine.function AND other.region IS NOT DISTINCT FROM mine.region) AS accounts,
        (SELECT max(account) FROM tally AS other WHERE other.function IS NOT DISTINCT FROM
            mine.function AND other.region IS NOT DISTINCT FROM mine.region) AS known
    FROM tally AS mine WHERE status = 'record')
"""

# What one sandbox counted: for each entry the line with the largest number, so that lost, repeated and
# reordered lines change nothing.
_ENTRIES = """
CREATE OR REPLACE TEMP TABLE {name} AS
SELECT sandbox, key, max_by(entry, seq) AS entry
FROM (SELECT sandbox, seq, entry, json_merge_patch(entry, '{counted}') AS key
    FROM (SELECT guard.sandbox AS sandbox, guard.seq AS seq,
            unnest(CASE WHEN status = 'record' AND guard.kind = 'usage' THEN guard.{name} END) AS entry
        FROM {parsed})
    WHERE json_type(entry) = 'OBJECT')
GROUP BY sandbox, key
"""
_COUNTS = """
SELECT function, account, region, key::VARCHAR, count(DISTINCT sandbox), {sums}
FROM {name} JOIN sandbox USING (sandbox) GROUP BY ALL ORDER BY ALL
"""
ERRORS = """
SELECT function, account, region, key, error.key, sum(try_cast(error.value AS BIGINT))::BIGINT
FROM (SELECT function, account, region, key::VARCHAR AS key,
        unnest(map_entries(try_cast(entry->'$.errors' AS MAP(VARCHAR, VARCHAR)))) AS error
    FROM calls JOIN sandbox USING (sandbox))
WHERE try_cast(error.value AS BIGINT) > 0
GROUP BY ALL ORDER BY ALL
"""
FUNCTIONS = """
SELECT function, account, region, list_sort(list(DISTINCT version)), count(*), sum(invocations)::BIGINT,
    sum(dropped)::BIGINT, sum(missing)::BIGINT, min(first), max(last)
FROM sandbox GROUP BY ALL ORDER BY ALL
"""


def reading(sources: Iterable[Source], faults: str = "ignore_errors = true") -> str:
    """Return the query for every line of `sources`, as (file, line)."""
    parts = []
    for compression, files in _by_compression(sources).items():
        parts.append(
            _READ.format(
                files=", ".join("'" + file.replace("'", "''") + "'" for file in files),
                compression=compression,
                faults=faults.format(compression=compression),
            )
        )
    return " UNION ALL ".join(parts)


def counting(sources: Iterable[Source]) -> str:
    """Return the query for how many lines there are; it keeps those that no line reader could take."""
    return f"SELECT count(*) FROM ({reading(sources, _KEEP_FAULTS)})"


def faults(sources: Iterable[Source]) -> str:
    """Return the query for what `counting` kept, as (file, fault, lines)."""
    return " UNION ALL ".join(_FAULTS.format(compression=name) for name in _by_compression(sources))


def entries(name: str, counted: Iterable[str]) -> str:
    """Return the statement that makes a table (sandbox, key, entry) of one list of the usage records.

    name:    of the list, such as `calls`. counted: members of an entry that grow, and so are no part of its key.
    """
    removed = ", ".join(f'"{member}": null' for member in counted)
    parsed = _PARSED.format(extra=f', "{name}": ["JSON"]', source="marked")
    return _ENTRIES.format(name=name, counted=f"{{{removed}}}", parsed=parsed)


def records(kind: str) -> str:
    """Return the query for the bodies of the records of one kind."""
    source = f"(SELECT file, body FROM marked WHERE contains(body, '\"{kind}\"'))"
    parsed = _PARSED.format(extra="", source=source)
    return f"SELECT DISTINCT body FROM {parsed} WHERE status = 'record' AND guard.kind = '{kind}'"


def counts(name: str, counted: Iterable[str]) -> str:
    """Return the query that adds the sandboxes' numbers up for each function: one column per member."""
    sums = (
        f"coalesce(sum(try_cast(json_extract_string(entry, '$.{member}') AS BIGINT)), 0)::BIGINT" for member in counted
    )
    return _COUNTS.format(name=name, sums=", ".join(sums))


def _by_compression(sources: Iterable[Source]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for source in sources:
        files.setdefault("gzip" if source.gzipped else "none", []).append(str(source.path))
    return files
