"""Every way to a function or a database that the guard is tried against, and what it is to make of it.

SECURITY.md has its table from here (`python -m tests.ways.catalogue`), and a test compares the two.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path(__file__).parent / "programs"

OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:other"
URL = "abc123.lambda-url.eu-west-1.on.aws"


class Way(NamedTuple):
    """One program and what is expected of it.

    findings: issue and target of each finding, in order; `{port}` is the port that was connected to.
    stopped:  whether enforce stops it before a byte is sent. why: the reason, where it is not seen or not stopped.
    server:   the real database that it needs; None for one that only notes what comes.
    head:     whether the head of a request may have been sent: its body tells.
    modules, commands: what has to be installed; the way is skipped, saying so, where it is not.
    beside:   what is installed for this way alone, since it takes another package's place.
    """

    program: str
    findings: tuple[tuple[str, str], ...]
    stopped: bool = True
    why: str = ""
    server: str | None = None
    modules: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    port: int | None = None
    head: bool = False
    beside: str = ""

    @property
    def title(self) -> str:
        return (ast.get_docstring(ast.parse((PROGRAMS / f"{self.program}.py").read_text())) or "").rstrip(".")


def _invoke(
    program: str, *modules: str, target: str = OTHER, commands: tuple[str, ...] = ()
) -> Way:
    return Way(program, (("direct-invoke", target),), modules=modules, commands=commands)


def _connection(program: str, engine: str, server: str | None, *modules: str) -> Way:
    found = (("connection-in-handler", f"{engine}/other:{{port}}"),)
    return Way(program, found, server=server, modules=modules)


INVOKES = (
    _invoke("boto3_invoke"),
    _invoke("boto3_invoke_async"),
    _invoke("boto3_in_a_thread"),
    _invoke("boto3_in_asyncio_executor"),
    Way("boto3_durable_checkpoint", (("chained-invoke", OTHER),)),
    _invoke("aiobotocore_invoke", "aiobotocore"),
    _invoke("aiobotocore_unwrapped", "aiobotocore"),
    _invoke("botocore_unwrapped"),
    _invoke("botocore_make_request"),
    _invoke("botocore_endpoint"),
    _invoke("botocore_reloaded"),
    _invoke("botocore_copied_client"),
    Way(
        "botocore_checkpoint_past_the_door",
        (("chained-invoke", OTHER),),
        why="(only its body tells: the head is sent, the body is not)",
        head=True,
    ),
    _invoke("botocore_event_hook"),
    Way("botocore_patch_removed", (("patch-removed", "botocore.client"), ("direct-invoke", OTHER))),
    _invoke("presigned_urllib"),
    _invoke("presigned_requests", "requests"),
    _invoke("presigned_httpx", "httpx"),
    _invoke("presigned_httpx_async", "httpx"),
    _invoke("presigned_aiohttp", "aiohttp"),
    _invoke("sigv4_http_client", target=f"{OTHER}:live"),
    _invoke("urllib3_streaming", "urllib3"),
    _invoke("presigned_niquests")._replace(beside="niquests"),
    _invoke("function_url_niquests_async", target=URL)._replace(beside="niquests"),
    _invoke("requests_aws4auth", "requests_aws4auth"),
    _invoke("urllib_through_a_proxy", target=OTHER.replace("west", "central")),
    _invoke("function_url_urllib", target=URL),
    _invoke("function_url_requests", "requests", target=URL),
    _invoke("function_url_httpx", "httpx", target=URL),
    _invoke("function_url_aiohttp", "aiohttp", target=URL),
    _invoke("function_url_aiohttp_redirect", "aiohttp", target=URL),
    _invoke("function_url_socket", target=URL),
    _invoke("function_url_asyncio", target=URL),
    _invoke("function_url_asyncio_beside_httpx", "httpx", target=URL),
    Way(
        "lambda_endpoint_socket",
        (("lambda-endpoint", "lambda.eu-west-1.amazonaws.com"),),
        stopped=False,
        why="inside TLS an invoke cannot be told from any other Lambda API call: reported, and passes",
    ),
    _invoke("awscrt_http", "awscrt"),
    _invoke("aws_sdk_lambda", "aws_sdk_lambda"),
    _invoke("aws_sdk_lambda_over_awscrt", "aws_sdk_lambda", "awscrt"),
    _invoke("command_aws", commands=("aws",)),
    _invoke("command_curl", commands=("curl",)),
    _invoke("command_wget_in_a_shell", commands=("wget",)),
    _invoke("command_os_system", commands=("curl",)),
    _invoke("command_exec_after_fork", commands=("curl",)),
    _invoke("command_posix_spawn", commands=("curl",)),
    _invoke("command_asyncio", commands=("curl",)),
    _invoke("command_curl_options", commands=("curl",)),
    _invoke("command_shell_in_a_shell", commands=("curl",)),
    _invoke("command_behind_timeout_and_env", commands=("curl",)),
    _invoke("command_substituted", commands=("curl",)),
    _invoke("command_with_variables", commands=("curl",)),
    _invoke("command_xargs", commands=("aws",)),
    _invoke("command_aws_abbreviated", commands=("aws",)),
    _invoke("python_spawned"),
    _invoke("python_from_a_fork_server"),
    Way(
        "python_child",
        (("unguarded-child", "python"),),
        stopped=False,
        why="nothing of the function's is changed to get the guard into it: the start is reported, and passes",
    ),
)
CONNECTIONS = (
    _connection("psycopg_sync", "postgresql", "postgresql", "psycopg"),
    _connection("psycopg_async", "postgresql", "postgresql", "psycopg"),
    _connection("psycopg2", "postgresql", "postgresql", "psycopg2"),
    _connection("pg8000", "postgresql", "postgresql", "pg8000"),
    _connection("asyncpg_connect", "postgresql", "postgresql", "asyncpg"),
    _connection("asyncpg_pool", "postgresql", "postgresql", "asyncpg"),
    _connection("sqlalchemy_psycopg2", "postgresql", "postgresql", "sqlalchemy", "psycopg2"),
    _connection("pymysql", "mysql", "mysql", "pymysql"),
    _connection("mysqlclient", "mysql", "mysql", "MySQLdb"),
    _connection("mysql_connector", "mysql", "mysql", "_mysql_connector"),
    _connection("mysql_connector_pure", "mysql", "mysql", "mysql.connector"),
    _connection("mysql_connector_async", "mysql", "mysql", "mysql.connector.aio"),
    _connection("aiomysql", "mysql", "mysql", "aiomysql"),
    _connection("mariadb", "mysql", "mysql", "mariadb"),
    _connection("sqlalchemy_pymysql", "mysql", "mysql", "sqlalchemy", "pymysql"),
    _connection("pymssql", "sqlserver", None, "pymssql"),
    _connection("pyodbc", "sqlserver", None, "pyodbc"),
    _connection("oracledb", "oracle", None, "oracledb"),
    _connection("pymongo", "mongodb", None, "pymongo"),
    _connection("pymongo_async", "mongodb", None, "pymongo"),
    _connection("redis_sync", "redis", "redis", "redis"),
    _connection("redis_asyncio", "redis", "redis", "redis"),
    _connection("redis_on_uvloop", "redis", "redis", "redis", "uvloop"),
    _connection("valkey", "redis", "redis", "valkey"),
    _connection("pymemcache", "memcached", "memcached", "pymemcache"),
    _connection("cassandra", "cassandra", None, "cassandra"),
    Way("well_known_port", (("connection-in-handler", "postgresql/other:5432"),), port=5432),
    Way("rds_proxy", (), stopped=False, why="the recommended way: passes", server="postgresql", modules=("psycopg",)),
)
WAYS = INVOKES + CONNECTIONS

# What is known and not covered, with the reason.
NOT_COVERED = (
    ("pycurl, gRPC, Rust or C extensions with a network stack of their own", "native code calls no audit hook"),
    ("C code that opens a database itself, without one of the drivers above", "native code calls no audit hook"),
    ("a URL or a function's name from a file, a pipe or another command's output", "the command line does not tell"),
    ("what a shell's script or input, a Python script or a program of one's own does", "only command lines are read"),
    ("anyio's or trio's own streams to a function URL, beside aiohttp or httpx", "they connect by address, in tasks"),
    ("`psycopg2.extensions.connection(...)`, PyGreSQL", "types and functions in C that nothing can be put before"),
    ("psql, mysqldump, redis-cli and other programs that connect", "command lines are only read for invokes"),
    ("what a shell's line works out or hands on: `${X%/}`, `$1`, functions, `trap`", "the line is searched, not run"),
    ("a URL in a variable of the environment, or in a here-document", "only what stands in the line is searched"),
    ("commands within other programs' options: `find -exec`, `env -S`, `flock -c`", "only shells' lines are read"),
    ("urllib3's HTTP/2, which is experimental and off", "it sends by itself, under a name that is trusted"),
    ("a first packet by `sendto` with MSG_FASTOPEN", "looking at `sendto` would cost every UDP packet"),
    ("RDS Proxy under a name of one's own (CNAME)", "the name does not tell: it is reported, though it is recommended"),
    ("an own driver on a port of one's own", "neither its name nor its port tells what it is"),
    ("code that means to get past the guard", "it runs in the same process: IAM is the boundary"),
)


SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
_START, _END = "<!-- ways:start -->\n", "<!-- ways:end -->\n"


def table() -> str:
    """Return every way, whether it is seen and stopped, and why not, as SECURITY.md has it."""
    lines = []
    for heading, ways in (("Direct invokes", INVOKES), ("Connections", CONNECTIONS)):
        lines += [f"### {heading}", "", "| way | seen as | stopped | why not |", "|---|---|---|---|"]
        for way in ways:
            seen = ", ".join(issue for issue, _ in way.findings) or "-"
            lines.append(f"| {way.title} | {seen} | {'yes' if way.stopped else 'no'} | {way.why} |")
        lines.append("")
    lines += ["### Not covered", "", "| way | why |", "|---|---|"]
    lines += [f"| {way} | {why} |" for way, why in NOT_COVERED]
    return "\n".join(lines) + "\n"


def security() -> str:
    """Return SECURITY.md with today's table in it."""
    head, _, rest = SECURITY.read_text().partition(_START)
    return head + _START + table() + _END + rest.partition(_END)[2]


if __name__ == "__main__":
    SECURITY.write_text(security())
