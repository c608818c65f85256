"""Record transformation for Data Firehose, and the record processors of Kinesis Data Analytics.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event


def read(event: Event) -> Source | None:
    # Samples spell `deliveryStreamArn` without its r, or leave it out: the invocation's id does not vary.
    if not isinstance(event["records"], list) or "invocationId" not in event:
        return None
    return ANALYTICS if "applicationArn" in event else FIREHOSE


def _arn(event: Event) -> str | None:
    value = event.get("sourceKinesisStreamArn") or event.get("streamArn") or event.get("deliveryStreamArn")
    return value if isinstance(value, str) else None


FIREHOSE = Source("firehose", arn=_arn)
ANALYTICS = Source("kinesis_analytics", arn=_arn)
