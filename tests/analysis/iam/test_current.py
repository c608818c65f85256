"""Current policies, as they come: read by IAM's grammar, found in templates and plans, and never guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_guard.analysis.iam.current import Existing, UnreadablePolicy, from_file
from lambda_guard.analysis.iam.evaluate import Answer, judge
from lambda_guard.analysis.iam.permissions import Permission

_KEYS = ["Effect", "Action", "Resource", "Statement", "Policies", "PolicyDocument", "Ref", "Fn::Sub", "Properties"]
_KEYS += ["Roles", "Role", "RoleName", "ManagedPolicyArns", "root_module", "resources", "values", "type", "Condition"]
_KEYS += ["address", "RolePolicyList", "AttachedManagedPolicies", "PolicyArn", "Fn::GetAtt", "Fn::Join", "Fn::If"]
STATEMENT = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
ORDERS = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
NEED = Permission("dynamodb:GetItem", ORDERS)


def read(tmp_path: Path, content: Any, *roles: str, name: str = "given.json") -> list[Existing]:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return from_file(path, roles)


def refusal(tmp_path: Path, content: Any, name: str = "given.json") -> str:
    with pytest.raises(UnreadablePolicy) as raised:
        read(tmp_path, content, name=name)
    return str(raised.value)


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ({**STATEMENT, "effect": "Deny"}, "'effect' is no element of IAM's policy language; the element is Effect"),
        ({"effect": "Deny", "Action": "*", "Resource": "*"}, "the element is Effect"),
        ({**STATEMENT, "action": "s3:*"}, "the element is Action"),
        ({**STATEMENT, "condition": {}}, "the element is Condition"),
        ({**STATEMENT, "Effect": "deny"}, "Effect is 'deny'"),
        ({**STATEMENT, "Effect": "DENY"}, "Effect is 'DENY'"),
        ({**STATEMENT, "Effect": None}, "Effect is null"),
        ({**STATEMENT, "Effect": ["Deny"]}, "Effect is a list"),
        ({**STATEMENT, "principal": "*"}, "has a Principal"),
        ({**STATEMENT, "NotPrincipal": "*"}, "has a Principal"),
        ({"Action": "*", "Resource": "*"}, "no Effect"),
        ({"Effect": "Allow", "Action": "*"}, "neither Resource nor NotResource"),
        ({"Effect": "Allow", "Resource": "*"}, "neither Action nor NotAction"),
        ({**STATEMENT, "NotAction": "iam:*"}, "both Action and NotAction"),
        ({**STATEMENT, "NotResource": "*"}, "both Resource and NotResource"),
        ({**STATEMENT, "Action": None}, "Action is null"),
        ({**STATEMENT, "Action": []}, "Action is an empty list"),
        ({**STATEMENT, "Action": [["dynamodb:GetItem"]]}, "Action is a list with a list in it"),
        ({**STATEMENT, "Action": "GetItem"}, "Action is 'GetItem'"),
        ({**STATEMENT, "Resource": 5}, "Resource is a number"),
        ({**STATEMENT, "Resource": ["*", None]}, "Resource is a list with null in it"),
        ({**STATEMENT, "Resource": "orders"}, "Resource is 'orders'"),
        ({**STATEMENT, "Condition": 5}, "Condition is a number"),
        ({**STATEMENT, "Condition": {"StringEquals": "x"}}, "Condition.StringEquals is a text"),
        ({**STATEMENT, "Condition": {"StringEquals": {"aws:x": None}}}, "Condition.StringEquals.aws:x is null"),
        ({**STATEMENT, "Sid": 5}, "Sid is a number"),
        (None, "null instead of an object"),
        ([STATEMENT], "a list instead of an object"),
    ],
)
def test_what_is_not_in_iams_language_is_refused_with_file_statement_and_element(
    body: Any, element: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, {"Version": "2012-10-17", "Statement": [STATEMENT, body]})
    assert said.startswith("given.json, statement 2")
    assert element in said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"statement": STATEMENT}, "the element is Statement"),
        ({"Statement": STATEMENT, "Version": "2013-01-01"}, "Version is '2013-01-01'"),
        ({"Statement": STATEMENT, "Version": 20121017}, "Version is a number"),
        ({"Statement": None}, "Statement is null"),
        ({"Version": "2012-10-17"}, "has no Statement"),
        (None, "it is null"),
        (5, "it is a number"),
        ([], "an empty list"),
        ('{"Statement": [], "Statement": []}', "'Statement' stands twice"),
        (
            '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
            "'Effect' stands twice",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_document_that_is_none_is_refused_with_its_name(document: Any, said: str, tmp_path: Path) -> None:
    text = refusal(tmp_path, document if isinstance(document, str) else json.dumps(document))
    assert "given.json" in text
    assert said in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_encoding_of_json_is_read_with_its_mark_or_without(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(json.dumps({"Statement": STATEMENT}).encode(encoding))
    assert [statement.body for statement in from_file(path)] == [STATEMENT]


@pytest.mark.parametrize(
    ("name", "instead"),
    [("main.tf", "terraform show -json"), ("app.py", "cdk synth"), ("plan.tfplan", "terraform show -json")],
)
def test_a_file_of_a_tool_is_refused_with_what_to_give_instead(name: str, instead: str, tmp_path: Path) -> None:
    assert instead in refusal(tmp_path, "resource {}", name)


def test_a_file_of_the_serverless_framework_is_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    assert "serverless package" in refusal(tmp_path, "service: shop\nprovider:\n  name: aws\n", "serverless.yml")


@pytest.mark.parametrize(
    "resource",
    [
        {"Fn::GetAtt": ["Orders", "Arn"]},
        {"Ref": "OrdersArn"},
        {"Fn::Sub": "${Orders.Arn}/index/*"},
        {"Fn::If": ["IsProd", "arn:aws:dynamodb:*:*:table/a", "arn:aws:dynamodb:*:*:table/b"]},
        {"Fn::ImportValue": "orders-arn"},
        {"Fn::Join": ["", ["arn:aws:dynamodb:", {"Ref": "AWS::Region"}, ":111122223333:table/orders"]]},
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_function_of_cloudformation_is_unclear_and_never_an_arn(
    resource: dict[str, Any], effect: str, tmp_path: Path
) -> None:
    """As an Allow it may be what allows the call; a Deny is not overlooked."""
    given: list[dict[str, Any]] = [{**STATEMENT, "Effect": effect, "Resource": resource}]
    if effect == "Deny":
        given.append(STATEMENT)
    found = read(tmp_path, {"Statement": given})
    assert found[0].unjudged
    need = Permission("dynamodb:GetItem", f"{ORDERS}/index/x" if "Fn::Sub" in resource else ORDERS)
    assert judge(need, found).answer is Answer.DEPENDS


def test_a_reference_is_no_wildcard_where_the_rest_of_the_arn_says_otherwise(tmp_path: Path) -> None:
    found = read(tmp_path, {"Statement": {**STATEMENT, "Resource": {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"}}})
    assert judge(NEED, found).answer is Answer.DENIED


@pytest.mark.parametrize(
    "body",
    [
        {"Fn::If": ["IsProd", STATEMENT, {"Ref": "AWS::NoValue"}]},
        {**STATEMENT, "Effect": {"Ref": "Effect"}},
        {**STATEMENT, "Action": {"Fn::If": ["IsProd", "a:b", "c:d"]}},
        {**STATEMENT, "Condition": {"Fn::If": ["IsProd", {}, {"Ref": "AWS::NoValue"}]}},
    ],
)
def test_a_statement_that_the_deployment_decides_may_be_anything(body: dict[str, Any], tmp_path: Path) -> None:
    found = read(tmp_path, {"Statement": [body]})
    assert [statement.kind for statement in found] == ["unread"]
    assert judge(NEED, found).answer is Answer.DEPENDS


def test_an_element_without_value_is_left_out_as_cloudformation_does(tmp_path: Path) -> None:
    body = {**STATEMENT, "Condition": {"Ref": "AWS::NoValue"}, "Resource": [ORDERS, {"Ref": "AWS::NoValue"}]}
    (found,) = read(tmp_path, {"Statement": [body]})
    assert dict(found.body) == {**STATEMENT, "Resource": [ORDERS]}


TEMPLATE = """
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app-role
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole, !Ref Shared]
      Policies:
        - PolicyName: inline
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              Effect: Allow
              Action: dynamodb:GetItem
              Resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Deny, Action: 'dynamodb:Delete*', Resource: !GetAtt Orders.Arn}]}
  Added:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: added
      Roles: [!Ref AppRole]
      PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}
  Orders: {Type: AWS::DynamoDB::Table}
  Checkout:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt AppRole.Arn, FunctionName: checkout}
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - AmazonSQSFullAccess
        - DynamoDBReadPolicy: {TableName: !Ref Orders}
        - Statement: [{Effect: Allow, Action: 'dynamodb:Query', Resource: !Sub '${Orders.Arn}/index/*'}]
