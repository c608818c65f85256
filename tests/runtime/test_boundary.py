"""No fault of the guard's reaches the user's code, whichever of its functions fails, and whichever way one came in.

The ways in are not listed by hand. What the patches change is read off modules that note what is set in them, and each
way is walked as often as there are calls between the guard's own functions on it, with another one failing each time.
"""

from __future__ import annotations

import asyncio
import ctypes
import http.client
import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config as ClientConfig

from lambda_guard.runtime import attach, bootstrap, boundary, journal
from lambda_guard.runtime.errors import GuardError
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.patches.network import audit, http_clients, waiting
from lambda_guard.runtime.patches.wrapping import around
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

RUNTIME = os.path.dirname(bootstrap.__file__)
FAULTS = (Exception, RecursionError, MemoryError)
ANSWER = object()
_GENERATOR = 0x20  # a code's flag
REFUSALS = ("InvokeBlocked", "ConnectionBlocked", "UnauthorizedEvent")
Way = Callable[[], object]
# What changes nothing in the module that it waits for: it only tells of it, or stands in for what `WAYS` calls itself.
SETS_NOTHING = {"sdk.uncovered", "network.waiting"}


class Plant:
    """Makes the n-th call of a function of the guard's by another one fail."""

    def __init__(self, fault: type[Exception], at: int) -> None:
        self._fault, self._left = fault, at
        self.place: str | None = None

    def _apart(self, code: CodeType) -> bool:
        """A sink's faults stay in it, generators are called to be closed too, and `outcome` is what is to hold."""
        return "/sinks/" in code.co_filename or bool(code.co_flags & _GENERATOR) or code is boundary.outcome.__code__

    def _ours(self, frame: FrameType | None) -> bool:
        return frame is not None and frame.f_code.co_filename.startswith(f"{RUNTIME}/")

    def _trace(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and self._ours(frame) and self._ours(frame.f_back) and not self._apart(frame.f_code):
            self._left -= 1
            if self._left == 0:
                self.place = f"{frame.f_code.co_filename[len(RUNTIME) + 1 :]}:{frame.f_code.co_qualname}"
                sys.settrace(None)
                del frame  # what has a frame among its variables is taken for a signal handler
                raise self._fault("planted")

    def __enter__(self) -> Plant:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)


def outcome_of(way: Way) -> tuple[str, object]:
    """Return what user code sees of a call: its result, or its error and where that came from."""
    try:
        return "result", way()
    except Exception as error:
        return type(error).__name__, None if isinstance(error, GuardError) else str(error)


def walk(way: Way, mode: str) -> set[str]:
    """Take a way once for each call that can fail on it, each time with a guard of its own; return what failed."""
    bare = outcome_of(way)
    places: set[str] = set()
    for at in range(1, 1000):
        sink, fault = Memory(), FAULTS[at % len(FAULTS)]
        guard = attach.install(Config(mode=mode, connection=mode), sinks=[sink])
        try:
            audit.begin()
            audit._put_in()
            with Plant(fault, at) as plant:
                seen = outcome_of(way)
            counted: Any = guard.usage and guard.usage.totals()
        finally:
            attach.uninstall()
        if plant.place is None:
            return places
        places.add(plant.place)
        refused = isinstance(seen[1], dict) and seen[1].get("statusCode") in (401, 403)
        blocked = mode == "enforce" and (refused or seen[0] in REFUSALS)
        assert blocked or seen == bare, f"{fault.__name__} in {plant.place}"
        lost = counted["dropped"] or "unresolved" in str(counted["calls"])
        assert sink.of_kind("error") or lost, f"nothing is said of {fault.__name__} in {plant.place}"
        assert not [finding for finding in sink.of_kind("finding") if finding["decision"] == "allowed"]
    raise AssertionError("no end of it")


@pytest.fixture(autouse=True)
def _hooks_can_be_traced() -> None:
    """Let audit hooks be traced, as the rest: https://docs.python.org/3/library/sys.html#sys.addaudithook"""
    vars(audit._hook)["__cantrace__"] = True


def client(service: str) -> Any:
    """Return a client whose calls are answered before anything is sent."""
    made = boto3.client(
        service, region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing",
        config=ClientConfig(retries={"max_attempts": 0}),
    )  # fmt: skip
    made.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, MagicMock()))
    return made


def _dynamodb() -> object:
    return client("dynamodb").describe_table(TableName="orders").keys()


def _error_of_aws() -> object:
    made = client("dynamodb")
    made.meta.events.register_first("before-send", lambda request, **_: 1 / 0)
    return made.list_tables()


def _invoke() -> object:
    return client("lambda").invoke(FunctionName="stock")["StatusCode"]


