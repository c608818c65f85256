"""The direct-invoke rule: what it finds, under which id, and what the allow-list lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime.rules import direct_invoke
from lambda_guard.runtime.services.invoke import CHECKPOINT, Function
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.types import Finding

ACCOUNT, REGION = "012345678912", "eu-west-1"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


def check(
    target: object = "payments",
    *,
    operation: str = "Invoke",
    allow: tuple[str, ...] = (),
    region: str | None = REGION,
    account: str | None = ACCOUNT,
    **params: Any,
) -> list[Finding]:
    """Check one call of the function `orders`."""
    own = Function("orders", None, account, REGION, "aws" if account else None)
    arguments = {"FunctionName": target, **params}
    return direct_invoke.check(operation, arguments, region, own, Config(allow_invoke=allow))


def test_finding() -> None:
    """A finding names rule, issue, target and operation, and says what to do instead."""
    (finding,) = check(Payload=b'{"secret": "value"}')
    assert (finding.rule, finding.issue) == ("direct_invoke", "direct-invoke")
    assert finding.target == f"{ARN}:payments"
    assert finding.details == {"service": "lambda", "operation": "Invoke"}
    assert "LAMBDA_GUARD_ALLOW_INVOKE" in finding.message
    assert "secret" not in finding.message


@pytest.mark.parametrize(
    ("target", "issue"),
    [
        ("orders", "self-invoke"),
        ("orders:live", "self-invoke"),
        (f"{ARN}:orders:7", "self-invoke"),
        (f"{ACCOUNT}:function:orders", "self-invoke"),
        ("orders-2", "direct-invoke"),
        ("999988887777:function:orders", "direct-invoke"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders", "direct-invoke"),
    ],
)
def test_self_invoke(target: str, issue: str) -> None:
    """A function that calls itself is told apart; one of the same name elsewhere is another function."""
    assert [finding.issue for finding in check(target)] == [issue]


def test_client_of_another_region() -> None:
    """A bare name is a function of the client's region."""
    (finding,) = check("orders", region="us-east-1")
    assert finding.issue == "direct-invoke"
    assert finding.target == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders"


def test_chained() -> None:
    """A durable function's chained invoke has an issue of its own, and one finding for each target."""
    updates = [
        {"Id": name, "Type": "CHAINED_INVOKE", "ChainedInvokeOptions": {"FunctionName": name}}
        for name in ("payments", "audit", "mail")
    ]
    found = check(operation=CHECKPOINT, allow=("audit",), Updates=updates)
    assert [(finding.issue, finding.target) for finding in found] == [
        ("chained-invoke", f"{ARN}:payments"), ("chained-invoke", f"{ARN}:mail"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "target", "passes"),
    [
        ("payments", "payments", True),
        ("payments", "payments:live", True),
        ("payments", f"{ARN}:payments", True),
        ("payments", "payments-2", False),
        ("payments", "Payments", False),
        ("pay*", "payments", True),
        ("pay????s", "payments", True),
        ("*", "payments", True),
        ("payments:live", "payments:live", True),
        ("payments:live", "payments", False),
        ("payments:live", "payments:test", False),
        (f"{ARN}:pay*", "payments", True),
        (f"{ARN}:payments", "payments:live", True),
        ("arn:aws:lambda:*:*:function:payments", "999988887777:function:payments", True),
        ("999988887777:function:*", "999988887777:function:payments", True),
        # A bare name is this account's function: another account's has to be named with its account.
        ("payments", "999988887777:function:payments", False),
        (f"{ARN}:payments", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:payments", False),
        ("pay.ents", "payments", False),
        ("[p]ayments", "payments", False),
        ("", "payments", False),
    ],
)
def test_allow_list(pattern: str, target: str, passes: bool) -> None:
    """The allow-list takes globs of names and ARNs, of exactly the function that is meant."""
    assert (check(target, allow=(pattern,)) == []) is passes


def test_before_the_account_is_known() -> None:
    """At import nobody knows the account yet: names still count, and other accounts' functions stay others'."""
    assert check("payments", account=None, allow=("payments",)) == []
    (finding,) = check("payments", account=None)
    assert finding.target == "payments"
    assert check("999988887777:function:payments", account=None, allow=("payments",)) != []
    assert [finding.issue for finding in check("orders", account=None)] == ["self-invoke"]


@pytest.mark.parametrize("target", [None, 7, b"payments", "", ["payments"], {"name": "payments"}])
def test_no_name(target: object) -> None:
    """What is no name at all is for botocore to refuse."""
    assert check(target) == []


def test_issues_are_documented() -> None:
    """Every issue that the rule can find is in its table."""
    assert {"direct-invoke", "self-invoke", "chained-invoke"} <= set(direct_invoke.ISSUES)
