"""Database drivers whose connections Python's sockets do not show, or not with the name of the host.

C drivers open their own; asyncio opens them in tasks that nobody can be read off; and some drivers open them in
threads of their own. Each is told by wrapping the function through which its connections go: a plain function around
a plain function, so that the driver's own object comes back, and C code that looks at types finds what it expects.
"""

from __future__ import annotations

import os
import sys

from ..wrapping import around
from . import sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

    Hosts = Iterable[tuple[Any, Any]]
    # How the arguments of a wrapped function are read: (module, args, kwargs) -> hosts and ports; no host is a socket
    # file, which leads nowhere.
    Reader = Callable[[ModuleType, tuple[Any, ...], dict[str, Any]], Hosts]


def _keywords(host: str, port: str, default: str | None = None) -> Reader:
    """Read two keyword arguments; the host may also be the first argument."""

    def read(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
        if kwargs.get("unix_socket"):
            return ()
        return ((kwargs.get(host) or (args[0] if args else default), kwargs.get(port)),)

    return read


def _constructor(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read Connection(self, host, user, password, database, port) of mysqlclient and mariadb.

    For their C library no host and `localhost` are the socket file, unless a file of options tells more.
    https://dev.mysql.com/doc/c-api/9.1/en/mysql-real-connect.html
    """
    host = kwargs.get("host") or (args[1] if len(args) > 1 else None)
    options = kwargs.get("read_default_file") or kwargs.get("read_default_group")
    if kwargs.get("unix_socket") or (host in (None, "", "localhost") and not options):
        return ()
    return ((host, kwargs.get("port") or (args[5] if len(args) > 5 else None)),)


def _psycopg2(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    parse = sys.modules["psycopg2.extensions"].parse_dsn
    return _libpq(parse(args[0] if args else kwargs["dsn"]))


def _psycopg(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    parse = sys.modules["psycopg.conninfo"].conninfo_to_dict
    return _libpq(parse(args[0] if args else kwargs["conninfo"]))


def _libpq(info: dict[str, Any]) -> Hosts:
    """Read libpq's parameters and its environment; hosts and ports may be lists.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    hosts = str(info.get("host") or info.get("hostaddr") or os.environ.get("PGHOST") or "").split(",")
    ports = str(info.get("port") or os.environ.get("PGPORT") or "").split(",")
    if hosts == [""] and (info.get("service") or os.environ.get("PGSERVICE")):
        return [(None, ports[0])]  # a file says where
    named = [host for host in hosts if host and host[0] not in "/@"]
    return [(host, ports[index] if len(ports) == len(hosts) else ports[0]) for index, host in enumerate(named)]


def _address(_module: ModuleType, _args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    address = kwargs.get("addr")
    return (address[:2],) if isinstance(address, tuple) else ()


def _own_fields(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read what a MySQL connection object was set up with, or is set up with now."""
    connection = args[0]
    if kwargs.get("unix_socket") or getattr(connection, "_unix_socket", None):
        return ()
    fields = (kwargs.get(name) or getattr(connection, f"_{name}", None) for name in ("host", "port"))
    return (tuple(fields),)  # type: ignore[return-value]


def _seeds(_module: ModuleType, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Hosts:
    """Read where a MongoDB client is about to look for servers; nothing once it has begun to.

    A client that is made connects to nothing by itself on Lambda: its first use does.
    """
    client = args[0]
    if getattr(client, "_opened", False) or getattr(getattr(client, "_topology", None), "_opened", False):
        return ()
    settings = getattr(client, "_topology_settings", None)
    by_name = getattr(settings, "fqdn", None) or getattr(client, "_resolve_srv_info", {}).get("fqdn")
    if by_name:
        return [(by_name, None)]
    seeds: Any = getattr(client, "_seeds", None) or getattr(settings, "seeds", ())
    return [(host, port) for host, port in seeds if not host.endswith(".sock")]


def _server(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read pymssql's `host`, `host:port`, `host,port` and `host\\instance`."""
    text = str(kwargs.get("server") or kwargs.get("host") or (args[0] if args else "") or "localhost")
    host, _, port = text.replace(",", ":").partition("\\")[0].partition(":")
    return ((host, port or kwargs.get("port")),)


def _odbc(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read ODBC's connection string: `Server=tcp:host,port;...`, and the port where it stands alone."""
    fields = {name.lower(): value for name, value in kwargs.items()}
    for part in str(args[0] if args else "").split(";"):
        name, _, value = part.partition("=")
        fields.setdefault(name.strip().lower(), value.strip("{} "))
    text = str(fields.get("server") or fields.get("servername") or fields.get("host") or "")
    host, _, port = text.removeprefix("tcp:").partition("\\")[0].partition(",")
    return ((host, port or fields.get("port")),)


def _odbc_engine(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Tell the engine by the ODBC driver's name; None for a driver of none of these, SQL Server where none is named."""
    text = f"{args[0] if args else ''} {kwargs.get('driver') or ''}".lower()
    words = {"postgres": "postgresql", "psql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "oracle": "oracle"}
    words |= dict.fromkeys(("sql server", "sqlserver", "freetds", "tds"), "sqlserver")
    named = "driver" in text or kwargs.get("driver")
    return next((engine for word, engine in words.items() if word in text), None if named else "sqlserver")


def _oracle(_module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read a host, or what the driver itself reads in an Easy Connect string or descriptor."""
    pool = kwargs.get("pool")
    if pool is not None:
        # One that keeps connections was judged when it was made; another opens one where none of its own is free.
        return () if pool.min > 0 or pool.opened > pool.busy else _oracle_hosts(None, pool.dsn)
    params = kwargs.get("params")
    host, port = (kwargs.get(name) or getattr(params, name, None) for name in ("host", "port"))
    return _oracle_hosts(host, args[1] if len(args) > 1 else kwargs.get("dsn"), port)


def _oracle_pool(module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hosts:
    """Read a pool's parameters; one that begins without connections opens none yet."""
    least = kwargs.get("min")
    if least is None:
        least = getattr(kwargs.get("params"), "min", 1)
    return _oracle(module, args, kwargs) if least else ()


def _oracle_hosts(host: Any, dsn: Any, port: Any = None) -> Hosts:
    if dsn:
        params = sys.modules["oracledb"].ConnectParams()
        params.parse_connect_string(dsn)
        host, port = params.host, params.port
    return zip(host, port, strict=False) if isinstance(host, list) and isinstance(port, list) else ((host, port),)


# Module -> (driver, engine, port, how the arguments are read, what is wrapped in it).
_DRIVERS: dict[str, tuple[str, str, int, Reader, tuple[str, ...]]] = {
    "psycopg2": ("psycopg2", "postgresql", 5432, _psycopg2, ("_connect",)),
    "psycopg.generators": ("psycopg", "postgresql", 5432, _psycopg, ("connect",)),
    "asyncpg.connect_utils": ("asyncpg", "postgresql", 5432, _address, ("_connect_addr",)),
    "MySQLdb.connections": ("mysqlclient", "mysql", 3306, _constructor, ("Connection.__init__",)),
    "mysql.connector.abstracts": (
        "mysql-connector", "mysql", 3306, _own_fields, ("MySQLConnectionAbstract.connect",),
    ),
    "mysql.connector.aio.connection": ("mysql-connector", "mysql", 3306, _own_fields, ("MySQLConnection.connect",)),
    "aiomysql.connection": ("aiomysql", "mysql", 3306, _own_fields, ("Connection._connect",)),
    "mariadb": ("mariadb", "mysql", 3306, _keywords("host", "port", "localhost"), ("asyncConnect",)),
    "mariadb.connections": ("mariadb", "mysql", 3306, _constructor, ("Connection.__init__",)),
    "asyncmy.connection": ("asyncmy", "mysql", 3306, _own_fields, ("Connection.connect",)),
    "pymssql._pymssql": ("pymssql", "sqlserver", 1433, _server, ("connect",)),
    "pyodbc": ("pyodbc", "sqlserver", 1433, _odbc, ("connect",)),
    "oracledb.connection": (
        "oracledb", "oracle", 1521, _oracle, ("Connection.__init__", "AsyncConnection.__init__"),
    ),
    "oracledb.pool": ("oracledb", "oracle", 1521, _oracle_pool, ("BaseConnectionPool.__init__",)),
    **dict.fromkeys(
        ("pymongo.mongo_client", "pymongo.synchronous.mongo_client"),  # before 4.9, and since
        ("pymongo", "mongodb", 27017, _seeds, ("MongoClient._get_topology",)),
    ),
    "pymongo.asynchronous.mongo_client": (
        "pymongo", "mongodb", 27017, _seeds, ("AsyncMongoClient._get_topology",),
    ),
}  # fmt: skip
MODULES = tuple(_DRIVERS)
_originals: list[tuple[Any, str, Any, Any]] = []


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap what opens a driver's connections; nothing where the rule is off."""
    if guard.config.connection.value == "off":
        return
    for path in _DRIVERS[module.__name__][4]:
        owner: Any = module
        *classes, name = path.split(".")
        for part in classes:
            owner = getattr(owner, part, None)
        original = getattr(owner, name, None)
        if original is None or (classes and _module_of(owner) != module.__name__):
            continue  # another version of the driver, whose sockets may still be seen; or a class shown here, not made
        wrapper = _wrapper(original, module, guard)
        _originals.append((owner, name, original, wrapper))
        setattr(owner, name, wrapper)


def remove(module: ModuleType) -> None:
    """Put the driver's own functions back, unless somebody else has wrapped them since."""
    for entry in [entry for entry in _originals if _module_of(entry[0]) == module.__name__]:
        owner, name, original, wrapper = entry
        if getattr(owner, name, None) is wrapper:
            setattr(owner, name, original)
        _originals.remove(entry)


def _module_of(owner: Any) -> str:
    return str(getattr(owner, "__module__", None) or owner.__name__)


def _wrapper(original: Any, module: ModuleType, guard: Guard) -> Any:
    driver, engine, default_port, read, _ = _DRIVERS[module.__name__]

    def look(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], None] | None:
        try:
            of = _odbc_engine(args, kwargs) if driver == "pyodbc" else engine
            if of is None:
                return None
            hosts = [(host, _number(port, default_port)) for host, port in read(module, args, kwargs)]
        except Exception as fault:
            # What cannot be read is a connection all the same, to a host of which nothing is known.
            guard.fault(f"connect of {driver}", fault)
            of, hosts = engine, [(None, default_port)]
        frame = sys._getframe(2)

        def judge() -> None:
            for host, port in hosts:
                guard.connection(driver, of, host if isinstance(host, str) else None, port, frame)

        return judge

    return around(original, look, guard, f"connect of {driver}", ("connection",), sockets.judged)


def _number(port: Any, default: int) -> int:
    try:
        return int(port)
    except (TypeError, ValueError):
        return default
