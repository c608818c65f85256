"""`lambda-guard suggest`, as a person runs it: what goes where, and with which exit code."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from lambda_guard.cli.suggest import suggest

PLACE = "arn:aws:dynamodb:eu-west-1:111122223333"
ORDERS = f"{PLACE}:table/orders"


OPERATIONS = ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"]


def call(operation: str = "GetItem", *, service: str = "dynamodb", table: str | None = "orders", **more: Any) -> Any:
    entry = {"service": service, "operation": operation, "region": "eu-west-1", "partition": "aws", "count": 3}
    return {**entry, **({"resource": {"kind": "table", "name": table}} if table else {}), **more}


def usage(*calls: Any, function: str = "orders", invocations: int = 5, **more: Any) -> str:
    body: dict[str, Any] = {"v": 1, "kind": "usage", "function": function, "version": "7", "region": "eu-west-1"}
    body |= {"account": "111122223333", "sandbox": f"{function}-1", "seq": 2, "mode": "observe"}
    body |= {"invocations": invocations, "dropped": 0, "sources": [], "calls": calls}
    return json.dumps({"timestamp": "2026-11-01T10:00:00.000Z", "lambda_guard": {**body, **more}})


@pytest.fixture
def log(tmp_path: Path) -> Any:
    """Write records to a file; return its name."""

    def write(*lines: str) -> str:
        path = tmp_path / "app.log"
        path.write_text("\n".join(lines))
        return str(path)

    return write


def policy_file(tmp_path: Path, **body: Any) -> str:
    path = tmp_path / "current.json"
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", **body}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return str(path)


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(suggest, list(arguments), catch_exceptions=False, **more)


def test_the_policy_goes_to_standard_output_and_what_it_rests_on_to_standard_error(log: Any) -> None:
    result = run(log(usage(call())))
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DynamodbTableOrders",
                "Effect": "Allow",
                "Action": ["dynamodb:GetItem"],
                "Resource": [ORDERS],
            }
        ],
    }
    for part in ("1 record in 1 line of 1 file", "orders version 7", "5 invocations", "KMS", "DAX", "not against AWS"):
        assert part in result.stderr


def test_the_same_evidence_always_gives_the_same_output(log: Any, tmp_path: Path) -> None:
    lines = [usage(call(table=f"t{number}"), function=f"f{number % 3}") for number in range(20)]

    def output(name: str, *order: str) -> tuple[str, dict[str, str]]:
        said = run(log(*order), "-o", str(tmp_path / name)).stdout
        return said, {file.name: file.read_text() for file in (tmp_path / name).iterdir()}

    first = output("first", *lines)
    assert len(first[1]) == 6
    assert output("second", *reversed(lines)) == first


@pytest.mark.parametrize("format", ["json", "terraform", "sam"])
def test_policies_of_several_roles_are_not_mixed_on_standard_output(log: Any, format: str) -> None:
    """Nobody could tell whose is which, and no program could read them."""
    path = log(usage(call()), usage(call("PutItem"), function="other"))
    result = run(path, "--format", format)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "2 roles (orders, other)" in result.stderr
    for way_out in ("--function", "--role", "-o"):
        assert way_out in result.stderr
    assert run(path, "--format", format, "--function", "other").exit_code == 0


def test_of_many_roles_a_few_are_named(log: Any) -> None:
    said = run(log(*(usage(call(), function=f"f{number}") for number in range(9)))).stderr
    assert "9 roles (f0, f1, f2, f3, f4, f5 and 3 more)" in said


def test_a_policy_too_long_for_one_document_is_one_array_that_can_be_read_again(log: Any, tmp_path: Path) -> None:
    calls = [call(table=f"{'long-name' * 10}-{number}", operation=name) for number, name in enumerate(OPERATIONS * 20)]
    result = run(log(usage(*calls)))
    documents = json.loads(result.stdout)
    assert len(documents) > 1
    assert all(document["Version"] == "2012-10-17" for document in documents)
    (tmp_path / "current.json").write_text(result.stdout)
    again = run(log(usage(*calls)), "--current", str(tmp_path / "current.json"))
    assert (again.exit_code, "denied today" in again.stderr) == (0, False)


def test_standard_input_is_read(log: Any) -> None:
    result = run("-", input=usage(call()))
    assert result.exit_code == 0
    assert ORDERS in result.stdout


def test_no_evidence_is_wrong_use_with_a_hint(log: Any) -> None:
    result = run(log("START RequestId: 1"))
    assert result.exit_code == 2
    assert "aws logs tail" in result.stderr
    assert run("nowhere.log").exit_code == 2
    assert run().exit_code == 2


def test_a_function_that_is_not_in_the_evidence_is_wrong_use(log: Any) -> None:
    result = run(log(usage(call())), "--function", "ordrs")
    assert result.exit_code == 2
    assert "The evidence is of: orders" in result.stderr


def test_each_function_has_a_role_of_its_own_unless_told_otherwise(log: Any, tmp_path: Path) -> None:
    path = log(usage(call()), usage(call("PutItem"), function="other"))
    out = tmp_path / "out"
    assert run(path, "-o", str(out)).exit_code == 0
    assert {file.name for file in out.iterdir()} == {
        "orders.json",
        "orders.report.txt",
        "other.json",
        "other.report.txt",
    }
    assert "PutItem" not in (out / "orders.json").read_text()


def test_functions_of_one_role_share_one_policy(log: Any) -> None:
    path = log(usage(call()), usage(call("PutItem"), function="other"))
    body = json.loads(run(path, "--role", "app").stdout)
    (statement,) = body["Statement"]
    assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]


def test_asking_for_one_function_asks_for_its_whole_role(log: Any) -> None:
    path = log(usage(call()), usage(call("PutItem"), function="other"), usage(call("Scan"), function="third"))
    result = run(path, "--role", "orders=app", "--role", "other=app", "--function", "orders")
    assert "PutItem" in result.stdout
    assert "Scan" not in result.stdout


def test_a_role_shared_with_a_silent_function_is_not_tightened_and_the_message_says_which(
    log: Any, tmp_path: Path
) -> None:
    result = run(log(usage(call())), "--role", "orders=app", "--role", "ghost=app", "--current", policy_file(tmp_path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "NOT TIGHTENED: no invocation recorded of ghost" in result.stderr
    assert "proposed for removal" not in result.stderr


@pytest.mark.parametrize("more", [[], ["--role", "orders=app"]])
def test_a_role_for_a_function_that_is_not_in_the_evidence_is_wrong_use(log: Any, more: list[str]) -> None:
    result = run(log(usage(call())), "--role", "ordrs=other", *more)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--role ordrs=other has no effect" in result.stderr
    assert "The evidence is of: orders" in result.stderr


def test_the_comparison_narrows_and_says_so(log: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(log(usage(call())), "--current", policy_file(tmp_path), "-o", str(out))
    assert result.exit_code == 0
    assert f"~ dynamodb:GetItem on * -> {ORDERS}" in result.stdout
    diff = json.loads((out / "orders.diff.json").read_text())
    assert diff["statements"][0]["verdict"] == "narrowed"
    assert {piece["action"] for piece in diff["statements"][0]["actions"]} > {"dynamodb:GetItem", "dynamodb:Scan"}


def test_a_call_that_would_be_denied_is_a_finding(log: Any, tmp_path: Path) -> None:
    refused = call(errors={"AccessDeniedException": 3})
    result = run(log(usage(refused)), "--current", policy_file(tmp_path, Action="dynamodb:PutItem"))
    assert result.exit_code == 1
    assert f"denied today: dynamodb:GetItem on {ORDERS} (3 calls by orders)" in result.stderr


UNRESOLVED = {**call(table=None), "resource": {"kind": "unresolved"}}


@pytest.mark.parametrize("more", [{"dropped": 4}, {"calls": [UNRESOLVED]}])
def test_a_policy_that_is_known_to_be_incomplete_is_a_finding(log: Any, more: dict[str, Any]) -> None:
    result = run(log(usage(call(), **more)))
    assert result.exit_code == 1
    assert "THE POLICY" in result.stderr


def test_the_policy_is_of_the_whole_role(log: Any) -> None:
    """Who puts it in the place of the role's policies breaks nothing that was seen."""
    result = run(log(usage(call(), call("GetObject", service="s3", table=None))))
    assert "s3:GetObject" in result.stdout
    assert "NOT NARROWED" in result.stderr


