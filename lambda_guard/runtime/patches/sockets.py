"""Which connections of Python's own sockets go to a database, and by which driver."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from threading import local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
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
    "bmemcached": "memcached", "aiomcache": "memcached", "cassandra": "cassandra",
}  # fmt: skip
# Drivers whose `connect` is wrapped as well (drivers.py): it knows more, and has judged what they open.
WRAPPED = {
    "asyncpg": "postgresql", "aiomysql": "mysql", "asyncmy": "mysql", "mysql": "mysql", "mariadb": "mysql",
    "oracledb": "oracle",
    "pymongo": "mongodb",
}  # fmt: skip

# What connects for HTTP, whichever driver's callback or credential provider asked for it.
_HTTP = frozenset(("aiohttp", "botocore", "http", "httpcore", "urllib3"))
_MOST_NAMES = 200
_mine = local()
_under_way: ContextVar[bool] = ContextVar("lambda_guard_connecting", default=False)
_names: dict[int, str] = {}


def remember(host: str, port: int) -> None:
    """Note the name that was looked up last: the connection that follows it only has an address."""
    _mine.host, _mine.port = host, port
    if len(_names) < _MOST_NAMES:
        _names[port] = host


def database(address: object, port: object, frame: FrameType | None) -> Database | None:
    """Return (driver, engine, host, port) of a connection to a database; None for any other, or one judged already."""
    if type(port) is not int:
        return None
    driver = _driver(frame)
    engine = PORTS.get(port) if driver is None else DRIVERS.get(driver)
    if engine is None or _under_way.get():
        return None
    return driver or _loaded(engine), engine, _name(address, port), port


def _driver(frame: FrameType | None) -> str | None:
    """Return the driver nearest to the socket on the stack."""
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package in DRIVERS or package in WRAPPED or package in _HTTP:
            return package
        frame = frame.f_back
    return None


def _loaded(engine: str) -> str | None:
    """Return the one driver of an engine that is loaded; on an asyncio task's stack its caller cannot be seen."""
    loaded = [name for name, of in (*DRIVERS.items(), *WRAPPED.items()) if of == engine and name in sys.modules]
    return loaded[0] if len(loaded) == 1 else None


class judged:
    """While a wrapped driver connects: its sockets have been judged by name, in tasks that it starts as well."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token: Token[bool] = _under_way.set(True)

    def __exit__(self, *_: object) -> None:
        _under_way.reset(self._token)


def _name(address: object, port: int) -> str | None:
    """Return the host's name: looked up by this thread just now or, by asyncio, in another one."""
    if getattr(_mine, "port", None) == port:
        return str(_mine.host)
    return _names.get(port, address if isinstance(address, str) else None)
