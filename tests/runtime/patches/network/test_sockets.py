"""Which host a connection goes to, and what is made of it: real sockets, with AWS's names led to this machine."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.errors import InvokeBlocked
from lambda_guard.runtime.patches.network import leaving, sockets
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

PROXY = "orders.proxy-abc.eu-west-1.rds.amazonaws.com"
RDS = "orders.abc.eu-west-1.rds.amazonaws.com"
CACHE = "orders.abc.0001.euw1.cache.amazonaws.com"
URL = "abc123.lambda-url.eu-west-1.on.aws"
API = "lambda.eu-west-1.amazonaws.com"


@pytest.fixture(autouse=True)
def aws_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve AWS's names to this machine, telling the audit hooks what the real function would tell."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if not name.endswith((".amazonaws.com", ".on.aws")):
            return look_up(host, port, *args, **kwargs)
        sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port or 0)))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(sockets, "_names", {})
    monkeypatch.setattr(sockets, "_mine", type(sockets._mine)())


@pytest.fixture
def port() -> Iterator[int]:
    """A port that takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def kinds() -> Iterator[Callable[[], list[str]]]:
    """Install the guard, and return what tells the kinds of the databases' hosts that it found."""
    sink = Memory()
    attach.install(Config(mode="observe"), sinks=[sink])
    yield lambda: [record["lambda_guard"]["target"].partition("/")[2].partition(":")[0] for record in findings(sink)]
    assert [record for record in sink.records if record["lambda_guard"]["kind"] == "error"] == []


def findings(sink: Memory) -> list[Any]:
    return [record for record in sink.records if record["lambda_guard"]["kind"] == "finding"]


def driver(body: str, module: str = "pymysql.connections") -> Callable[..., Any]:
    """Return a function of a driver's that connects somewhere: `connect(host, port)`."""
    space: dict[str, Any] = {"__name__": module, "socket": socket, "asyncio": asyncio, "sys": sys}
    exec(body, space)
    connect: Callable[..., Any] = space["connect"]
    return connect


CREATE = "def connect(host, port):\n    socket.create_connection((host, port)).close()"
RAW = "def connect(host, port):\n    with socket.socket() as sock:\n        sock.connect((host, port))"
LOOP = """
def connect(host, port):
    for family, kind, proto, _, address in socket.getaddrinfo(host, port):
        with socket.socket(family, kind, proto) as sock:
            sock.connect(address)
"""
APART = """
def look_up(host, port):
    return socket.getaddrinfo(host, port)[0][4]

def connect(host, port):
    with socket.socket() as sock:
        sock.connect(look_up(host, port))
"""
STREAMS = """
async def connect(host, port):
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
"""


@pytest.mark.parametrize("body", [CREATE, LOOP, APART])
def test_the_name_that_was_looked_up_tells_the_kind(
    port: int, kinds: Callable[[], list[str]], body: str
) -> None:
    """Drivers look up and connect in one function, or have another one look up: RDS Proxy passes, RDS does not."""
    connect = driver(body)
    connect(PROXY, port)
    assert kinds() == []
    connect(RDS, port)
    assert kinds() == ["rds"]


@pytest.mark.parametrize("body", [CREATE, LOOP, APART])
def test_a_name_does_not_outlive_its_connection(port: int, kinds: Callable[[], list[str]], body: str) -> None:
    """An address to which nothing was looked up is no RDS Proxy, though one was connected to before."""
    driver(body)(PROXY, port)
    driver(RAW)("127.0.0.1", port)
    driver(CREATE)("127.0.0.1", port)
    assert kinds() == ["other", "other"]


def test_a_name_that_python_itself_resolves(port: int, kinds: Callable[[], list[str]]) -> None:
    """`connect` takes names as well, and tells nobody that it looks them up."""
    by_name(RDS, 3306)
    assert kinds() == ["rds"]


