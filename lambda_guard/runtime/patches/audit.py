"""The second line: Python's audit hook sees what leaves the process past the SDK's front door.

A hook cannot be removed, so it goes in once and looks its events up in a table that `arm` fills and `disarm` empties.
It runs for every import, every opened file and every `sys._getframe`: importing boto3 alone raises thousands of events,
of which none is in the table. So a trip wire goes in first: a dictionary's own `get`, which no event makes run any
Python but those of the table. The hook proper follows when the first of them is raised, in time to see that one: Python
goes through its list of hooks as it stands. What it takes to judge an event is imported when one looks as if it
mattered. https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import sys
from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..guard import Guard

_LINE = 16384  # bytes within which a request line ends: a presigned URL holds a session token

_PROBE = "lambda_guard.armed"
_seen: dict[str, Callable[[Any], None]] = {}
_wires: dict[_Wire, None] = {}
_wired = _hooked = False
_hooking = RLock()
_guard: Guard | None = None
_checkpoint: object = None  # the connection whose next bytes are the body of a durable function's checkpoint


def _hook(event: str, args: Any, find: Callable[[str], Callable[[Any], None] | None] = _seen.get) -> None:
    see = find(event)
    if see is not None:
        see(args)


class _Wire:
    """A key with the hash of an event's name, which a dictionary therefore compares with that name, and no other."""

    __slots__ = ("_hash", "_trip")

    def __init__(self, event: str, trip: Callable[[], None]) -> None:
        self._hash = hash(event)
        self._trip = trip

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, event: object) -> bool:
        """Trip, and be equal: a look-up that goes on may come by the same key once more."""
        if type(event) is str:
            self._trip()
            return True
        return self is event


def _put_in() -> None:
    """Put the hook proper in. A thread that comes here meanwhile waits, for its own event must be seen as well."""
    global _hooked
    with _hooking:
        if not _hooked:
            sys.addaudithook(_hook)
            _hooked = True
            _wires.clear()
            if not armed() and _guard is not None:
                _guard.journal.error("audit", "RuntimeError", "another audit hook refused the guard's: see SECURITY.md")


def _forked() -> None:
    """Let go of what a thread may have held that no longer is."""
    global _hooking
    _hooking = RLock()


def arm(guard: Guard) -> None:
    """Look at what leaves the process, for the rules that are on."""
    global _wired, _guard
    _guard = guard
    off = type(guard.config.mode).OFF
    if guard.config.direct_invoke is not off:
        _seen.update(_INVOKES)
    if guard.config.connection is not off:
        _seen.update(_CONNECTIONS)
    if not _hooked:
        _wires.update(dict.fromkeys([_Wire(event, _put_in) for event in _seen]))
    if _seen and not _wired:
        trip: Any = _wires.get
        sys.addaudithook(trip)  # called as get(event, arguments)
        os.register_at_fork(after_in_child=_forked)
        _wired = True


def disarm() -> None:
    """Look at nothing any more; the hook itself stays, as Python has it."""
    global _guard
    _seen.clear()
    _wires.clear()
    _guard = None


def armed() -> list[str]:
    """Return `["audit"]` where a hook is in and has something to look at; another hook may have refused it."""
    answer: list[str] = []
    if _hooked and _seen:
        _seen[_PROBE] = answer.extend
        sys.audit(_PROBE, "audit")
        _seen.pop(_PROBE, None)
    elif _wires:
        wire = _Wire(_PROBE, lambda: answer.append("audit"))
        _wires[wire] = None
        sys.audit(_PROBE, "audit")
        _wires.pop(wire, None)
    return answer


def _fault(where: str, fault: Exception) -> None:
    if _guard is not None:
        _guard.fault(where, fault)


def _http_connect(_args: Any) -> None:
    """A new connection is when a patch that somebody removed is noticed: warm calls pay nothing for it."""
    try:
        client = sys.modules.get("botocore.client")
        method = client.BaseClient.__dict__.get("_make_api_call") if client is not None else None
        if method is None or _guard is None:
            return
        from .botocore import is_ours

        if is_ours(method):
            return
        from . import outgoing

        outgoing.watch(_guard)
    except Exception as fault:
        _fault("http.client.connect", fault)


def _http_send(args: Any) -> None:
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
        return _fault("http.client.send", fault)
    if request is not None and _guard is not None:
        outgoing.judge(_guard, request, sys._getframe())
    return None


def _may_invoke(connection: Any, data: bytes, end: int) -> bool:
    """Tell whether a request line has a date as the Lambda API's paths do, or the host is a function URL's."""
    return (
        data.find(b"/20", 0, end) > 0
        or ".lambda-url." in str(connection._tunnel_host or connection.host)
        or data.find(b".lambda-url.", 0, end) > 0
    )


def _resolve(args: Any) -> None:
    """A name is looked up: the kind of a database's host is in its name, and connections only know addresses."""
    try:
        host, port = args[0], args[1]
        if type(host) is bytes:
            host = host.decode("ascii", "replace")
        if type(host) is not str:
            return None
        if type(port) is int:
            from . import sockets

            sockets.remember(host, port)
        if not (host.startswith(("lambda", "vpce-")) or ".lambda-url." in host):
            return None
        from . import outgoing

        request = outgoing.looked_up(_guard, host, sys._getframe()) if _guard is not None else None
    except Exception as fault:
        return _fault("socket.getaddrinfo", fault)
    if request is not None and _guard is not None:
        _guard.request(request, sys._getframe())
    return None


def _connect(args: Any) -> None:
    """A socket is connected; asyncio's too."""
    try:
        sock, address = args
        # Numbers instead of the names in `socket`, which a function may never import: AF_INET, AF_INET6; SOCK_STREAM.
        if type(address) is not tuple or len(address) < 2 or sock.type & 15 != 1:
            return None
        from . import sockets

        frame = sys._getframe()
        connection = sockets.database(address[0], address[1], frame)
    except Exception as fault:
        return _fault("socket.connect", fault)
    if connection is not None and _guard is not None:
        _guard.connection(*connection, frame)
    return None


def _popen(args: Any) -> None:
    _command(args, 0, 1, 3)


def _exec(args: Any) -> None:
    # subprocess tells of itself before it calls os.posix_spawn.
    caller = sys._getframe(1).f_back
    if caller is None or caller.f_globals.get("__name__") != "subprocess":
        _command(args, 0, 1, 2)


def _system(args: Any) -> None:
    _command((None, *args, None), 0, 1, 2)


def _command(args: Any, executable: int, words: int, env: int) -> None:
    """Another program is started; the numbers say where in the event's arguments it is told."""
    try:
        from . import children

        commands, environ = children.read(args[executable], args[words]), args[env]
    except Exception as fault:
        return _fault("subprocess", fault)
    if _guard is not None:
        children.judge(_guard, commands, environ, sys._getframe())
    return None


_INVOKES: dict[str, Callable[[Any], None]] = {
    "http.client.connect": _http_connect,
    "http.client.send": _http_send,
    "socket.getaddrinfo": _resolve,
    "subprocess.Popen": _popen,
    "os.posix_spawn": _exec,
    "os.exec": _exec,
    "os.system": _system,
}
_CONNECTIONS: dict[str, Callable[[Any], None]] = {"socket.getaddrinfo": _resolve, "socket.connect": _connect}
