"""What the guard raises on purpose. A leaf: botocore's half of `InvokeBlocked` is added where botocore is."""

from __future__ import annotations


class GuardError(Exception):
    """Base of everything that the guard raises on purpose."""


class ConfigurationError(GuardError):
    """A setting that cannot be read; the message names it, its value's place and the choices."""


class InvokeBlocked(GuardError):
    """A direct invoke that was refused before anything was sent.

    Raised as a subclass that is also a `botocore.exceptions.ClientError` with code AccessDeniedException and
    status 403, so that code written for an IAM denial handles it.
    """


class UnauthorizedEvent(GuardError):
    """An event that was refused and whose source has no response shape to refuse it in."""


class ConnectionBlocked(GuardError, ConnectionRefusedError):
    """A database connection that was refused before it was opened; drivers report it their own way."""
