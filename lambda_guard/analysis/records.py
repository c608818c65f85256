"""The record lines, validated: what the runtime prints and the analysis reads. Nothing else crosses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VERSION = 1
KINDS = ("attached", "finding", "metrics", "usage", "error")
MARK = '"lambda_guard"'
# Members by which a finding is known, in its record and in the counts that usage records carry.
FINDING = ("rule", "issue", "decision", "target", "site", "swallowed")
# What else the records of a kind tell, apart from the envelope and from what is of one invocation.
CONTENT = {
    "finding": ("message", "exemption", "details"),
    "attached": (
        "mode", "way", "python", "awslambdaric", "lambda_guard", "settings", "patches", "uncovered_sdks",
    ),
    "error": ("where", "type", "message", "sdk"),
}  # fmt: skip

_ENVELOPE = frozenset(
    {"v", "kind", "function", "version", "account", "region", "sandbox", "seq", "mode"},
)


class BadRecord(ValueError):
    """A line that carries the mark of a record and is none; the message says why, without any content."""


@dataclass(frozen=True)
class Record:
    """One record.

    kind:      one of `KINDS`.
    function:  name of the Lambda function; empty outside Lambda.
    version:   of the function, such as `$LATEST` or `12`.
    account:   None in the first records of a sandbox, before an invocation told it.
    sandbox:   random name of the process; `seq` counts its records from 1.
    timestamp: None where the line has none that can be read.
    content:   what belongs to the kind alone.
    """

    kind: str
    function: str
    version: str
    account: str | None
    region: str
    sandbox: str
    seq: int
    mode: str
    timestamp: datetime | None
    content: Mapping[str, Any] = field(repr=False)


def parse(line: str) -> Record | None:
    """Read one log line; None where it carries no record. Anything may stand before the JSON.

    Raises BadRecord: the line has the mark of a record, and is cut, of another version or incomplete.
    """
    if MARK not in line or "{" not in line:
        return None
    try:
        body = json.loads(line[line.find("{") :])
    except ValueError:
        raise BadRecord("cut or not JSON") from None
    return from_json(body)


def from_json(body: Any) -> Record | None:
    """Read one decoded log line; None where it carries no record. Raises BadRecord as `parse` does."""
    content = body.get("lambda_guard") if isinstance(body, dict) else None
    if not isinstance(content, dict) or not content.keys() & {"v", "kind", "sandbox"}:
        return None
    if not isinstance(content.get("v"), int):
        raise BadRecord("not a record")
    if content["v"] != VERSION:
        raise BadRecord("of another record version")
    if content.get("kind") not in KINDS:
        raise BadRecord("of unknown kind")
    if not isinstance(content.get("sandbox"), str) or not isinstance(content.get("seq"), int):
        raise BadRecord("without sandbox or number")
    return Record(
        kind=content["kind"],
        function=content.get("function") or "",
        version=content.get("version") or "",
        account=content.get("account") or None,
        region=content.get("region") or "",
        sandbox=content["sandbox"],
        seq=content["seq"],
        mode=content.get("mode") or "",
        timestamp=_timestamp(body.get("timestamp")),
        content={key: value for key, value in content.items() if key not in _ENVELOPE},
    )


def _timestamp(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
