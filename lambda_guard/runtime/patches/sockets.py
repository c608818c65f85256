"""Which connections of Python's own sockets go to a database, and by which driver."""

from __future__ import annotations

from threading import local

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    "asyncpg": "postgresql", "aiomysql": "mysql", "mysql": "mysql", "oracledb": "oracle", "pymongo": "mongodb",
}  # fmt: skip

_MOST_NAMES = 200
_mine = local()
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
    if engine is None or getattr(_mine, "under_way", 0):
        return None
    return driver, engine, _name(address, port), port


def _driver(frame: FrameType | None) -> str | None:
    """Return the driver nearest to the socket on the stack."""
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package in DRIVERS or package in WRAPPED:
            return package
        frame = frame.f_back
    return None


def _name(address: object, port: int) -> str | None:
    """Return the host's name: looked up by this thread just now or, by asyncio, in another one."""
    if getattr(_mine, "port", None) == port:
        return str(_mine.host)
    return _names.get(port, address if isinstance(address, str) else None)
