"""The wrapper on botocore's clients: judged before, called once, and gone from the stack trace."""

from __future__ import annotations

import copy
import pickle
import socket
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.client
import botocore.session
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber

from lambda_guard import InvokeBlocked
from lambda_guard.runtime import attach
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.patches.sdk import botocore as patch
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

ORIGINAL = botocore.client.BaseClient.__dict__["_make_api_call"]


def make_client(service: str = "lambda", port: int = 9) -> Any:
    """Return a client that reaches nothing."""
    return boto3.client(
        service, region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing",
        endpoint_url=f"http://127.0.0.1:{port}", config=ClientConfig(retries={"max_attempts": 0}, connect_timeout=1),
    )  # fmt: skip


@pytest.fixture
def sink() -> Memory:
    """Where the guard of a test writes."""
    return Memory()


@pytest.fixture
def observing(sink: Memory) -> Guard:
    """A guard that lets calls pass."""
    return attach.install(Config(mode="observe"), sinks=[sink])


@pytest.fixture
def enforcing(sink: Memory) -> Guard:
    """A guard that blocks invokes."""
    return attach.install(Config(mode="enforce", allow_invoke=("audit-*",)), sinks=[sink])


@pytest.fixture
def stub() -> Iterator[Any]:
    """A client and a stubber that answers its next call of Invoke."""
    client = make_client()
    with Stubber(client) as stubber:
        stubber.add_response("invoke", {"StatusCode": 200})
        yield client


def test_patch_goes_in_and_out(sink: Memory) -> None:
    """Installing wraps the class's own method, uninstalling puts the very same one back."""
    assert botocore.client.BaseClient.__dict__["_make_api_call"] is ORIGINAL
    attach.install(Config(), sinks=[sink])
    assert botocore.client.BaseClient.__dict__["_make_api_call"] is not ORIGINAL
    attach.uninstall()
    assert botocore.client.BaseClient.__dict__["_make_api_call"] is ORIGINAL


def test_patch_under_another_one(enforcing: Guard) -> None:
    """A patch that somebody laid over ours stays, and ours below it judges nothing any more."""
    import wrapt

    seen = []

    def over(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append(args[0])
        return wrapped(*args, **kwargs)

    before = botocore.client.BaseClient.__dict__["_make_api_call"]
    wrapt.wrap_function_wrapper(botocore.client, "BaseClient._make_api_call", over)
    try:
        with pytest.raises(InvokeBlocked):
            make_client().invoke(FunctionName="other")
        attach.uninstall()
        assert botocore.client.BaseClient.__dict__["_make_api_call"] is not ORIGINAL
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            make_client().invoke(FunctionName="other")
        assert seen == ["Invoke", "Invoke"]
    finally:
        botocore.client.BaseClient._make_api_call = before
        patch.unwrap(botocore.client.BaseClient)
    assert botocore.client.BaseClient.__dict__["_make_api_call"] is ORIGINAL


def test_block(enforcing: Guard) -> None:
    """The block is an InvokeBlocked and a ClientError with the code, status and shape of an IAM denial."""
    with pytest.raises(ClientError) as caught:
        make_client().invoke(FunctionName="other")
    assert isinstance(caught.value, InvokeBlocked)
    error: Any = caught.value
    assert error.response["Error"]["Code"] == "AccessDeniedException"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error.operation_name == "Invoke"
    assert type(error).__name__ == "InvokeBlocked"
    assert str(error).startswith("An error occurred (AccessDeniedException) when calling the Invoke operation: ")
    assert "test_botocore.py" in str(error)
    assert "LAMBDA_GUARD_ALLOW_INVOKE" in str(error)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_block_can_be_copied(enforcing: Guard, again: Any) -> None:
    """The block survives copying and pickling, as multiprocessing needs, as the same kind of error."""
    with pytest.raises(InvokeBlocked) as caught:
        make_client().invoke(FunctionName="other")
    error: Any = caught.value
    other = again(error)
    assert type(other) is type(error)
    assert (str(other), other.response, other.operation_name) == (str(error), error.response, error.operation_name)


def test_block_within_another_error(enforcing: Guard) -> None:
    """A call that is blocked while another error is handled says so in one trace, without frames of the guard's."""
    try:
        try:
            raise KeyError("first")
        except KeyError:
            make_client().invoke(FunctionName="other")
    except InvokeBlocked as error:
        text = "".join(traceback.format_exception(error))
    assert "guard.py" not in text
    assert "direct_invoke.py" not in text


def test_answer_is_the_original(observing: Guard, stub: Any) -> None:
    """In observe the call is made once and its answer is the SDK's own."""
    assert stub.invoke(FunctionName="other")["StatusCode"] == 200
    with pytest.raises(botocore.exceptions.UnStubbedResponseError):
        stub.invoke(FunctionName="other")


def test_no_frame_of_ours_in_errors(observing: Guard) -> None:
    """An error that the SDK raises has the frames that it has without the guard."""

    def names() -> list[str]:
        try:
            make_client("dynamodb").list_tables(Limit="x")
        except ParamValidationError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        return []

    guarded = names()
    attach.uninstall()
    assert guarded == names()
    assert guarded[-1] == "serialize_to_request"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("Invoke", None),
        ("Invoke", {}),
        ("Invoke", {"FunctionName": None}),
        ("Invoke", {"FunctionName": 7, "InvocationType": ["DryRun"]}),
        ("Invoke", {"FunctionName": b"other"}),
        ("Invoke", {"FunctionName": ["other"]}),
        ("CheckpointDurableExecution", {"Updates": "CHAINED_INVOKE"}),
        ("CheckpointDurableExecution", {"Updates": [None, 7, {"Type": "CHAINED_INVOKE", "ChainedInvokeOptions": 3}]}),
        (None, {}),
        (7, {}),
        ("NoSuchOperation", {"FunctionName": "other"}),
    ],
)
def test_arguments_that_botocore_refuses(enforcing: Guard, sink: Memory, operation: Any, params: Any) -> None:
    """What botocore itself refuses is refused by botocore, in its own words, and is no fault of the guard's."""

    def refused() -> tuple[type[BaseException], str]:
        client = make_client()
        try:
            client._make_api_call(operation, params)
        except Exception as error:
            return type(error), str(error)
        raise AssertionError("botocore took it")

    guarded = refused()
    attach.uninstall()
    assert guarded == refused()
    assert sink.of_kind("error") == []


