"""The composition root, and the ways in. All end in one idempotent `install`."""

from __future__ import annotations

import os
import sys

from .bootstrap import REDIRECT, wrap
from .errors import ConfigurationError
from .guard import Guard
from .journal import Journal
from .patches import importing
from .patches.network import audit
from .settings.config import Config, load
from .sinks import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from .bootstrap import Handler
    from .sinks import Sink

    # What is guarded keeps its type for users' type checkers.
    Guarded = TypeVar("Guarded", bound=Handler)

NO_PYTHON = (
    "which names no Python handler: this function is not guarded. Guard it in its code, "
    "with @lambda_guard.guard or lambda_guard.install()"
)
PUBLIC_HANDLER = "lambda_guard.handler"
# The handler that the .pth file found in _HANDLER, and the settings' error that it must not raise itself.
redirected_from: str | None = None
_refusal: ConfigurationError | None = None
_installed: Guard | None = None
_told_of_forks = False
_way = "install"
_INVOKED = ("pth", "handler", "exec_wrapper")  # ways in that lead an invocation through the guard, before long

# SDKs whose presence is reported, because the calls made with them are in no usage record.
UNCOVERED_SDKS = ("aws_sdk_dynamodb", "amazondax")


def install(config: Config | None = None, *, sinks: list[Sink] | None = None) -> Guard:
    """Guard this process and return its guard; a second call changes nothing.

    config: default is what `config.load` reads. sinks: default is what the `sinks` setting says.
    Raises ConfigurationError for settings that cannot be read.
    """
    global _installed
    if _installed is not None:
        return _installed
    config = config or load()
    journal = Journal(config.mode, select(config.sinks) if sinks is None else sinks, lambda: _announcement(config))
    usage = None
    if config.usage:
        from .usage import Usage

        usage = Usage()
    guard = Guard(config, journal, usage)
    if not config.off:
        importing.arm(guard)
        guard.at_first = lambda: _begin(guard)
        audit.arm(guard, invoked=_way in _INVOKED)
    _installed = guard
    _on_new_sandbox(guard)
    return guard


def _begin(guard: Guard) -> None:
    importing.catch_up(guard)
    audit.begin()


def uninstall() -> None:
    """Take the patches out again; handlers that were wrapped stay wrapped and are judged no more."""
    global _installed
    if _installed is not None:
        importing.disarm()
        audit.disarm()
        _installed.retire()
        _installed = None


def guard(handler: Guarded) -> Guarded:
    """Guard a handler in code: the decorator for container images and for those who want it visible."""
    global _way
    if _installed is None:
        _way = "decorator"
    installed = install()
    return handler if installed.config.off else wrap(handler, installed)  # type: ignore[return-value]


def from_pth() -> None:
    """Lead the runtime to the guard, from a .pth file: _HANDLER is read after these files have run.

    Raises nothing: what is wrong with the settings is raised where the runtime can report it.
    """
    global redirected_from, _refusal, _way
    handler = os.environ.get("_HANDLER")
    if not handler or handler == REDIRECT or os.environ.get("LAMBDA_GUARD_ATTACH", "").strip().lower() == "manual":
        return
    if not is_python_handler(handler, os.environ.get("LAMBDA_TASK_ROOT", "")):
        print(f"lambda_guard: _HANDLER is {handler!r}, {NO_PYTHON}", file=sys.stderr, flush=True)
        return
    _way = "pth"
    try:
        config = install().config
        if config.off or config.attach == "manual":
            uninstall()
            return
    except ConfigurationError as error:
        _refusal = error
    except Exception:
        pass
    if handler == PUBLIC_HANDLER:
        _way = _explicit_way()
    else:
        redirected_from = handler
        os.environ["_HANDLER"] = REDIRECT


def is_python_handler(name: str, root: str) -> bool:
    """Tell `module.function` from a program, such as Lambda Web Adapter's `run.sh`; as the exec wrapper does.

    root: the function's folder. A file of just that name in it is a program, unless there is such a module.
    """
    module, dot, function = name.rpartition(".")
    if not (module and dot and function) or not set(name).isdisjoint(" \t\n\"'$&();<>|:"):
        return False
    stem = os.path.join(root, module)
    return not os.path.isfile(os.path.join(root, name)) or os.path.isfile(f"{stem}.py") or os.path.isdir(stem)


def at_handler(name: str | None, way: str) -> Guard | None:
    """Install for the handler that the runtime is about to import; None where everything is off."""
    global _way
    if _refusal is not None:
        raise _refusal
    if not name:
        raise ConfigurationError(
            "LAMBDA_GUARD_HANDLER is not set: with Handler lambda_guard.handler it names the function's own handler, "
            "such as app.handler"
        )
    if name in (PUBLIC_HANDLER, REDIRECT):
        raise ConfigurationError(f"LAMBDA_GUARD_HANDLER is {name!r}, the guard itself; name the function's own handler")
    if _installed is None:
        _way = _explicit_way() if way == "handler" else way
    try:
        installed = install()
    except ConfigurationError:
        raise
    except Exception as fault:
        _not_installed(fault)
        return None
    return None if installed.config.off else installed


def _explicit_way() -> str:
    """Tell our exec wrapper, which names the public handler, from a function that names it itself."""
    wrapper = os.environ.get("AWS_LAMBDA_EXEC_WRAPPER", "")
    return "exec_wrapper" if wrapper.endswith("/lambda-guard") else "handler"


def _not_installed(fault: Exception) -> None:
    """Say loudly that a fault of ours left the function unguarded; in enforce it does not start, unless open."""
    text = f"lambda_guard could not be installed: {type(fault).__name__}: {fault}"
    enforce = os.environ.get("LAMBDA_GUARD_MODE", "").strip().lower() == "enforce"
    if enforce and os.environ.get("LAMBDA_GUARD_ON_ERROR", "").strip().lower() != "open":
        raise ConfigurationError(text) from fault
    print(text, file=sys.stderr, flush=True)


def _renew() -> None:
    if _installed is not None:
        _installed.renew()


def _on_new_sandbox(guard: Guard) -> None:
    global _told_of_forks
    if not _told_of_forks:  # Python never forgets what it is to call, nor the guard of a test that is over
        _told_of_forks = True
        os.register_at_fork(after_in_child=_renew)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        try:
            from snapshot_restore_py import register_after_restore
        except ImportError:
            return
        register_after_restore(guard.renew)


def _announcement(config: Config) -> dict[str, Any]:
    runtime = sys.modules.get("awslambdaric")
    return {
        "way": _way,
        "python": ".".join(map(str, sys.version_info[:3])),
        "awslambdaric": getattr(runtime, "__version__", None),
        "lambda_guard": sys.modules["lambda_guard"].__version__,
        "settings": config.in_force(),
        "patches": [*audit.armed(), *importing.armed()],
        "uncovered_sdks": [name for name in UNCOVERED_SDKS if name in sys.modules],
    }
