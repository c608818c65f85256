"""Patches wait for the modules that they patch: none of them is ever imported by the guard."""

from __future__ import annotations

import sys

from ..boundary import hide_frame, outcome, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    from ..guard import Guard

# module that is waited for -> our module with `apply(module, guard)` and `remove(module)`
PATCHES = {
    "botocore.client": "sdk.botocore",
    "aiobotocore.client": "sdk.aiobotocore",
    **dict.fromkeys(("gevent", "socket", "subprocess"), "network.waiting"),
    "uvloop": "network.loops",
    **dict.fromkeys(("aiohttp.client_reqrep", "awscrt.aio.http", "awscrt.http"), "network.http_clients"),
    "multiprocessing.popen_forkserver": "programs.multiprocessing",
    "multiprocessing.popen_spawn_posix": "programs.multiprocessing",
    **dict.fromkeys(("amazondax", "aws_sdk_dynamodb"), "sdk.uncovered"),
    **dict.fromkeys(("httpcore._sync.connection_pool", "httpcore._async.connection_pool"), "network.http_clients"),
    # urllib3-future, under its own name and where it takes urllib3's place.
    **dict.fromkeys(
        (f"{name}.backend.{kind}hface" for name in ("urllib3", "urllib3_future") for kind in ("", "_async.")),
        "network.http_clients",
    ),
    **dict.fromkeys(
        (
            "MySQLdb.connections", "aiomysql.connection", "asyncmy.connection", "asyncpg.connect_utils", "mariadb",
            "mariadb.connections",
            "mysql.connector.abstracts", "mysql.connector.aio.connection", "oracledb.connection", "oracledb.pool",
            "psycopg.generators", "psycopg2", "pymongo.asynchronous.mongo_client", "pymongo.mongo_client",
            "pymongo.synchronous.mongo_client", "pymssql._pymssql", "pyodbc",
        ),
        "network.drivers",
    ),
}  # fmt: skip
_applied: dict[str, ModuleType] = {}
_finder: _Finder | None = None


def arm(guard: Guard) -> None:
    """Patch what is imported already, and the rest when it is."""
    global _finder
    _finder = _Finder(guard)
    sys.meta_path.insert(0, _finder)
    catch_up(guard)


def catch_up(guard: Guard) -> None:
    """Patch what is imported and not patched: by a finder of somebody else's, which stands before ours."""
    for name in PATCHES:
        module = sys.modules.get(name)
        if module is not None and _applied.get(name) is not module:
            try:
                _apply(name, module, guard)
            except Exception as fault:
                guard.fault(f"patch {name}", fault)


def disarm() -> None:
    """Stop waiting, and take out every patch that went in."""
    global _finder
    if _finder is not None and _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    _finder = None
    for name, module in _applied.items():
        _ours(name).remove(module)
    _applied.clear()


def applied(name: str) -> ModuleType | None:
    """Return a module that is patched, or None."""
    return _applied.get(name)


def armed() -> list[str]:
    """Return the modules that are patched by now."""
    return sorted(name for name in _applied if PATCHES[name] != "network.waiting")


def _ours(name: str) -> Any:
    return __import__(f"{__package__}.{PATCHES[name]}", fromlist=["apply"])


def _apply(name: str, module: ModuleType, guard: Guard) -> None:
    _ours(name).apply(module, guard)
    _applied[name] = module


class _Finder:
    """Finds no module itself: it lets the others find the ones that are waited for, and acts once they have run."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._busy: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in PATCHES or name in self._busy:
            return None
        self._busy.add(name)
        spec = None
        try:
            for finder in sys.meta_path:  # whatever these raise, they would have raised without us
                if finder is not self and hasattr(finder, "find_spec"):
                    spec = finder.find_spec(name, path, target)
                    if spec is not None:
                        break
        finally:
            self._busy.discard(name)
        stop = None
        try:
            if spec is not None and hasattr(spec.loader, "exec_module"):
                self._act_after(spec.loader, name)
        except Exception as error:
            stop = outcome(self._guard, f"import of {name}", error)
        if stop is not None:
            raise stop
        return spec

    def _act_after(self, loader: Any, name: str) -> None:
        """Have a loader call us after it ran the module. It stays the loader that it is: others look at its type."""
        guard, run = self._guard, loader.exec_module
        had_its_own = "exec_module" in getattr(loader, "__dict__", ())

        def exec_module(module: ModuleType) -> None:
            stop, is_ours = None, False
            try:
                is_ours = module.__name__ == name  # else a loader of many modules, asked for ours without running it
                if is_ours and had_its_own:
                    loader.exec_module = run
                elif is_ours:
                    del loader.exec_module
            except Exception as error:
                stop = outcome(guard, f"import of {name}", error)
            if stop is not None:
                raise stop
            try:
                run(module)
            except BaseException as error:
                try:
                    hide_frame(error)
                except Exception as fault:
                    if (stop := outcome(guard, f"import of {name}", fault)) is not None:
                        raise stop  # noqa: B904 - what was raised before is its context, as it would be
                raise
            if is_ours:
                try:
                    _apply(name, module, guard)
                except Exception as error:
                    stop = outcome(guard, f"patch {name}", error)
                if stop is not None:
                    raise stop

        loader.exec_module = passed_over(exec_module)