def test_wrong_number_of_arguments(enforcing: Guard) -> None:
    """Calls that cannot be made at all fail as they do without the guard."""
    for args, kwargs in (((), {}), (("Invoke",), {}), (("Invoke", {}, 3), {}), ((), {"operation": "Invoke"})):
        with pytest.raises(TypeError):
            make_client()._make_api_call(*args, **kwargs)


@pytest.mark.parametrize("keywords", [True, False])
def test_positional_and_keyword_arguments(enforcing: Guard, keywords: bool) -> None:
    """Callers below the public methods, as tracers' and s3transfer's, may use keywords."""
    call = make_client()._make_api_call
    params = {"FunctionName": "other"}
    with pytest.raises(InvokeBlocked):
        call(operation_name="Invoke", api_params=params) if keywords else call("Invoke", params)
    with pytest.raises(InvokeBlocked):
        call("Invoke", api_params=params)


def test_subclass_of_str(enforcing: Guard) -> None:
    """A name that is an enum's member or another kind of text is still a name."""
    from enum import Enum

    class Names(str, Enum):  # noqa: UP042 - as users write it; StrEnum's members print as plain text
        OTHER = "other"

    with pytest.raises(InvokeBlocked, match="other"):
        make_client().invoke(FunctionName=Names.OTHER)


def test_clients_of_every_age(sink: Memory) -> None:
    """Clients, sessions and bound methods made before attaching are guarded as those made after."""
    client = make_client()
    bound = client.invoke
    session = botocore.session.get_session()
    attach.install(Config(mode="enforce"), sinks=[sink])
    later = session.create_client(
        "lambda", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    for invoke in (client.invoke, bound, later.invoke, make_client().invoke):
        with pytest.raises(InvokeBlocked):
            invoke(FunctionName="other")


def test_threads(enforcing: Guard, sink: Memory) -> None:
    """Calls from threads are judged too; one site is one finding, however many threads call."""
    client = make_client()

    def work(_: int) -> str:
        try:
            client.invoke(FunctionName="other")
        except InvokeBlocked:
            return "blocked"
        return "sent"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(200))) == {"blocked"}
    assert len(sink.of_kind("finding")) == 1
    thread = threading.Thread(target=work, args=(1,))
    thread.start()
    thread.join()
    assert len(sink.of_kind("finding")) == 1


def test_resources_paginators_and_waiters(observing: Guard, sink: Memory) -> None:
    """Everything that stands on a client is counted as the operations that it makes."""
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        list(make_client("dynamodb").get_paginator("scan").paginate(TableName="orders"))
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        make_client("dynamodb").get_waiter("table_exists").wait(TableName="orders")
    resource = boto3.resource(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing",
        endpoint_url="http://127.0.0.1:9", config=ClientConfig(retries={"max_attempts": 0}),
    )  # fmt: skip
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        resource.Table("orders").get_item(Key={"id": "1"})
    assert observing.usage is not None
    calls = observing.usage.totals()["calls"]
    assert {call["operation"] for call in calls} == {"Scan", "DescribeTable", "GetItem"}
    assert all(call["errors"] == {"EndpointConnectionError": 1} for call in calls)


