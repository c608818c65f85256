"""Which line of the user's code made a call: the nearest frame that belongs to no SDK, tracer or thread pool."""

from __future__ import annotations

import os
import sys

from .types import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

# Packages between the user's line and the wire, in site-packages, a layer or beside the function's code.
_PACKAGES = (
    "aiobotocore", "aioboto3", "aws_durable_execution_sdk_python", "aws_lambda_powertools", "aws_xray_sdk",
    "awslambdaric", "boto3", "botocore", "datadog_lambda", "ddtrace", "lambda_guard/runtime", "newrelic",
    "opentelemetry", "s3transfer", "sentry_sdk", "urllib3", "wrapt",
    # HTTP clients, database drivers and what stands above them.
    "aiohttp", "anyio", "awscli", "awscrt", "gevent", "httpcore", "httplib2", "httpx", "requests", "requests_aws4auth",
    "smithy_core", "smithy_http", "tornado", "twisted",
    "MySQLdb", "aiomcache", "aiomysql", "aiopg", "asyncmy", "asyncpg", "bmemcached", "cassandra", "django", "mariadb",
    "motor", "mysql/connector", "oracledb", "pg8000", "psycopg", "psycopg2", "psycopg_pool", "pymemcache", "pymongo",
    "pymssql", "pymysql", "pytds", "redis", "redshift_connector", "sqlalchemy", "tortoise", "valkey",
)  # fmt: skip
_STDLIB = os.path.dirname(os.__file__) + "/"
_MOST_FRAMES = 60
_library: dict[str, bool] = {}


def is_library(filename: str) -> bool:
    """Tell whether a file belongs to an SDK, a tracer or the standard library rather than to the user."""
    known = _library.get(filename)
    if known is None:
        known = (
            filename.startswith("<frozen")
            or (filename.startswith(_STDLIB) and "/site-packages/" not in filename)
            or any(f"/{package}/" in filename for package in _PACKAGES)
        )
        if len(_library) < 4096:
            _library[filename] = known
    return known


def caller(frame: FrameType | None) -> Site | None:
    """Return the nearest line of the user's, starting at a frame; None where a thread holds no such line."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        code = frame.f_code
        if not is_library(code.co_filename):
            return Site(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back
    return None


def called_in(frame: FrameType | None, handler: CodeType | None) -> bool:
    """Tell whether the nearest line of the user's is in the handler function itself, or defined within it."""
    if handler is None:
        return False
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return False
        code = frame.f_code
        if code is handler:
            return True
        filename = code.co_filename
        known = _library.get(filename)  # looked up here first: most calls end at the second frame
        if not (is_library(filename) if known is None else known):
            if filename != handler.co_filename:
                return False
            # Python 3.11 gives every comprehension a function of its own.
            return code.co_qualname.startswith(f"{handler.co_qualname}.<locals>.")
        frame = frame.f_back
    return False


# Where other layers keep the name of the handler that they wrap.
_REDIRECTS = (
    "DD_LAMBDA_HANDLER", "ORIG_HANDLER", "NEW_RELIC_LAMBDA_HANDLER", "SENTRY_INITIAL_HANDLER",
    "LUMIGO_ORIGINAL_HANDLER", "EPSAGON_HANDLER", "ELASTICAPM_ORIGINAL_HANDLER", "LAMBDA_HANDLER",
    "LAMBDA_GUARD_HANDLER",
)  # fmt: skip


def handler_code(handler: object) -> CodeType | None:
    """Return the code of the user's handler function, seen through decorators and other layers' redirects."""
    for variable in _REDIRECTS:
        module, _, name = os.environ.get(variable, "").rpartition(".")
        if module and (loaded := sys.modules.get(module.replace("/", "."))) and module != "lambda_guard":
            handler = getattr(loaded, name, None) or handler
            break
    for _ in range(20):
        inner = getattr(handler, "__wrapped__", None)
        if inner is None:
            break
        handler = inner
    if not hasattr(handler, "__code__"):
        handler = type(handler).__dict__.get("__call__")
    code = getattr(handler, "__code__", None)
    return code if isinstance(code, type(handler_code.__code__)) else None
