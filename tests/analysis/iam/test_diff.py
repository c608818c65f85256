"""Current policies against usage: kept, narrowed, proposed for removal, denied today."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from lambda_guard.analysis.evidence import Called, FunctionUsage, SourceSeen
from lambda_guard.analysis.iam import diff_text
from lambda_guard.analysis.iam.current import Existing, UnreadablePolicy, from_file, from_role, unread
from lambda_guard.analysis.iam.diff import Diff, Verdict, compare
from lambda_guard.analysis.iam.evaluate import Answer, judge
from lambda_guard.analysis.iam.execution import Deployed
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import statements_for
from lambda_guard.analysis.iam.role import RoleUsage, grants, limited_to, role_usage

PLACE = "arn:aws:dynamodb:eu-west-1:111122223333"
ORDERS = f"{PLACE}:table/orders"
STREAM = f"{ORDERS}/stream/2026-01-02T03:04:05.678"


def usage(
    *operations: str,
    stream: bool = False,
    silent: tuple[str, ...] = (),
    account: str | None = "111122223333",
    errors: dict[str, int] | None = None,
    calls: Iterable[Called] = (),
    deployed: list[Deployed] | None = None,
) -> RoleUsage:
    """Return the usage of a role whose function made these calls on the table orders, and others."""
    entry = {"service": "dynamodb", "region": "eu-west-1", "partition": "aws"}
    resource = {"kind": "table", "name": "orders"}
    function = FunctionUsage(
        function="orders",
        account=account,
        region="eu-west-1",
        versions=("1",),
        sandboxes=2,
        invocations=32104,
        dropped=0,
        missing=0,
        first=datetime(2026, 11, 1),
        last=datetime(2026, 11, 15),
        calls=[
            *calls,
            *(
                Called({**entry, "operation": operation, "resource": resource}, 4, 0, 0, errors or {}, 1)
                for operation in operations
            ),
        ],
        sources=[SourceSeen("dynamodb", STREAM, 2)] if stream else [],
    )
    return role_usage("role", [function], silent, deployed=deployed)


def other(service: str, operation: str, count: int = 5, **entry: Any) -> Called:
    """Return calls of a service of which the record tells the operation only."""
    body = {"service": service, "operation": operation, "region": "eu-west-1", "partition": "aws", **entry}
    return Called(body, count, 0, 0, {}, 1)


def as_current(diff: Diff) -> list[Existing]:
    """Return the policy of a comparison as a role would have it."""
    return [Existing("new", "inline", number, found.document()) for number, found in enumerate(diff.policy(), 1)]


def statement(kind: str = "inline", **body: Any) -> Existing:
    return Existing("wide", kind, 1, {"Effect": "Allow", "Resource": ORDERS, **body})


def pieces(diff: Diff) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
    (change,) = diff.statements
    return {piece.action: (piece.verdict, piece.to) for piece in change.pieces}


def test_a_statement_that_says_just_what_was_used_is_kept() -> None:
    (change,) = compare(usage("GetItem"), [statement(Action=["dynamodb:GetItem"])]).statements
    assert change.verdict is Verdict.KEPT
    assert change.proposed == ({"Effect": "Allow", "Resource": ORDERS, "Action": ["dynamodb:GetItem"]},)


def test_wildcards_are_expanded_and_narrowed_action_by_resource() -> None:
    diff = compare(usage("GetItem", "PutItem"), [statement(Action="DynamoDB:*Item", Resource=f"{PLACE}:table/*")])
    assert pieces(diff) == {
        "dynamodb:BatchGetItem": (Verdict.REMOVED, ()),
        "dynamodb:BatchWriteItem": (Verdict.REMOVED, ()),
        "dynamodb:ConditionCheckItem": (Verdict.REMOVED, ()),
        "dynamodb:DeleteItem": (Verdict.REMOVED, ()),
        "dynamodb:GetItem": (Verdict.NARROWED, (ORDERS,)),
        "dynamodb:PutItem": (Verdict.NARROWED, (ORDERS,)),
        "dynamodb:UpdateItem": (Verdict.REMOVED, ()),
    }
    (change,) = diff.statements
    assert change.verdict is Verdict.NARROWED
    (proposed,) = change.proposed
    assert proposed["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]
    assert proposed["Resource"] == [ORDERS]


def test_a_statement_of_which_nothing_was_used_is_proposed_for_removal() -> None:
    diff = compare(usage("GetItem"), [statement(Action="dynamodb:GetItem", Resource=f"{PLACE}:table/other")])
    assert [change.verdict for change in diff.statements] == [Verdict.REMOVED]
    assert diff.statements[0].proposed == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"Effect": "Deny", "Action": "dynamodb:DeleteTable"}, "a Deny"),
        ({"NotAction": "iam:*"}, "has NotAction"),
        ({"Action": "dynamodb:*", "NotResource": ORDERS}, "has NotResource"),
        ({"Action": "dynamodb:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "has Condition"),
        ({"Action": "dynamodb:*", "Resource": f"{PLACE}:table/${{aws:PrincipalTag/t}}"}, "has policy variables"),
        ({"Action": "d*:GetItem"}, "has a wildcard in the service of an action"),
    ],
)
def test_what_cannot_be_judged_is_kept_as_it_is_and_named(body: dict[str, Any], why: str) -> None:
    existing = statement(**body)
    (change,) = compare(usage("GetItem"), [existing]).statements
    assert (change.verdict, change.why, change.proposed) == (Verdict.KEPT, why, (existing.body,))


def test_a_boundary_is_kept_and_named() -> None:
    (change,) = compare(usage("GetItem"), [statement("boundary", Action="dynamodb:*")]).statements
    assert (change.verdict, change.why) == (Verdict.KEPT, "a permissions boundary")


def test_all_services_are_judged() -> None:
    current = [statement(Action=["dynamodb:*", "s3:GetObject", "s3:PutObject"], Resource="*")]
    found = pieces(compare(usage("GetItem"), current))
    assert found["s3:GetObject"] == (Verdict.REMOVED, ())
    assert found["dynamodb:GetItem"] == (Verdict.NARROWED, (ORDERS,))


def test_actions_of_services_that_were_not_asked_for_survive() -> None:
    used = limited_to(usage("GetItem"), ["dynamodb"])
    (change,) = compare(used, [statement(Action=["dynamodb:*", "s3:GetObject"], Resource="*")]).statements
    assert change.verdict is Verdict.NARROWED
    assert change.proposed[-1] == {"Effect": "Allow", "Resource": "*", "Action": ["s3:GetObject"]}
    assert not any("dynamodb:*" in body.get("Action", []) for body in change.proposed)
    (change,) = compare(used, [statement(Action="s3:*", Resource="*")]).statements
    assert (change.verdict, change.why) == (Verdict.KEPT, "not about what was asked for")


def test_everything_that_was_not_asked_for_survives_a_star() -> None:
    used = limited_to(usage("GetItem"), ["dynamodb"])
    (change,) = compare(used, [statement(Action="*", Resource="*")]).statements
    assert change.proposed[-1] == {"Effect": "Allow", "Resource": "*", "NotAction": ["dynamodb:*"]}


def test_reading_a_stream_is_kept_even_where_no_event_came() -> None:
    """A trigger without events in the window still reads with the role."""
    diff = compare(usage("GetItem"), [statement(Action="dynamodb:GetRecords", Resource=f"{ORDERS}/stream/*")])
    assert [change.verdict for change in diff.statements] == [Verdict.KEPT]
    table_only = compare(usage("GetItem"), [statement(Action="dynamodb:GetRecords")])
    assert [change.verdict for change in table_only.statements] == [Verdict.REMOVED]


@pytest.mark.parametrize("actions", [["dynamodb:GetRecords"], ["dynamodb:GetItem", "dynamodb:GetRecords"]])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_kept_for_a_quiet_trigger_is_in_the_policy_too(actions: list[str], stream: bool) -> None:
    """Who applies the policy instead of the comparison stops no trigger, whether another of its kind fired or not."""
    used = usage("GetItem", stream=stream)
    diff = compare(used, [statement(Action=actions, Resource="*")])
    assert pieces(diff)["dynamodb:GetRecords"] == (Verdict.KEPT, ("*",))
    assert "dynamodb:GetRecords: kept for a trigger without an event" in "\n".join(diff_text.describe(diff, used))
    quiet = Permission("dynamodb:GetRecords", f"{PLACE}:table/other/stream/2025-01-01T00:00:00.000")
    assert judge(quiet, as_current(diff)).answer is Answer.ALLOWED


def test_lambda_tells_which_triggers_there_are_so_that_others_are_cut() -> None:
    stream = f"{PLACE}:table/quiet/stream/2025-01-01T00:00:00.000"
    configured = Deployed("orders", "eu-west-1", "arn:role", mappings=({"EventSourceArn": stream},))
    used = usage("GetItem", deployed=[configured])
    diff = compare(used, [statement(Action="dynamodb:GetRecords", Resource="*")])
    assert pieces(diff) == {"dynamodb:GetRecords": (Verdict.NARROWED, (f"{PLACE}:table/quiet/stream/*",))}


def test_a_triggers_needs_count_as_used() -> None:
    diff = compare(usage(stream=True), [statement(Action="dynamodb:GetRecords", Resource=f"{ORDERS}/stream/*")])
    assert pieces(diff) == {"dynamodb:GetRecords": (Verdict.KEPT, (f"{ORDERS}/stream/*",))}
    assert diff.denied == []
    assert {judgement.why for _, judgement in diff.unexplained} == {"not allowed by what was given, yet 2 events came"}
    missing = {permission.action for permission, _ in diff.unexplained}
    assert missing == {"dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}


def test_an_exact_stream_label_is_not_widened() -> None:
    diff = compare(usage(stream=True), [statement(Action="dynamodb:GetRecords", Resource=STREAM)])
    assert pieces(diff) == {"dynamodb:GetRecords": (Verdict.KEPT, (STREAM,))}


def test_a_role_with_a_silent_function_is_not_tightened() -> None:
    diff = compare(usage("GetItem", silent=("ghost",)), [statement(Action="dynamodb:*", Resource="*")])
    (change,) = diff.statements
    assert change.verdict is Verdict.KEPT
    assert "without records" in change.why


def test_unused_is_never_said_without_its_window() -> None:
    used = usage("GetItem")
    lines = list(diff_text.describe(compare(used, [statement(Action=["dynamodb:PutItem"])]), used))
    assert any("not used in 14 days, 32,104 invocations, 1 function" in line for line in lines)
    assert not any("unused" in line for line in lines)


NEED = Permission("dynamodb:GetItem", ORDERS)


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], Answer.DENIED),
        ([statement(Action="dynamodb:getitem")], Answer.ALLOWED),
        ([statement(Action="dynamodb:Get?tem")], Answer.ALLOWED),
        ([statement(Action="dynamodb:GetItem", Resource=ORDERS.upper())], Answer.DENIED),
        ([statement(Action="dynamodb:GetItem", Resource=f"{ORDERS}/index/*")], Answer.DENIED),
        ([statement(Action="*", Resource="*"), statement(Effect="Deny", Action="dynamodb:*")], Answer.DENIED),
        ([statement(Action="*"), statement(Effect="Deny", NotAction="dynamodb:*")], Answer.ALLOWED),
        ([statement(Action="*"), statement(Effect="Deny", Action="*", NotResource=ORDERS)], Answer.ALLOWED),
        ([statement(Action="*", Condition={"Bool": {"k": "v"}})], Answer.DEPENDS),
        ([statement(Action="*"), statement(Action="*", Condition={"Bool": {"k": "v"}})], Answer.ALLOWED),
        (
            [statement(Action="*"), statement(Effect="Deny", Action="*", Condition={"Bool": {"k": "v"}})],
            Answer.DEPENDS,
        ),
        ([statement(Action="*", Resource="arn:aws:dynamodb:*:*:table/${aws:x}")], Answer.DEPENDS),
        ([statement(Action="*"), statement("boundary", Action="s3:*", Resource="*")], Answer.DENIED),
        ([statement(Action="*"), statement("boundary", Action="dynamodb:*", Resource="*")], Answer.ALLOWED),
        ([statement("boundary", Action="*", Resource="*")], Answer.DENIED),
    ],
)
def test_what_is_denied_today_follows_iams_order(statements: list[Existing], answer: Answer) -> None:
    assert judge(NEED, statements).answer is answer


def test_an_action_without_resource_on_a_resource_is_unclear_not_denied() -> None:
    existing = [statement(Action="dynamodb:ListStreams", Resource=f"{ORDERS}/stream/*")]
    assert judge(Permission("dynamodb:ListStreams", "*"), existing).answer is Answer.DEPENDS


def test_an_unknown_account_matches_the_one_in_the_policy() -> None:
    diff = compare(usage("GetItem", account=None), [statement(Action="dynamodb:GetItem")])
    assert diff.unmet == []


def policy(**body: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", **body}}


@pytest.mark.parametrize(
    "content",
    [
        policy(),
        [policy()],
        {"RoleName": "r", "PolicyName": "p", "PolicyDocument": policy()},
        {"PolicyVersion": {"Document": policy(), "VersionId": "v1"}},
        {"PolicyDocument": quote(json.dumps(policy()))},
    ],
)
def test_a_policy_file_may_be_a_document_or_what_the_cli_prints(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(content))
    (found,) = from_file(path)
    assert found.body["Effect"] == "Allow"


@pytest.mark.parametrize("text", ["", "{", "3", "{}", '{"Statement": 3}', json.dumps(policy(Principal="*")), "\xff"])
def test_another_file_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UnreadablePolicy, match=r"policy\.json"):
        from_file(path)


def test_a_role_is_read_with_inline_and_attached_policies_and_its_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        iam = boto3.client("iam", region_name="eu-west-1")
        arns = [
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy()))["Policy"]["Arn"]
            for name in ("attached-one", "the-boundary")
        ]
        iam.create_role(RoleName="r", Path="/app/", AssumeRolePolicyDocument="{}", PermissionsBoundary=arns[1])
        iam.put_role_policy(RoleName="r", PolicyName="inline-one", PolicyDocument=json.dumps(policy()))
        iam.attach_role_policy(RoleName="r", PolicyArn=arns[0])
        found = from_role("arn:aws:iam::123456789012:role/app/r", iam)
    assert [(each.policy, each.kind) for each in found] == [
        ("inline-one", "inline"),
        ("attached-one", "attached"),
        ("the-boundary", "boundary"),
    ]


def test_a_suggested_policy_is_itself_neither_too_wide_nor_too_narrow() -> None:
    used = usage("GetItem", "Query", stream=True)
    bodies = [body.document() for body in statements_for(grants(used))]
    diff = compare(used, [Existing("suggested", "inline", number, body) for number, body in enumerate(bodies, 1)])
    assert {change.verdict for change in diff.statements} == {Verdict.KEPT}
    assert diff.unmet == []


# What a role may have today: exact, wide, narrow, of other services, with strange cases.
_ACTIONS = [
    "dynamodb:GetItem",
    "dynamodb:*",
    "DynamoDB:get*",
    "dynamodb:ListTables",
    "dynamodb:GetRecords",
    "s3:*",
]
_ACTIONS += ["s3:GetObject", "sqs:SendMessage", "dynamodb:TransactWriteItems", "logs:PutLogEvents"]
_RESOURCES = ["*", ORDERS, f"{PLACE}:table/*", f"{PLACE}:table/ord?rs", f"{ORDERS}/index/*", f"{ORDERS}/stream/2026*"]
_RESOURCES += ["arn:aws:s3:::bucket/*", "arn:aws:s3:::*", f"{PLACE}:table/other", "arn:aws:dynamodb:*:*:table/orders"]
_BODIES = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Action": st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=3),
        "Resource": st.lists(st.sampled_from(_RESOURCES), min_size=1, max_size=3),
    },
    optional={"Sid": st.sampled_from(["A", "B"]), "Condition": st.just({"Bool": {"aws:SecureTransport": "true"}})},
)
_OPERATIONS = st.sets(st.sampled_from(["GetItem", "PutItem", "Query", "ListTables", "TransactWriteItems"]), max_size=4)


@given(
    st.lists(_BODIES, max_size=4),
    _OPERATIONS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "111122223333"]),
    st.sampled_from([{}, {"AccessDeniedException": 4}]),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_policy_denies_no_call_that_the_diff_says_is_used(
    bodies: list[dict[str, Any]],
    operations: set[str],
    stream: bool,
    elsewhere: bool,
    account: str | None,
    errors: dict[str, int],
) -> None:
    """Who replaces all current policies by the suggested one breaks nothing, and gets nothing that he had not.

    And the proposals for single statements, put in their places, allow what the statements allowed of what is used.
    """
    calls = [other("s3", "GetObject"), other("sqs", "SendMessage")] if elsewhere else []
    used = usage(*sorted(operations), stream=stream, calls=calls, account=account, errors=errors)
    current = [Existing("p", "inline", number, body) for number, body in enumerate(bodies, 1)]
    diff = compare(used, current)
    after = as_current(diff)
    in_place = [
        Existing(change.statement.policy, "inline", number, body)
        for number, (change, body) in enumerate(
            ((change, body) for change in diff.statements for body in change.proposed), 1
        )
    ]
    for need in used.needed:
        before = judge(need, current).answer
        denied = any(judge(need, [statement]).answer is not Answer.DENIED or statement.denies for statement in after)
        if before is not Answer.DENIED:
            assert judge(need, after).answer is before or judge(need, after).answer is Answer.ALLOWED, (need, before)
            assert judge(need, in_place).answer is before, (need, before)
        elif not any(statement.denies for statement in current):
            assert judge(need, after).answer is Answer.ALLOWED, need
        assert denied
    sids = [statement.body["Sid"] for statement in after if "Sid" in statement.body]
    assert len(sids) == len(set(sids))
    for change in diff.statements:
        own = [body["Sid"] for body in change.proposed if "Sid" in body]
        assert len(own) == len(set(own))


@given(st.lists(_BODIES, max_size=3), _OPERATIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_policy_is_compared_with_itself_without_a_change(bodies: list[dict[str, Any]], operations: set[str]) -> None:
    used = usage(*sorted(operations))
    first = as_current(compare(used, [Existing("p", "inline", n, body) for n, body in enumerate(bodies, 1)]))
    again = as_current(compare(used, first))
    assert [statement.body for statement in again] == [statement.body for statement in first]


@pytest.mark.parametrize(
    ("pattern", "account"),
    [(ORDERS, None), (f"{PLACE}:table/*", None), (f"{PLACE}:table/ord*", "111122223333")],
)
def test_narrowing_never_widens(pattern: str, account: str | None) -> None:
    """Neither an unknown account nor a generated name gives a role more than it has."""
    diff = compare(usage("GetItem", account=account), [statement(Action="dynamodb:*", Resource=pattern)])
    assert pieces(diff)["dynamodb:GetItem"][1] == (ORDERS,)
    part = compare(usage(stream=True), [statement(Action="dynamodb:*", Resource=f"{ORDERS}/stream/2026*")])
    assert pieces(part)["dynamodb:GetRecords"] == (Verdict.KEPT, (f"{ORDERS}/stream/2026*",))


def test_an_action_without_resources_on_a_resource_is_kept_and_called_unclear() -> None:
    used = usage("ListTables")
    used = role_usage("role", [replace(used.functions[0], calls=[other("dynamodb", "ListTables")])])
    diff = compare(used, [statement(Action=["dynamodb:ListTables", "dynamodb:Scan"], Resource=f"{PLACE}:table/*")])
    assert pieces(diff)["dynamodb:ListTables"] == (Verdict.KEPT, (f"{PLACE}:table/*",))
    assert pieces(diff)["dynamodb:Scan"] == (Verdict.REMOVED, ())
    ((_, judgement),) = diff.unmet
    assert judgement.answer is Answer.DEPENDS
    assert "no resource for this action" in judgement.why
    assert judge(Permission("dynamodb:ListTables", "*"), as_current(diff)).answer is Answer.ALLOWED


def test_an_unknown_resource_keeps_the_ones_that_are_allowed() -> None:
    """The record tells s3:GetObject and no bucket: what the role has is no more than that, and not unused."""
    used = usage(calls=[other("s3", "GetObject")])
    diff = compare(used, [statement(Action="s3:*", Resource="arn:aws:s3:::bucket/*")])
    assert pieces(diff)["s3:GetObject"] == (Verdict.KEPT, ("arn:aws:s3:::bucket/*",))
    assert pieces(diff)["s3:PutObject"] == (Verdict.REMOVED, ())
    (body,) = (found.document() for found in diff.policy())
    assert (body["Action"], body["Resource"]) == (["s3:GetObject"], ["arn:aws:s3:::bucket/*"])


def test_what_succeeded_is_not_called_denied() -> None:
    diff = compare(usage("GetItem"), [statement(Action="dynamodb:PutItem")])
    assert diff.denied == []
    ((need, judgement),) = diff.unexplained
    assert (need.action, judgement.why) == ("dynamodb:GetItem", "not allowed by what was given, yet 4 calls succeeded")
    refused = compare(usage("GetItem", errors={"AccessDeniedException": 4}), [statement(Action="dynamodb:PutItem")])
    assert [need.action for need, _ in refused.denied] == ["dynamodb:GetItem"]


def test_a_deny_that_did_not_deny_is_called_unclear() -> None:
    current = [statement(Action="*"), statement(Effect="Deny", Action="dynamodb:*")]
    ((_, judgement),) = compare(usage("GetItem"), current).unexplained
    assert judgement.why == "wide, statement 1 denies it, yet 4 calls succeeded"


def test_an_attached_policy_that_nobody_gave_may_be_what_allows() -> None:
    ((_, judgement),) = compare(usage("GetItem"), [unread("arn:aws:iam::aws:policy/X")]).unmet
    assert judgement.answer is Answer.DEPENDS
    assert "which is not in what was given" in judgement.why


@pytest.mark.parametrize("action", ["dynamodb:TransactWriteItems", "dynamodb:ExecuteStatement", "s3:ListObjectsV2"])
def test_an_action_that_does_not_exist_is_named_as_such(action: str) -> None:
    used = usage("GetItem")
    diff = compare(used, [statement(Action=[action, "dynamodb:GetItem"])])
    said = "\n".join(diff_text.describe(diff, used))
    assert f"{action} on {ORDERS}: AWS's reference has no such action, so it allows nothing" in said
    assert "not used in" not in said


@pytest.mark.parametrize("why", ["unseen", "dropped", "unresolved"])
def test_nothing_goes_where_calls_may_be_unseen(why: str) -> None:
    used = usage("GetItem", calls=[other("dynamodb", "Query", resource={"kind": "unresolved"})][: why == "unresolved"])
    if why == "unseen":
        used.unseen = ("orders starts programs",)
    if why == "dropped":
        used.functions[0] = replace(used.functions[0], dropped=1)
    diff = compare(used, [statement(Action=["dynamodb:*"], Resource="*")])
    assert [change.verdict for change in diff.statements] == [Verdict.KEPT]
    assert [dict(statement.body) for statement in as_current(diff)][-1]["Action"] == ["dynamodb:*"]


def test_what_lambda_does_itself_stays_until_it_is_known() -> None:
    actions = ["logs:PutLogEvents", "xray:PutTraceSegments", "ec2:CreateNetworkInterface", "sqs:SendMessage", "s3:Scan"]
    current = [statement(Action=actions, Resource="*")]
    queue = "arn:aws:sqs:eu-west-1:111122223333:failed"
    diff = compare(usage("GetItem", stream=True), current)
    assert {name for name, (verdict, _) in pieces(diff).items() if verdict is Verdict.KEPT} == set(actions[:4])
    configured = Deployed("orders", "eu-west-1", "arn:role", traced=True, destinations=(queue,))
    known = pieces(compare(usage("GetItem", stream=True, deployed=[configured]), current))
    assert known["sqs:SendMessage"] == (Verdict.NARROWED, (queue,))
    assert known["ec2:CreateNetworkInterface"] == (Verdict.REMOVED, ())
    assert known["xray:PutTraceSegments"][0] is Verdict.KEPT
    assert known["logs:PutLogEvents"][0] is Verdict.KEPT
