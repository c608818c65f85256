"""HTTP requests that invoke a function, whichever client sends them, unless the SDK's front door has judged them."""

from __future__ import annotations

import sys

from ...errors import InvokeBlocked
from ...services.endpoints import Request, invoke_request, is_function_url, is_lambda_api, normal
from ...site import is_library, module_name
from ..sdk.botocore import FRONT_DOORS, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ...guard import Guard

# Packages whose requests are judged as they are sent, so that where they connect says nothing new.
_CLIENTS = frozenset((
    "aiobotocore", "aiohttp", "awscrt", "botocore", "http", "httpcore", "httplib2", "smithy_http", "urllib3",
    "urllib3_future",
))  # fmt: skip
# Packages that look names up in a thread, and connect by an address that was passed on.
_LOOKING_UP = frozenset(("tornado", "twisted"))


def read(connection: Any, data: bytes) -> Request | None:
    """Read what http.client is about to send; None for what is not the head of a request."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or _is_body(connection):
        return None
    method, target, _ = words
    host, target = place(connection, target)
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    return Request(method, host, target, headers, body)


def place(connection: Any, target: str) -> tuple[str, str]:
    """Return the host and path of a request through a connection, which may lead to a proxy."""
    if "://" not in target[:8]:
        return connection._tunnel_host or connection.host, target
    host, slash, path = target.partition("://")[2].partition("/")
    return host, slash + path


def _is_body(connection: Any) -> bool:
    """Tell whether http.client is past the head: a stored request that is uploaded is no request.

    Its `_send_output` sends the head and then, from `chunks`, the body; other clients send the body by themselves,
    and `send` takes files apart into `datablock`s.
    """
    if getattr(connection, "_HTTPConnection__state", None) != "Request-sent":
        return False
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_name != "send":
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name == "send":
        if "datablock" in frame.f_locals:
            return True
        frame = frame.f_back
    return frame is None or frame.f_code.co_name != "_send_output" or "chunks" in frame.f_locals


def checkpoint(connection: Any, body: bytes) -> Request:
    """Read the body that http.client sends after the head of a durable function's checkpoint."""
    host = connection._tunnel_host or connection.host
    return Request("POST", host, "/2025-12-01/durable-executions//checkpoint", (), body)


def judge(guard: Guard, request: Request, frame: FrameType | None) -> None:
    """Apply the direct-invoke rule to a request. Raises InvokeBlocked."""
    if request.method != "CONNECT" and (not _judged(frame) or _was_changed(request)):
        guard.request(request, frame)


def _was_changed(request: Request) -> bool:
    """Tell whether a hook of the SDK's has made a request to another function of the one that was judged."""
    call = current.get()
    read = invoke_request(request.method, request.target) if call is not None else None
    if call is None or read is None or call.params is None:
        return False
    return bool(read[1]["FunctionName"] != call.params.get("FunctionName"))


def connected(guard: Guard, host: str, guessed: bool, frame: FrameType | None) -> None:
    """Judge a connection to a host of Lambda's, where no client makes it that is judged by its requests.

    A function URL is only there to be invoked. The Lambda API is not: what is sent there cannot be told from outside
    of TLS, so it is reported and passes. guessed: the host is the one name that event loops have looked up.
    Raises InvokeBlocked.
    """
    packages = _packages(frame)
    # httpx and aiohttp connect in tasks of their own, on whose stacks they are not.
    theirs = guessed and "tornado" not in packages and not sys.modules.keys().isdisjoint(("aiohttp", "httpcore"))
    if not theirs and _CLIENTS.isdisjoint(packages):
        _judge_host(guard, host, frame)


def looked_up(guard: Guard, host: str, frame: FrameType | None) -> None:
    """Judge a look-up by frameworks that connect later, where nobody can tell for whom. Raises InvokeBlocked."""
    packages = _packages(frame)
    if _LOOKING_UP.isdisjoint(packages) or not _CLIENTS.isdisjoint(packages):
        return
    try:
        _judge_host(guard, host, frame)
    except InvokeBlocked as block:
        if "twisted" not in packages:
            raise
        from socket import gaierror

        raise gaierror(str(block)) from block  # for any other error it would wait for ever


def _judge_host(guard: Guard, host: str, frame: FrameType | None) -> None:
    host = normal(host)
    if is_function_url(host):
        guard.request(Request("GET", host, "/"), frame)
    elif is_lambda_api(host):
        message = "the Lambda API is reached by a client that the guard cannot see into"
        guard.unseen("lambda-endpoint", host, message, frame)


def _packages(frame: FrameType | None) -> set[str]:
    """Return the top-level packages on a stack."""
    packages = set()
    while frame is not None:
        packages.add(module_name(frame).partition(".")[0])
        frame = frame.f_back
    return packages


def _judged(frame: FrameType | None) -> bool:
    """Tell whether the SDK's front door sends this: it has been judged by name, with its parameters.

    Not what the user's code sends meanwhile, which botocore's events and credential providers may call.
    """
    while frame is not None:
        if frame.f_code.co_name == "_make_api_call" and module_name(frame) in FRONT_DOORS:
            return True
        if not is_library(frame):
            return False
        frame = frame.f_back
    return False
