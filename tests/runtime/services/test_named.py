"""What calls of other services name: read by a table, without a value, and quickly where it was seen before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_guard.runtime.services import NO_RESOURCE, UNRESOLVED, extractor
from lambda_guard.runtime.services.named import Reader, kind_of
from lambda_guard.runtime.usage import LIMIT, Usage

POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/my-ap"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:order"


def calls(service: str, operation: str, endpoint_url: str | None = None, **params: Any) -> list[dict[str, Any]]:
    """Return what is recorded of a call beyond its operation."""
    usage = Usage()
    usage.attempt(service, operation, params, "eu-west-1", "aws", endpoint_url)
    found = usage.totals()["calls"]
    return [{key: call[key] for key in ("resource", "with", "flags") if key in call} for call in found]


def named(service: str, operation: str, endpoint_url: str | None = None, **params: Any) -> list[Any]:
    return [call.get("resource") for call in calls(service, operation, endpoint_url, **params)]


@pytest.mark.parametrize(
    ("parameter", "kind"),
    [
        ("stateMachineArn", "state-machine"),
        ("QueueUrl", "queue"),
        ("AutoScalingGroupName", "auto-scaling-group"),
        ("DBInstanceIdentifier", "db-instance"),
        ("tableBucketARN", "table-bucket"),
        ("SecretIdList", "secret-id-list"),
        ("Name", "name"),
    ],
)
def test_a_kind_is_the_parameters_name_without_what_says_that_it_is_one(parameter: str, kind: str) -> None:
    assert kind_of(parameter) == kind


def test_an_invoked_function_is_a_resource_as_any_other() -> None:
    assert calls("lambda", "Invoke", FunctionName="stock", Qualifier="live", Payload=b"{}") == [
        {"resource": {"kind": "function", "name": "stock"}, "with": {"qualifier": "live"}}
    ]
    updates = [
        {"Type": "STEP", "Id": "1"},
        {"Type": "CHAINED_INVOKE", "Id": "2", "ChainedInvokeOptions": {"FunctionName": "stock"}},
    ]
    assert named("lambda", "CheckpointDurableExecution", Updates=updates) == [{"kind": "function", "name": "stock"}]


def test_every_name_of_a_list_is_a_line_and_each_is_there_once() -> None:
    entries = [{"EventBusName": "orders"}, {}, {"EventBusName": "orders"}, {"EventBusName": "audit"}]
    assert [one["name"] for one in named("events", "PutEvents", Entries=entries)] == ["orders", "default", "audit"]
    assert [one["name"] for one in named("ssm", "GetParameters", Names=["/a", "/b", "/a"])] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("source", "bucket", "flags"),
    [
        ("src/a/b.json", "src", []),
        ("/src/a%2Fb.json?versionId=3HL4", "src", ["SourceVersion"]),
        ("src%2Fa", "src", []),
        (f"{POINT}/object/a/b", POINT, []),
        (f"{POINT.replace(':', '%3A').replace('/', '%2F')}%2Fobject%2Fa", POINT, []),
        ({"Bucket": "src", "Key": "a"}, "src", []),
        ({"Bucket": "src", "Key": "a", "VersionId": "v"}, "src", ["SourceVersion"]),
    ],
)
def test_of_what_is_copied_the_bucket_is_kept(source: Any, bucket: str, flags: list[str]) -> None:
    (call,) = calls("s3", "CopyObject", Bucket="dst", Key="k", CopySource=source)
    assert (call["resource"]["name"], call["with"], call.get("flags", [])) == ("dst", {"source": bucket}, flags)


@pytest.mark.parametrize(
    ("url", "name", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", "111122223333/jobs", "eu-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/jobs", "111122223333/jobs", "cn-north-1"),
        ("https://us-west-2.queue.amazonaws.com/111122223333/jobs", "111122223333/jobs", "us-west-2"),
        ("https://queue.amazonaws.com/111122223333/jobs", "111122223333/jobs", "us-east-1"),
        ("https://vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com/111122223333/jobs", "111122223333/jobs", "eu-west-1"),
        ("http://localhost:4566/000000000000/jobs.fifo", "000000000000/jobs.fifo", None),
    ],
)
def test_a_queues_url_tells_account_name_and_region(url: str, name: str, region: str | None) -> None:
    (queue,) = named("sqs", "SendMessage", QueueUrl=url, MessageBody="x")
    assert (queue["name"], queue.get("region")) == (name, region)


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("https://a1.execute-api.us-east-1.amazonaws.com/prod", {"name": "a1/prod", "region": "us-east-1"}),
        ("https://a1.execute-api.us-east-1.amazonaws.com/prod/", {"name": "a1/prod", "region": "us-east-1"}),
        ("https://a1-vpce-01.execute-api.us-east-1.amazonaws.com/v", {"name": "a1/v", "region": "us-east-1"}),
        ("https://ws.example.com/chat", None),
    ],
)
def test_an_api_is_named_by_the_clients_endpoint_and_the_connection_by_nothing(url: str, resource: Any) -> None:
    (call,) = calls("apigatewaymanagementapi", "PostToConnection", url, ConnectionId="L0SM9cOFvHcCIhw=", Data=b"x")
    assert call == ({"resource": {"kind": "api", **resource}} if resource else {"flags": ["CustomDomain"]})


def test_what_is_made_anew_with_each_call_is_left_out() -> None:
    execution = MACHINE.replace("stateMachine", "execution")
    assert named("stepfunctions", "DescribeExecution", executionArn=f"{execution}:customer-4711") == [
        {"kind": "execution", "name": execution}
    ]
    device = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/app"
    assert named("sns", "Publish", TargetArn=f"{device}/5e3e9847", Message="x") == [{"kind": "target", "name": device}]
    assert named("ec2", "StartInstances", InstanceIds=["i-1", "i-2"]) == [{"kind": "instance", "name": "i-"}]
    assert named("ec2", "RunInstances", SubnetId="subnet-1") == [{"kind": "subnet", "name": "subnet-1"}]
    assert named("route53", "GetChange", Id="/change/C2682N5HXP0BZ4") == [{"kind": "id", "name": "change"}]


def test_flags_say_that_something_was_sent_and_never_what() -> None:
    sent: dict[str, Any] = {
        "Tagging": "owner=alice",
        "ACL": "private",
        "ObjectLockMode": "",
        "BypassGovernanceRetention": False,
    }
    (call,) = calls("s3", "PutObject", Bucket="b", Key="k", **sent)
    assert call["flags"] == ["ACL", "Tagging"]
    (call,) = calls("s3", "CopyObject", Bucket="b", Key="k", CopySource="s/k", TaggingDirective="alice")
    assert "flags" not in call
    objects = [{"Key": "a"}, {"Key": "b", "VersionId": "v"}]
    (call,) = calls("s3", "DeleteObjects", Bucket="b", Delete={"Objects": objects})
    assert call["flags"] == ["Delete.Objects.VersionId"]


@pytest.mark.parametrize("params", [None, [], {"Bucket": 4711}, {"Bucket": {"a": 1}}, {"Bucket": ["a", 1]}])
def test_what_botocore_refuses_is_unresolved(params: Any) -> None:
    assert extractor("s3")("GetObject", params) == UNRESOLVED
    usage = Usage()
    for _ in range(2):
        usage.attempt("s3", "GetObject", params, "eu-west-1", "aws")
    (call,) = usage.totals()["calls"]
    assert (call["resource"], call["count"]) == ({"kind": "unresolved"}, 2)
    assert "4711" not in repr(usage._known)


@pytest.mark.parametrize("name", ["a*", "a?", "${aws:username}", "a\nb", "\x1b[31m", "x" * 3000, ""])
def test_what_cannot_be_a_name_is_not_kept(name: str) -> None:
    usage = Usage()
    usage.attempt("secretsmanager", "GetSecretValue", {"SecretId": name}, "eu-west-1", "aws")
    (call,) = usage.totals()["calls"]
    assert call.get("resource") == {"kind": "unresolved"}
    assert not usage._known


def test_a_service_without_a_row_is_recorded_by_its_operation() -> None:
    assert extractor("nonesuch")("DoThings", {"Name": "x"}) == NO_RESOURCE
    assert calls("nonesuch", "DoThings", Name="x") == [{}]


def test_calls_seen_before_are_counted_without_being_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = Usage()
    several = {"Names": ["/a", "/b"]}
    for _ in range(2):
        usage.attempt("sqs", "SendMessage", {"QueueUrl": "https://q/1/jobs", "MessageBody": "x"}, None, None)
        usage.attempt("ssm", "GetParameters", several, None, None)
    monkeypatch.setattr(Reader, "touches", lambda *_: pytest.fail("read again"))
    usage.attempt("sqs", "SendMessage", {"QueueUrl": "https://q/1/jobs", "MessageBody": "other"}, None, None)
    usage.attempt("ssm", "GetParameters", several, None, None)
    assert [call["count"] for call in usage.totals()["calls"]] == [3, 3, 3]


def test_names_are_bounded() -> None:
    usage = Usage()
    for number in range(3 * LIMIT):
        usage.attempt("s3", "GetObject", {"Bucket": f"b{number}", "Key": "k"}, "eu-west-1", "aws")
    totals = usage.totals()
    assert (len(totals["calls"]), totals["dropped"]) == (LIMIT, 2 * LIMIT)
    assert len(usage._known) <= LIMIT


def test_only_a_call_that_needs_the_table_loads_it() -> None:
    import subprocess
    import sys

    code = """
import sys
from lambda_guard.runtime.usage import Usage
usage = Usage()
usage.attempt("dynamodb", "GetItem", {"TableName": "orders"}, None, None)
tables = [name for name in sys.modules if name.startswith("lambda_guard.runtime.services.name")]
usage.attempt("s3", "GetObject", {"Bucket": "b"}, None, None)
print(tables, "lambda_guard.runtime.services.names" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "True"]


def test_a_record_of_names_is_json_of_plain_text() -> None:
    class Text(str):
        """A subclass, as a str enum is one."""

        __slots__ = ()

    usage = Usage()
    usage.attempt("s3", "GetObject", {"Bucket": Text("b"), "Key": Text("k")}, "eu-west-1", "aws")
    (call,) = json.loads(json.dumps(usage.totals()))["calls"]
    assert call["resource"] == {"kind": "bucket", "name": "b"}
