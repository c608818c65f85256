"""Practice 3 in code: drivers of services that hold a connection for each sandbox."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lambda_guard.analysis.lint.code.handlers import own_nodes
from lambda_guard.analysis.lint.code.modules import Module, Scope
from lambda_guard.analysis.lint.code.values import Evaluator

Found = tuple[ast.AST, str, str]
# Top-level module -> what it connects to.
DRIVERS = {
    **dict.fromkeys(("psycopg2", "psycopg", "psycopg_pool", "asyncpg", "pg8000", "aiopg", "pgdb"), "PostgreSQL"),
    **dict.fromkeys(("MySQLdb", "pymysql", "aiomysql", "asyncmy", "mariadb", "mysql.connector"), "MySQL"),
    **dict.fromkeys(("pymssql", "pyodbc", "aioodbc", "pytds", "mssql_python"), "SQL Server or ODBC"),
    **dict.fromkeys(("oracledb", "cx_Oracle"), "Oracle"),
    **dict.fromkeys(("pymongo", "motor", "mongoengine", "beanie"), "MongoDB or DocumentDB"),
    **dict.fromkeys(("redis", "valkey", "aioredis", "rediscluster", "glide"), "Redis or Valkey"),
    **dict.fromkeys(("memcache", "pymemcache", "pylibmc", "bmemcached", "aiomcache"), "Memcached"),
    **dict.fromkeys(("cassandra",), "Cassandra"),
    **dict.fromkeys(("neo4j", "gremlin_python"), "a graph database"),
    **dict.fromkeys(("clickhouse_driver", "redshift_connector", "vertica_python", "hdbcli"), "a data warehouse"),
    **dict.fromkeys(("sqlalchemy", "sqlmodel", "databases", "peewee", "tortoise"), "a database"),
}
# These connect only where they are told to: their import alone says nothing.
_OPENED_LATER = ("sqlalchemy", "sqlmodel", "databases", "peewee", "tortoise")
# Without a connection: errors and types of a driver, which code that only handles them needs.
_HARMLESS = ("errors", "exceptions", "errorcodes", "typing", "types", "encryption_options", "collation", "results")
_OPENERS = frozenset(
    {
        "connect", "create_pool", "create_engine", "create_async_engine", "create_connection", "Connection",
        "AsyncConnection", "ConnectionPool", "AsyncConnectionPool", "SimpleConnectionPool", "ThreadedConnectionPool",
        "Redis", "StrictRedis", "RedisCluster", "Valkey", "StrictValkey", "ValkeyCluster", "from_url", "MongoClient",
        "AsyncMongoClient", "AsyncIOMotorClient", "Client", "PooledClient", "HashClient", "Cluster", "driver",
        "async_driver", "Database", "PostgresqlDatabase", "MySQLDatabase", "open_connection", "create", "init",
        "create_redis_pool", "DriverRemoteConnection", "MySQLConnection", "connection_pool", "MySQLConnectionPool",
    }
)  # fmt: skip
_LOCAL = ("sqlite", "duckdb", "postgresql+auroradataapi", "mysql+auroradataapi", "dynamodb", "athena", "awsathena")
_KEPT = ("lru_cache", "cache", "cached", "alru_cache", "cached_property", "singleton")
_DEEPEST = 3


def drivers(module: Module, evaluator: Evaluator) -> Iterator[Found]:
    """Yield where a module takes a driver in."""
    for node in module.imports:
        if node in module.type_only:
            continue
        for name in _names(node):
            if (root := driver_of(name)) and root not in _OPENED_LATER and evaluator.module(root, module) is None:
                yield node, "LG301", f"{root} connects to {DRIVERS[root]}"
                break
    yield from _by_name(module, evaluator)
    if not imports_driver(module):
        return
    for scope in module.scopes:
        for call in scope.calls:
            opened = _opened(call, scope, evaluator)
            if opened and driver_of(opened) in _OPENED_LATER:
                yield call, "LG301", f"{driver_of(opened)} connects to a database"


def imports_driver(module: Module) -> bool:
    """Tell whether a module takes any driver in."""
    return any(driver_of(name) for node in module.imports for name in _names(node))


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if not _harmless(alias.name)]
    if node.level or not node.module or _harmless(node.module):
        return []
    return [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in _HARMLESS]


def _harmless(name: str) -> bool:
    return name.rpartition(".")[2] in _HARMLESS


def driver_of(name: str) -> str:
    """Return the driver that a dotted name belongs to; empty for none."""
    first, _, rest = name.partition(".")
    if first == "mysql" and rest.startswith("connector"):
        return "mysql.connector"
    return first if first in DRIVERS else ""


def _by_name(module: Module, evaluator: Evaluator) -> Iterator[Found]:
    if "import_module" not in module.text and "__import__" not in module.text:
        return
    for scope in module.scopes:
        for call in scope.calls:
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if called in ("import_module", "__import__") and call.args:
                for name in evaluator.texts(call.args[0], scope):
                    if (root := driver_of(name)) and root not in _OPENED_LATER:
                        yield call, "LG301", f"{root} connects to {DRIVERS[root]}"


def _opened(call: ast.Call, scope: Scope, evaluator: Evaluator) -> str:
    """Return the dotted name of what opens a connection, if a call does; empty if not."""
    last = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if last not in _OPENERS and not isinstance(call.func, ast.Name):
        return ""
    for value in evaluator.of(call.func, scope):
        if value.kind == "ext" and driver_of(value.name) and value.name.rpartition(".")[2] in _OPENERS:
            first = evaluator.texts(call.args[0], scope) if call.args else []
            if not any(text.startswith(_LOCAL) for text in first):
                return value.name
    return ""


def in_handler(handler: Scope, evaluator: Evaluator) -> Iterator[Found]:
    """Yield the connections that are opened in each invocation: by the handler, or by what it calls for it."""
    seen: set[int] = set()
    waiting = [(handler, 0)]
    while waiting:
        scope, depth = waiting.pop()
        if id(scope) in seen or (depth and _keeps(scope)):
            continue
        seen.add(id(scope))
        kept = _kept_names(scope)
        for node in own_nodes(scope):
            if not isinstance(node, ast.Call) or node in kept:
                continue
            if opened := _opened(node, scope, evaluator):
                yield node, "LG302", f"{opened} is called in {scope.name or 'the handler'}"
            elif depth < _DEEPEST:
                called = [value.of for value in evaluator.of(node.func, scope) if value.kind == "function"]
                waiting.extend((target, depth + 1) for target in called if isinstance(target, Scope))


def _keeps(scope: Scope) -> bool:
    """Tell whether a function keeps its result: by a decorator of functools, or in a name outside itself."""
    names = [
        getattr(target, "attr", getattr(target, "id", ""))
        for decorator in getattr(scope.node, "decorator_list", [])
        for target in [decorator.func if isinstance(decorator, ast.Call) else decorator]
    ]
    return bool(scope.globals) or any(name in _KEPT for name in names)


def _kept_names(scope: Scope) -> set[ast.AST]:
    """Return the calls whose result goes into a global name or into a container outside the function."""
    kept: set[ast.AST] = set()
    for node in own_nodes(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                outside = isinstance(target, ast.Name) and target.id in scope.globals
                if outside or isinstance(target, ast.Subscript | ast.Attribute):
                    kept.update(part for part in ast.walk(node.value) if isinstance(part, ast.Call))
    return kept
