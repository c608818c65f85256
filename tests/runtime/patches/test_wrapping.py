"""What is wrapped behaves, and fails, as it does by itself: with real clients and drivers, and nobody listening."""

from __future__ import annotations

import asyncio
import inspect
import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import wrapt

from lambda_guard.runtime import attach
from lambda_guard.runtime.errors import ConnectionBlocked
from lambda_guard.runtime.patches.wrapping import around
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _psycopg2(port: int) -> None:
    pytest.importorskip("psycopg2").connect(host="127.0.0.1", port=port, connect_timeout=5)


def _psycopg(port: int) -> None:
    pytest.importorskip("psycopg").connect(f"host=127.0.0.1 port={port} connect_timeout=5")


def _pymongo(port: int) -> None:
    pytest.importorskip("pymongo").MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=1, no_such_option=1)


def _mysql(port: int) -> None:
    connector = pytest.importorskip("mysql.connector")
    connector.connect(host="127.0.0.1", port=port, use_pure=True, connection_timeout=5)


def _pymssql(port: int) -> None:
    pytest.importorskip("pymssql").connect("127.0.0.1", port=str(port), login_timeout=1)


def _oracledb(port: int) -> None:
    pytest.importorskip("oracledb").connect(user="u", password="p", dsn=f"127.0.0.1:{port}/x")


def _asyncpg(port: int) -> None:
    asyncpg = pytest.importorskip("asyncpg")
    asyncio.run(asyncpg.connect(host="127.0.0.1", port=port, timeout=5, ssl=False))


def _httpx(port: int) -> None:
    pytest.importorskip("httpx").get(f"http://127.0.0.1:{port}/2026-01-01/x", trust_env=False)


def _httpx_async(port: int) -> None:
    httpx = pytest.importorskip("httpx")

    async def get() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"http://127.0.0.1:{port}/2026-01-01/x")

    asyncio.run(get())


def _aiohttp(port: int) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(f"http://127.0.0.1:{port}/2026-01-01/x")

    asyncio.run(get())


WAYS = (
    _psycopg2, _psycopg, _pymongo, _mysql, _pymssql, _oracledb, _asyncpg, _httpx, _httpx_async, _aiohttp,
)  # fmt: skip


def _lines(error: BaseException) -> list[tuple[str, list[str]]]:
    """Return every error of a chain with the functions of its trace."""
    lines, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = [f"{frame.filename}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        lines.append((type(error).__name__, frames))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return lines


def _failure(connect: Callable[[int], None], port: int) -> list[tuple[str, list[str]]]:
    try:
        connect(port)
    except Exception as error:
        return _lines(error)
    raise AssertionError("somebody listens there")


@pytest.mark.parametrize("connect", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_errors_show_no_line_of_the_guard(connect: Callable[[int], None], port: int) -> None:
    """The stack trace of a failed connection is the same, frame by frame, with the guard and without it."""
    bare = _failure(connect, port)
    sink = Memory()
    attach.install(Config(mode="observe"), sinks=[sink])

    guarded = _failure(connect, port)

    assert guarded == bare
    assert not any("lambda_guard/runtime" in frame for _, frames in guarded for frame in frames)
    assert sink.of_kind("error") == []


def test_a_block_has_one_frame_of_the_guard() -> None:
    """A refusal comes from the call itself, not from deep inside the guard."""

    def refuse(_args: Any, _kwargs: Any) -> None:
        raise ConnectionBlocked("refused")

    def connect() -> None:
        raise AssertionError("reached")

    async def connect_async() -> None:
        raise AssertionError("reached")

    for call in (around(connect, refuse), lambda: asyncio.run(around(connect_async, refuse)())):
        with pytest.raises(ConnectionBlocked) as caught:
            call()
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names[-1] in ("called", "awaited")
        assert caught.value.__context__ is caught.value.__cause__ is None


def test_what_is_wrapped_looks_like_itself() -> None:
    """Names, signatures and kinds stay; each call looks once, before it is made."""
    order: list[str] = []

    def plain(host: str, port: int = 5432) -> str:
        """Connect."""
        order.append("call")
        return f"{host}:{port}"

    async def coroutine(host: str) -> str:
        order.append("call")
        return host

    look = lambda args, kwargs: order.append("look")  # noqa: E731
    wrapped = around(plain, look)
    assert (wrapped.__name__, wrapped.__doc__, inspect.signature(wrapped)) == (
        "plain", "Connect.", inspect.signature(plain),
    )  # fmt: skip
    assert wrapped("db", port=1) == "db:1"
    assert inspect.iscoroutinefunction(around(coroutine, look))
    assert asyncio.run(around(coroutine, look)("db")) == "db"
    assert order == ["look", "call"] * 2


def test_another_librarys_wrapper_knows_the_instance(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """A tracer that was there before the guard is still bound to the session whose request it sees."""
    aiohttp = pytest.importorskip("aiohttp")
    seen: list[tuple[type, int]] = []

    def trace(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append((type(instance), len(args)))
        return wrapped(*args, **kwargs)

    original = aiohttp.ClientSession._request
    monkeypatch.setattr(aiohttp.ClientSession, "_request", wrapt.FunctionWrapper(original, trace))
    attach.install(Config(mode="observe"), sinks=[Memory()])
    _failure(_aiohttp, port)
    attach.uninstall()
    assert seen == [(aiohttp.ClientSession, 2)]
    assert isinstance(aiohttp.ClientSession.__dict__["_request"], wrapt.FunctionWrapper)