"""


@pytest.mark.parametrize(
    "wanted", ["app-role", "arn:aws:iam::111122223333:role/shop-AppRole-1ABC", "checkout", "#AppRole"]
)
def test_a_role_is_found_in_a_template_by_any_name_it_goes_by(wanted: str, tmp_path: Path) -> None:
    found = read(tmp_path, TEMPLATE, wanted, name="template.yaml")
    assert [(statement.policy, statement.kind) for statement in found] == [
        ("AppRole, inline", "template"),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "unread"),
        ("Shared", "template"),
        ("Added", "template"),
    ]
    assert found[2].denies
    assert found[2].texts("Resource") == ["${Orders.Arn}"]


def test_policies_of_a_sam_function_are_read_and_its_policy_templates_named(tmp_path: Path) -> None:
    found = read(tmp_path, TEMPLATE, "shop-Api-1ABC", name="template.yaml")
    assert [statement.name for statement in found if statement.kind == "unread"] == [
        "Api, AmazonSQSFullAccess",
        "Api, DynamoDBReadPolicy",
    ]
    assert found[-1].texts("Resource") == ["${Orders.Arn}/index/*"]


def test_a_template_of_several_roles_is_refused_with_their_names_where_none_is_meant(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with pytest.raises(UnreadablePolicy, match=r"2 roles \(AppRole, ApiRole\)"):
        from_file(tmp_path / "template.yaml", ["orders"])


def test_a_statement_of_a_template_is_refused_by_the_same_grammar(tmp_path: Path) -> None:
    wrong = "{Effect: Allow, Action: 's3:x', Resource: '*'}, {effect: Deny"
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("{Effect: Deny", wrong))
    with pytest.raises(UnreadablePolicy, match="Shared, statement 2: 'effect'"):
        from_file(tmp_path / "template.yaml", ["app-role"])
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("{Effect: Deny", "{Effect: Allow, Effect: Deny"))
    with pytest.raises(UnreadablePolicy, match="Shared, statement 1: 'Effect' stands twice"):
        from_file(tmp_path / "template.yaml", ["app-role"])


def test_the_folder_that_cdk_writes_is_read(tmp_path: Path) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "app-role"}}
    policy = {"Roles": [{"Ref": "R1"}], "PolicyDocument": {"Statement": [STATEMENT]}}
    template = {"Resources": {"R1": role, "P1": {"Type": "AWS::IAM::Policy", "Properties": policy}}}
    (tmp_path / "Shop.template.json").write_text(json.dumps(template))
    assert [statement.policy for statement in from_file(tmp_path, ["app-role"])] == ["P1"]


PLAN = {
    "format_version": "1.2",
    "planned_values": {
        "root_module": {
            "resources": [
                {"address": "aws_iam_role.app", "type": "aws_iam_role", "values": {"name": "app-role"}},
                {
                    "address": "aws_iam_role_policy.used",
                    "type": "aws_iam_role_policy",
                    "values": {"policy": json.dumps({"Statement": [STATEMENT]})},
                },
                {
                    "address": "aws_iam_role_policy_attachment.logs",
                    "type": "aws_iam_role_policy_attachment",
                    "values": {"role": "app-role", "policy_arn": "arn:aws:iam::aws:policy/AWSLambdaExecute"},
                },
                {"address": "aws_iam_role_policy.later", "type": "aws_iam_role_policy", "values": {"role": "app-role"}},
            ]
        }
    },
    "configuration": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_iam_role_policy.used",
                    "type": "aws_iam_role_policy",
                    "expressions": {"role": {"references": ["aws_iam_role.app.id", "aws_iam_role.app"]}},
                }
            ]
        }
    },
}


def test_a_role_is_found_in_a_plan_of_terraform_and_what_is_not_known_yet_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, PLAN)
    assert [(statement.policy, statement.kind) for statement in found] == [
        ("aws_iam_role_policy.used", "inline"),
        ("aws_iam_role_policy.later", "unread"),
        ("arn:aws:iam::aws:policy/AWSLambdaExecute", "unread"),
    ]


def test_a_role_is_found_in_the_details_of_an_account(tmp_path: Path) -> None:
    managed = {
        "Arn": "arn:aws:iam::1:policy/m",
        "PolicyVersionList": [{"IsDefaultVersion": True, "Document": {"Statement": [STATEMENT]}}],
    }
    attached = [{"PolicyArn": "arn:aws:iam::1:policy/m"}, {"PolicyArn": "arn:aws:iam::aws:policy/x"}]
    role = {"RoleName": "app", "RolePolicyList": [], "AttachedManagedPolicies": attached}
    found = read(tmp_path, {"RoleDetailList": [role], "Policies": [managed]})
    assert [(statement.policy, statement.kind) for statement in found] == [
        ("m", "attached"),
        ("arn:aws:iam::aws:policy/x", "unread"),
    ]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["Allow", "*", "dynamodb:GetItem", "AWS::IAM::Role", ORDERS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)
_SHAPES = st.one_of(
    _JSON,
    st.builds(lambda body: {"Statement": body}, _JSON),
    st.builds(lambda body: {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": body}}}, _JSON),
    st.builds(lambda body: {"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": body}}}, _JSON),
    st.builds(lambda body: {"Resources": {"P": {"Type": "AWS::IAM::Policy", "Properties": body}}}, _JSON),
    st.builds(lambda body: {"format_version": "1.0", "planned_values": body}, _JSON),
    st.builds(lambda body: {"RoleDetailList": [body]}, _JSON),
)


@given(found=_SHAPES)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_read_or_refused(found: Any, tmp_path: Path) -> None:
    """No shape of a file ends in a traceback, and what is read is in IAM's language."""
    path = tmp_path / "any.json"
    path.write_text(json.dumps(found))
    try:
        read_back = from_file(path)
    except UnreadablePolicy:
        return
    for statement in read_back:
        assert statement.kind == "unread" or statement.body["Effect"] in ("Allow", "Deny")
        judge(NEED, [statement])
        assert isinstance(statement.unjudged, str)
