"""Records of asynchronous and stream invocations that a Lambda destination passes on.

They have `version` and `requestContext`, as requests have.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

DESTINATION = Source("lambda_destination")


def read(event: Event) -> Source | None:
    # A request has headers or a method; a client of API Gateway cannot choose keys at the top of the event.
    if "headers" in event or "httpMethod" in event:
        return None
    return DESTINATION if any(key in event for key in _PARTS) else None


_PARTS = (
    *("requestPayload", "responsePayload", "responseContext"),
    *("KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo"),
)
