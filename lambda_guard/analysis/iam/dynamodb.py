"""What IAM checks for each operation of DynamoDB and its streams: a row for each part of a request.

An operation's own row has the part None. The permission-to-operation table of the Service Authorization
Reference agrees with these rows on batches, transactions, PartiQL and CreateTable, but is a union over all
requests with actions of DynamoDB's own replication service in it: it says what may be needed, these say when.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_dynamodb.html"
_API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference"

# How firm a mapping is.
# documented: AWS says so. inferred: it follows from what AWS says. reported: users saw it. conflict: AWS's
# texts disagree or are silent, and the safe reading is taken. unknown: the operation is in the SDK but in no
# IAM data. fallback: an operation that this version does not know. same-name: another service, the action of
# the operation's name. unresolved: the request named no resource that could be read.
Confidence = Literal["documented", "inferred", "reported", "conflict", "unknown", "fallback", "same-name", "unresolved"]


@dataclass(frozen=True)
class Row:
    """What one part of a request needs.

    actions:    IAM actions without their prefix, each on the resource that the part names, `*` if none.
    unscoped:   IAM actions without their prefix, on `*`.
    confidence: and note: how firm that is; where `doubt` says so, only for a request that names an `index`,
                or a `resource`, and documented otherwise.
    with_table: whether an index is not enough by itself, so that the table is needed too.
    companions: actions of other services and their resource; `{name}` is the part's resource as named,
                `{arn}` its ARN, and partition, region and account are the call's.
    """

    actions: tuple[str, ...] = ()
    source: str = REFERENCE
    _: KW_ONLY
    confidence: Confidence = "documented"
    note: str = ""
    doubt: Literal["always", "index", "resource"] = "always"
    unscoped: tuple[str, ...] = ()
    with_table: bool = False
    companions: tuple[tuple[str, str], ...] = ()


# Global tables and restores write the new table in the caller's name.
_READ_WRITE = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")

ENCLOSING = frozenset(("TransactWriteItems", "TransactGetItems", "ExecuteTransaction"))


def _service_linked_role(service: str, name: str) -> tuple[str, str]:
    role = f"arn:{{partition}}:iam::*:role/aws-service-role/{service}.dynamodb.amazonaws.com/{name}"
    return "iam:CreateServiceLinkedRole", role


_REPLICATION_ROLE = _service_linked_role("replication", "AWSServiceRoleForDynamoDBReplication")
_INSIGHTS_ROLE = _service_linked_role("contributorinsights", "AWSServiceRoleForDynamoDBCloudWatchContributorInsights")
_KINESIS_ROLE = _service_linked_role("kinesisreplication", "AWSServiceRoleForDynamoDBKinesisDataStreamsReplication")

_SCALING = tuple(
    (f"application-autoscaling:{action}", "*")
    for action in (
        "DeleteScalingPolicy",
        "DeleteScheduledAction",
        "DeregisterScalableTarget",
        "DescribeScalableTargets",
        "DescribeScalingActivities",
        "DescribeScalingPolicies",
        "DescribeScheduledActions",
        "PutScalingPolicy",
        "PutScheduledAction",
        "RegisterScalableTarget",
    )
)
_KMS = tuple(
    (f"kms:{action}", "{arn}")
    for action in ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
)
_IMPORT_LOGS = (
    ("logs:DescribeLogGroups", "*"),
    *(
        (f"logs:{action}", "arn:{partition}:logs:{region}:{account}:log-group:/aws-dynamodb/*")
        for action in (
            "CreateLogGroup",
            "CreateLogStream",
            "DescribeLogStreams",
            "PutLogEvents",
            "PutRetentionPolicy",
        )
    ),
)
_READ_BUCKET = (
    ("s3:GetObject", "arn:{partition}:s3:::{name}/*"),
    ("s3:ListBucket", "arn:{partition}:s3:::{name}"),
)
_WRITE_BUCKET = tuple(
    (f"s3:{action}", "arn:{partition}:s3:::{name}/*")
    for action in ("AbortMultipartUpload", "PutObject", "PutObjectAcl")
)


def _own(*operations: str, source: str = REFERENCE, **said: Any) -> dict[tuple[str, str | None], Row]:
    """Give each operation a row with the action of its own name."""
    return {(operation, None): Row((operation,), source, **said) for operation in operations}


_TRANSACTION = f"{_GUIDE}/transaction-apis-iam.html"
_PARTIQL = f"{_GUIDE}/ql-iam.html"
_GLOBAL = f"{_GUIDE}/V2gt_IAM.html"
_GLOBAL_2017 = f"{_GUIDE}/gt_IAM.html"
_GLOBAL_SECURITY = f"{_GUIDE}/globaltables-security.html"
_MULTI_ACCOUNT = f"{_GUIDE}/globaltables_MA_security.html"
_RESTORE = f"{_GUIDE}/backuprestore_IAM.html"
_EXPORT = f"{_GUIDE}/S3DataExport_Requesting.html"
_IMPORT = f"{_GUIDE}/S3DataImport.Requesting.html"
_KINESIS = f"{_GUIDE}/kds_iam.html"
_INSIGHTS = f"{_GUIDE}/Contributor_Insights_IAM.html"

_STATEMENTS = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
_ENCRYPTED = ("CreateTable", "UpdateTable", "RestoreTableFromBackup", "RestoreTableToPointInTime", "ImportTable")

_INDEX_UNSAID = "AWS does not say whether an index is enough by itself, so the table is granted too"
_REPLICAS_UNSEEN = "replicas that the request does not name are checked too, in their own regions"
_SETTINGS = "AWS's guide asks for UpdateGlobalTable and DescribeLimits, its reference for the own action"

ROWS: dict[tuple[str, str | None], Row] = {
    # One resource, one action.
    **_own(
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "BatchWriteItem"),
        *("CreateTable", "DescribeTable", "UpdateTable", "DeleteTable"),
        *("CreateBackup", "DescribeBackup", "DeleteBackup"),
        *("DescribeContinuousBackups", "UpdateContinuousBackups"),
        *("TagResource", "UntagResource", "ListTagsOfResource"),
        *("GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"),
        *("DescribeExport", "DescribeImport", "DescribeTimeToLive"),
        *("DescribeGlobalTable", "DescribeGlobalTableSettings", "DescribeTableReplicaAutoScaling"),
        *("DescribeStream", "GetRecords", "GetShardIterator"),
    ),
    # No resource: `*`.
    **_own("ListTables", "ListBackups", "ListGlobalTables", "ListContributorInsights", "DescribeLimits"),
    **_own("DescribeEndpoints", source=f"{_GUIDE}/inter-network-traffic-privacy.html"),
    **_own(
        "ListStreams",
        source=f"{_GUIDE}/iam-policy-read-stream-only.html",
        confidence="conflict",
        note="an AWS example puts it on streams, the reference knows no resource for it: * covers both",
    ),
    **_own(
        *("ListExports", "ListImports"),
        confidence="conflict",
        doubt="resource",
        note="the table is a resource of this action since 2026 only",
    ),
    # Indexes.
    **_own("Query", source=f"{_GUIDE}/specifying-conditions.html"),
    **_own("SearchVectors", source=f"{_GUIDE}/iam-policy-example-search-vectors.html"),
    **_own(
        "Scan",
        source=f"{_GUIDE}/api-permissions-reference.html",
        confidence="conflict",
        doubt="index",
        with_table=True,
        note="AWS's older text wants scan access to the table besides the index, its newer ones are silent",
    ),
    **_own(
        "DescribeContributorInsights",
        source=_INSIGHTS,
        confidence="conflict",
        doubt="index",
        with_table=True,
        note=_INDEX_UNSAID,
    ),
    **_own(
        "UpdateContributorInsights",
        source=_INSIGHTS,
        confidence="conflict",
        doubt="index",
        with_table=True,
        note=_INDEX_UNSAID,
        companions=(_INSIGHTS_ROLE,),
    ),
    # Transactions: the action of each item on the item's own table; none bears the operation's name.
    ("TransactWriteItems", "Put"): Row(("PutItem",), _TRANSACTION),
    ("TransactWriteItems", "Update"): Row(("UpdateItem",), _TRANSACTION),
    ("TransactWriteItems", "Delete"): Row(("DeleteItem",), _TRANSACTION),
    ("TransactWriteItems", "ConditionCheck"): Row(("ConditionCheckItem",), _TRANSACTION),
    ("TransactGetItems", "Get"): Row(("GetItem",), _TRANSACTION),
    # PartiQL: the action of each statement; Execute* are no actions.
    **{
        (operation, verb): Row((f"PartiQL{verb}",), _PARTIQL)
        for operation in _STATEMENTS
        for verb in ("Insert", "Update", "Delete")
    },
    **{
        (operation, "Select"): Row(
            ("PartiQLSelect",),
            _PARTIQL,
            confidence="inferred",
            doubt="index",
            with_table=True,
            note="on an index it may be a scan, for which AWS's older text wants the table too",
        )
        for operation in _STATEMENTS
    },
    # Tables.
    ("CreateTable", "Tags"): Row(("TagResource",)),
    ("CreateTable", "ResourcePolicy"): Row(("PutResourcePolicy",), f"{_API}/API_CreateTable.html"),
    ("CreateTable", "Replica"): Row(
        ("CreateTableReplica", *_READ_WRITE),
        _MULTI_ACCOUNT,
        confidence="inferred",
        note="for a replica in another account AWS lists these actions without their resources",
        companions=(_REPLICATION_ROLE,),
    ),
    ("CreateTable", "ReplicaSource"): Row(
        ("AssociateTableReplica",),
        _MULTI_ACCOUNT,
        confidence="inferred",
        note="on the source table, whose resource policy must allow it too",
    ),
    **_own("UpdateTimeToLive", source=_GLOBAL),
    # Global tables, version 2019.11.21.
    ("UpdateTable", "ReplicaCreate"): Row(
        ("CreateTable", "CreateTableReplica", *_READ_WRITE), _GLOBAL, companions=(_REPLICATION_ROLE,)
    ),
    ("UpdateTable", "ReplicaDelete"): Row(("DeleteTable", "DeleteTableReplica"), _GLOBAL),
    ("UpdateTable", "ReplicaDisassociate"): Row(("DisassociateTableReplica",), f"{_API}/API_UpdateTable.html"),
    ("UpdateTable", "WitnessCreate"): Row(
        ("CreateGlobalTableWitness",),
        _GLOBAL_SECURITY,
        confidence="conflict",
        note="needed in all participating regions; AWS's example leaves the witness's own out",
    ),
    ("UpdateTable", "WitnessDelete"): Row(
        ("DeleteGlobalTableWitness",),
        _GLOBAL_SECURITY,
        confidence="conflict",
        note="AWS does not say in which regions: granted in all participating ones, as for its creation",
    ),
    **_own("UpdateTableReplicaAutoScaling", source=_GLOBAL, companions=_SCALING),
    # Global tables, version 2017.11.29.
    **_own("CreateGlobalTable", source=_GLOBAL_2017, companions=(_REPLICATION_ROLE,)),
    ("CreateGlobalTable", "Replica"): Row(("CreateGlobalTable",), _GLOBAL_2017),
    **_own("UpdateGlobalTable", source=_GLOBAL_2017, confidence="inferred", note=_REPLICAS_UNSEEN),
    ("UpdateGlobalTable", "Replica"): Row(
        ("UpdateGlobalTable",), _GLOBAL_2017, confidence="inferred", note=_REPLICAS_UNSEEN
    ),
    ("UpdateGlobalTableSettings", None): Row(
        ("UpdateGlobalTable", "UpdateGlobalTableSettings"),
        _GLOBAL_2017,
        confidence="conflict",
        note=_SETTINGS,
        unscoped=("DescribeLimits",),
        companions=(
            ("application-autoscaling:DeleteScalingPolicy", "*"),
            ("application-autoscaling:DeregisterScalableTarget", "*"),
        ),
    ),
    ("UpdateGlobalTableSettings", "Replica"): Row(
        ("UpdateGlobalTable", "UpdateGlobalTableSettings"), _GLOBAL_2017, confidence="conflict", note=_SETTINGS
    ),
    # Restores.
    ("RestoreTableFromBackup", "Source"): Row(("RestoreTableFromBackup",), _RESTORE),
    ("RestoreTableFromBackup", "Target"): Row(
        ("RestoreTableFromBackup", *_READ_WRITE),
        _RESTORE,
        confidence="conflict",
        note="the reference wants the restore's own action on the new table too, the guide only on the backup",
    ),
    ("RestoreTableToPointInTime", "Source"): Row(("RestoreTableToPointInTime",), _RESTORE),
    ("RestoreTableToPointInTime", "Target"): Row(_READ_WRITE, _RESTORE),
    # Exports, imports, streams to Kinesis.
    **_own("ExportTableToPointInTime", source=_EXPORT),
    ("ExportTableToPointInTime", "Output"): Row((), _EXPORT, companions=_WRITE_BUCKET),
    ("ExportTableToPointInTime", "OutputEncryption"): Row(
        (), _EXPORT, companions=(("kms:Decrypt", "{arn}"), ("kms:GenerateDataKey", "{arn}"))
    ),
    **_own("ImportTable", source=_IMPORT, companions=_IMPORT_LOGS),
    ("ImportTable", "Input"): Row((), _IMPORT, companions=_READ_BUCKET),
    **_own(
        "EnableKinesisStreamingDestination",
        source=_KINESIS,
        companions=(("kinesis:ListStreams", "*"), _KINESIS_ROLE),
    ),
    ("EnableKinesisStreamingDestination", "Destination"): Row(
        (), _KINESIS, companions=(("kinesis:DescribeStream", "{arn}"), ("kinesis:PutRecords", "{arn}"))
    ),
    **_own("DisableKinesisStreamingDestination", "UpdateKinesisStreamingDestination", source=_KINESIS),
    **_own(
        "DescribeKinesisStreamingDestination",
        source=_KINESIS,
        companions=(("kinesis:DescribeStream", "*"), ("kinesis:DescribeStreamSummary", "*")),
    ),
    # Customer managed keys.
    **{
        (operation, "Encryption"): Row((), f"{_GUIDE}/encryption.usagenotes.html", companions=_KMS)
        for operation in _ENCRYPTED
    },
    # In the SDK since 2026-10, in no IAM data yet.
    **_own(
        *("StartBulkPutItems", "DescribeBulkOperation", "CancelBulkOperation", "ListBulkOperations"),
        confidence="unknown",
        note="in no IAM data yet: the action's name is assumed",
    ),
    ("StartBulkPutItems", "Input"): Row((), confidence="unknown", companions=_READ_BUCKET),
    ("StartBulkPutItems", "Output"): Row((), confidence="unknown", companions=_WRITE_BUCKET),
}

OPERATIONS = frozenset(operation for operation, _ in ROWS)