EVENT = {"version": "2.0", "requestContext": {"http": {"method": "GET", "path": "/"}, "apiId": "a"}, "headers": {}}


def _handler(fails: bool = False) -> Way:
    def handler(event: Any, context: Any) -> object:
        if fails:
            raise KeyError("user's")
        return ANSWER

    def invoke() -> object:
        guard = attach._installed
        made = bootstrap.wrap(handler, guard) if guard else handler
        return made(EVENT, SimpleNamespace(invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:f"))

    return invoke


def _send() -> object:
    connection = http.client.HTTPConnection("127.0.0.1", 9)
    connection.sock = MagicMock()
    connection.request("POST", "/2015-03-31/functions/stock/invocations", b"{}")
    return len(connection.sock.sendall.mock_calls)


def _connect() -> object:
    with socket.socket() as taken, socket.socket() as sock:
        taken.bind(("127.0.0.1", 0))
        return sock.connect_ex(("127.0.0.1", taken.getsockname()[1])), _connect_to_database()


def _connect_to_database() -> object:
    with socket.socket() as sock:
        sock.settimeout(0)
        return sock.connect_ex(("127.0.0.1", 5432)) != 0


def _look_up() -> object:
    try:
        return socket.getaddrinfo("abc.lambda-url.eu-west-1.on.aws", 443, 0, 0, 0, socket.AI_NUMERICHOST)
    except socket.gaierror as error:
        return str(error)


def _start() -> object:
    line = "true https://abc.lambda-url.eu-west-1.on.aws/ || curl https://abc.lambda-url.eu-west-1.on.aws/"
    return subprocess.run([line], shell=True, check=True).returncode, os.system("true")


def _awaited_import() -> object:
    for name in ("psycopg2.extensions", "psycopg2"):
        sys.modules.pop(name, None)
    return importlib.import_module("psycopg2").__name__


WAYS: dict[str, Way] = {
    "handler": _handler(), "handler that fails": _handler(fails=True), "a call": _dynamodb,
    "a call that fails": _error_of_aws, "an invoke": _invoke, "http.client": _send, "connect": _connect,
    "look-up": _look_up, "programs": _start, "import": _awaited_import,
}  # fmt: skip


@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize("way", WAYS)
def test_a_fault_anywhere_changes_nothing(way: str, mode: str) -> None:
    """Of each function on each way: the user's code sees what it sees without the guard, or the documented refusal."""
    if way == "import":
        pytest.importorskip("psycopg2")
    assert len(walk(WAYS[way], mode)) > 1


class Noting(type):
    """A class that has every method that it is asked for, and notes what is set in it."""

    changed: list[tuple[Any, str]] = []

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return original

    def __setattr__(cls, name: str, value: object) -> None:
        Noting.changed.append((cls, name))
        type.__setattr__(cls, name, value)


def original(*_args: Any, **_kwargs: Any) -> object:
    """Stand for whatever is wrapped."""
    return ANSWER


async def coroutine(*_args: Any, **_kwargs: Any) -> object:
    """Stand for whatever is wrapped and awaited."""
    return ANSWER


class Module(ModuleType):
    """A module that has every function, class and module that it is asked for, and notes what is set in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name[:1].isupper():
            made = coroutine if name.startswith("Aio") else original
            methods = {path.partition(".")[2]: made for path in _methods(self.__name__)}
            value: Any = Noting(name, (), {**methods, "__init__": original, "__module__": self.__name__})
        else:
            value = Module(name) if name in ("spawn", "util") else original
        vars(self)[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        Noting.changed.append((self, name))
        super().__setattr__(name, value)


def _methods(module: str) -> tuple[str, ...]:
    """Return the methods that are looked for in a class itself."""
    if module.endswith("client"):
        return ("BaseClient._make_api_call",)
    return http_clients._CLIENTS[module][1] if module in http_clients._CLIENTS else ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("name", sorted(importing.PATCHES))
def test_every_patch_has_the_boundary(name: str, fault: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a patch puts into a library calls the original, though all that it calls of the guard's fails."""
    sink = Memory()
    guard = attach.install(Config(mode="observe"), sinks=[sink])
    monkeypatch.setattr(Noting, "changed", [])
    module = Module(name)
    patch = importing._ours(name)
    patch.apply(module, guard)
    changed = list(Noting.changed)
    assert bool(changed) is (importing.PATCHES[name] not in SETS_NOTHING), "a patch that nothing is known of"
    for owner, attribute in changed:
        for at in range(1, 4):
            with Plant(fault, at):
                answer = getattr(owner, attribute)(*[MagicMock() for _ in range(4)])
                if asyncio.iscoroutine(answer):
                    answer = asyncio.run(answer)
                assert answer is ANSWER
    patch.remove(module)
    assert not changed or sink.of_kind("error")


def _thrown_in(guard: Guard, error: type[BaseException]) -> None:
    """Have another thread throw an error into this one, as time-outs of libraries do, while the guard judges."""

    def throw(*_args: object) -> Any:
        ident = ctypes.c_ulong(threading.get_ident())
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(error))
        for _ in range(1000):
            pass

    guard._source_of = guard.journal.usage = throw  # type: ignore[method-assign,assignment]


class TimedOut(Exception):
    """A time-out of a library's, with a text of its own."""

    def __init__(self, text: str = "timed out") -> None:
        super().__init__(text)


class Stopped(Exception):
    """A time-out of another library's, without any."""


@pytest.mark.parametrize("error", [TimedOut, Stopped, TimeoutError, KeyboardInterrupt, SystemExit])
def test_an_error_that_another_thread_throws_in_reaches_the_user(error: type[BaseException]) -> None:
    """It is none of the guard's faults, whenever it comes."""
    sink = Memory()
    guard = attach.install(Config(mode="enforce"), sinks=[sink])
    _thrown_in(guard, error)
    with pytest.raises(error):
        bootstrap.wrap(lambda event, context: ANSWER, guard)({}, None)
    assert sink.of_kind("error") == []


def test_an_error_of_a_signal_handler_reaches_the_user() -> None:
    """It shows where it was raised, and nothing of the guard's."""
    sink = Memory()
    guard = attach.install(Config(mode="enforce"), sinks=[sink])

    def on_alarm(number: int, frame: FrameType | None) -> None:
        raise TimedOut

    def alarm(*_args: object) -> Any:
        signal.raise_signal(signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, on_alarm)
    try:
        guard._source_of = alarm  # type: ignore[method-assign,assignment]
        with pytest.raises(TimedOut) as caught:
            bootstrap.wrap(lambda event, context: ANSWER, guard)({}, None)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)][-1] == "on_alarm"
    assert sink.of_kind("error") == []


