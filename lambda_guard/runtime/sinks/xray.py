"""Findings as a subsegment `lambda_guard` with annotations, under the segment that the function has open."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Record


def write(record: Record, sdk: Any) -> None:
    """Add one finding to the current trace; nothing without an open segment.

    Annotations go on a subsegment because Lambda's own segment is a facade that refuses them.
    """
    content = record["lambda_guard"]
    if content["kind"] != "finding":
        return
    recorder = sdk.xray_recorder
    # Asking the recorder for a segment that is not there logs an error into the user's log, or raises.
    if not getattr(getattr(recorder.context, "_local", None), "entities", None) and not _in_lambda():
        return
    subsegment = recorder.begin_subsegment("lambda_guard")
    if subsegment is None:
        return
    try:
        for key in ("rule", "issue", "decision", "target"):
            subsegment.put_annotation(key, str(content[key]))
        if content["site"]:
            subsegment.put_annotation("file", content["site"]["file"])
            subsegment.put_annotation("line", content["site"]["line"])
    finally:
        recorder.end_subsegment()


def _in_lambda() -> bool:
    import os

    return bool(os.environ.get("_X_AMZN_TRACE_ID"))
