"""How drivers' arguments are read, and that what was wrapped is put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.errors import ConnectionBlocked
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.patches.network import drivers
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

pymongo = pytest.importorskip("pymongo")
oracledb = pytest.importorskip("oracledb")
sqlalchemy = pytest.importorskip("sqlalchemy")
NONE = ModuleType("none")


def hosts(reader: Any, *args: Any, **kwargs: Any) -> list[Any]:
    return list(reader(NONE, args, kwargs))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mongodb://user:p%40ss@one:1,two/db?retryWrites=false", {("one", 1), ("two", 27017)}),
        ("one:7", {("one", 7)}),
        (["one:7", "two"], {("one", 7), ("two", 27017)}),
        (None, {("localhost", 27017)}),
        ("mongodb://%2Ftmp%2Fmongodb-27017.sock", set()),
    ],
)
def test_a_mongodb_client_says_where_it_will_look(given: Any, expected: set[Any]) -> None:
    """Hosts and ports, and nothing of the user's; a socket file leads nowhere."""
    with pymongo.MongoClient(given, connect=False) as client:
        assert set(hosts(drivers._seeds, client)) == expected
        client._opened = True
        assert hosts(drivers._seeds, client) == []


@pytest.fixture
def guarded() -> Iterator[Memory]:
    """Guard this process, with connections enforced."""
    memory = Memory()
    attach.install(Config(mode="observe", connection="enforce"), sinks=[memory])
    yield memory
    attach.uninstall()


def test_a_mongodb_client_that_is_never_used_connects_to_nothing(guarded: Memory) -> None:
    """Made without connecting, as it is on Lambda, it is no finding; its first use is one, at its line."""
    client: Any = pymongo.MongoClient("127.0.0.1", 1, connect=False, serverSelectionTimeoutMS=10)
    assert guarded.of_kind("finding") == []
    with pytest.raises(ConnectionBlocked):
        client.admin.command("ping")
    (finding,) = guarded.of_kind("finding")
    assert (finding["details"]["driver"], finding["site"]["file"]) == ("pymongo", __file__)
    client.close()


def test_an_oracle_pool_without_connections_opens_none(guarded: Memory) -> None:
    """A pool that begins empty connects when a connection is asked of it; others when they are made."""
    pool = oracledb.create_pool(user="u", password="p", dsn="127.0.0.1:1/service", min=0, max=2)
    assert guarded.of_kind("finding") == []
    with pytest.raises(ConnectionBlocked):
        pool.acquire()
    (finding,) = guarded.of_kind("finding")
    assert (finding["details"]["driver"], finding["details"]["port"]) == ("oracledb", 1)
    pool.close(force=True)
    with pytest.raises(ConnectionBlocked):
        oracledb.create_pool(user="u", password="p", dsn="127.0.0.1:1/service", min=1)


LAZY: dict[str, Callable[[], Any]] = {
    "sqlalchemy": lambda: sqlalchemy.create_engine("postgresql+psycopg2://u:p@127.0.0.1:1/d"),
    "redis": lambda: __import__("redis").Redis("127.0.0.1", 1),
    "pymysql": lambda: __import__("pymysql").connect(host="127.0.0.1", port=1, defer_connect=True),
    "mysql-connector": lambda: __import__("mysql.connector").connector.MySQLConnection(),
    "pymemcache": lambda: __import__("pymemcache").Client(("127.0.0.1", 1)),
}


@pytest.mark.parametrize("kind", LAZY)
def test_what_is_made_but_does_not_connect_is_no_finding(guarded: Memory, kind: str) -> None:
    """Engines, pools and clients that wait for their first use."""
    LAZY[kind]()
    assert guarded.of_kind("finding") == []


def test_libpq_reads_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of hosts, one port for all or each its own; socket files lead nowhere."""
    monkeypatch.setenv("PGHOST", "from-environment")
    monkeypatch.setenv("PGPORT", "7")

    assert drivers._libpq({}) == [("from-environment", "7")]
    assert drivers._libpq({"host": "one,two", "port": "1,2"}) == [("one", "1"), ("two", "2")]
    assert drivers._libpq({"host": "one,/var/run", "port": "5"}) == [("one", "5")]
    assert drivers._libpq({"host": "/var/run/postgresql"}) == []


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        (("db:1",), {}, ("db", "1")),
        ((), {"server": "db,1"}, ("db", "1")),
        ((), {"server": "db\\instance", "port": 3}, ("db", 3)),
        ((), {}, ("localhost", None)),
    ],
)
def test_pymssql_servers_are_read(args: Any, kwargs: Any, expected: Any) -> None:
    """All the forms that FreeTDS takes."""
    assert hosts(drivers._server, *args, **kwargs) == [expected]


@pytest.mark.parametrize(
    ("text", "engine", "expected"),
    [
        ("DRIVER={ODBC Driver 18 for SQL Server};SERVER=tcp:db,1;PWD={a;b}", "sqlserver", ("db", "1")),
        ("Driver={PostgreSQL Unicode};Servername=db;Port=5", "postgresql", ("db", "5")),
        ("DSN=orders", "sqlserver", ("", None)),
    ],
)
def test_odbc_strings_are_read(text: str, engine: str, expected: Any) -> None:
    """The driver's name tells the engine."""
    assert drivers._odbc_engine((text,), {}) == engine
    assert hosts(drivers._odbc, text) == [expected]


