"""Athena: the same query in Trino's dialect, and the client against a server."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import sqlglot
from sqlglot import exp
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lambda_guard.analysis.evidence import Limits, NoEvidence, athena, query, read, trino
from lambda_guard.analysis.evidence.merged import Row

from .test_evidence import call, finding, met, record


def logs() -> list[str]:
    """Return lines of every kind of record and of every kind of damage, some of them twice."""
    chance = random.Random(7)
    lines: list[str] = []
    for sandbox, seq in itertools.product(range(8), range(1, 70, 3)):
        owner: dict[str, Any] = {"sandbox": f"s{sandbox}", "function": f"f{sandbox % 3}", "version": str(sandbox % 2)}
        owner["account"] = None if seq == 1 else f"{sandbox % 2}" * 12
        at = f"2026-11-{seq % 28 + 1:02}T10:00:00.000Z"
        calls = [
            call(name, table=f't"{chance.randrange(3)}', count=seq, errors={"X": seq, "Y.z:1": 2}, refused=3)
            for name in ("GetItem", "Query")
        ]
        sources = [{"source": "sqs", "arn": None, "count": seq}]
        usage = record(*calls, seq=seq, at=at, sources=sources, findings=[met(seq), met(2 * seq)], **owner)
        attached = record(kind="attached", seq=seq + 1, at=at, way="pth", lambda_guard="0.1.0", **owner)
        found = finding(seq=seq + 2, at=at, details={"stage": str(seq % 2)}, **owner)
        lines += [usage, attached, found, f"x {{y}} {usage}", json.dumps({"message": found}), found + attached]
    lines += [record(kind="error", where="x", type="T", message="m"), record(kind="metrics", rule="authorizer")]
    lines += [record(call())[:200], record(v=2), record(kind="surprise"), record(seq="x")]  # type: ignore[arg-type]
    lines += ["START", "", '"lambda_guard"']
    lines += ['"2026","' + record(call("Scan"), sandbox="csv").replace('"', '""') + '"']
    chance.shuffle(lines)
    return lines


def back(text: str) -> str:
    """Return a query for Trino in DuckDB's dialect, to run it: what this changes, Trino itself does."""

    def renamed(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "bit_count":
            return exp.Anonymous(this="bits", expressions=node.expressions[:1])
        if isinstance(node, exp.RegexpReplace):
            node.set("modifiers", exp.Literal.string("g"))
        if isinstance(node, exp.Literal) and node.is_string and node.this == "$1":
            return exp.Literal.string("\\1")
        return node

    return sqlglot.parse_one(text, read="trino").transform(renamed).sql(dialect="duckdb")


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    database = duckdb.connect()
    database.execute(query.MACROS)
    database.execute("CREATE MACRO bitwise_left_shift(value, places) AS value << places")
    database.execute('CREATE TABLE logs ("$path" VARCHAR, line VARCHAR)')
    database.executemany("INSERT INTO logs VALUES ('s3://b/1', ?)", [[line] for line in logs()])
    yield database
    database.close()


def test_both_dialects_give_the_same_rows(database: duckdb.DuckDBPyConnection) -> None:
    """Trino's form, translated back, over the same records: row by row."""
    database.execute('CREATE VIEW line AS SELECT "$path" AS file, line FROM logs')
    database.execute(f"CREATE TABLE told AS {query.SANDBOXES}")
    ours = database.execute(f"{query.FUNCTIONS} ORDER BY ALL").fetchall()
    theirs = database.execute(f"SELECT * FROM ({back(trino.aggregation('logs'))}) ORDER BY ALL").fetchall()
    assert len(ours) > 50
    assert {row[0] for row in ours} == {
        "line", "fault", "sandbox", "calls", "sources", "finding", "detail", "attached", "error",
    }  # fmt: skip
    for one, other in zip(ours, theirs, strict=True):
        assert one == other


def test_trino_is_sent_what_trino_knows() -> None:
    """One statement, within Athena's 256 KiB, that scans the table once and uses no function of DuckDB's."""
    text = trino.aggregation('"logs"."lines"', where="day >= '2026/11/01'")
    assert len(text.encode()) < 256 * 1024
    assert text.count('"logs"."lines"') == 1
    assert text.count("day >= '2026/11/01'") == 1
    tree = sqlglot.parse_one(text, read="trino")
    anonymous = {node.name.lower() for node in tree.find_all(exp.Anonymous)}
    assert anonymous <= {"json_parse", "json_format", "try", "bit_count", "bitwise_left_shift"}
    for name in ("contains", "regexp_replace_all", "string_split", "list_concat", "generate_subscripts", "unnest(["):
        assert f"{name}(" not in text.lower()
    assert not list(tree.find_all(exp.Explode))


class Server:
    """Athena's API as far as it is used: moto has no table metadata and no statistics, and runs no query.

    states: what the next looks at the execution find. rows: of the result, in pages of two. throttled: requests that
    are refused first.
    """

    def __init__(self) -> None:
        self.states = ["QUEUED", "RUNNING", "SUCCEEDED"]
        self.rows: list[list[str | None]] = []
        self.throttled = 0
        self.scanned = 1_000
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        name = request.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.loads(request.get_data())
        if self.throttled:
            self.throttled -= 1
            error = {"__type": "TooManyRequestsException", "message": "Rate exceeded"}
            return Response(json.dumps(error), 400)(environ, start_response)
        self.asked.append((name, body))
        return Response(json.dumps(getattr(self, name)(body)))(environ, start_response)

    def GetTableMetadata(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"TableMetadata": {"Name": body["TableName"], "PartitionKeys": [{"Name": "day", "Type": "string"}]}}

    def StartQueryExecution(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"QueryExecutionId": "q1"}

    def GetQueryExecution(self, body: dict[str, Any]) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status = {"State": state}
        if state == "FAILED":
            status["StateChangeReason"] = "SYNTAX_ERROR: line 1"
        return {"QueryExecution": {"Status": status, "Statistics": {"DataScannedInBytes": self.scanned}}}

    def StopQueryExecution(self, body: dict[str, Any]) -> dict[str, Any]:
        return {}

    def GetQueryResults(self, body: dict[str, Any]) -> dict[str, Any]:
        begin = int(body.get("NextToken") or 0)
        rows: list[list[str | None]] = [list(query.COLUMNS), *self.rows]
        page = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in rows[begin : begin + 2]
        ]
        more = {"NextToken": str(begin + 2)} if begin + 2 < len(rows) else {}
        return {"ResultSet": {"Rows": page}, **more}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    application = Server()
    listening = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    monkeypatch.setattr(athena, "_PAUSE_SECONDS", 0.01)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", f"http://127.0.0.1:{listening.server_port}")
    yield application
    listening.shutdown()
    thread.join()
    listening.server_close()


