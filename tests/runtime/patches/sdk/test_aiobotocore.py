"""aiobotocore's clients have a `_make_api_call` of their own, and so the guard a wrapper of its own for it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from lambda_guard import InvokeBlocked
from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

session = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")


def run(work: Callable[[Any], Awaitable[Any]], service: str = "lambda") -> Any:
    """Run a coroutine function with a client that reaches nothing."""
    from aiobotocore.config import AioConfig

    async def main() -> Any:
        async with session.get_session().create_client(
            service, region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing",
            endpoint_url="http://127.0.0.1:9", config=AioConfig(retries={"max_attempts": 0}, connect_timeout=1),
        ) as client:  # fmt: skip
            return await work(client)

    return asyncio.run(main())


async def invoke(client: Any) -> Any:
    """Invoke another function."""
    return await client.invoke(FunctionName="other")


def test_goes_in_and_out() -> None:
    """Installing wraps the coroutine, uninstalling puts the very same one back."""
    from aiobotocore.client import AioBaseClient

    original = AioBaseClient.__dict__["_make_api_call"]
    attach.install(Config(), sinks=[])
    assert AioBaseClient.__dict__["_make_api_call"] is not original
    attach.uninstall()
    assert AioBaseClient.__dict__["_make_api_call"] is original


def test_block() -> None:
    """An invoke is blocked when it is awaited, as the same error that boto3's clients raise, at the user's line."""
    sink = Memory()
    attach.install(Config(mode="enforce"), sinks=[sink])
    with pytest.raises(InvokeBlocked) as caught:
        run(invoke)
    assert isinstance(caught.value, ClientError)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    (finding,) = sink.of_kind("finding")
    assert finding["site"]["file"] == __file__
    assert finding["site"]["function"] == "invoke"


def test_gathered() -> None:
    """Calls that run at the same time in one thread are each judged, and their site is the line that awaits."""
    sink = Memory()
    attach.install(Config(mode="enforce"), sinks=[sink])

    async def many(client: Any) -> list[Any]:
        return await asyncio.gather(*(invoke(client) for _ in range(5)), return_exceptions=True)

    assert all(isinstance(error, InvokeBlocked) for error in run(many))
    assert len(sink.of_kind("finding")) == 1


def test_each_call_that_is_gathered_is_found_at_its_own_line() -> None:
    """A coroutine that the loop runs as a task of its own has the line that made it, not the one that runs the loop."""
    sink = Memory()
    attach.install(Config(), sinks=[sink])

    async def many(client: Any) -> None:
        await asyncio.gather(
            client.invoke(FunctionName="first"),
            client.invoke(FunctionName="second"),
            asyncio.create_task(client.invoke(FunctionName="third")),
            return_exceptions=True,
        )

    run(many)
    sites = {finding["target"].rpartition(":")[2]: finding["site"] for finding in sink.of_kind("finding")}
    first = many.__code__.co_firstlineno + 2
    assert {name: site["line"] - first for name, site in sites.items()} == {"first": 0, "second": 1, "third": 2}
    assert {site["function"].rpartition(".")[2] for site in sites.values()} == {"many"}


def test_a_coroutine_that_is_never_awaited_is_no_call() -> None:
    """Making it finds nothing and counts nothing."""
    sink = Memory()
    guard = attach.install(Config(mode="enforce"), sinks=[sink])

    async def drop(client: Any) -> None:
        client.invoke(FunctionName="other").close()

    run(drop)
    assert guard.usage is not None
    assert (guard.usage.totals()["calls"], sink.of_kind("finding")) == ([], [])


def test_observe() -> None:
    """In observe the call goes out, its error is the SDK's own and is counted."""
    sink = Memory()
    guard = attach.install(Config(), sinks=[sink])
    with pytest.raises(EndpointConnectionError) as caught:
        run(invoke)
    assert "patches/sdk/aiobotocore.py" not in "".join(traceback.format_exception(caught.value))
    assert [finding["decision"] for finding in sink.of_kind("finding")] == ["would_block"]
    assert guard.usage is not None
    (call,) = guard.usage.totals()["calls"]
    assert (call["count"], call["errors"]) == (1, {"EndpointConnectionError": 1})


def test_refused_by_botocore() -> None:
    """Arguments that the SDK refuses are refused by the SDK."""
    attach.install(Config(mode="enforce"), sinks=[])

    async def wrong(client: Any) -> Any:
        return await client.invoke(FunctionName=7)

    with pytest.raises(ParamValidationError):
        run(wrong)


def test_cancelled() -> None:
    """A call that is cancelled is cancelled, and counted as that."""
    guard = attach.install(Config(), sinks=[])

    async def cancel(client: Any) -> None:
        async def hang(*_: Any, **__: Any) -> None:
            await asyncio.sleep(60)

        client._make_request = hang
        task = asyncio.ensure_future(client.list_tables())
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        run(cancel, "dynamodb")
    assert guard.usage is not None
    (call,) = guard.usage.totals()["calls"]
    assert call["errors"] == {"CancelledError": 1}


def test_names_are_those_that_are_sent() -> None:
    """A hook, which may be a coroutine, makes another name of the one given: that one is judged, once."""
    sink = Memory()
    guard = attach.install(Config(mode="enforce", allow_invoke=("other",)), sinks=[sink])

    async def stage(params: dict[str, Any], **_: object) -> None:
        await asyncio.sleep(0)
        params["FunctionName"] = "prod-" + params["FunctionName"]

    async def both(client: Any) -> Any:
        client.meta.events.register("before-parameter-build.lambda.Invoke", stage)
        return await asyncio.gather(invoke(client), invoke(client), return_exceptions=True)

    assert [type(error).__name__ for error in run(both)] == ["InvokeBlocked", "InvokeBlocked"]
    assert {finding["target"].rpartition(":")[2] for finding in sink.of_kind("finding")} == {"prod-other"}
    assert guard.usage is not None
    assert [call["refused"] for call in guard.usage.totals()["calls"]] == [2]
