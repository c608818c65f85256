"""Logs as people have them: archives, encodings, answers of Insights, payloads of subscriptions."""

from __future__ import annotations

import base64
import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lambda_guard.analysis.evidence import Lines, NoEvidence, read

TABLES = ("orders", 'a"b', "stock")


def record(table: str, seq: int) -> str:
    call = {"service": "dynamodb", "operation": "GetItem", "region": "eu-west-1", "partition": "aws", "count": seq}
    body = {
        "v": 1, "kind": "usage", "function": "orders", "version": "1", "account": "111122223333",
        "region": "eu-west-1", "sandbox": "s1", "seq": seq, "mode": "observe", "invocations": 1, "dropped": 0,
        "sources": [], "calls": [{**call, "resource": {"kind": "table", "name": table}}],
    }  # fmt: skip
    line = {"level": "INFO", "timestamp": "2026-11-01T10:00:00.000Z", "lambda_guard": body}
    return json.dumps(line, separators=(",", ":"))


RECORDS = [record(table, seq) for seq, table in enumerate(TABLES, 1)]
TEXT = "\n".join(["START RequestId: 1", *RECORDS, "END RequestId: 1", ""]).encode()


def tables(*arguments: str) -> tuple[Lines, set[str]]:
    with read(arguments) as found:
        (orders,) = found.usage()
        return found.lines, {called.entry["resource"]["name"] for called in orders.calls}


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/readme", "nothing")
        archive.writestr("export/[$LATEST]aa/000000.gz", gzip.compress(data))
    return target.getvalue()


def tarred(mode: Any) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode=mode) as archive:
            for name, content in (("export/000000.gz", gzip.compress(data)), ("export/note", b"nothing")):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return target.getvalue()

    return pack


def zstandard(data: bytes) -> bytes:
    """Written by DuckDB, as it reads them."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.zst"
        database = duckdb.connect()
        database.execute("CREATE TABLE t AS SELECT unnest(string_split(?, chr(10))) AS line", [data.decode()])
        database.execute(f"COPY t TO '{place}' (FORMAT csv, HEADER false, DELIM '\x1f', QUOTE '', COMPRESSION zstd)")
        database.close()
        return place.read_bytes()


def payload(data: bytes) -> dict[str, Any]:
    events = [
        {"id": str(number), "timestamp": number, "message": line + "\n"}
        for number, line in enumerate(data.decode().splitlines())
    ]
    return {"messageType": "DATA_MESSAGE", "logGroup": "/aws/lambda/orders", "logStream": "s", "logEvents": events}


def packed_payload(data: bytes) -> str:
    return base64.b64encode(gzip.compress(json.dumps(payload(data)).encode())).decode()


def insights_json(data: bytes) -> bytes:
    rows = [
        [{"field": "@timestamp", "value": "2026-11-01 10:00:00.000"}, {"field": "@message", "value": line + "\n"}]
        for line in data.decode().splitlines()
    ]
    return json.dumps({"results": rows, "status": "Complete"}, indent=4).encode()


def insights_csv(data: bytes) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["@timestamp", "@message"])
    writer.writerows(["2026-11-01 10:00:00.000", line + "\n"] for line in data.decode().splitlines())
    return target.getvalue().encode()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "utf-8 with mark": lambda data: b"\xef\xbb\xbf" + data,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "utf-16, big endian": lambda data: b"\xfe\xff" + data.decode().encode("utf-16-be"),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstandard": zstandard,
    "zip": zipped,
    "tar": tarred("w"),
    "tgz": tarred("w:gz"),
    "tar.bz2": tarred("w:bz2"),
    "tar.xz": tarred("w:xz"),
    "Insights, JSON": insights_json,
    "Insights, JSON in one line": lambda data: json.dumps(json.loads(insights_json(data))).encode(),
    "Insights, CSV": insights_csv,
    "subscription": lambda data: json.dumps({"awslogs": {"data": packed_payload(data)}}).encode(),
    "subscription, indented": lambda data: json.dumps({"awslogs": {"data": packed_payload(data)}}, indent=2).encode(),
    "subscription of Kinesis": lambda data: json.dumps(
        {"Records": [{"kinesis": {"data": packed_payload(data)}}, {"kinesis": {"data": packed_payload(b"x")}}]}
    ).encode(),
    "subscription, base64 alone": lambda data: packed_payload(data).encode(),
    "subscription, unpacked": lambda data: json.dumps(payload(data)).encode(),
    "subscription, unpacked and packed": lambda data: gzip.compress(json.dumps(payload(data)).encode()),
    "Firehose without line feeds": lambda data: (json.dumps(payload(b"noise\n" * 90_000)) + json.dumps(payload(data)))
    .encode(),
    "Firehose, records without line feeds": lambda data: b"".join(
        [b'{"level":"INFO","noise":"none"}' * 40_000, *(line for line in data.splitlines() if b"{" in line)]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_records_are_found_in_whatever_form_logs_come(tmp_path: Path, form: str) -> None:
    """Told by the content: no name says anything."""
    path = tmp_path / "logs"
    path.write_bytes(FORMS[form](TEXT))
    lines, found = tables(str(path))
    assert found == set(TABLES)
    assert (lines.records, lines.reasons) == (3, ())


@pytest.mark.parametrize("form", ["gzip", "bzip2", "xz", "zip", "tgz", "tar", "subscription"])
def test_what_is_cut_off_is_read_as_far_as_it_goes_and_is_not_complete(tmp_path: Path, form: str) -> None:
    """Whole logs beside it are read; of the damaged one it is said."""
    path = tmp_path / "logs"
    noise = "".join(f"{number * 7919 % 100_003:x}\n" for number in range(200_000)).encode()
    packed = FORMS[form](TEXT + noise)
    path.write_bytes(packed[: len(packed) // 2])
    (tmp_path / "whole").write_bytes(TEXT)
    lines, found = tables(str(tmp_path))
    assert found == set(TABLES)
    assert not lines.complete
    assert any(str(path) in name for name in lines.damaged)


def test_members_of_archives_are_named(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped(TEXT + RECORDS[0][:300].encode()))
    lines, _ = tables(str(path))
    ((name, fault),) = lines.unreadable
    assert (name, fault) == (f"{path}: export/[$LATEST]aa/000000.gz", "cut or not JSON")
    assert lines.reasons == ("skipped 1 line: cut or not JSON",)


def test_an_archive_without_records_is_an_error_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped(b"nothing"))
    with pytest.raises(NoEvidence, match="No lambda_guard record in 2 lines in 2 files"), read([str(path)]):
        pass