def test_only_one_service_may_be_asked_for_and_the_others_are_named(log: Any) -> None:
    result = run(log(usage(call(), call("GetObject", service="s3", table=None))), "--only", "dynamodb")
    assert "s3" not in result.stdout
    assert "s3 GetObject x 3" in result.stderr
    assert "THIS IS A PART OF A POLICY, of dynamodb only" in result.stderr


def test_a_deny_of_invokes_warns_where_invokes_were_seen(log: Any) -> None:
    assert run(log(usage(call())), "--deny-invoke").exit_code == 0
    result = run(log(usage(call(), call("Invoke", service="lambda", table=None))), "--deny-invoke")
    assert result.exit_code == 1
    assert "lambda:Invoke*" in result.stdout
    assert "would break 3 direct invokes" in result.stderr


def test_sdks_that_nobody_sees_into_are_named(log: Any) -> None:
    attached = usage(kind="attached", seq=1, uncovered_sdks=["amazondax"])
    result = run(log(attached, usage(call())))
    assert "orders has loaded SDKs that the guard cannot see into: amazondax" in result.stderr


def test_a_function_without_calls_needs_nothing(log: Any) -> None:
    result = run(log(usage()))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing to grant" in result.stderr


def test_several_roles_cannot_be_compared_with_one_policy(log: Any, tmp_path: Path) -> None:
    path = log(usage(call()), usage(call(), function="other"))
    result = run(path, "--current", policy_file(tmp_path))
    assert result.exit_code == 2
    assert "--function or --role" in result.stderr


