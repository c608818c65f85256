"""The ways in, in one process; tests/lambda_runtime tries them in the real runtime."""

from __future__ import annotations

import os
import sys
from typing import Any, assert_type

import pytest

import lambda_guard
from lambda_guard.runtime import attach, bootstrap
from lambda_guard.runtime.errors import ConfigurationError
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory


class Context:
    """What the runtime gives to handlers."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:012345678912:function:orders"


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a handler that can be imported."""
    app = type(sys)("app_of_this_test")
    app.handler = lambda event, context: ("answer", event)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, app.__name__, app)
    monkeypatch.delitem(sys.modules, "awslambdaric.bootstrap", raising=False)
    return "app_of_this_test.handler"


def attach_by_pth(monkeypatch: pytest.MonkeyPatch, handler: str, **settings: str) -> str:
    """Run what the .pth file runs, and return the handler that the runtime would read afterwards."""
    monkeypatch.setenv("_HANDLER", handler)
    for name, value in settings.items():
        monkeypatch.setenv(f"LAMBDA_GUARD_{name.upper()}", value)
    attach.from_pth()
    return os.environ["_HANDLER"]


def test_install_is_idempotent() -> None:
    """A second install changes nothing, whatever it is asked for."""
    sink = Memory()
    first = attach.install(Config(mode="enforce"), sinks=[sink])
    finders = len(sys.meta_path)
    assert attach.install(Config(mode="off")) is first
    assert len(sys.meta_path) == finders


def test_uninstall_leaves_nothing() -> None:
    """After uninstall no finder waits, handlers that were wrapped are judged no more, and install begins anew."""
    finders = list(sys.meta_path)
    sink = Memory()
    first = attach.install(Config(mode="enforce"), sinks=[sink])
    guarded = bootstrap.wrap(lambda event, context: event, first)
    attach.uninstall()
    assert sys.meta_path == finders
    unauthorised = {"version": "2.0", "requestContext": {"http": {"method": "GET"}, "apiId": "a"}, "headers": {}}
    assert guarded(unauthorised, Context()) is unauthorised
    assert sink.records == []
    assert attach.install(Config(), sinks=[]) is not first
    attach.uninstall()
    attach.uninstall()


def test_mode_off_arms_nothing() -> None:
    """With everything off there is a guard object, and nothing waits or is wrapped."""
    finders = list(sys.meta_path)
    guard = attach.install(Config(mode="off"), sinks=[])
    assert sys.meta_path == finders
    assert guard.config.off

    def handler(event: Any, context: Any) -> None: ...

    assert attach.guard(handler) is handler


def test_one_rule_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is on in spite of MODE=off keeps the guard attached."""
    monkeypatch.setenv("LAMBDA_GUARD_MODE", "off")
    monkeypatch.setenv("LAMBDA_GUARD_DIRECT_INVOKE", "enforce")
    assert attach_by_pth(monkeypatch, "app.handler") == bootstrap.REDIRECT


@pytest.mark.parametrize("value", ["manual", " Manual "])
def test_manual(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """ATTACH=manual makes the .pth file do nothing."""
    assert attach_by_pth(monkeypatch, "app.handler", attach=value) == "app.handler"
    assert attach._installed is None


def test_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """MODE=off makes the .pth file leave the handler as it is."""
    assert attach_by_pth(monkeypatch, "app.handler", mode="off") == "app.handler"
    assert attach._installed is None


def test_no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python that starts for something else than a handler, such as a build, is left alone."""
    monkeypatch.delenv("_HANDLER", raising=False)
    attach.from_pth()
    assert attach._installed is None
    assert "_HANDLER" not in os.environ


def test_pth_twice(monkeypatch: pytest.MonkeyPatch, handler: str) -> None:
    """The file may be run twice, for two folders: the second run changes nothing."""
    assert attach_by_pth(monkeypatch, handler) == bootstrap.REDIRECT
    assert attach_by_pth(monkeypatch, os.environ["_HANDLER"]) == bootstrap.REDIRECT
    assert bootstrap.__getattr__("handler")({}, Context()) == ("answer", {})
    assert os.environ["_HANDLER"] == handler


