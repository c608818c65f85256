"""Where connections of Python's own sockets go: to which host by name, and to which database by which driver."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from threading import local

from ...site import module_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Database = tuple[str | None, str, str | None, int]

# Port -> engine. The ports with TLS and those of AWS's own services that differ are among them.
PORTS = {
    5432: "postgresql", 5433: "postgresql", 5439: "redshift", 3306: "mysql", 1433: "sqlserver", 1521: "oracle",
    2484: "oracle", 27017: "mongodb", 27018: "mongodb", 6379: "redis", 6380: "redis", 11211: "memcached",
    9042: "cassandra", 9142: "cassandra",
}  # fmt: skip
# Top-level package of a driver that opens Python sockets -> engine.
DRIVERS = {
    "pg8000": "postgresql", "redshift_connector": "redshift", "pymysql": "mysql", "pytds": "sqlserver",
    "redis": "redis", "aioredis": "redis", "valkey": "redis", "pymemcache": "memcached", "memcache": "memcached",
    "bmemcached": "memcached", "aiomcache": "memcached", "cassandra": "cassandra", "coredis": "redis",
}  # fmt: skip
# Drivers whose `connect` is wrapped as well (drivers.py): it knows more, and has judged what they open.
WRAPPED = {
    "asyncpg": "postgresql", "aiomysql": "mysql", "asyncmy": "mysql", "mysql": "mysql", "mariadb": "mysql",
    "oracledb": "oracle",
    "pymongo": "mongodb",
}  # fmt: skip

_OURS = __name__.partition(".patches")[0]
# What connects for HTTP, whichever driver's callback or credential provider asked for it.
_HTTP = frozenset(("aiohttp", "botocore", "http", "httpcore", "urllib3"))
# Threads in which event loops look names up; what connects is elsewhere.
_LOOKING_UP = frozenset(("anyio", "concurrent", "gevent", "trio"))
_MOST_NAMES = 200
_mine = local()
_under_way: ContextVar[bool] = ContextVar("lambda_guard_connecting", default=False)
_names: dict[int, str] = {}  # port -> the name that event loops looked up; none where they looked up several


def remember(host: str, port: int | None, frame: FrameType | None) -> None:
    """Note a name that is looked up: the connection that follows only has an address.

    port: None where the look-up is for any. frame: that of the look-up, or one that it called.
    """
    while frame is not None and (frame.f_code.co_name == "getaddrinfo" or module_name(frame).startswith(_OURS)):
        frame = frame.f_back
    if frame is None:
        return
    if module_name(frame).partition(".")[0] in _LOOKING_UP:
        if port is not None and (port in _names or len(_names) < _MOST_NAMES):
            _names[port] = host if _names.get(port, host) == host else ""
        return
    # The function that looks up connects, or the one that called it does; `create_connection` tells by itself.
    codes: tuple[object, ...] = ()
    if frame.f_code.co_name != "create_connection":
        codes = (frame.f_code, frame.f_back and frame.f_back.f_code)
    _mine.found = (host, port, codes)


def name(address: str | None, port: object, frame: FrameType | None) -> str | None:
    """Return the name of the host that a connection goes to, or its address where that is what was asked for.

    None where it cannot be told: a task of an event loop connects, that another one looks up for.
    """
    if address is None or not is_address(address):
        return address
    host, of, codes = getattr(_mine, "found", ("", None, ()))
    connects = True
    while frame is not None:
        code = frame.f_code
        if code.co_name == "create_connection":
            asked_for = text(frame.f_locals.get("host"))  # of `socket`, asyncio, gevent and urllib3 alike
            # anyio has looked up before.
            anyio = frame.f_back is not None and module_name(frame.f_back).startswith("anyio")
            if asked_for is not None and not (anyio and is_address(asked_for)):
                return asked_for
        if connects and code in codes and of in (None, port):
            return str(host)
        connects = connects and module_name(frame).startswith((_OURS, "socket", "ssl"))
        frame = frame.f_back
    return None


def guess(port: int) -> str | None:
    """Return the one name that event loops have looked up for a port so far; None for none or several."""
    return _names.get(port) or None


def is_address(host: str) -> bool:
    """Tell whether a host is given by its IP address."""
    return ":" in host or host.replace(".", "").isdigit()


def text(host: object) -> str | None:
    """Return a host's name or address, which may be given as bytes."""
    if isinstance(host, (bytes, bytearray)):
        return host.decode("ascii", "replace")
    return host if isinstance(host, str) else None


def database(host: str | None, address: str | None, port: object, frame: FrameType | None) -> Database | None:
    """Return (driver, engine, host, port) of a connection to a database; None for any other, or one judged already.

    host: its name, where that can be told.
    """
    if type(port) is not int:
        return None
    driver = _driver(frame)
    engine = PORTS.get(port) if driver is None else DRIVERS.get(driver)
    if engine is None or _under_way.get():
        return None
    return driver or _loaded(engine), engine, host or guess(port) or address, port


def _driver(frame: FrameType | None) -> str | None:
    """Return the driver nearest to the socket on the stack."""
    while frame is not None:
        package = module_name(frame).partition(".")[0]
        if package in DRIVERS or package in WRAPPED or package in _HTTP:
            return package
        frame = frame.f_back
    return None


def _loaded(engine: str) -> str | None:
    """Return the one driver of an engine that is loaded; on an asyncio task's stack its caller cannot be seen."""
    loaded = [name for name, of in (*DRIVERS.items(), *WRAPPED.items()) if of == engine and name in sys.modules]
    return loaded[0] if len(loaded) == 1 else None


def judged() -> Callable[[], None]:
    """Note that a wrapped driver connects: its sockets have been judged by name, in tasks that it starts as well.

    Returns what ends that.
    """
    token = _under_way.set(True)

    def end() -> None:
        try:
            _under_way.reset(token)
        except ValueError:  # the coroutine was driven on in another context, which never had it
            return

    return end
