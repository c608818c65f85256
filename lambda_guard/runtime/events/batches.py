"""Events that are a JSON list: AppSync's batched resolvers, and batches that an EventBridge pipe hands over.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from . import Source
from .appsync import BATCH, RESOLVER
from .appsync import read as read_appsync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event


def read(event: list[object]) -> Source | None:
    item = event[0]
    if not isinstance(item, dict):
        return None
    if read_appsync(item) is RESOLVER:
        return BATCH
    return PIPES if _arn([item]) and "eventSource" in item else None


def _arn(event: list[Event]) -> str | None:
    value = event[0].get("eventSourceARN") or event[0].get("eventSourceArn")
    return value if isinstance(value, str) else None


PIPES = Source("eventbridge_pipes", arn=_arn)
