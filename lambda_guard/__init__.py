"""Guard an AWS Lambda function at run time. What is imported here is all that is public on the runtime side."""

# In `bootstrap.py`, because the runtime cuts that file's frames out of the errors that users see.
from .bootstrap import public as __getattr__

TYPE_CHECKING = False
if TYPE_CHECKING:
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
