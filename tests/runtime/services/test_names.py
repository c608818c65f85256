# ruff: noqa: E501 - one request, one line
"""The table of names: every parameter in it exists, and no value of any request gets through it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

import lambda_guard.analysis
from lambda_guard.runtime.services.named import CUTS, Reader
from lambda_guard.runtime.services.names import TABLE
from lambda_guard.runtime.usage import Usage

SESSION = botocore.session.get_session()
# What no client of boto3 sends: the parameters of a method that signs without a call.
SIGNED_ONLY = {("rds", "DBUsername")}
MARK = "marked-value"
NUMBER = 987654321


def paths(service: str) -> list[tuple[str, ...]]:
    """Return the parameters that a row reads, flags apart."""
    words = [word for word in TABLE[service].split() if not word.startswith("?")]
    return [tuple(word.partition("=")[0].partition("|")[0].partition("~")[0].split(".")) for word in words]


def flags(service: str) -> list[tuple[str, ...]]:
    words = [word[1:] for word in TABLE[service].split() if word.startswith("?")]
    return [tuple(word.partition("=")[0].split(".")) for word in words]


def has(shape: Any, path: tuple[str, ...]) -> bool:
    """Tell whether a model knows a path through structures and lists."""
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    if not path:
        return True
    if shape is None or shape.type_name != "structure" or path[0] not in shape.members:
        return False
    return has(shape.members[path[0]], path[1:])


@pytest.mark.parametrize("service", sorted(TABLE))
def test_every_parameter_of_a_row_is_one_of_the_service(service: str) -> None:
    model = SESSION.get_service_model(service)
    shapes = [model.operation_model(operation).input_shape for operation in model.operation_names]
    for path in (*paths(service), *flags(service)):
        assert (service, path[0]) in SIGNED_ONLY or any(has(shape, path) for shape in shapes), ".".join(path)


@pytest.mark.parametrize("service", sorted(TABLE))
def test_no_row_says_a_thing_twice(service: str) -> None:
    words = [word.partition("=")[0] for word in TABLE[service].split()]
    assert len(words) == len(set(words))
    assert {word.partition("~")[2] for word in words} - {""} <= CUTS.keys()


def test_what_people_are_called_and_what_they_send_is_no_name() -> None:
    """A name in the table is of a resource: not of a person, a client, a message, an object or a session."""
    never = {"Key", "Body", "Message", "MessageBody", "PhoneNumber", "Username", "UserId", "SecretString", "Value"}
    never |= {"ConnectionId", "EmailAddress", "Source", "FromEmailAddress", "Destination", "TaskToken", "taskToken"}
    never |= {"sql", "Sql", "QueryString", "queryString", "statement", "input", "output", "cause", "error", "sessionId"}
    never |= {
        "SessionId",
        "RoleSessionName",
        "logStreamName",
        "PartitionKey",
        "ShardIterator",
        "payload",
        "ClientToken",
    }
    for service in TABLE:
        # AppSync and others call a source of data so; the table reads none as a value.
        assert not {path[-1] for path in paths(service)} & never, service


# Every operation, with everything that its model lets a caller say.


def request(shape: Any, allowed: set[tuple[str, ...]], at: tuple[str, ...] = (), depth: int = 0) -> Any:
    """Make a value of every member of a shape: a name where the row reads one, marks everywhere else."""
    if at in allowed:
        return ["name"] if shape.type_name == "list" else "arn:aws:x:eu-west-1:111122223333:name/name"
    kind = shape.type_name
    if kind == "structure":
        members = shape.members if depth < 6 else {}
        return {name: request(member, allowed, (*at, name), depth + 1) for name, member in members.items()}
    if kind == "map":
        return {MARK: request(shape.value, allowed, (*at, "*"), depth + 1)}
    if kind == "list":
        return [request(shape.member, allowed, at, depth + 1)] if depth < 8 else []
    return {"string": MARK, "boolean": True, "blob": MARK.encode()}.get(kind, NUMBER)


@pytest.mark.parametrize("service", sorted({*TABLE, "apigatewaymanagementapi"}))
def test_no_value_of_any_request_is_kept_or_printed(service: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema_file = Path(lambda_guard.analysis.__file__).parent / "schema" / "usage.json"
    schema = jsonschema.Draft202012Validator(json.loads(schema_file.read_text()))
    model = SESSION.get_service_model(service)
    allowed = set(paths(service)) if service in TABLE else set()
    # A number that is a name: a layer's version.
    allowed -= {path for path in allowed if path[-1] == "VersionNumber"}
    usage = Usage()
    printed, marks = [], 0
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        params = request(shape, allowed) if shape is not None else {}
        if service == "lambda":
            params.pop("VersionNumber", None)
        marks += json.dumps(params, default=repr).count(MARK)
        url = "https://a1.execute-api.eu-west-1.amazonaws.com/prod" if service not in TABLE else None
        for _ in range(2):
            entry = usage.attempt(service, operation, params, "eu-west-1", "aws", url)
        usage.failed(entry, f"{MARK} in a message")
        usage.refused(service, operation, params, "eu-west-1", "aws")
        printed.append(usage.take_new())
    printed.append(usage.totals())
    schema.validate(printed[-1])
    kept = repr([entry.key for entry in usage._calls.values()]) + repr(usage._known)
    for text in (json.dumps(printed), kept):
        assert MARK not in text
        assert str(NUMBER) not in text
    assert marks or service in ("sagemaker-featurestore-runtime", "personalize-events")


CARRIERS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "CopyObject", {"Bucket": "b", "Key": MARK, "CopySource": f"src/{MARK}?versionId={MARK}"}),
    ("s3", "CopyObject", {"Bucket": "b", "CopySource": {"Bucket": "src", "Key": MARK, "VersionId": MARK}}),
    ("s3", "CopyObject", {"Bucket": "b", "CopySource": f"arn:aws:s3:r:1:accesspoint/a/object/{MARK}"}),
    ("athena", "StartQueryExecution", {"ResultConfiguration": {"OutputLocation": f"s3://b/{MARK}"}}),
    ("transcribe", "StartTranscriptionJob", {"Media": {"MediaFileUri": f"https://b.s3.amazonaws.com/{MARK}"}}),
    ("transcribe", "StartTranscriptionJob", {"Media": {"MediaFileUri": f"{MARK}"}}),
    ("sns", "Publish", {"TargetArn": f"arn:aws:sns:r:1:endpoint/GCM/app/{MARK}", "Message": MARK}),
    ("sns", "Publish", {"PhoneNumber": MARK, "Message": MARK}),
    ("stepfunctions", "DescribeExecution", {"executionArn": f"arn:aws:states:r:1:execution:m:{MARK}"}),
    ("stepfunctions", "DescribeExecution", {"executionArn": MARK}),
    ("lambda", "GetDurableExecution", {"DurableExecutionArn": f"arn:aws:lambda:r:1:function:f:1/durable-execution/{MARK}"}),
    ("s3", "PutObject", {"Bucket": "b", "Tagging": MARK, "ACL": MARK, "TaggingDirective": MARK, "Metadata": {MARK: MARK}}),
    ("events", "PutEvents", {"Entries": [{"EventBusName": "b", "Detail": MARK, "Source": MARK, "Resources": [MARK]}]}),
    ("secretsmanager", "CreateSecret", {"Name": "a", "SecretString": MARK, "Tags": [{"Key": MARK, "Value": MARK}]}),
    ("ssm", "PutParameter", {"Name": "a", "Value": MARK}),
    ("apigatewaymanagementapi", "PostToConnection", {"ConnectionId": MARK, "Data": MARK}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "params"), CARRIERS)
def test_of_a_value_that_holds_a_name_only_the_name_is_kept(
    service: str, operation: str, params: dict[str, Any]
) -> None:
    usage = Usage()
    for _ in range(2):
        usage.attempt(service, operation, params, "eu-west-1", "aws", f"https://u:{MARK}@ws.example.com/{MARK}")
    kept = repr([entry.key for entry in usage._calls.values()]) + repr(list(usage._known))
    assert MARK not in json.dumps(usage.totals()) + kept.replace(f"https://u:{MARK}@ws.example.com/{MARK}", "")


def test_a_row_is_read_in_its_own_order() -> None:
    """The first kind of a row is what a call is said to be about."""
    reader = Reader("service cluster")
    ((_, kind, name, _, _, beside, _),) = reader.read("", {"cluster": "prod", "service": "web"})  # type: ignore[misc]
    assert (kind, name, beside) == ("service", "web", (("cluster", "prod"),))
