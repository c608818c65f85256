"""The one query that adds records up: written in DuckDB's SQL, and translated for Trino, which is Athena's engine.

It reads a relation `line` of (file, line), once, and gives back a row for each function and fact: in how many
sandboxes it was seen, how often, when first and last. Totals of a sandbox are merged by the largest number, so that
lost, repeated and reordered lines change nothing. What is kept per sandbox and fact has a fixed size: memory stays
flat.
"""

from __future__ import annotations

from collections.abc import Iterable

from lambda_guard.analysis.records import CONTENT, FINDING, KINDS, VERSION

# Columns of a row, in order.
# what: `line` and `fault`, by file; `sandbox`, `calls`, `sources`, `finding`, `detail`, `attached` and `error`.
# key:  JSON of the entry without what grows or is of one sandbox; of a fault, what is wrong.
# code: of an error; on rows of `calls` that count how many of the calls ended in it.
# Of `sandbox` rows `count` is invocations, `refused` what the recorder dropped, `missing` numbers of lost records.
COLUMNS = (
    "what", "file", "function", "account", "region", "key", "code", "versions", "sandboxes", "lines", "count",
    "refused", "in_handler", "missing", "first", "last",
)  # fmt: skip

# What DuckDB calls otherwise than Trino does.
MACROS = """
CREATE OR REPLACE TEMP MACRO json_format(value) AS CAST(value AS VARCHAR);
CREATE OR REPLACE TEMP MACRO json_parse(value) AS CAST(value AS JSON);
CREATE OR REPLACE TEMP MACRO bits(value) AS bit_count(value);
"""

_START = r'\{"level": ?"[A-Z]+", ?"timestamp": ?"[^"]*", ?"lambda_guard": ?\{'
_STRING = r'"((?:[^"\\]|\\.)*)"'
_GROWS = "count|refused|in_handler"
_COUNTS = (
    rf',"(?:{_GROWS})":[0-9]+|"(?:{_GROWS})":[0-9]+,?'
    r'|,"errors":\{[^{}]*\}|"errors":\{[^{}]*\},?'
)
_SCALARS = ("v", "kind", "function", "version", "account", "region", "sandbox", "seq", "invocations", "dropped")
_GUARD = ", ".join([*(f"{name} VARCHAR" for name in _SCALARS), "calls JSON[], sources JSON[], findings JSON[]"])
_ENTRY = "STRUCT(count VARCHAR, refused VARCHAR, in_handler VARCHAR, errors JSON, service JSON, source JSON, rule JSON)"


def _object(names: Iterable[str]) -> str:
    """Return SQL for the JSON text of these members of `entry`; null for those that it has not."""
    columns = ", ".join(f'"{name}" JSON' for name in names)
    entry = f"TRY_CAST(entry AS STRUCT({columns}))"
    members = (f"""'"{name}":' || coalesce(json_format({entry}."{name}"), 'null')""" for name in names)
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