@pytest.mark.parametrize("name", ["psycopg2", "pymongo.synchronous.mongo_client", "httpcore._sync.connection_pool"])
def test_what_was_wrapped_is_put_back(name: str) -> None:
    """After `uninstall` a driver is as it was."""
    module = pytest.importorskip(name)
    path = {"psycopg2": "_connect", "httpcore._sync.connection_pool": "ConnectionPool"}.get(name, "MongoClient")
    thing = getattr(module, path)
    before = dict(vars(thing)) if isinstance(thing, type) else thing

    attach.install(Config(mode="observe"), sinks=[])
    assert name in importing.armed()
    during = getattr(module, path)
    assert (dict(vars(during)) if isinstance(during, type) else during) != before
    attach.uninstall()

    after = getattr(module, path)
    assert (dict(vars(after)) if isinstance(after, type) else after) == before


def test_nothing_is_wrapped_where_the_rule_is_off() -> None:
    """A driver stays its own."""
    module = pytest.importorskip("psycopg2")
    before = module._connect

    attach.install(Config(mode="observe", connection="off"), sinks=[])

    assert module._connect is before


def test_arguments_that_cannot_be_read_are_a_connection_all_the_same() -> None:
    """The driver gets them as they are, and says what is wrong with them."""
    module = pytest.importorskip("psycopg2")
    sink = Memory()
    attach.install(Config(mode="observe"), sinks=[sink])

    with pytest.raises(Exception, match="not valid"):
        module._connect("no such dsn")

    assert sink.of_kind("finding")[0]["target"] == "postgresql/other:5432"
    assert "no such" not in str(sink.records)


def test_an_uncovered_sdk_is_said_when_it_is_loaded() -> None:
    """Its calls would be missing in a policy made from usage alone."""
    from lambda_guard.runtime.patches.sdk import uncovered

    sink = Memory()
    guard = attach.install(Config(mode="observe"), sinks=[sink])

    uncovered.apply(ModuleType("aws_sdk_dynamodb"), guard)

    assert "aws_sdk_dynamodb" in sink.of_kind("error")[0]["message"]
    uncovered.apply(ModuleType("amazondax"), SimpleNamespace(usage=None))  # type: ignore[arg-type]
    assert len(sink.of_kind("error")) == 1


def test_every_driver_is_waited_for() -> None:
    """The table of drivers and the table of imports say the same."""
    assert {name for name, patch in importing.PATCHES.items() if patch == "network.drivers"} == set(drivers.MODULES)


def test_constructors_read_their_arguments_by_place() -> None:
    """mysqlclient and mariadb: what comes first is the object itself."""
    own = object()
    assert hosts(drivers._constructor, own, "db", "user", "secret", "shop", 3307) == [("db", 3307)]
    assert hosts(drivers._constructor, own, host="db", port=3307) == [("db", 3307)]
    for local in ({}, {"host": ""}, {"host": "localhost"}, {"host": "db", "unix_socket": "/run/mysqld.sock"}):
        assert hosts(drivers._constructor, own, **local) == []
    assert hosts(drivers._constructor, own, read_default_file="/var/task/my.cnf") == [(None, None)]


def test_libpq_finds_the_host_where_a_service_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a host there is the socket file, unless a service is named, whose file the guard does not read."""
    assert drivers._libpq({"dbname": "shop"}) == []
    assert drivers._libpq({"service": "shop", "port": "6000"}) == [(None, "6000")]
    assert drivers._libpq({"service": "shop", "host": "db"}) == [("db", "")]
    monkeypatch.setenv("PGSERVICE", "shop")
    assert drivers._libpq({"dbname": "shop"}) == [(None, "")]


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("Driver={ODBC Driver 18 for SQL Server};Server=db", "sqlserver"),
        ("Driver=FreeTDS;Server=db", "sqlserver"),
        ("DSN=shop", "sqlserver"),
        ("Driver=SQLite3;Database=/tmp/x", None),
        ("Driver={SnowflakeDSIIDriver};Server=x.snowflakecomputing.com", None),
    ],
)
def test_odbc_drivers_of_other_engines_are_none_of_ours(text: str, engine: str | None) -> None:
    assert drivers._odbc_engine((text,), {}) == engine


def test_a_second_try_without_a_line_of_the_users_is_stopped_too() -> None:
    """A pool's own thread tries again what was blocked: in enforce that is no connection that was let through."""
    psycopg2 = pytest.importorskip("psycopg2")
    sink = Memory()
    attach.install(Config(mode="enforce", connection="enforce"), sinks=[sink])

    async def connect() -> list[type]:
        failed = []
        for _ in range(3):
            try:
                await asyncio.to_thread(psycopg2.connect, host="127.0.0.1", port=1, connect_timeout=2)
            except Exception as error:
                failed.append(type(error))
        return failed

    assert asyncio.run(connect()) == [ConnectionBlocked] * 3
