"""The JSON Schema of the records: what the runtime promises and the analysis relies on."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def record_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of one record, with the usage content's schema inside it."""
    schema = _read("record.json")
    usage = _read("usage.json")
    # A schema with an $id of its own may stand inside another one, which refers to it by that $id.
    schema["$defs"]["usage"] = usage
    return schema


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return content