@pytest.mark.parametrize("name", ["missing.json", "./missing"])
def test_a_missing_policy_file_is_wrong_use(log: Any, name: str) -> None:
    result = run(log(usage(call())), "--current", name)
    assert result.exit_code == 2
    assert f"There is no file {name}" in result.stderr


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield boto3


def make_role(aws: Any, name: str, **body: Any) -> str:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", **body}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="wide", PolicyDocument=document)
    return str(role["Arn"])


def test_the_current_policies_are_read_from_iam(log: Any, aws: Any) -> None:
    make_role(aws, "orders-role")
    result = run(log(usage(call())), "--current", "orders-role")
    assert result.exit_code == 0
    assert "wide, statement 1 (inline) narrowed" in result.stderr


def test_a_role_that_is_not_there_is_wrong_use(log: Any, aws: Any) -> None:
    result = run(log(usage(call())), "--current", "nobody")
    assert result.exit_code == 2
    assert "Cannot read role nobody from AWS" in result.stderr


def test_roles_are_read_from_lambda_with_the_functions_that_are_silent(log: Any, aws: Any) -> None:
    arn = make_role(aws, "app")
    for name in ("orders", "ghost"):
        code = {"ZipFile": b"PK\x05\x06" + b"\0" * 18}
        aws.client("lambda").create_function(
            FunctionName=name, Role=arn, Runtime="python3.12", Handler="a.b", Code=code
        )
    result = run(log(usage(call(), account="123456789012")), "--roles-from-lambda")
    assert result.exit_code == 1
    assert "NOT TIGHTENED: no invocation recorded of ghost" in result.stderr
    assert "is not known" not in result.stderr


def test_functions_that_may_share_a_role_unseen_are_warned_of(log: Any) -> None:
    assert "whether other functions have this role is not known" in run(log(usage(call())), "--role", "app").stderr


def test_every_option_is_explained() -> None:
    help_text = run("--help").stdout
    for parameter in suggest.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert option in help_text
    assert "Exit codes" in help_text


