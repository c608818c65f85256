"""Which line of the user's code made a call: the nearest frame that belongs to no library.

A module is decided once, by the file that it was loaded from: the handler's own package is the user's wherever it lies
and whatever it is called; what pip filled, the runtime, and packages that are known to stand between a caller and the
wire are not; of the rest, what was installed beside the user's code tells by its metadata or its `__version__`.
What lies on `sys.path`, in `sys.modules` and in a frame's globals may be anything: what is no text is passed over.
"""

from __future__ import annotations

import os
import sys

from .types import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

# Packages between the user's line and the wire. They are known wherever they lie: beside a function's code they often
# come without the metadata that tells what was installed.
_KNOWN_PACKAGES = frozenset((
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
_PACKAGE = __name__.rpartition(".")[0] + "."
_STDLIB = os.path.dirname(os.__file__) + "/"
_OURS = os.path.dirname(__file__) + "/"
_INSTALLED = ("/site-packages/", "/dist-packages/")  # what pip fills: the user's code is elsewhere, but for its handler
_RUNTIME = "/var/runtime/"
_ROOTS = ("/opt/python/", "/var/task/")
_POOLS = ("concurrent", "multiprocessing", "threading", "contextvars", "asyncio")
_MOST_BYTES = 65536  # of a distribution's list of files
_USERS, _KNOWN, _OTHER = 0, 1, 2
_kinds: dict[str, int] = {}  # file of a module -> whose it is
_distributions: dict[str, frozenset[str]] = {}
# Where other layers keep the name of the handler that they wrap.
_REDIRECTS = (
    "DD_LAMBDA_HANDLER", "ORIG_HANDLER", "NEW_RELIC_LAMBDA_HANDLER", "SENTRY_INITIAL_HANDLER",
    "LUMIGO_ORIGINAL_HANDLER", "EPSAGON_HANDLER", "ELASTICAPM_ORIGINAL_HANDLER", "LAMBDA_HANDLER",
    "LAMBDA_GUARD_HANDLER",
)  # fmt: skip


def is_library(frame: FrameType) -> bool:
    """Tell whether a frame runs code of a library or of Python itself rather than the user's."""
    return _kind(_file(frame)) != _USERS


def module_name(frame: FrameType) -> str:
    """Return the name of the module that a frame's code is in; empty where its globals hold none."""
    name = dict.get(frame.f_globals, "__name__")
    return name if type(name) is str else ""


def caller(frame: FrameType | None) -> Site | None:
    """Return the nearest line of the user's, starting at a frame; None where a thread holds no such line.

    Where every line is a library's, it is the nearest of one that is not known to stand between a caller and the wire:
    a team's own package may be installed like any other. Compiled handlers have no frames: the function is named. A
    client's method that was itself handed to a pool was so by the thread that runs the handler: its function is named.
    """
    nearest: Site | None = None
    outermost: FrameType | None = None
    while frame is not None:
        kind = _kind(_file(frame))
        if kind == _USERS:
            return _site(frame)
        if kind == _OTHER and nearest is None:
            nearest = _site(frame)
        if _guards_handler(frame):
            return nearest or _compiled(frame)
        if module_name(frame).partition(".")[0] not in _POOLS:
            outermost = frame
        frame = frame.f_back
    if nearest is None and outermost is not None and module_name(outermost).startswith(("boto3.", "botocore.")):
        return _of_main_thread()
    return nearest


def called_in(frame: FrameType | None, handler: CodeType | None) -> bool:
    """Tell whether the nearest line of the user's is in the handler function itself, or defined within it."""
    if handler is None:
        return False
    while frame is not None:
        code = frame.f_code
        if code is handler:
            return True
        if _kind(_file(frame)) == _USERS:
            if code.co_filename != handler.co_filename:
                return False
            # Python 3.11 gives every comprehension a function of its own.
            return code.co_qualname.startswith(f"{handler.co_qualname}.<locals>.")
        if _guards_handler(frame):
            return True  # a compiled handler, which has no frame
        frame = frame.f_back
    return False


def _site(frame: FrameType) -> Site:
    code = frame.f_code
    name = code.co_filename
    if not name.startswith(("/", "<")):  # compiled without source, below whatever folder that was done in
        file = _file(frame)
        name = file[:-1] if file.endswith(".pyc") else file
    return Site(name, frame.f_lineno, code.co_qualname)


def _guards_handler(frame: FrameType) -> bool:
    return frame.f_code.co_name == "guarded" and module_name(frame).startswith(_PACKAGE)


def _compiled(frame: FrameType) -> Site | None:
    code = handler_code(frame.f_locals.get("handler"))
    return None if code is None else Site(code.co_filename, code.co_firstlineno, code.co_qualname)


def _of_main_thread() -> Site | None:
    """Return where the main thread's function begins: its line may be any by now, and one call is one finding."""
    threading = sys.modules.get("threading")
    main = getattr(threading, "_main_thread", None)
    frame = sys._current_frames().get(getattr(main, "ident", None) or 0)
    while frame is not None:
        code = frame.f_code
        if _kind(_file(frame)) == _USERS and not code.co_name.endswith(("comp>", "genexpr>")):
            site = _site(frame)
            return Site(site.file, code.co_firstlineno, site.function)
        frame = frame.f_back
    return None


def _file(frame: FrameType) -> str:
    """Return the file of the module that a frame's code is in; what `exec` made belongs to the module it is in.

    Not the code's own name of a file: without source beside it, that is the one of the machine that compiled it.
    """
    file = dict.get(frame.f_globals, "__file__")
    return file if type(file) is str else frame.f_code.co_filename


def _kind(file: str) -> int:
    known = _kinds.get(file)
    if known is None:
        known = _kind_of(file)
        if len(_kinds) < 4096:
            _kinds[file] = known
    return known


def _kind_of(file: str) -> int:
    if _is_handlers(file):
        return _USERS
    installed = next((folder for folder in _INSTALLED if folder in file), None)
    if file.startswith("<frozen") or (file.startswith(_STDLIB) and installed is None):
        return _KNOWN
    if file.startswith((_RUNTIME, _OURS)):
        return _KNOWN
    root, relative = _below(file, installed)
    first, _, rest = relative.partition("/")
    name = first.partition(".")[0]
    if name in _KNOWN_PACKAGES or f"{name}/{rest.partition('/')[0]}" in _KNOWN_PACKAGES:
        return _KNOWN
    if installed:
        return _OTHER
    if not root:
        return _USERS
    return _OTHER if name in _distribution_names(root) or _has_version(name, root) else _USERS


def _below(file: str, installed: str | None) -> tuple[str, str]:
    """Return the folder that a file was imported from, and its path below: a package's name means nothing deeper."""
    if installed:
        root, folder, relative = file.rpartition(installed)
        return root + folder, relative
    paths = (path.rstrip("/") + "/" for path in sys.path if type(path) is str and path)
    root = max((root for root in (*paths, *_ROOTS) if file.startswith(root)), key=len, default="")
    return root, file[len(root) :]


def _is_handlers(file: str) -> bool:
    """Tell whether a file is in the top-level package of the user's handler, however that was installed."""
    handler = next((value for name in (*_REDIRECTS, "_HANDLER") if (value := os.environ.get(name))), "")
    name = handler.replace("/", ".").lstrip(".").rpartition(".")[0]
    package = name.partition(".")[0]
    if package in ("", "lambda_guard"):
        return False
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if type(loaded) is str:
        own = loaded
        for _ in range(name.count(".") + loaded.rpartition("/")[2].startswith("__init__.")):
            own = own.rpartition("/")[0]
        return file == loaded or (own != loaded and file.startswith(own + "/"))
    installed = next((folder for folder in _INSTALLED if folder in file), None)
    return _below(file, installed)[1].partition("/")[0].partition(".")[0] == package


def _has_version(name: str, root: str) -> bool:
    """Tell whether a package below a folder says its version, as libraries do that come without metadata."""
    package = getattr(sys.modules.get(name), "__dict__", None)
    if type(package) is not dict:
        return False
    file = package.get("__file__")
    return type(file) is str and file.startswith(root) and type(package.get("__version__")) is str


def _distribution_names(root: str) -> frozenset[str]:
    """Return the modules that were installed into a folder, as far as the metadata beside them tells."""
    names = _distributions.get(root)
    if names is None:
        names = _distributions[root] = frozenset(_read_distributions(root))
    return names


def _read_distributions(root: str) -> set[str]:
    try:
        entries = set(os.listdir(root))
    except (OSError, ValueError):
        return set()
    names = set()
    for entry in entries:
        stem, end, _ = entry.partition(".dist-info")
        if not end:
            continue
        name = stem.partition("-")[0].lower().replace(".", "_")
        names.add(name)
        if name not in entries and f"{name}.py" not in entries:  # it is imported by another name
            names.update(_top_level(root + entry))
    return names


def _top_level(metadata: str) -> set[str]:
    """Return the modules of a distribution: as setuptools writes them down, or else from the list of its files."""
    for name in ("top_level.txt", "RECORD"):
        try:
            with open(f"{metadata}/{name}", encoding="utf-8") as file:
                lines = file.read(_MOST_BYTES).splitlines()
        except (OSError, ValueError):
            continue
        found = {line.partition(",")[0].strip().partition("/")[0].partition(".")[0] for line in lines}
        return {name for name in found if name.isidentifier()}
    return set()


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
