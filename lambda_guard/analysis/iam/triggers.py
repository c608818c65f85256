"""What Lambda does with a function's role on its own: reading triggers and writing logs.

The function never makes these calls, so no recorder sees them; a policy without them stops the trigger.
"""

from __future__ import annotations

from lambda_guard.analysis.iam.permissions import Permission

# What Lambda makes network interfaces with, for sources that are reached within a VPC.
NETWORK = (
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
)

# service of the source -> actions on it, and actions that have no resource. Sources: the Lambda developer
# guide's page on each event source mapping, and the AWS managed policy named beside it.
_READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # AWSLambdaDynamoDBExecutionRole. ListStreams has no resource in the Service Authorization Reference,
    # though an AWS example puts it on the stream.
    "dynamodb": (
        ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        ("dynamodb:ListStreams",),
    ),
    # AWSLambdaKinesisExecutionRole
    "kinesis": (
        (
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ),
        ("kinesis:ListStreams",),
    ),
    # AWSLambdaSQSQueueExecutionRole
    "sqs": (("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), ()),
    # AWSLambdaMSKExecutionRole; https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
    "kafka": (
        ("kafka:DescribeCluster", "kafka:DescribeClusterV2"),
        ("kafka:GetBootstrapBrokers", *(f"ec2:{action}" for action in NETWORK)),
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/permissions-mq.html (the broker's secret: see its mapping)
    "mq": (("mq:DescribeBroker",), tuple(f"ec2:{action}" for action in NETWORK)),
    # https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html. DocumentDB's clusters are in IAM those of RDS.
    "rds": (
        ("rds:DescribeDBClusters",),
        (
            "rds:DescribeDBClusterParameters",
            "rds:DescribeDBSubnetGroups",
            *(f"ec2:{action}" for action in NETWORK),
        ),
    ),
}
# What a cluster's own access control asks for, where it is IAM's; nothing where a function is not let in so.
# https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
_IN_CLUSTER = {
    "cluster": ("Connect", "DescribeClusterDynamicConfiguration"),
    "group": ("AlterGroup", "DescribeGroup"),
    "topic": ("DescribeTopic", "ReadData"),
}

# Actions that only a trigger's poller makes on most roles: no event in the window does not mean no trigger.
POLLED = frozenset(
    action
    for on_source, on_all in _READERS.values()
    for action in (*on_source, *on_all)
    if not action.startswith("ec2:")
) | {
    "kinesis:SubscribeToShard",
    *(f"kafka-cluster:{action}" for actions in _IN_CLUSTER.values() for action in actions),
}


def trigger_permissions(arn: str) -> frozenset[Permission]:
    """Return what a function's role needs so that Lambda can read this source; nothing for others.

    arn: as the event carries it, such as `arn:aws:dynamodb:...:table/orders/stream/2026-01-02T03:04:05.678`.
    """
    fields = arn.split(":", 5)
    # Whoever invokes a function writes its event.
    if len(fields) < 6 or fields[2] not in _READERS or set(arn) & set("*?$"):
        return frozenset()
    service = fields[2]
    on_source, on_all = _READERS[service]
    stream, _, consumer = arn.partition("/consumer/")
    found = {Permission(action, stream) for action in on_source}
    found.update(Permission(action, "*") for action in on_all)
    if service == "kinesis":
        # Enhanced fan-out: the event may carry the stream's ARN though a consumer of it is what is read.
        found.add(Permission("kinesis:SubscribeToShard", arn if consumer else f"{stream}/consumer/*"))
    return frozenset(found)


def trigger_companions(arn: str) -> frozenset[Permission]:
    """Return what a source may ask for besides, which neither its events nor its mapping tell.

    arn: of a Kafka cluster, such as `arn:aws:kafka:...:cluster/orders/1234-5678`; nothing for others.
    """
    fields = arn.split(":", 5)
    if len(fields) < 6 or fields[2] != "kafka" or not fields[5].startswith("cluster/"):
        return frozenset()
    name = fields[5].partition("/")[2]
    place = ":".join(fields[:5])
    return frozenset(
        Permission(f"kafka-cluster:{action}", f"{place}:{kind}/{name}{'' if kind == 'cluster' else '/*'}")
        for kind, actions in _IN_CLUSTER.items()
        for action in actions
    )


def log_permissions(partition: str, region: str, account: str, name: str) -> frozenset[Permission]:
    """Return what a function's logs need, on its own log group only (AWSLambdaBasicExecutionRole, narrowed).

    name: of the log group, such as `/aws/lambda/orders`.

    Both forms of the group's ARN, since CloudWatch Logs checks some actions on the group and others on its
    streams: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{name}"
    return frozenset(
        Permission(f"logs:{action}", resource)
        for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")
        for resource in (group, f"{group}:*")
    )
