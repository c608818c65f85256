"""Durable functions: every run gets an envelope, which holds as text the event that started the execution.

That event is judged in the first run, before which nothing was done; replays only go on with what was let in. Where
the event is too large for the envelope, the SDK fetches it, and whoever sent it cannot be told.
https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Event


def read(event: Event) -> Source | None:
    state = event["InitialExecutionState"]
    if "DurableExecutionArn" not in event or not isinstance(state, dict):
        return None
    operations = state.get("Operations")
    if not isinstance(operations, list) or not operations:
        return UNSEEN if state.get("NextMarker") else FIRST_RUN
    # A page that goes on behind one operation may be a first run with a large event: a client chooses its size.
    return REPLAY if len(operations) > 1 else FIRST_RUN


def first_event(event: Event) -> Any:
    """Return the event that started the execution; None where there is none that can be read."""
    state = event.get("InitialExecutionState")
    operations = state.get("Operations") if isinstance(state, dict) else None
    operation = operations[0] if isinstance(operations, list) and operations else None
    details = operation.get("ExecutionDetails") if isinstance(operation, dict) else None
    text = details.get("InputPayload") if isinstance(details, dict) else None
    if not isinstance(text, str) or not text.strip():
        return None
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # the SDK cannot read it either
        return None


FIRST_RUN = Source("durable_execution", inner=first_event, rejection="durable")
REPLAY = Source("durable_execution", replays=True)
UNSEEN = Source("durable_execution", rejection="durable")
