"""uvloop's connections, which no audit event tells of."""

from __future__ import annotations

import asyncio
import inspect
import socket
from typing import Any

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.errors import ConnectionBlocked, InvokeBlocked
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

uvloop = pytest.importorskip("uvloop")
URL = "abc123.lambda-url.eu-west-1.on.aws"


def connect(*place: Any, **options: Any) -> None:
    """Connect by the loop's own method, and hang up."""

    async def go() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, *place, **options)
        transport.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())


@pytest.mark.parametrize("options", [{}, {"family": socket.AF_INET}])
def test_what_it_connects_to_is_judged(options: Any) -> None:
    """By place or by name, before a name is looked up."""
    sink = Memory()
    attach.install(Config(mode="enforce", connection="enforce"), sinks=[sink])
    with pytest.raises(InvokeBlocked):
        connect(URL, 443, **options)
    with pytest.raises(ConnectionBlocked):
        connect(host="127.0.0.1", port=6379, **options)
    found = [(finding["target"], finding["site"]["function"].split(".")[0]) for finding in sink.of_kind("finding")]
    assert found == [(URL, "connect"), ("redis/other:6379", "connect")]
    assert sink.of_kind("error") == []


def test_other_connections_pass() -> None:
    """A server, a socket that is connected already, and arguments that make no sense."""
    sink = Memory()
    attach.install(Config(mode="enforce", connection="enforce"), sinks=[sink])
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect("127.0.0.1", server.getsockname()[1])
        with socket.create_connection(server.getsockname()) as sock:
            connect(sock=sock)
    with pytest.raises(ValueError, match="host and port"):
        connect()
    with pytest.raises(TypeError):
        connect(1, 2, 3, 4, 5)
    assert sink.of_kind("finding") == sink.of_kind("error") == []


def test_the_loop_is_as_it_was_afterwards() -> None:
    """The method is its base's again; meanwhile it is still a coroutine function."""
    attach.install(Config(mode="observe"), sinks=[])
    assert "create_connection" in vars(uvloop.Loop)
    assert inspect.iscoroutinefunction(uvloop.Loop.create_connection)
    attach.uninstall()
    assert "create_connection" not in vars(uvloop.Loop)