@pytest.mark.parametrize("fault", ["cut archive", "another version", "cut line"])
def test_evidence_that_is_not_known_to_be_complete_is_a_finding(log: Any, tmp_path: Path, fault: str) -> None:
    """A record that was not read may have told of a call that the policy lacks."""
    good = usage(call())
    other = good.replace('"v": 1', '"v": 2') if fault == "another version" else good[: len(good) // 2]
    path = log(good, other)
    if fault == "cut archive":
        noise = "\n".join(f"{number * 7919:x}" for number in range(100_000))
        packed = gzip.compress(f"{good}\n{noise}".encode())
        path = str(tmp_path / "cut.gz")
        Path(path).write_bytes(packed[: len(packed) // 2])
    result = run(path)
    assert result.exit_code == 1
    assert "dynamodb:GetItem" in result.stdout
    assert "THE POLICIES MAY LACK" in result.stderr


def test_it_says_where_it_wrote(log: Any, tmp_path: Path) -> None:
    result = run(log(usage(call())), "-o", str(tmp_path / "out"))
    assert f"wrote to {tmp_path / 'out'}: orders.json, orders.report.txt" in result.stderr


def test_a_folder_that_cannot_be_written_to_is_wrong_use(log: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = run(log(usage(call())), "-o", str(tmp_path / "taken" / "out"))
    assert result.exit_code == 2
    assert "Cannot write to" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        usage(call(), v=2),
        usage(call())[:-40],
        usage(call(), kind="unheard-of"),
    ],
)
def test_records_that_were_skipped_make_the_policy_incomplete(log: Any, line: str) -> None:
    result = run(log(usage(call()), line))
    assert result.exit_code == 1
    assert "THE POLICIES MAY LACK WHAT THEY SAY" in result.stderr


def test_a_damaged_archive_makes_the_policy_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "app.log.gz"
    lines = [usage(call(), sandbox=f"s{number}") for number in range(400)]
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-200])
    result = run(str(path))
    assert result.exit_code == 1
    assert "is a damaged archive" in result.stderr


def test_a_service_that_is_not_granted_makes_the_policy_incomplete(log: Any) -> None:
    result = run(log(usage(call(), call("Entangle", service="quantumthing", table=None))))
    assert result.exit_code == 1
    assert "quantumthing Entangle: 3 calls of which no IAM data know the action" in result.stderr


def test_calls_that_may_be_unseen_make_the_policy_incomplete(log: Any, tmp_path: Path) -> None:
    child: dict[str, Any] = {"issue": "unguarded-child", "decision": "allowed", "target": "aws"}
    finding = usage(kind="finding", seq=1, rule="direct_invoke", message="", details={}, swallowed=False, **child)
    result = run(log(finding, usage(call())), "--current", policy_file(tmp_path))
    assert result.exit_code == 1
    assert "orders: it starts programs that the guard does not follow" in result.stderr
    assert json.loads(result.stdout)["Statement"][0]["Action"] == "dynamodb:*"


def test_calls_past_the_sdks_client_make_the_policy_incomplete(log: Any, tmp_path: Path) -> None:
    error = usage(kind="error", seq=1, where="usage", type="UncoveredSDK", message="m", sdk="amazondax")
    result = run(log(error, usage(call(via="http"))), "--current", policy_file(tmp_path))
    assert result.exit_code == 1
    assert "orders made calls that its usage records lack" in result.stderr
    assert json.loads(result.stdout)["Statement"][0]["Action"] == "dynamodb:*"


def test_calls_with_another_roles_credentials_are_no_need_of_this_role(log: Any, tmp_path: Path) -> None:
    role = "arn:aws:iam::210987654321:role/reader"
    others = call("PutItem", table="theirs", credentials="other", role=role)
    result = run(log(usage(call(), others)), "--current", policy_file(tmp_path))
    assert "theirs" not in result.stdout
    assert "dynamodb:PutItem" not in result.stdout
    assert f"dynamodb PutItem with the credentials of {role} x 3" in result.stderr


def test_what_was_denied_is_said_first(log: Any) -> None:
    result = run(log(usage(call("Query"), call(errors={"AccessDeniedException": 3}))))
    assert result.stderr.splitlines()[1].strip() == f"denied 3 times: dynamodb:GetItem on {ORDERS}"


