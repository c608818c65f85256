"""Message brokers and databases with an event source mapping: Kafka, Amazon MQ, DocumentDB.

https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html, with-mq.html, with-documentdb.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event


def read(event: Event) -> Source | None:
    name = event["eventSource"]
    return _BY_NAME.get(name) if isinstance(name, str) else None


def _arn(event: Event) -> str | None:
    value = event.get("eventSourceArn")
    return value if isinstance(value, str) else None


_KAFKA = Source("kafka", arn=_arn)
_BY_NAME = {
    "aws:kafka": _KAFKA,
    "SelfManagedKafka": _KAFKA,
    "aws:SelfManagedKafka": _KAFKA,
    "aws:mq": Source("mq_active", arn=_arn),
    "aws:amq": Source("mq_active", arn=_arn),
    "aws:rmq": Source("mq_rabbit", arn=_arn),
    "aws:docdb": Source("docdb", arn=_arn),
}
