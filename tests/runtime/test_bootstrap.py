"""The life of one invocation: what the handler's caller sees is the handler's own."""

from __future__ import annotations

import dataclasses
import functools
import gc
import logging
import os
import sys
import traceback
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from lambda_guard.runtime import attach, bootstrap
from lambda_guard.runtime.errors import InvokeBlocked
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import Decision, Finding
from lambda_guard.runtime.usage import Usage


def make_guard(**settings: Any) -> tuple[Guard, Memory]:
    """Return a guard and the sink that it writes to."""
    config = Config(**settings)
    sink = Memory()
    return Guard(config, Journal(config.mode, [sink], dict), Usage() if config.usage else None), sink


class Context:
    """A context with one name too few of everything."""


def test_file_name() -> None:
    """The runtime cuts leading frames of files called bootstrap.py: the file must keep that name."""
    assert bootstrap.__file__.endswith("/bootstrap.py")


@pytest.mark.parametrize("event", [None, {}, [], [{}], "text", b"bytes", 1.5, {"Records": 7}, {"requestContext": []}])
@pytest.mark.parametrize("context", [None, object(), Context()])
def test_strange_events_and_contexts(event: Any, context: Any) -> None:
    """Any event and any context reach the handler as the same objects, and the answer comes back as it is."""
    guard, sink = make_guard(mode="enforce")
    seen = []

    def handler(event: Any, context: Any) -> object:
        seen.append((event, context))
        return answer

    answer = object()
    assert bootstrap.wrap(handler, guard)(event, context) is answer
    assert seen[0][0] is event
    assert seen[0][1] is context
    assert sink.of_kind("error") == []


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_errors_pass_unchanged(error: BaseException) -> None:
    """Whatever the handler raises is raised, as the same object and without a frame of the wrapper's."""
    guard, _ = make_guard()

    def handler(event: Any, context: Any) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        bootstrap.wrap(handler, guard)({}, None)
    assert caught.value is error
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert frames == ["test_errors_pass_unchanged", "handler"]
    assert error.__context__ is None


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """An error that refuses every assignment."""

    name: str