def test_a_call_that_succeeded_is_not_called_denied(log: Any, tmp_path: Path) -> None:
    result = run(log(usage(call())), "--current", policy_file(tmp_path, Action="dynamodb:PutItem"))
    assert result.exit_code == 1
    assert "not allowed by what was given, yet 3 calls succeeded" in result.stderr
    assert "denied" not in result.stderr


def test_a_policy_that_is_compared_stands_for_all_that_the_role_has(log: Any, tmp_path: Path) -> None:
    """A Deny and a condition stay as they are written; what was used is narrowed; what was not goes."""
    deny = {"Sid": "NoDelete", "Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"}
    limited = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    wide = {"Effect": "Allow", "Action": ["dynamodb:*Item", "kms:*"], "Resource": "*"}
    path = tmp_path / "current.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [deny, limited, wide]}))
    policy = json.loads(run(log(usage(call())), "--current", str(path)).stdout)
    assert policy["Statement"] == [
        {"Sid": "DynamodbTableOrders", "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": [ORDERS]},
        deny,
        limited,
    ]


def make_function(aws: Any, name: str, role: str, **more: Any) -> None:
    code = {"ZipFile": b"PK\x05\x06" + b"\0" * 18}
    aws.client("lambda").create_function(
        FunctionName=name, Role=role, Runtime="python3.12", Handler="a.b", Code=code, **more
    )


def test_lambda_of_another_account_is_wrong_use(log: Any, aws: Any) -> None:
    """Staging and production have functions of one name: those of the wrong account are not silently taken."""
    make_function(aws, "orders", make_role(aws, "app"))
    result = run(log(usage(call())), "--roles-from-lambda")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "asked account 123456789012, region eu-west-1, and the evidence is of account 111122223333" in result.stderr
    assert "AWS_PROFILE" in result.stderr


def test_lambda_that_knows_no_function_of_the_evidence_is_wrong_use(log: Any, aws: Any) -> None:
    result = run(log(usage(call(), account="123456789012")), "--roles-from-lambda")
    assert result.exit_code == 2
    assert "found none of the functions of the evidence (orders)" in result.stderr


