"""What audit events say of something that leaves the process, and which of it is judged.

What it takes to judge an event is imported when one looks as if it mattered.
"""

from __future__ import annotations

import sys
from functools import partial

from ...errors import GuardError
from ..sdk.botocore import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType
    from typing import Any

    from ...guard import Guard
    from .sockets import Database

    Judge = Callable[[], None]  # raises the guard's blocks

_HOOK = f"{__package__}.audit"
_LINE = 16384  # bytes within which a request line ends: a presigned URL holds a session token
_awaited: object = None  # the connection whose next bytes are the body of a request to DynamoDB
_checkpoint: object = None  # the connection whose next bytes are the body of a durable function's checkpoint


def looks(guard: Guard, events: Iterable[str]) -> dict[str, Callable[[Any], Judge | None]]:
    """Return what reads each event's arguments, and returns what is to judge the event where one may matter."""
    return {event: partial(_LOOKS[event], guard) for event in events}


def _http_connect(guard: Guard, _args: Any) -> None:
    _watch_botocore(guard, sys._getframe(1))


def _watch_botocore(guard: Guard, frame: FrameType | None) -> None:
    """A new connection is when a patch that somebody removed is noticed: warm calls pay nothing for it."""
    if "botocore.client" in sys.modules:
        from ..sdk import tampering

        tampering.watch(guard, frame)


def _http_send(guard: Guard, args: Any) -> Judge | None:
    """http.client sends the head of a request, alone or with its body, or a piece of a body."""
    global _checkpoint
    connection, data = args
    if type(data) is not bytes:
        return None
    if guard.usage is not None and (connection is _awaited or _may_be_dynamodb(data)):
        return _dynamodb(guard, connection, data)
    if guard.config.direct_invoke.value == "off":
        return None
    end = data.find(b"\r", 0, _LINE)  # `in` takes twice the time of `find` here
    if (end < 0 or not _may_invoke(connection, data, end)) and not (data and connection is _checkpoint):
        return None
    from . import outgoing

    read = outgoing.checkpoint if connection is _checkpoint else outgoing.read
    request = read(connection, data)
    _checkpoint = connection if request is not None and request.awaits_body else None
    return None if request is None else partial(outgoing.judge, guard, request, sys._getframe(1))


def _may_be_dynamodb(data: bytes) -> bool:
    """Tell a request that may be to DynamoDB, and that no front door has open, which has counted its own."""
    if data.find(b"ynamoDB", 0, _LINE) < 0:
        return False
    call = current.get()
    return call is None or not call.judged


def _dynamodb(guard: Guard, connection: Any, data: bytes) -> Judge | None:
    """Count a request that goes past the SDK's front door, with its body, which may be sent after the head."""
    global _awaited
    from . import dynamodb

    if connection is _awaited:
        _awaited = None
        return partial(dynamodb.count_awaited, guard, data)
    if dynamodb.awaits_body(data):
        _awaited = connection
        return None
    return partial(dynamodb.count_request, guard, data)


def _may_invoke(connection: Any, data: bytes, end: int) -> bool:
    """Tell whether a request line has a date as the Lambda API's paths do, or the host is a function URL's."""
    return (
        data.find(b"/20", 0, end) > 0
        or "lambda-url." in str(connection._tunnel_host or connection.host).lower()
        or data.find(b"lambda-url.", 0, end) > 0
    )


def _resolve(guard: Guard, args: Any) -> Judge | None:
    """A name is looked up: connections only know addresses, and who a host is, is in its name."""
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

    return partial(outgoing.looked_up, guard, host, frame)


def _may_be_lambda(host: str) -> bool:
    host = host.lower()
    return host.startswith(("lambda", "vpce-")) or "lambda-url." in host


def _connect(guard: Guard, args: Any) -> Judge | None:
    """A socket is connected; asyncio's too."""
    sock, address = args
    # Numbers instead of the names in `socket`, which a function may never import: AF_INET, AF_INET6; SOCK_STREAM.
    if not isinstance(address, tuple) or len(address) < 2 or sock.type & 15 != 1:
        return None
    from . import sockets

    frame = sys._getframe(1)  # one's own would hold on to itself, and to the socket
    _watch_botocore(guard, frame)  # urllib3 connects by itself, where `http.client.connect` is not raised
    target = sockets.text(address[0])
    host = sockets.name(target, address[1], frame)
    connection = sockets.database(host, target, address[1], frame)
    url = host or sockets.guess(address[1])
    if url is not None and not _may_be_lambda(url):
        url = None
    if url is None and connection is None:
        return None
    return partial(_judge_connection, guard, sock, url, host is None, connection, frame)


def _judge_connection(
    guard: Guard, sock: Any, url: str | None, guessed: bool, database: Database | None, frame: FrameType | None
) -> None:
    if url is not None:
        from . import outgoing

        try:
            outgoing.connected(guard, url, guessed, frame)
        except GuardError:
            sock.close()  # which `socket.create_connection` only does for an OSError
            raise
    if database is not None:
        guard.connection(*database, frame)


def _popen(guard: Guard, args: Any) -> Judge:
    return _command(guard, args[0], args[1])


def _exec(guard: Guard, args: Any) -> Judge | None:
    # subprocess tells of itself before it calls os.posix_spawn.
    caller: FrameType | None = sys._getframe(1)
    while caller is not None and caller.f_globals.get("__name__") == _HOOK:
        caller = caller.f_back
    if caller is not None and caller.f_globals.get("__name__") == "subprocess":
        return None
    return _command(guard, args[0], args[1])


def _system(guard: Guard, args: Any) -> Judge:
    return _command(guard, None, args[0])


def _command(guard: Guard, executable: Any, words: Any) -> Judge:
    """Another program is started."""
    from ..programs import commands

    return partial(commands.judge, guard, commands.read(executable, words), sys._getframe(1))


_LOOKS: dict[str, Callable[[Guard, Any], Judge | None]] = {
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