def test_a_sandbox_without_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What confines a process may refuse them: sandboxes have names all the same."""

    def refuse(size: int) -> bytes:
        raise NotImplementedError

    monkeypatch.setattr(os, "urandom", refuse)
    name = journal._random_name()
    assert len(name) == 16
    assert int(name, 16)
    assert attach.install(Config(), sinks=[]).journal.sandbox


def test_no_room_on_the_stack() -> None:
    """A call from the very end of the stack fails as it would, or is made; the fault is told when there is room."""
    sink = Memory()
    guard = attach.install(Config(mode="observe"), sinks=[sink])
    made = client("dynamodb")

    def deeper(left: int) -> object:
        return deeper(left - 1) if left else made.list_tables()

    def handler(event: Any, context: Any) -> int:
        results = 0
        for depth in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit()):
            try:
                deeper(depth)
                results += 1
            except RecursionError:
                continue
        return results

    bootstrap.wrap(handler, guard)({}, None)
    assert {error["type"] for error in sink.of_kind("error")} <= {"RecursionError"}
    assert getattr(guard._thread, "invocation", None) is None


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_what_lies_on_the_path_may_be_anything(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """A request to S3 with a date in its key is judged, or refused, and the path is the user's."""
    sink = Memory()
    attach.install(Config(mode=mode, on_error="open"), sinks=[sink])
    monkeypatch.setattr(sys, "path", [Path("/x"), 7, None, b"/y", *sys.path])
    connection = http.client.HTTPConnection("127.0.0.1", 9)
    connection.sock = MagicMock()
    connection.request("GET", "/2024/key")
    assert connection.sock.sendall.called


def test_warnings_pass_over_every_wrapper() -> None:
    """`stacklevel` does not count what stands between the user and what was called."""
    import logging

    def warn() -> tuple[str, int]:
        warnings.warn("old", stacklevel=2)
        return logging.getLogger().findCaller(stacklevel=2)[:2]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for wrapper in (waiting._before(warn), around(warn, lambda args, kwargs: None)):
            line = sys._getframe().f_lineno + 1
            assert wrapper() == (__file__, line)
            assert (caught[-1].filename, caught[-1].lineno) == (__file__, line)


def test_no_lock_that_eventlet_would_warn_of() -> None:
    """eventlet.monkey_patch() looks for RLocks in the whole process: the guard makes none."""
    code = (
        "import gc, threading; kind = type(threading.RLock()); "
        "before = [one for one in gc.get_objects() if type(one) is kind]; "
        "from lambda_guard.runtime import attach; attach.install(sinks=[]); "
        "after = [one for one in gc.get_objects() if type(one) is kind]; print(len(after) - len(before))"
    )
    root = str(Path(RUNTIME).parent.parent)
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
