"""What Lambda does with a function's role on its own: reading triggers and writing logs.

The function never makes these calls, so no recorder sees them; a policy without them stops the trigger.
"""

from __future__ import annotations

from lambda_guard.analysis.iam.permissions import Permission

# service -> actions on the stream or queue, and actions that have no resource. Sources: the Lambda developer
# guide's page on each event source mapping, and the AWS managed policy named beside it.
_READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # AWSLambdaDynamoDBExecutionRole. ListStreams has no resource in the Service Authorization Reference,
    # though an AWS example puts it on the stream.
    "dynamodb": (("DescribeStream", "GetRecords", "GetShardIterator"), ("ListStreams",)),
    # AWSLambdaKinesisExecutionRole
    "kinesis": (
        ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"),
        ("ListStreams",),
    ),
    # AWSLambdaSQSQueueExecutionRole
    "sqs": (("DeleteMessage", "GetQueueAttributes", "ReceiveMessage"), ()),
}

# Actions that only a trigger's poller makes on most roles: no event in the window does not mean no trigger.
POLLED = frozenset(f"dynamodb:{action}" for actions in _READERS["dynamodb"] for action in actions)


def trigger_permissions(arn: str) -> frozenset[Permission]:
    """Return what a function's role needs so that Lambda can read this stream or queue; nothing for others.

    arn: as the event carries it, such as `arn:aws:dynamodb:...:table/orders/stream/2026-01-02T03:04:05.678`.
    """
    fields = arn.split(":", 5)
    # Whoever invokes a function writes its event.
    if len(fields) < 6 or fields[2] not in _READERS or set(arn) & set("*?$"):
        return frozenset()
    service = fields[2]
    on_source, on_all = _READERS[service]
    stream, _, consumer = arn.partition("/consumer/")
    found = {Permission(f"{service}:{action}", stream) for action in on_source}
    found.update(Permission(f"{service}:{action}", "*") for action in on_all)
    if service == "kinesis":
        # Enhanced fan-out: the event may carry the stream's ARN though a consumer of it is what is read.
        found.add(Permission("kinesis:SubscribeToShard", arn if consumer else f"{stream}/consumer/*"))
    return frozenset(found)


def log_permissions(partition: str, region: str, account: str, function: str) -> frozenset[Permission]:
    """Return what the function's logs need, on its own log group only (AWSLambdaBasicExecutionRole, narrowed).

    Both forms of the group's ARN, since CloudWatch Logs checks some actions on the group and others on its
    streams: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    group = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{function}"
    return frozenset(
        Permission(f"logs:{action}", resource)
        for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")
        for resource in (group, f"{group}:*")
    )