def test_an_address_that_was_looked_up_before_tells_the_kind(kinds: Callable[[], list[str]], port: int) -> None:
    """`gethostbyname` resolves RDS Proxy's name as well: it passes."""
    connect = driver("""
def connect(host, port):
    sys.audit("socket.gethostbyname", host)
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", port))
""")
    connect(PROXY, port)
    assert kinds() == []
    connect(RDS, port)
    assert kinds() == ["rds"]


def test_names_of_several_tasks_are_not_mixed_up(port: int, kinds: Callable[[], list[str]]) -> None:
    """asyncio looks names up in other threads, and its connections are still told apart."""
    connect = driver(STREAMS, "redis.asyncio.connection")

    async def both() -> None:
        await asyncio.gather(connect(RDS, port), connect(CACHE, port), connect(PROXY, port), connect("127.0.0.1", port))

    asyncio.run(both())
    assert sorted(kinds()) == ["elasticache", "other", "rds"]


def test_tasks_that_connect_by_address(
    port: int, kinds: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """anyio looks up and connects in tasks of their own: the name is known as long as there was but one."""
    anyio = pytest.importorskip("anyio")
    monkeypatch.setitem(sockets.PORTS, port, "redis")

    async def connect(host: str) -> None:
        await (await anyio.connect_tcp(host, port)).aclose()

    asyncio.run(connect(CACHE))
    asyncio.run(connect(RDS))
    assert kinds() == ["elasticache", "other"]


def test_a_loop_of_its_own_that_connects_by_address(port: int, kinds: Callable[[], list[str]]) -> None:
    """What connects by an address that another thread has looked up is known as long as there was but one name."""
    connect = driver(RAW)
    for host, kind in ((CACHE, "elasticache"), (RDS, "other")):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(socket.getaddrinfo, host, port).result()
        connect("127.0.0.1", port)
        assert kinds().pop() == kind


def test_names_are_bounded(port: int, kinds: Callable[[], list[str]]) -> None:
    """A process that looks up ports without end keeps a few of them."""
    with ThreadPoolExecutor(1) as pool:
        for number in range(2 * sockets._MOST_NAMES):
            pool.submit(socket.getaddrinfo, RDS, number).result()
    assert len(sockets._names) == sockets._MOST_NAMES
    assert kinds() == []


async def open_streams(host: str, port: int) -> None:
    """Connect and hang up."""
    _, writer = await asyncio.open_connection(host, port)
    writer.close()


def streams(host: str, port: int) -> None:
    """Connect by asyncio."""
    asyncio.run(open_streams(host, port))


def by_name(host: str, port: int) -> None:
    """Tell what Python tells of a name that it has resolved itself, which would not work here."""
    with socket.socket() as sock:
        sys.audit("socket.connect", sock, (host, port))


class Address(NamedTuple):
    """What is also taken for an address."""

    host: str
    port: int


def by_own_tuple(host: str, port: int) -> None:
    """Connect to a named tuple."""
    address = Address(*socket.getaddrinfo(host, port)[0][4])
    with socket.socket() as sock:
        sock.connect(address)


def by_bytes(host: str, port: int) -> None:
    """Connect to a name in bytes."""
    socket.create_connection((host.encode(), port)).close()  # type: ignore[arg-type]


def by_name_in_bytes(host: str, port: int) -> None:
    """Tell what Python tells of a name in bytes that it has resolved itself."""
    by_name(host.encode(), port)  # type: ignore[arg-type]


def by_host_entry(host: str, port: int) -> None:
    """Look up as C does, of which only the event can be had here."""
    sys.audit("socket.gethostbyname", host)
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", port))


def in_capitals(host: str, port: int) -> None:
    """Connect to the same host."""
    by_name(host.upper(), port)


_WAYS = (by_name, by_own_tuple, by_bytes, by_name_in_bytes, by_host_entry, in_capitals)


@pytest.mark.parametrize("connect", [streams, *_WAYS, driver(CREATE, "ours"), driver(LOOP, "ours")])
def test_a_function_url_is_judged_where_it_is_connected_to(port: int, connect: Callable[..., Any]) -> None:
    """Whoever connects there, unless a client does that is judged by its requests, is about to invoke a function."""
    sink = Memory()
    attach.install(Config(mode="enforce"), sinks=[sink])
    with pytest.raises(InvokeBlocked):
        connect(URL, port)
    assert [record["lambda_guard"]["target"] for record in findings(sink)] == [URL]


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_a_look_up_alone_is_no_invoke(mode: str) -> None:
    """Code that checks where a URL leads before it goes there looks names up."""
    sink = Memory()
    attach.install(Config(mode=mode), sinks=[sink])
    assert socket.getaddrinfo(URL, 443)
    assert socket.getaddrinfo(API.encode(), None)
    assert findings(sink) == []


def test_the_lambda_api_by_sockets_is_said_and_passes(port: int) -> None:
    """Inside TLS an invoke cannot be told from any other call."""
    sink = Memory()
    attach.install(Config(mode="enforce"), sinks=[sink])
    streams(API, port)
    socket.create_connection((API, port)).close()
    found = [(record["lambda_guard"]["issue"], record["lambda_guard"]["target"]) for record in findings(sink)]
    assert found == [("lambda-endpoint", API)] * 2
    assert {record["lambda_guard"]["decision"] for record in findings(sink)} == {"allowed"}


def test_what_was_connected_is_not_held_on_to(port: int, kinds: Callable[[], list[str]]) -> None:
    """A socket goes, and is closed, as soon as nobody has it, without a collection of garbage."""

    def connect() -> Any:
        host = socket.getaddrinfo("127.0.0.1", port)[0][4]
        with socket.socket() as sock:
            sock.connect(host)
            return weakref.ref(sock)

    gc.collect()
    gc.disable()
    try:
        assert connect()() is None
    finally:
        gc.enable()
    assert kinds() == []


def test_a_rule_that_is_off_says_nothing_of_what_the_other_one_looks_at(port: int) -> None:
    """Both rules look at connections and at names."""
    sink = Memory()
    attach.install(Config(direct_invoke="off", connection="observe"), sinks=[sink])
    socket.create_connection((URL, port)).close()
    socket.create_connection((API, port)).close()
    driver(CREATE)(RDS, port)
    assert [record["lambda_guard"]["rule"] for record in findings(sink)] == ["connection"]
    attach.uninstall()
    attach.install(Config(direct_invoke="observe", connection="off"), sinks=[sink])
    driver(CREATE)(RDS, port)
    socket.create_connection((URL, port)).close()
    assert [record["lambda_guard"]["rule"] for record in findings(sink)] == ["connection", "direct_invoke"]


def test_an_http_call_within_a_driver_is_no_database() -> None:
    """A credential provider that asks Secrets Manager stands below its driver on the stack."""

    def called_by(module: str, inner: Any) -> Any:
        space: dict[str, Any] = {"__name__": module, "inner": inner}
        exec("def call():\n    return inner()", space)
        return space["call"]

    def look(port: int = 443) -> Any:
        return sockets.database(None, "10.0.0.1", port, sys._getframe())

    assert called_by("redis.connection", look)() == ("redis", "redis", "10.0.0.1", 443)
    assert called_by("redis.connection", called_by("botocore.httpsession", look))() is None
    assert called_by("http.client", lambda: look(9042))() is None


def test_a_port_given_as_text_keeps_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port out of the environment is text; the look-up of its host still says what the host is."""
    noted: list[Any] = []
    monkeypatch.setattr(sockets, "remember", lambda *place: noted.append(place[:2]))
    guard = attach.install(Config(mode="observe"), sinks=[Memory()])
    for port in ("5432", "https", None):
        leaving._resolve(guard, ("db.proxy-abc.rds", port))
    assert noted == [("db.proxy-abc.rds", 5432), ("db.proxy-abc.rds", None), ("db.proxy-abc.rds", None)]