def test_pth_never_raises(monkeypatch: pytest.MonkeyPatch, handler: str) -> None:
    """Bad settings are kept for the moment at which the runtime can report them."""
    assert attach_by_pth(monkeypatch, handler, mode="sometimes") == bootstrap.REDIRECT
    with pytest.raises(ConfigurationError, match="LAMBDA_GUARD_MODE is 'sometimes'"):
        bootstrap.__getattr__("handler")


def fail(*_: object, **__: object) -> Any:
    """Fail, as a fault of the guard's own would."""
    raise OSError("nothing works today")


@pytest.mark.parametrize(
    ("settings", "starts"),
    [
        ({}, True),
        ({"mode": "observe"}, True),
        ({"mode": "enforce"}, False),
        ({"mode": "enforce", "on_error": "open"}, True),
    ],
)
def test_fault_at_install(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    handler: str,
    settings: dict[str, str],
    starts: bool,
) -> None:
    """A fault of ours is said loudly; only enforce, unless it is open, keeps the function from starting."""
    monkeypatch.setattr(attach, "load", fail)
    attach_by_pth(monkeypatch, handler, **settings)
    if starts:
        assert bootstrap.__getattr__("handler")(1, Context()) == ("answer", 1)
        assert "lambda_guard could not be installed: OSError: nothing works today" in capsys.readouterr().err
    else:
        with pytest.raises(ConfigurationError, match="could not be installed: OSError"):
            bootstrap.__getattr__("handler")


@pytest.mark.parametrize(
    ("wrapper", "way"),
    [("", "handler"), ("/opt/lambda-guard", "exec_wrapper"), ("/opt/otel-instrument", "handler")],
)
@pytest.mark.parametrize("pth", [True, False], ids=["with .pth", "without"])
def test_explicit_ways(monkeypatch: pytest.MonkeyPatch, handler: str, wrapper: str, way: str, pth: bool) -> None:
    """The public handler is reached by our exec wrapper or by the function's own configuration."""
    monkeypatch.setenv("AWS_LAMBDA_EXEC_WRAPPER", wrapper)
    monkeypatch.setenv("LAMBDA_GUARD_HANDLER", handler)
    if pth:
        assert attach_by_pth(monkeypatch, attach.PUBLIC_HANDLER) == attach.PUBLIC_HANDLER
    assert lambda_guard.handler(2, Context()) == ("answer", 2)
    assert attach._way == way
    assert os.environ["_HANDLER"] == handler


def test_decorator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decorator installs and wraps; around a handler that is guarded already it judges nothing twice."""
    sink = Memory()
    monkeypatch.setattr(attach, "select", lambda _: [sink])

    @lambda_guard.guard
    def handler(event: Any, context: Any) -> Any:
        """Say what it does."""
        return event

    assert (handler.__name__, handler.__doc__) == ("handler", "Say what it does.")
    assert lambda_guard.guard(handler)([1], Context()) == [1]
    (usage,) = sink.of_kind("usage")
    assert usage["invocations"] == 1
    assert sink.of_kind("attached")[0]["way"] == "decorator"


def test_the_decorator_keeps_the_type_of_the_handler() -> None:
    """mypy, which checks this file too, sees the arguments and the result: it reports an ignore that is not needed."""

    @lambda_guard.guard
    def handler(event: dict[str, str], context: Context) -> str:
        return event["name"]

    assert assert_type(handler({"name": "a"}, Context()), str) == "a"
    with pytest.raises(KeyError):
        handler({1: "a"}, Context())  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        handler({"name": "a"})  # type: ignore[call-arg]


def test_announcement_names_what_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDKs that the guard does not see are named in the first record, where the function has loaded them."""
    monkeypatch.setitem(sys.modules, "aws_sdk_dynamodb", type(sys)("aws_sdk_dynamodb"))
    sink = Memory()
    guard = attach.install(Config(), sinks=[sink])
    guard.end(guard.begin({}, Context()), None)  # type: ignore[arg-type]
    attached = sink.of_kind("attached")[0]
    assert "aws_sdk_dynamodb" in attached["uncovered_sdks"]
    assert set(attached["patches"]) <= {"audit", *importing.armed()}


def test_snapstart_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the snapshot hooks are missing, as they are outside the managed runtime, the guard still attaches."""
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    assert attach.install(Config(), sinks=[]) is attach._installed