def test_lambda_tells_what_it_needs_itself(log: Any, aws: Any) -> None:
    """Traces, a failure destination and a quiet trigger: no call is seen of any."""
    place = "123456789012"
    queue = aws.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    make_function(
        aws,
        "orders",
        make_role(aws, "app"),
        TracingConfig={"Mode": "Active"},
    )
    failed = {"OnFailure": {"Destination": f"arn:aws:sns:eu-west-1:{place}:failed"}}
    aws.client("lambda").put_function_event_invoke_config(FunctionName="orders", DestinationConfig=failed)
    aws.client("lambda").create_event_source_mapping(FunctionName="orders", EventSourceArn=arn)
    result = run(log(usage(call(), account=place)), "--roles-from-lambda", "--logs")
    assert result.exit_code == 0
    granted = {
        (action, resource)
        for statement in json.loads(result.stdout)["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert {("xray:PutTraceSegments", "*"), ("sqs:ReceiveMessage", arn)} <= granted
    assert ("sns:Publish", f"arn:aws:sns:eu-west-1:{place}:failed") in granted


def fleet(aws: Any) -> list[str]:
    """Make two functions with roles of their own, one of them an admin; return the records of both."""
    for name, body in (("orders", {"Action": "*"}), ("stock", {"Action": "dynamodb:GetItem", "Resource": ORDERS})):
        make_function(aws, name, make_role(aws, f"{name}-role", **body))
    place: dict[str, Any] = {"account": "123456789012"}
    refused = call("PutItem", errors={"AccessDeniedException": 3})
    return [usage(call(), function="orders", **place), usage(refused, function="stock", **place)]


def test_all_roles_of_a_fleet_are_compared_with_iam_and_an_overview_comes_first(
    log: Any, aws: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = run(log(*fleet(aws)), "--current", "iam:", "-o", str(out))
    assert result.exit_code == 1
    head, stock, orders, summary = result.stdout.splitlines()[:4]
    assert head.split()[:3] == ["role", "functions", "state"]
    assert stock.split()[:2] == ["stock-role", "1"]
    assert "calls are denied" in stock
    assert orders.split()[:4] == ["orders-role", "1", "admin", "admin"]
    assert summary.startswith("2 roles: 2 too wide, 1 of them admin;")
    assert {"orders-role.json", "orders-role.report.txt", "orders-role.diff.json", "stock-role.json"} <= {
        file.name for file in out.iterdir()
    }


def test_a_fleet_is_compared_with_a_folder_of_files_by_role(log: Any, tmp_path: Path) -> None:
    policies, out = tmp_path / "policies", tmp_path / "out"
    policies.mkdir()
    (policies / "orders.json").write_text(Path(policy_file(tmp_path)).read_text())
    path = log(usage(call()), usage(call("PutItem"), function="other"))
    result = run(path, "--current", str(policies), "-o", str(out))
    assert result.exit_code == 1
    assert f"no file for this role in {policies}" in result.stdout
    assert (out / "orders.diff.json").exists()
    assert not (out / "other.diff.json").exists()


def test_a_fleet_is_compared_with_one_template(log: Any, tmp_path: Path) -> None:
    def role(action: str) -> Any:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]
        return {"Type": "AWS::Serverless::Function", "Properties": {"Policies": [policies[0]["PolicyDocument"]]}}

    (tmp_path / "template.json").write_text(
        json.dumps({"Resources": {"orders": role("dynamodb:*"), "other": role("dynamodb:PutItem")}})
    )
    path = log(usage(call()), usage(call("PutItem"), function="other"))
    result = run(path, "--current", str(tmp_path / "template.json"), "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "2 roles: 2 too wide" in result.stdout


def test_names_out_of_logs_steer_no_overview(log: Any, tmp_path: Path) -> None:
    hostile = "a\x1b[2J[red]b\n"
    result = run(log(usage(call()), usage(call(), function=hostile)), "-o", str(tmp_path / "out"))
    assert "\x1b[2J" not in result.stdout + result.stderr
    assert "[red]b" in result.stdout
    assert all(file.parent == tmp_path / "out" for file in (tmp_path / "out").rglob("*"))


def test_staging_gives_the_policy_of_production(log: Any) -> None:
    arguments = ["--format", "sam", "--portable", "--name", "orders=OrdersTable"]
    result = run(log(usage(call(), call(table="other"))), *arguments)
    assert '"Fn::GetAtt":' in result.stdout
    assert "${AWS::AccountId}:table/other" in result.stdout
    assert "111122223333" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--portable"], "A policy in json has no references"),
        (["--name", "orders=OrdersTable"], "A policy in json has no references"),
        (["--attach"], "--attach is for --format terraform"),
        (["--format", "sam", "--name", "ordrs=OrdersTable"], "--name ordrs has no effect"),
        (["--format", "sam", "--name", "orders"], "--name takes ID=LOGICAL"),
        (["--format", "terraform", "--name", 'orders=x"}\n'], "--name takes ID=LOGICAL"),
    ],
)
def test_a_name_that_cannot_be_written_is_wrong_use(log: Any, arguments: list[str], said: str) -> None:
    result = run(log(usage(call())), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_name_of_two_services_has_to_say_which(log: Any) -> None:
    queue = {"source": "sqs", "arn": "arn:aws:sqs:eu-west-1:111122223333:orders", "count": 1}
    path = log(usage(call(), sources=[queue]))
    result = run(path, "--format", "sam", "--name", "orders=Orders")
    assert result.exit_code == 2
    assert "Say which: dynamodb:orders, sqs:orders" in result.stderr
    both = run(path, "--format", "sam", "--name", "dynamodb:orders=Orders", "--name", "sqs:orders=Queue")
    assert (both.exit_code, "Queue" in both.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [["--roles-from-lambda"], ["--current", "orders-role"], ["--current", "iam:"]])
def test_roles_are_asked_for_with_the_profile_that_was_given(log: Any, aws: Any, arguments: list[str]) -> None:
    result = run(log(usage(call())), "--profile", "nowhere", *arguments)
    assert result.exit_code == 2
    assert "profile (nowhere) could not be found" in result.stderr
