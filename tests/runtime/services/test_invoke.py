"""What a call of Lambda's API invokes, whatever form names it."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_guard.runtime.services.invoke import CHECKPOINT, INVOKES, Function, invoked, parse

ARN = "arn:aws:lambda:eu-west-1:012345678912:function:orders"


@pytest.mark.parametrize(
    ("text", "name", "qualifier", "account", "region", "partition"),
    [
        ("orders", "orders", None, None, None, None),
        ("orders:live", "orders", "live", None, None, None),
        ("orders:7", "orders", "7", None, None, None),
        ("orders:$LATEST", "orders", "$LATEST", None, None, None),
        ("function:orders", "orders", None, None, None, None),
        ("012345678912:function:orders", "orders", None, "012345678912", None, None),
        ("012345678912:function:orders:live", "orders", "live", "012345678912", None, None),
        ("012345678912:orders", "orders", None, "012345678912", None, None),
        (ARN, "orders", None, "012345678912", "eu-west-1", "aws"),
        (f"{ARN}:live", "orders", "live", "012345678912", "eu-west-1", "aws"),
        (f"{ARN}:$LATEST", "orders", "$LATEST", "012345678912", "eu-west-1", "aws"),
        (
            "arn:aws-us-gov:lambda:us-gov-west-1:012345678912:function:orders",
            "orders", None, "012345678912", "us-gov-west-1", "aws-us-gov",
        ),
        ("arn:aws-cn:lambda:cn-north-1:012345678912:function:o", "o", None, "012345678912", "cn-north-1", "aws-cn"),
        ("us-east-1:012345678912:function:orders", "orders", None, "012345678912", "us-east-1", None),
    ],
)  # fmt: skip
def test_forms(text: str, name: str, qualifier: str, account: str, region: str, partition: str) -> None:
    """Each form that the API takes is read in full; what it leaves out is None."""
    function = parse(text)
    assert (function.name, function.qualifier) == (name, qualifier)
    assert (function.account, function.region, function.partition) == (account, region, partition)


def test_qualifier_beside_the_name() -> None:
    """A qualifier that is a parameter of its own counts where the name has none."""
    assert parse("orders", "live").qualifier == "live"
    assert parse("orders:7", "live").qualifier == "7"
    assert parse("orders", "").qualifier is None


def test_names() -> None:
    """An allow-list may use any form; the fullest is what findings show."""
    function = Function("orders", "live", "012345678912", "eu-west-1", "aws")
    assert str(function) == f"{ARN}:live"
    assert {"orders", "orders:live", "012345678912:function:orders", ARN, f"{ARN}:live"} <= set(function.names())
    assert str(Function("orders")) == "orders"
    assert str(Function("orders", None, "012345678912")) == "arn:aws:lambda:*:012345678912:function:orders"


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever a name is, reading it ends without an error, and nothing of it is made up."""
    function = parse(text)
    assert function.name in text
    assert all(part in text for part in (function.qualifier, function.account, function.region) if part)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Type", "ChainedInvokeOptions", ""]), inner),
    max_leaves=8,
)


@given(
    st.sampled_from([*INVOKES, CHECKPOINT, "GetFunction", None, 7]),
    anything | st.dictionaries(st.sampled_from(["FunctionName", "Qualifier", "InvocationType", "Updates"]), anything),
)
def test_any_parameters(operation: Any, params: Any) -> None:
    """Whatever is passed, the answer is a list of functions, and never an error."""
    assert all(isinstance(function, Function) for function in invoked(operation, params))


@pytest.mark.parametrize("operation", sorted(INVOKES))
def test_invokes(operation: str) -> None:
    """Each operation that runs a function names it."""
    (function,) = invoked(operation, {"FunctionName": "orders", "Qualifier": "live"})
    assert str(function) == "orders:live"


@pytest.mark.parametrize("kind", ["Event", "RequestResponse", None])
def test_invocation_type(kind: str | None) -> None:
    """Only a dry run invokes nothing."""
    assert len(invoked("Invoke", {"FunctionName": "orders", "InvocationType": kind})) == 1
    assert invoked("Invoke", {"FunctionName": "orders", "InvocationType": "DryRun"}) == []


def chained(**changes: Any) -> dict[str, Any]:
    """Return a checkpoint's update that starts another function."""
    options = {"FunctionName": "orders"}
    return {"Id": "1", "Type": "CHAINED_INVOKE", "Action": "START", "ChainedInvokeOptions": options, **changes}


def test_checkpoint() -> None:
    """Of a checkpoint's updates, those that start a chained invoke name functions; all others are bookkeeping."""
    other = {"FunctionName": "audit:live"}
    updates = [{"Type": "STEP"}, chained(), chained(ChainedInvokeOptions=other), chained(Action="SUCCEED")]
    assert [str(function) for function in invoked(CHECKPOINT, {"Updates": updates})] == ["orders", "audit:live"]
    assert invoked("GetDurableExecutionState", {"Updates": updates}) == []


def test_every_operation_that_invokes() -> None:
    """The operations are the ones of botocore's own model that run a function, so that a new one is noticed."""
    model = botocore.session.get_session().get_service_model("lambda")
    paths = {name: model.operation_model(name).http["requestUri"] for name in model.operation_names}
    invoking = {name for name, path in paths.items() if "invocation" in path or "invoke-async" in path}
    assert invoking == INVOKES
    assert CHECKPOINT in paths
    members = model.shape_for("OperationUpdate").members
    assert members["ChainedInvokeOptions"].members["FunctionName"].type_name == "string"
    assert "CHAINED_INVOKE" in model.shape_for("OperationType").enum