def test_our_fault(enforcing: Guard, sink: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the guard cannot judge, enforce refuses (closed), observe and `open` let the call pass."""
    from lambda_guard.runtime.rules import direct_invoke

    def broken(*_: object) -> Any:
        raise RuntimeError

    monkeypatch.setattr(direct_invoke, "check", broken)
    with pytest.raises(InvokeBlocked, match="could not judge"):
        make_client().invoke(FunctionName="audit-log")
    assert [error["where"] for error in sink.of_kind("error")] == ["direct_invoke"]
    for config in (Config(mode="observe"), Config(mode="enforce", on_error="open")):
        attach.uninstall()
        attach.install(config, sinks=[sink])
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            make_client().invoke(FunctionName="audit-log")


def test_a_method_with_another_signature_gets_all_it_is_given(sink: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should botocore's method take more one day, nothing of it is lost, and the call is judged all the same."""

    def later(self: Any, operation_name: str, api_params: Any, *, deadline: int) -> Any:
        return operation_name, api_params, deadline

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", later)
    attach.install(Config(mode="enforce"), sinks=[sink])
    client = make_client()
    assert client._make_api_call("ListFunctions", {}, deadline=3) == ("ListFunctions", {}, 3)
    with pytest.raises(InvokeBlocked):
        client._make_api_call("Invoke", {"FunctionName": "other"}, deadline=3)
    attach.uninstall()
    assert botocore.client.BaseClient.__dict__["_make_api_call"] is later


@pytest.mark.parametrize("event", ["provide-client-params", "before-parameter-build"])
def test_names_are_those_that_are_sent(enforcing: Guard, sink: Memory, event: str) -> None:
    """A hook of botocore's that makes another name of the one given is what the guard judges and records."""

    def stage(params: dict[str, Any], **_: object) -> dict[str, Any] | None:
        changed = {name: f"prod-{value}" for name, value in params.items() if name in ("TableName", "FunctionName")}
        params.update(changed)
        return params if event == "provide-client-params" else None

    table, function = make_client("dynamodb"), make_client("lambda")
    for client in (table, function):
        client.meta.events.register(f"{event}.*.*", stage)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        table.describe_table(TableName="orders")
    with pytest.raises(InvokeBlocked) as caught:
        function.invoke(FunctionName="audit-log")
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "_convert_to_request_dict" not in frames
    assert [found["target"].rpartition(":")[2] for found in sink.of_kind("finding")] == ["prod-audit-log"]
    assert sink.of_kind("finding")[0]["site"]["function"] == "test_names_are_those_that_are_sent"
    assert enforcing.usage is not None
    calls = {call["service"]: call for call in enforcing.usage.totals()["calls"]}
    assert calls["dynamodb"]["resource"]["name"] == "prod-orders"
    assert (calls["lambda"]["count"], calls["lambda"]["refused"]) == (0, 1)


def test_a_hook_may_make_a_name_that_is_allowed(enforcing: Guard) -> None:
    """What is given but not sent is blocked by nobody."""
    client = make_client()

    def stage(params: dict[str, Any], **_: object) -> None:
        params["FunctionName"] = "audit-log"

    client.meta.events.register("before-parameter-build.lambda.Invoke", stage)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.invoke(FunctionName="other")


def test_a_call_within_a_hook(observing: Guard) -> None:
    """Calls that a hook makes are counted as their own, and the one that it belongs to once."""
    table, other = make_client("dynamodb"), make_client("dynamodb")

    def look(**_: object) -> None:
        table.generate_presigned_url("describe_table", Params={"TableName": "presigned"})
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            other.list_tables()

    table.meta.events.register("before-call.dynamodb.DescribeTable", look)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        table.describe_table(TableName="orders")
    assert observing.usage is not None
    calls = observing.usage.totals()["calls"]
    assert {call["operation"]: call["count"] for call in calls} == {"DescribeTable": 1, "ListTables": 1}
    assert [call["resource"]["name"] for call in calls if "resource" in call] == ["orders"]


def test_nothing_is_sent_that_is_only_signed(observing: Guard) -> None:
    """A presigned URL is no call."""
    make_client("dynamodb").generate_presigned_url("describe_table", Params={"TableName": "orders"})
    assert observing.usage is not None
    assert observing.usage.totals()["calls"] == []


@pytest.mark.parametrize("event", ["before-call", "before-sign", "before-send"])
def test_a_request_that_is_changed_after_it_was_built(enforcing: Guard, sink: Memory, event: str) -> None:
    """A hook that leads an allowed invoke to another function does not get it past the guard."""

    def lead(params: Any = None, request: Any = None, **_: object) -> None:
        if params is not None:
            params["url"] = params["url"].replace("audit-log", "other")
        else:
            request.url = request.url.replace("audit-log", "other")

    server = socket.create_server(("127.0.0.1", 0))
    client = make_client(port=server.getsockname()[1])
    client.meta.events.register(f"{event}.lambda.Invoke", lead)
    try:
        with pytest.raises(Exception, match="lambda_guard blocked this"):
            client.invoke(FunctionName="audit-log")
    finally:
        server.close()
    assert [found["target"].rpartition(":")[2] for found in sink.of_kind("finding")][:1] == ["other"]
