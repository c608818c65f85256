"""What audit events say of something that leaves the process, and which of it is judged.

What it takes to judge an event is imported when one looks as if it mattered.
"""

from __future__ import annotations

import sys
from functools import partial

from ...errors import GuardError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType
    from typing import Any

    from ...guard import Guard

_HOOK = f"{__package__}.audit"
_LINE = 16384  # bytes within which a request line ends: a presigned URL holds a session token
_checkpoint: object = None  # the connection whose next bytes are the body of a durable function's checkpoint


def looks(guard: Guard, events: Iterable[str]) -> dict[str, Callable[[Any], None]]:
    """Return what looks at each event's arguments. It raises the guard's blocks, and no faults of its own."""
    return {event: partial(_LOOKS[event], guard) for event in events}


def _http_connect(guard: Guard, _args: Any) -> None:
    """A new connection is when a patch that somebody removed is noticed: warm calls pay nothing for it."""
    try:
        client = sys.modules.get("botocore.client")
        method = client.BaseClient.__dict__.get("_make_api_call") if client is not None else None
        if method is None:
            return
        from ..sdk.botocore import is_ours

        if is_ours(method):
            return
        from ..sdk import tampering

        tampering.watch(guard)
    except Exception as fault:
        guard.fault("http.client.connect", fault)


def _http_send(guard: Guard, args: Any) -> None:
    """http.client sends the head of a request, alone or with its body, or a piece of a body."""
    global _checkpoint
    try:
        connection, data = args
        if type(data) is not bytes:
            return None
        end = data.find(b"\r", 0, _LINE)  # `in` takes twice the time of `find` here
        if (end < 0 or not _may_invoke(connection, data, end)) and not (data and connection is _checkpoint):
            return None
        from . import outgoing

        read = outgoing.checkpoint if connection is _checkpoint else outgoing.read
        request = read(connection, data)
        _checkpoint = connection if request is not None and request.awaits_body else None
    except Exception as fault:
        return guard.fault("http.client.send", fault)
    if request is not None:
        outgoing.judge(guard, request, sys._getframe())
    return None


def _may_invoke(connection: Any, data: bytes, end: int) -> bool:
    """Tell whether a request line has a date as the Lambda API's paths do, or the host is a function URL's."""
    return (
        data.find(b"/20", 0, end) > 0
        or "lambda-url." in str(connection._tunnel_host or connection.host).lower()
        or data.find(b"lambda-url.", 0, end) > 0
    )


def _resolve(guard: Guard, args: Any) -> None:
    """A name is looked up: connections only know addresses, and who a host is, is in its name."""
    try:
        from . import sockets

        given, port = (*args, None)[:2]
        host = sockets.text(given)
        if host is None:
            return None
        frame = sys._getframe(1)  # one's own would hold on to itself, and to the socket
        number = int(port) if type(port) is int or (type(port) is str and port.isdecimal()) else None
        sockets.remember(host, number, frame)
        if not _may_be_lambda(host):
            return None
        from . import outgoing
    except Exception as fault:
        return guard.fault("look-up", fault)
    return outgoing.looked_up(guard, host, frame)


def _may_be_lambda(host: str) -> bool:
    host = host.lower()
    return host.startswith(("lambda", "vpce-")) or "lambda-url." in host


def _connect(guard: Guard, args: Any) -> None:
    """A socket is connected; asyncio's too."""
    try:
        sock, address = args
        # Numbers instead of the names in `socket`, which a function may never import: AF_INET, AF_INET6; SOCK_STREAM.
        if not isinstance(address, tuple) or len(address) < 2 or sock.type & 15 != 1:
            return None
        from . import sockets

        frame = sys._getframe(1)  # one's own would hold on to itself, and to the socket
        target = sockets.text(address[0])
        host = sockets.name(target, address[1], frame)
        connection = sockets.database(host, target, address[1], frame)
        url = host or sockets.guess(address[1])
        if url is not None and _may_be_lambda(url):
            from . import outgoing
        else:
            url = None
    except Exception as fault:
        return guard.fault("socket.connect", fault)
    if url is not None:
        try:
            outgoing.connected(guard, url, host is None, frame)
        except GuardError:
            sock.close()  # which `socket.create_connection` only does for an OSError
            raise
    if connection is not None:
        guard.connection(*connection, frame)
    return None


def _popen(guard: Guard, args: Any) -> None:
    _command(guard, args, 0, 1, 3, args[2] if len(args) > 2 else None)


def _exec(guard: Guard, args: Any) -> None:
    # subprocess tells of itself before it calls os.posix_spawn.
    caller: FrameType | None = sys._getframe(1)
    while caller is not None and caller.f_globals.get("__name__") == _HOOK:
        caller = caller.f_back
    if caller is None or caller.f_globals.get("__name__") != "subprocess":
        _command(guard, args, 0, 1, 2)


def _system(guard: Guard, args: Any) -> None:
    _command(guard, (None, *args, None), 0, 1, 2)


def _command(guard: Guard, args: Any, executable: int, words: int, env: int, cwd: Any = None) -> None:
    """Another program is started; the numbers say where in the event's arguments it is told."""
    try:
        from ..programs import commands

        environ = args[env]
        started = commands.read(args[executable], args[words], environ, cwd)
    except Exception as fault:
        return guard.fault("subprocess", fault)
    commands.judge(guard, started, environ, sys._getframe())
    return None


_LOOKS: dict[str, Callable[[Guard, Any], None]] = {
    "http.client.connect": _http_connect,
    "http.client.send": _http_send,
    "socket.getaddrinfo": _resolve,
    "socket.gethostbyname": _resolve,
    "socket.connect": _connect,
    "subprocess.Popen": _popen,
    "os.posix_spawn": _exec,
    "os.exec": _exec,
    "os.system": _system,
}
