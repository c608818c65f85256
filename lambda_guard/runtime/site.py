"""Which line of the user's code made a call: the nearest frame that belongs to no library."""

from __future__ import annotations

import os
import sys

from .types import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

# Packages between the user's line and the wire. They are known wherever they lie: beside a function's code they often
# come without the metadata that tells what was installed.
_PACKAGES = frozenset((
    "aiobotocore", "aioboto3", "aws_durable_execution_sdk_python", "aws_lambda_powertools", "aws_xray_sdk",
    "awslambdaric", "boto3", "botocore", "datadog_lambda", "ddtrace", "newrelic",
    "opentelemetry", "s3transfer", "sentry_sdk", "urllib3", "wrapt",
    # HTTP clients, database drivers and what stands above them.
    "aiohappyeyeballs", "aiohttp", "anyio", "awscli", "awscrt", "gevent", "httpcore", "httplib2", "httpx", "niquests",
    "requests", "requests_aws4auth", "smithy_core", "smithy_http", "tornado", "trio", "twisted", "urllib3_future",
    "MySQLdb", "aiomcache", "aiomysql", "aiopg", "asyncmy", "asyncpg", "bmemcached", "cassandra", "coredis", "django",
    "mariadb", "motor", "mysql/connector", "oracledb", "peewee", "pg8000", "psycopg", "psycopg2", "psycopg_pool",
    "pymemcache", "pymongo", "pymssql", "pymysql", "pytds", "redis", "redshift_connector", "sqlalchemy", "tortoise",
    "valkey",
))  # fmt: skip
_STDLIB = os.path.dirname(os.__file__) + "/"
_OURS = os.path.dirname(__file__) + "/"
_INSTALLED = ("/site-packages/", "/dist-packages/")  # what pip fills: the user's code is elsewhere, but for its handler
_RUNTIME = "/var/runtime/"
_ROOTS = ("/opt/python/", "/var/task/")
_MOST_FRAMES = 60
_USERS, _KNOWN, _OTHER = 0, 1, 2
_library: dict[str, int] = {}
_distributions: dict[str, frozenset[str]] = {}
# Where other layers keep the name of the handler that they wrap.
_REDIRECTS = (
    "DD_LAMBDA_HANDLER", "ORIG_HANDLER", "NEW_RELIC_LAMBDA_HANDLER", "SENTRY_INITIAL_HANDLER",
    "LUMIGO_ORIGINAL_HANDLER", "EPSAGON_HANDLER", "ELASTICAPM_ORIGINAL_HANDLER", "LAMBDA_HANDLER",
    "LAMBDA_GUARD_HANDLER",
)  # fmt: skip


def is_library(filename: str) -> bool:
    """Tell whether a file belongs to a library or to Python itself rather than to the user."""
    return _kind(filename) != _USERS


def caller(frame: FrameType | None) -> Site | None:
    """Return the nearest line of the user's, starting at a frame; None where a thread holds no such line.

    Where every line is a library's, it is the nearest of one that is not known to stand between a caller and the wire:
    a team's own package may be installed like any other.
    """
    nearest: Site | None = None
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        filename = code.co_filename
        if filename.startswith("<"):  # made by `exec`, as a dataclass's `__init__` is: it is whose module it is in
            filename = str(frame.f_globals.get("__file__") or filename)
        kind = _kind(filename)
        if kind == _USERS:
            return Site(code.co_filename, frame.f_lineno, code.co_qualname)
        if kind == _OTHER and nearest is None:
            nearest = Site(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back
    return nearest


def _kind(filename: str) -> int:
    known = _library.get(filename)
    if known is None:
        known = _kind_of(filename)
        if len(_library) < 4096:
            _library[filename] = known
    return known


def _kind_of(filename: str) -> int:
    installed = next((folder for folder in _INSTALLED if folder in filename), None)
    if filename.startswith("<frozen") or (filename.startswith(_STDLIB) and installed is None):
        return _KNOWN
    if filename.startswith((_RUNTIME, _OURS)):
        return _KNOWN
    root, relative = _below(filename, installed)
    first, _, rest = relative.partition("/")
    name = first.removesuffix(".py")
    if name in _PACKAGES or f"{name}/{rest.partition('/')[0]}" in _PACKAGES:
        return _KNOWN
    if not root or name == _handler_package():
        return _USERS
    return _OTHER if installed or name in _distribution_names(root) else _USERS


def _below(filename: str, installed: str | None) -> tuple[str, str]:
    """Return the folder that a file was imported from, and its path below: a package's name means nothing deeper."""
    if installed:
        root, folder, relative = filename.rpartition(installed)
        return root + folder, relative
    paths = (path.rstrip("/") + "/" for path in sys.path if path)
    root = max((root for root in (*paths, *_ROOTS) if filename.startswith(root)), key=len, default="")
    return root, filename[len(root) :]


def _handler_package() -> str:
    """Return the top-level module of the user's handler, whose code is the user's however it was installed."""
    handler = next((value for name in (*_REDIRECTS, "_HANDLER") if (value := os.environ.get(name))), "")
    return handler.replace("/", ".").lstrip(".").partition(".")[0]


def _distribution_names(root: str) -> frozenset[str]:
    """Return the modules that were installed into a folder, as far as the metadata beside them tells."""
    names = _distributions.get(root)
    if names is None:
        names = _distributions[root] = frozenset(_read_distributions(root))
    return names


def _read_distributions(root: str) -> set[str]:
    try:
        entries = set(os.listdir(root))
    except OSError:
        return set()
    names = set()
    for entry in entries:
        stem, end, _ = entry.partition(".dist-info")
        if not end:
            continue
        name = stem.partition("-")[0].lower().replace(".", "_")
        names.add(name)
        if name not in entries and f"{name}.py" not in entries:  # it is imported by another name
            try:
                with open(f"{root}{entry}/top_level.txt", encoding="utf-8") as file:
                    names.update(file.read(4096).split())
            except (OSError, ValueError):
                continue
    return names


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