# What each sandbox told, from a relation `line`.
SANDBOXES = f"""
WITH plain AS (
    -- CSV doubles its quotes.
    SELECT file, CASE WHEN contains(line, '""lambda_guard') THEN replace(line, '""', '"') ELSE line END AS line
    FROM line
), texts AS (
    -- A line gives itself, to be counted, and the texts that may hold a record: the line as it is or, where the
    -- record is escaped in another object, all texts of that object.
    SELECT file, unnest(CASE
        WHEN line IS NULL OR NOT contains(line, 'lambda_guard') THEN [CAST(NULL AS VARCHAR)]
        WHEN contains(line, '\\"lambda_guard\\"')
            THEN list_concat([CAST(NULL AS VARCHAR)], regexp_extract_all(line, '{_STRING}', 1))
        ELSE [CAST(NULL AS VARCHAR), line] END) AS text
    FROM plain
), unescaped AS (
    SELECT file, CASE WHEN contains(text, '\\"lambda_guard\\"')
        THEN json_extract_string(try(json_parse('["' || text || '"]')), '$[0]') ELSE text END AS text
    FROM texts
    WHERE text IS NULL OR contains(text, 'lambda_guard')
), tried AS (
    SELECT file, text, try(json_parse(substr(text, strpos(text, '{{')))) AS document FROM unescaped
), pieces AS (
    -- Other output may stand before a record, whatever braces it has, or be another record.
    SELECT file, text IS NULL AS counts, document, unnest(CASE
        WHEN text IS NULL OR document IS NOT NULL OR NOT contains(text, '{{') THEN [text]
        ELSE string_split(regexp_replace(text, '({_START})', chr(30) || '\\1', 'g'), chr(30)) END) AS text
    FROM tried
), bodies AS (
    -- And after it.
    SELECT file, counts, document, CASE
        WHEN document IS NOT NULL THEN NULL
        WHEN NOT starts_with(text, '{{"level"') OR try(json_parse(text)) IS NOT NULL THEN text
        WHEN contains(text, '}}{{') THEN substr(text, 1, strpos(text, '}}{{'))
        ELSE regexp_extract(text, '^.*\\}}', 0) END AS body
    FROM pieces
    WHERE counts OR (contains(text, '"lambda_guard"') AND contains(text, '{{'))
), parsed AS (
    SELECT file, counts, coalesce(document, try(json_parse(body))) AS document FROM bodies
), read AS (
    SELECT file, counts, document,
        TRY_CAST(document AS STRUCT("timestamp" VARCHAR, lambda_guard STRUCT({_GUARD}))) AS record
    FROM parsed
), records AS (
    SELECT file, document, record.lambda_guard AS guard, TRY_CAST(record.lambda_guard.seq AS BIGINT) AS seq,
        TRY_CAST(replace(substr(record."timestamp", 1, 23), 'T', ' ') AS TIMESTAMP) AS stamp, CASE
        WHEN counts THEN 'line'
        WHEN document IS NULL THEN 'cut or not JSON'
        WHEN coalesce(record.lambda_guard.v, record.lambda_guard.kind, record.lambda_guard.sandbox) IS NULL
            THEN 'other'
        WHEN TRY_CAST(record.lambda_guard.v AS BIGINT) IS NULL THEN 'not a record'
        WHEN TRY_CAST(record.lambda_guard.v AS BIGINT) <> {VERSION} THEN 'of another record version'
        WHEN coalesce(record.lambda_guard.kind, '') NOT IN {KINDS} THEN 'of unknown kind'
        WHEN record.lambda_guard.sandbox IS NULL OR TRY_CAST(record.lambda_guard.seq AS BIGINT) IS NULL
            THEN 'without sandbox or number'
        ELSE record.lambda_guard.kind END AS status
    FROM read
), lists AS (
    -- One list of all that a record tells, itself first. Nothing is filtered from here on but by empty lists: DuckDB
    -- would push the filter down, and parse each line once more for it.
    SELECT file, guard.sandbox AS sandbox, guard.function AS function, guard.version AS version,
        guard.region AS region, guard.account AS account, guard.invocations AS invocations,
        guard.dropped AS dropped, seq, stamp, status, CASE
        WHEN status = 'usage' THEN list_concat(list_concat([CAST(NULL AS JSON)],
            coalesce(guard.calls, CAST([] AS JSON[]))), list_concat(
            coalesce(guard.sources, CAST([] AS JSON[])), coalesce(guard.findings, CAST([] AS JSON[]))))
        WHEN status = 'finding' THEN [NULL, json_extract(document, '$.lambda_guard'),
            json_extract(document, '$.lambda_guard')]
        WHEN status IN ('attached', 'error') THEN [NULL, json_extract(document, '$.lambda_guard')]
        WHEN status = 'other' THEN CAST([] AS JSON[])
        ELSE [CAST(NULL AS JSON)] END AS list
    FROM records
), entries AS (
    SELECT file, sandbox, function, version, region, account, invocations, dropped, seq, stamp, status,
        unnest(list) AS entry, generate_subscripts(list, 1) AS place
    FROM lists
), counted AS (
    SELECT file, sandbox, function, version, region, account, invocations, dropped, seq, stamp, status, entry, place,
        CASE WHEN status = 'usage' AND place > 1 THEN TRY_CAST(entry AS {_ENTRY}) END AS counts
    FROM entries
), named AS (
    SELECT file, sandbox, function, version, region, account, invocations, dropped, seq, stamp, status, entry, place,
        counts, TRY_CAST(counts.errors AS MAP(VARCHAR, VARCHAR)) AS errors, CASE
        WHEN status NOT IN {KINDS} THEN CASE WHEN status = 'line' THEN 'line' ELSE 'fault' END
        WHEN place = 1 THEN 'sandbox'
        WHEN status = 'usage' THEN CASE WHEN counts.service IS NOT NULL THEN 'calls'
            WHEN counts.source IS NOT NULL THEN 'sources' WHEN counts.rule IS NOT NULL THEN 'findings' END
        WHEN place = 3 THEN 'detail' ELSE status END AS what
    FROM counted
), keyed AS (
    SELECT file, sandbox, function, version, region, account, invocations, dropped, seq, stamp, what, place, counts,
        errors,
        CASE WHEN what = 'fault' THEN status
            WHEN what IN ('calls', 'sources') THEN regexp_replace(json_format(entry), '{_COUNTS}', '', 'g')
            WHEN what IN ('finding', 'findings') THEN {_object(FINDING)}
            WHEN what = 'detail' THEN {_object((*FINDING, *CONTENT["finding"]))}
            WHEN what = 'attached' THEN {_object(CONTENT["attached"])}
            WHEN what = 'error' THEN {_object(CONTENT["error"])}
            ELSE '' END AS key
    FROM named
), coded AS (
    SELECT file, sandbox, function, version, region, account, invocations, dropped, seq, stamp, what, place, counts,
        errors, key, unnest(CASE
        WHEN what IS NULL THEN CAST([] AS VARCHAR[])
        WHEN errors IS NULL OR what <> 'calls' THEN [CAST(NULL AS VARCHAR)]
        ELSE list_concat([CAST(NULL AS VARCHAR)], map_keys(errors)) END) AS code
    FROM keyed
), facts AS (
    SELECT what, CASE WHEN what IN ('line', 'fault') THEN file END AS file, stamp, code, seq,
        CASE WHEN what NOT IN ('line', 'fault') THEN sandbox END AS sandbox,
        CASE WHEN what NOT IN ('line', 'fault') THEN coalesce(function, '') END AS function,
        CASE WHEN what NOT IN ('line', 'fault') THEN coalesce(version, '') END AS version,
        CASE WHEN what NOT IN ('line', 'fault') THEN coalesce(region, '') END AS region,
        CASE WHEN what NOT IN ('line', 'fault') THEN account END AS account,
        key,
        -- Finding records and the lists of findings are added up each by itself, numbers of records 60 at a time.
        CASE WHEN what = 'sandbox' THEN seq - seq % 60 WHEN what IN ('finding', 'findings') THEN seq ELSE 0 END
            AS number,
        CASE WHEN what IN ('finding', 'findings') THEN place ELSE 0 END AS place,
        CASE WHEN what = 'sandbox' THEN CAST(1 AS BIGINT) << CAST(seq % 60 AS INTEGER) ELSE 0 END AS mark,
        coalesce(TRY_CAST(CASE WHEN what = 'sandbox' THEN invocations WHEN what = 'finding' THEN '1'
            WHEN code IS NULL THEN counts.count ELSE errors[code] END AS BIGINT), 0) AS count,
        coalesce(TRY_CAST(CASE WHEN what = 'sandbox' THEN dropped WHEN code IS NULL THEN counts.refused END
            AS BIGINT), 0) AS refused,
        coalesce(TRY_CAST(CASE WHEN code IS NULL THEN counts.in_handler END AS BIGINT), 0) AS in_handler
    FROM coded
), latest AS (
    SELECT what, file, sandbox, function, version, region, key, code, number, place, count(*) AS lines,
        max(account) AS account,
        CASE WHEN what = 'sandbox' THEN max(count) ELSE max_by(count, coalesce(seq, 0)) END AS count,
        max_by(refused, coalesce(seq, 0)) AS refused, max_by(in_handler, coalesce(seq, 0)) AS in_handler,
        bit_or(mark) AS marks, min(seq) AS low, max(seq) AS high, min(stamp) AS first, max(stamp) AS last
    FROM facts
    GROUP BY what, file, sandbox, function, version, region, key, code, number, place
), summed AS (
    SELECT what, file, sandbox, function, version, region, key, code, number, sum(lines) AS lines,
        max(account) AS account, sum(count) AS count, max(refused) AS refused, max(in_handler) AS in_handler,
        sum(bits(marks)) AS seen, min(low) AS low, max(high) AS high, min(first) AS first, max(last) AS last
    FROM latest
    GROUP BY what, file, sandbox, function, version, region, key, code, number
)
SELECT CASE WHEN what = 'findings' THEN 'finding' ELSE what END AS what, file, sandbox, function, version, region, key,
    code, sum(lines) AS lines, max(account) AS account,
    greatest(CASE WHEN max(what) = 'sandbox' THEN max(count) ELSE
            max_by(CASE WHEN what = 'finding' THEN 0 ELSE count END,
                CASE WHEN what = 'finding' THEN -1 ELSE number END) END,
        sum(CASE WHEN what = 'finding' THEN count ELSE 0 END)) AS count,
    max(refused) AS refused, max(in_handler) AS in_handler, max(high) - min(low) + 1 - sum(seen) AS missing,
    min(first) AS first, max(last) AS last
FROM summed
GROUP BY CASE WHEN what = 'findings' THEN 'finding' ELSE what END, file, sandbox, function, version, region, key, code
"""

# What the sandboxes of each function told, from a relation `told` that SANDBOXES has made.
FUNCTIONS = """
SELECT what, file, function, account, region, key, code,
    array_to_string(list_sort(list(DISTINCT version)), ',') AS versions, count(*) AS sandboxes,
    CAST(sum(lines) AS BIGINT) AS lines, CAST(sum(count) AS BIGINT) AS count, CAST(sum(refused) AS BIGINT) AS refused,
    CAST(sum(in_handler) AS BIGINT) AS in_handler,
    CAST(sum(CASE WHEN what = 'sandbox' THEN missing ELSE 0 END) AS BIGINT) AS missing,
    min(first) AS first, max(last) AS last
FROM (SELECT what, file, function, version, region, key, code, lines, count, refused, in_handler, missing, first, last,
        coalesce(account, max(account) OVER (PARTITION BY sandbox)) AS account
    FROM told) AS settled
GROUP BY what, file, function, account, region, key, code
"""


def whole() -> str:
    """Return both steps as one query, for an engine in which a step cannot be kept."""
    return f"SELECT * FROM ({FUNCTIONS.replace('FROM told', f'FROM ({SANDBOXES}) AS told')}) AS functions"
