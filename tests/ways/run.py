"""Runs one program as a function's code would run: guarded as the environment says, and with AWS's names at home."""

import runpy
import socket
import sys

from lambda_guard.runtime import attach

_look_up = socket.getaddrinfo


def getaddrinfo(host, port, *args, **kwargs):
    """Resolve AWS's names to this machine, and say so to the audit hooks as the real one does."""
    if isinstance(host, str) and host.endswith((".on.aws", ".amazonaws.com")):
        sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
        host = "127.0.0.1"
    return _look_up(host, port, *args, **kwargs)


if __name__ == "__main__":
    socket.getaddrinfo = getaddrinfo
    attach.install()
    runpy.run_path(sys.argv[1], run_name="__main__")
