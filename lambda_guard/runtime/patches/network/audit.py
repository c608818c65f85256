"""The second line: Python's audit hook sees what leaves the process past the SDK's front door.

A hook cannot be removed, so it goes in once and looks its events up in a table that is emptied by `disarm`.
It runs for every import, every opened file and every `sys._getframe`: importing boto3 alone raises thousands of events,
of which none is in the table. So a trip wire goes in first: a dictionary's own `get`, which no event makes run any
Python but those of the table. The hook proper follows when the first of them is raised, in time to see that one: Python
goes through its list of hooks as it stands. https://docs.python.org/3/library/audit_events.html

Even a trip wire has Python prepare all these events. Where an invocation is sure to follow, nothing is hooked before it
unless something leaves the process before (waiting.py).
"""

from __future__ import annotations

import os
import sys
from functools import partial

from ...boundary import outcome, shielded
from ...turn import Turn
from . import waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...guard import Guard

    Look = Callable[[Any], Callable[[], None] | None]

_INVOKES = (
    "http.client.connect", "http.client.send", "socket.getaddrinfo", "socket.gethostbyname", "socket.connect",
    "subprocess.Popen", "os.posix_spawn", "os.exec", "os.system",
)  # fmt: skip
_CONNECTIONS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect")
_JUDGED = {"direct_invoke": _INVOKES[1:], "connection": _CONNECTIONS}
# Event -> the rules that refuse it where a fault keeps it from being judged.
_RULES = {event: tuple(rule for rule, events in _JUDGED.items() if event in events) for event in _INVOKES[1:]}
_PROBE = "lambda_guard.armed"
_events: dict[str, None] = {}  # what is to be looked at
_seen: dict[str, Look] = {}  # the same, once the hook is in
_wires: dict[_Wire, None] = {}
_forks = _wired = _hooked = False
_hooking = Turn()
_guard: Guard | None = None


def _hook(event: str, args: Any, find: Callable[[str], Look | None] = _seen.get) -> None:
    see = find(event)
    if see is not None:
        stop = None
        rules: tuple[str, ...] = ()
        try:
            judge = see(args)
            if judge is not None:
                rules = _RULES[event]
                judge()
        except Exception as error:
            # What could not be read is not known to matter; what could not be judged is refused where faults are.
            stop = outcome(_guard, event, error, rules)
        if stop is not None:
            try:
                raise stop
            finally:
                del stop


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
        # Asked again after looking, which may raise events itself. A failure leaves the wire for the next event.
        if _hooked or not _look() or _hooked:
            return
        _hooked = True
        try:
            sys.addaudithook(_hook)
        except BaseException as refusal:  # another hook's, which would otherwise end the user's call
            del refusal
        _wires.clear()
        if not armed() and _guard is not None:
            _guard.journal.error("audit", "RuntimeError", "another audit hook refused the guard's: see SECURITY.md")


def _look() -> bool:
    """Fill the table of what is looked at, and tell whether it could be; what judges the events is loaded for it."""
    guard = _guard
    if guard is None:
        return False
    try:
        from .leaving import looks

        _seen.update({event: _first(event, look) for event, look in looks(guard, _events).items()})
    except Exception as fault:
        guard.fault("audit", fault)
        return False
    return True


def _first(event: str, look: Look) -> Look:
    """Hold off forks while an event is looked at for the first time, which imports what it needs.

    A child of a fork never gets a lock back that another thread held for an import.
    """

    def see(args: Any) -> Callable[[], None] | None:
        with _hooking:
            try:
                judge = look(args)
                if judge is not None:
                    return partial(_judge, judge)
            finally:
                if _seen.get(event) is see:
                    _seen[event] = look
        return None

    return see


def _judge(judge: Callable[[], None]) -> None:
    with _hooking:
        judge()


def _before_fork() -> None:
    _hooking.acquire(timeout=1)  # not for ever: a thread may wait for what this one holds


def _after_fork() -> None:
    _hooking.release()


def _forked() -> None:
    """Let go of what a thread may have held that no longer is."""
    global _hooking
    _hooking = Turn()


def arm(guard: Guard, invoked: bool = False) -> None:
    """Look at what leaves the process, for the rules that are on.

    invoked: whether `begin` is going to be called, by the first invocation.
    """
    global _forks, _guard
    _guard = guard
    off = type(guard.config.mode).OFF
    for events, mode in ((_INVOKES, guard.config.direct_invoke), (_CONNECTIONS, guard.config.connection)):
        if mode is not off:
            _events.update(dict.fromkeys(events))
    if guard.usage is not None:
        _events["http.client.send"] = None  # DynamoDB's requests, where no SDK's front door sends them
    if not _events:
        return
    if not _forks:
        os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_forked)
        _forks = True
    if invoked and not _wired:
        waiting.arm(begin, guard)
    else:
        begin()


def begin() -> None:
    """Look from now on. A thread that comes here meanwhile waits, for its own event must be seen as well."""
    global _wired
    with _hooking:
        waiting.disarm()
        if _hooked:
            if not _seen:
                _look()
        elif not _wires:
            trip = shielded(_put_in, _guard, "audit")
            _wires.update(dict.fromkeys([_Wire(event, trip) for event in _events]))
        if _wires and not _wired:
            look_up: Any = _wires.get
            sys.addaudithook(look_up)  # called as get(event, arguments)
            _wired = True


def disarm() -> None:
    """Look at nothing any more; the hook itself stays, as Python has it."""
    global _guard
    waiting.disarm()
    for table in (_events, _seen, _wires):
        table.clear()
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
