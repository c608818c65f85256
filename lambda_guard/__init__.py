"""Guard an AWS Lambda function at run time. What is imported here is all that is public on the runtime side."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .runtime.attach import guard, install, uninstall
    from .runtime.errors import (
        ConfigurationError,
        ConnectionBlocked,
        GuardError,
        InvokeBlocked,
        UnauthorizedEvent,
    )
    from .runtime.types import Mode

__version__ = "0.1.0"
__all__ = [
    "ConfigurationError",
    "ConnectionBlocked",
    "GuardError",
    "InvokeBlocked",
    "Mode",
    "UnauthorizedEvent",
    "guard",
    "install",
    "uninstall",
]


def __getattr__(name):
    # type: (str) -> Any
    """Resolve a public name when it is used, or `handler`."""
    from .bootstrap import public

    return public(name)


def _resolve(name):
    # type: (str) -> Any
    """Find the user's handler with the runtime's own function, so that every error is the runtime's."""
    runtime = sys.modules.get("awslambdaric.bootstrap")
    find = getattr(runtime, "_get_handler", None)
    raised = None
    try:
        if find is not None:
            handler = find(name)
        else:
            from importlib import import_module

            module, _, function = name.rpartition(".")
            handler = getattr(import_module(module.replace("/", ".")), function)
    except AttributeError as error:
        # The runtime is inside getattr() here and would take this for a missing handler. A twin that is no
        # AttributeError, with the same name, text and frames, is reported as the original would be.
        raised = type(type(error).__name__, (Exception,), {})(str(error))
        raised = raised.with_traceback(error.__traceback__)
        raised.__suppress_context__ = True
    if raised is not None:
        raise raised
    return handler


# The runtime cuts the frames of files that are so called out of the errors that users see.
if hasattr(__getattr__.__code__, "replace"):
    for _function in (__getattr__, _resolve):
        _function.__code__ = _function.__code__.replace(co_filename=__file__.replace("__init__", "bootstrap"))
