"""Amazon S3 where it does not send `Records`: Batch Operations, Object Lambda, notification tests.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
"""

from __future__ import annotations

from . import Source, having

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

NOTIFICATION_TEST = Source("s3")
_by_keys = having(
    (
        ("s3_batch", ("invocationSchemaVersion", "tasks")),
        ("s3_object_lambda", ("xAmzRequestId", "userRequest")),
    )
)


def read(event: Event) -> Source | None:
    return NOTIFICATION_TEST if event.get("Event") == "s3:TestEvent" else _by_keys(event)
