"""What is decided before anything of the guard is loaded: whether this process is one to guard.

A layer cannot choose the Python that comes by here: this file and the package's own are written for any, from 2.7 on.
Where everything is off, they are all that is loaded. The file has this name because AWS's runtime client cuts the
leading frames of files called `bootstrap.py` out of the stack traces that users see.
"""

import os
import sys

from . import _resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # noqa: F401 - read in the comments that tell types

LEAST_PYTHON = (3, 11)
# Public name -> the module of `runtime` that holds it.
PUBLIC = {
    "guard": "attach", "install": "attach", "uninstall": "attach",
    "ConfigurationError": "errors", "ConnectionBlocked": "errors", "GuardError": "errors", "InvokeBlocked": "errors",
    "UnauthorizedEvent": "errors", "Mode": "types",
}  # fmt: skip
_PREFIX = "LAMBDA_GUARD_"
_RULES = ("AUTHORIZER", "EVENT_SOURCE", "DIRECT_INVOKE", "CONNECTION")
_FILE_NAME = "lambda_guard.toml"
_OURS = ("lambda_guard.handler", "lambda_guard.runtime.bootstrap.handler")
_said = False


def from_pth():
    # type: () -> None
    """Lead the runtime to the guard, from a .pth file: _HANDLER is read after these files have run. Raises nothing."""
    if not os.environ.get("_HANDLER") or _setting("ATTACH") == "manual" or is_off() or not is_supported():
        return
    from .runtime.attach import from_pth as attach

    attach()


def public(name):
    # type: (str) -> Any
    """Resolve a name of `lambda_guard`: the public ones, and `handler` as a function's configuration names it."""
    if name != "handler" and name not in PUBLIC:
        raise AttributeError("module 'lambda_guard' has no attribute " + repr(name))
    if (name in ("handler", "guard") and is_off()) or (PUBLIC.get(name, "attach") == "attach" and not is_supported()):
        value = _without_guard(name)
        if value is not None:
            return value
    from .runtime.bootstrap import public as resolve_public

    return resolve_public(name)


def is_supported():
    # type: () -> bool
    """Tell whether the guard runs on this Python, and say so, once, where it does not."""
    global _said
    supported = sys.version_info >= LEAST_PYTHON
    if not supported and not _said:
        _said = True
        version, least = [".".join(map(str, numbers[:2])) for numbers in (sys.version_info, LEAST_PYTHON)]
        text = "lambda_guard: this function is not guarded: it runs on Python " + version
        sys.stderr.write(text + ", and the guard on " + least + " and later\n")
    return supported


def is_off():
    # type: () -> bool
    """Tell whether the environment switches everything off, and no file may say otherwise: a floor or a rule's mode."""
    if _setting("MODE") != "off" or any(_setting(rule) not in ("", "off") for rule in _RULES):
        return False
    package = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd(), os.path.dirname(package)):
        try:
            os.stat(os.path.join(folder, _FILE_NAME))
            return False
        except OSError as error:
            if error.errno not in (2, 20):  # neither ENOENT nor ENOTDIR: there is one, which cannot be read
                return False
    return True


def _without_guard(name):
    # type: (str) -> Any
    if name == "handler":
        handler = os.environ.get(_PREFIX + "HANDLER") or ""
        if not handler or handler in _OURS:
            return None  # the guard's own code says what is wrong
        os.environ["_HANDLER"] = handler
        return _resolve(handler)
    return _as_it_is


def _as_it_is(handler=None, **_):
    # type: (Any, **Any) -> Any
    return handler


def _setting(name):
    # type: (str) -> str
    return os.environ.get(_PREFIX + name, "").strip().lower()
