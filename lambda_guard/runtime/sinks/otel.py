"""Findings as events on the span that the function has open."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Record


def write(record: Record, sdk: Any) -> None:
    """Add one finding to the current OpenTelemetry span; nothing where none is recording."""
    content = record["lambda_guard"]
    span = sdk.get_current_span()
    if content["kind"] != "finding" or not span.is_recording():
        return
    attributes: dict[str, str | int] = {
        f"lambda_guard.{key}": str(content[key]) for key in ("rule", "issue", "decision", "target")
    }
    if content["site"]:
        attributes["code.filepath"] = content["site"]["file"]
        attributes["code.lineno"] = content["site"]["line"]
        attributes["code.function"] = content["site"]["function"]
    span.add_event("lambda_guard.finding", attributes)