class Slotted(Exception):
    """An error with properties that raise, and that refuses every assignment."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(name)

    @property
    def response(self) -> object:
        raise ValueError("asked")

    __traceback__ = __cause__ = __context__ = response  # type: ignore[assignment]


@pytest.mark.parametrize("make", [lambda: Frozen("a"), Slotted], ids=["frozen", "slotted"])
def test_errors_that_refuse_assignment(make: Callable[[], Exception]) -> None:
    """They go on as they are, each invocation ends, and nothing holds on to its event."""
    guard, sink = make_guard(mode="enforce", direct_invoke="enforce")

    class Event(dict[str, int]):
        """An event of which one can tell whether it is still there."""

    def handler(event: Any, context: Any) -> None:
        guard.failed((), error)
        invocation = guard.invocation()
        assert invocation is not None
        finding = Finding("direct_invoke", "direct-invoke", "other", "message")
        invocation.blocked.append((Decision(finding, "blocked"), None, InvokeBlocked("x")))
        raise error

    error, held = make(), []
    for number in range(20):
        event = Event(a=number)
        held.append(weakref.ref(event))
        try:
            bootstrap.wrap(handler, guard)(event, Context())
        except (Frozen, Slotted):
            assert sys.exc_info()[1] is error
            names = [frame.name for frame in traceback.extract_tb(sys.exc_info()[2])]
        assert names == ["test_errors_that_refuse_assignment", "handler"]
        BaseException.with_traceback(error, None)
        del event
    gc.collect()
    assert [one() for one in held] == [None] * 20
    assert sink.of_kind("error") == []
    assert getattr(guard._thread, "invocation", None) is None


def test_an_invocation_that_is_interrupted_as_it_begins_ends() -> None:
    """What is raised between the two, such as a time-out, leaves no event behind."""
    guard, _ = make_guard()
    guard._source_of = _interrupted  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        bootstrap.wrap(lambda event, context: None, guard)({}, Context())
    assert guard._thread.invocation is None
    assert guard._latest is not None
    assert guard._latest.event is None


def _interrupted(_event: Any) -> Any:
    raise KeyboardInterrupt


def test_warnings_and_logs_name_who_called_the_handler() -> None:
    """As without the guard: `stacklevel` does not count its frame."""
    guard, _ = make_guard()

    def handler(event: Any, context: Any) -> Any:
        warnings.warn("look up", stacklevel=2)
        record = logging.getLogger().findCaller(stacklevel=2)
        return record[:2]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = sys._getframe().f_lineno + 1
        assert bootstrap.wrap(handler, guard)({}, None) == (__file__, line)
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]


def test_errors_of_the_call_itself() -> None:
    """A handler that cannot be called with two arguments leaves no frame of ours behind either."""
    guard, _ = make_guard()
    with pytest.raises(TypeError) as caught:
        bootstrap.wrap(lambda: None, guard)({}, None)  # type: ignore[misc,arg-type]
    assert [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)] == [__file__]


def test_handler_is_called_once() -> None:
    """A guard that fails at every step still calls the handler exactly once, and says so in one error record each."""
    guard, sink = make_guard()
    calls = []
    guard._source_of = guard.journal.usage = lambda *_: 1 / 0  # type: ignore[method-assign,assignment]
    wrapped = bootstrap.wrap(lambda event, context: calls.append(event), guard)
    for _ in range(3):
        wrapped({}, Context())
    assert len(calls) == 3
    assert {error["type"] for error in sink.of_kind("error")} == {"ZeroDivisionError"}
    assert len(sink.of_kind("error")) <= 2


class Named:
    """A callable that answers any question about itself with an error."""

    def __call__(self, event: Any, context: Any) -> str:
        return "answer"

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    "handler",
    [Named(), functools.partial(lambda a, event, context: "answer", 1), type("C", (), {"m": lambda *_: "answer"})().m],
    ids=["object", "partial", "method"],
)
def test_kinds_of_handler(handler: Callable[..., Any]) -> None:
    """Objects, partials and bound methods are handlers too."""
    guard, _ = make_guard()
    assert bootstrap.wrap(handler, guard)({}, None) == "answer"


def test_metadata() -> None:
    """The wrapper looks like what it wraps, to those who look for a name or unwrap it."""
    guard, _ = make_guard()

    def handler(event: Any, context: Any) -> None:
        """Do the work."""

    wrapped = bootstrap.wrap(handler, guard)
    assert wrapped.__wrapped__ is handler  # type: ignore[attr-defined]
    assert (wrapped.__name__, wrapped.__doc__, wrapped.__module__) == ("handler", "Do the work.", __name__)


class Odd(AttributeError):
    """An attribute error whose text is not its arguments."""

    def __str__(self) -> str:
        return "odd text"


@pytest.mark.parametrize(("error", "text"), [(AttributeError("no x"), "no x"), (Odd(1, 2), "odd text")])
def test_attribute_error_at_import(monkeypatch: pytest.MonkeyPatch, error: AttributeError, text: str) -> None:
    """An AttributeError of the user's module does not look like a missing handler: the same name, text and frames."""

    def _get_handler(name: str) -> Any:
        raise error

    runtime = type(sys)("awslambdaric.bootstrap")
    runtime._get_handler = _get_handler  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "awslambdaric.bootstrap", runtime)
    monkeypatch.setattr(attach, "redirected_from", "app.handler")
    monkeypatch.setenv("_HANDLER", "x")
    attach.install(Config(), sinks=[])
    with pytest.raises(Exception, match=text) as caught:
        bootstrap.__getattr__("handler")
    assert not isinstance(caught.value, AttributeError)
    assert (type(caught.value).__name__, str(caught.value)) == (type(error).__name__, text)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "_get_handler"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_unknown_names() -> None:
    """Both modules that resolve names late refuse the others as any module does."""
    import lambda_guard

    for module in (bootstrap, lambda_guard):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            module.nothing  # noqa: B018


def test_resolve_without_the_runtime_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no runtime client, handlers are found all the same, slashes included."""
    monkeypatch.delitem(sys.modules, "awslambdaric.bootstrap", raising=False)
    import lambda_guard

    assert lambda_guard._resolve("os/path.join") is os.path.join