def as_text(row: tuple[Any, ...]) -> list[str | None]:
    """Return a row as Athena writes it."""
    return [
        None if value is None else f"{value:%Y-%m-%d %H:%M:%S}.000" if isinstance(value, datetime) else str(value)
        for value in row
    ]


def test_a_table_is_evidence_as_its_lines_in_files_are(
    server: Server, database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The rows that the query gives, through the client and its pages, mean what reading the file means."""
    path = tmp_path / "a.log"
    path.write_text("\n".join(logs()))
    server.rows = [as_text(row) for row in database.execute(back(trino.aggregation("logs"))).fetchall()]
    with read([str(path)]) as files, read(["athena:logs.lines"], limits=Limits("team")) as table:
        assert table.usage() == files.usage()
        assert table.findings() == files.findings()
        assert table.attached() == files.attached()
        assert table.errors() == files.errors()
        assert table.appearing() == files.appearing()
        assert (table.lines.records, table.lines.total) == (files.lines.records, files.lines.total)
        assert table.lines.scanned == 1_000
        assert {reason for _, reason in table.lines.unreadable} == {reason for _, reason in files.lines.unreadable}
    asked = dict(server.asked)
    assert asked["StartQueryExecution"]["WorkGroup"] == "team"
    assert "day >= '" in asked["StartQueryExecution"]["QueryString"]


def test_a_query_that_fails_says_why(server: Server) -> None:
    server.states = ["RUNNING", "FAILED"]
    with pytest.raises(NoEvidence, match=r"athena:a.b cannot be read: .*FAILED: SYNTAX_ERROR"), read(["athena:a.b"]):
        pass


def test_a_query_that_somebody_cancels_is_an_error(server: Server) -> None:
    server.states = ["CANCELLED"]
    with pytest.raises(NoEvidence, match=r"CANCELLED: no reason given \(1,000 bytes read\)"), read(["athena:a.b"]):
        pass


def test_a_query_that_reads_more_than_it_may_is_stopped(server: Server) -> None:
    server.states = ["RUNNING"]
    with pytest.raises(NoEvidence, match="1,000 bytes read, and 10 are"), read(["athena:a.b"], limits=Limits(None, 10)):
        pass
    assert server.asked[-1] == ("StopQueryExecution", {"QueryExecutionId": "q1"})


def test_ctrl_c_stops_the_query_too(server: Server) -> None:
    """It would go on, and cost."""
    server.states = ["RUNNING"]

    def interrupt(_scanned: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        athena.add_up("a.b", boto3.client("athena"), 14, Limits(), interrupt)
    assert server.asked[-1] == ("StopQueryExecution", {"QueryExecutionId": "q1"})


def test_throttling_is_waited_out(server: Server) -> None:
    server.throttled = 2
    with pytest.raises(NoEvidence, match="No lambda_guard record"), read(["athena:a.b"]):
        pass
    assert [name for name, _ in server.asked][:2] == ["GetTableMetadata", "StartQueryExecution"]


@pytest.mark.parametrize("name", ["lines", "a.b.c", 'a."b"', "a.b; DROP TABLE x", ""])
def test_a_name_that_is_no_table_never_gets_into_a_query(server: Server, name: str) -> None:
    with pytest.raises(NoEvidence, match=r"DATABASE\.TABLE"), read([f"athena:{name}"]):
        pass
    assert server.asked == []


def test_columns_are_those_of_a_row() -> None:
    assert tuple(Row.__dataclass_fields__) == query.COLUMNS
