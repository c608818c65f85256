"""Sources whose events are a list of `Records`: queues, topics, buckets, streams, mail, and CloudFront.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event


def read(event: Event) -> Source | None:
    records = event["Records"]
    record = records[0] if isinstance(records, list) and records else None
    if not isinstance(record, dict):
        return _emptied(event) if records == [] and "window" in event else None
    name = record.get("eventSource") or record.get("EventSource")
    if isinstance(name, str):
        return _BY_NAME.get(name)
    if "cf" in record:
        return CLOUDFRONT
    return next((source for key, source in _BY_PAYLOAD if key in record), None)


def _emptied(event: Event) -> Source | None:
    """Read a tumbling window that closes without records; the stream's ARN is all that names it.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    arn = _text(event.get("eventSourceARN")) or ""
    return next((_BY_NAME[f"aws:{name}"] for name in ("kinesis", "dynamodb") if f":{name}:" in arn), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _arn(event: Event) -> str | None:
    records = event["Records"]
    return _text((records[0] if records else event).get("eventSourceARN"))


def _topic_arn(event: Event) -> str | None:
    record = event["Records"][0]
    message = record.get("Sns")
    topic = _text(message.get("TopicArn")) if isinstance(message, dict) else None
    # The subscription's ARN is the topic's with an id behind it.
    return topic or (_text(record.get("EventSubscriptionArn")) or "").rpartition(":")[0] or None


def _bucket_arn(event: Event) -> str | None:
    s3 = event["Records"][0].get("s3")
    bucket = s3.get("bucket") if isinstance(s3, dict) else None
    return _text(bucket.get("arn")) if isinstance(bucket, dict) else None


SQS = Source("sqs", arn=_arn)
CLOUDFRONT = Source("cloudfront_edge", rejection="edge")
_BY_NAME = {
    "aws:sqs": SQS,
    "aws:sns": Source("sns", arn=_topic_arn),
    "aws:s3": Source("s3", arn=_bucket_arn),
    "aws:dynamodb": Source("dynamodb", arn=_arn),
    "aws:kinesis": Source("kinesis", arn=_arn),
    "aws:ses": Source("ses"),
    "aws:codecommit": Source("codecommit", arn=_arn),
}
# Hand-made records may have their payload only.
_BY_PAYLOAD = (
    ("Sns", _BY_NAME["aws:sns"]),
    ("s3", _BY_NAME["aws:s3"]),
    ("dynamodb", _BY_NAME["aws:dynamodb"]),
    ("kinesis", _BY_NAME["aws:kinesis"]),
    ("ses", _BY_NAME["aws:ses"]),
)
