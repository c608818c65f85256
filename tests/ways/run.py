"""Runs one program, guarded as the environment says, and with AWS's names at home.

The program is a handler's code; with `_HANDLER` set it is what a function's module does while it is loaded.
"""

from __future__ import annotations

import os

if "_HANDLER" in os.environ:  # as the layer's .pth file does it, before anything else is imported
    from lambda_guard.runtime.attach import from_pth

    from_pth()

import runpy
import socket
import sys
from types import SimpleNamespace
from typing import Any

from lambda_guard.runtime import attach

_look_up = socket.getaddrinfo


def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    """Resolve AWS's names to this machine, and say so to the audit hooks as the real one does."""
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith((".on.aws", ".amazonaws.com")):
        sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
        # The real function would tell the hooks of another name.
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port or 0)))]
    return _look_up(host, port, *args, **kwargs)


def handler(_event: object, _context: object) -> None:
    """Do what the program does."""
    runpy.run_path(sys.argv[1], run_name="__main__")


if __name__ == "__main__":
    # It stands for the standard library's, in stack traces too.
    getaddrinfo.__code__ = getaddrinfo.__code__.replace(co_filename=socket.__file__)
    socket.getaddrinfo = getaddrinfo
    if "_HANDLER" in os.environ:
        handler(None, None)
        sys.exit()
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:me"
    attach.guard(handler)({}, SimpleNamespace(invoked_function_arn=arn, aws_request_id="1"))
