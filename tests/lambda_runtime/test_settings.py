"""Settings that cannot be read, and events and calls that nobody expects, in the real runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Start

APP = """
    def handler(event, context):
        return "started"
"""


def refused(answer: Any) -> str:
    """Return the message of a function that did not start because of its settings."""
    assert isinstance(answer, dict), answer
    assert answer["errorType"] == "ConfigurationError", answer
    message: str = answer["errorMessage"]
    return message


@pytest.mark.parametrize("way", ["pth", "exec_wrapper", "handler"])
def test_unreadable_mode(start: Start, opt: Path, way: str) -> None:
    """A mode that cannot be read stops the function from starting, and the message is all one needs."""
    environ = {
        "pth": {},
        "exec_wrapper": {"AWS_LAMBDA_EXEC_WRAPPER": f"{opt}/lambda-guard"},
        "handler": {"LAMBDA_GUARD_HANDLER": "app.handler"},
    }[way]
    handler = "lambda_guard.handler" if way == "handler" else "app.handler"
    function = start(APP, handler, environ={"LAMBDA_GUARD_MODE": "enforced", **environ})
    message = refused(function.invoke({}))
    for word in ("LAMBDA_GUARD_MODE", "'enforced'", "off", "observe", "enforce"):
        assert word in message
    assert message in function.output


def test_unreadable_mode_in_the_decorator(start: Start, opt: Path) -> None:
    """In code, too, the function does not start with a mode that cannot be read."""
    source = "import lambda_guard\n@lambda_guard.guard\ndef handler(event, context):\n    return 1\n"
    environ = {"LAMBDA_GUARD_MODE": "", "PYTHONPATH": f"{opt}/python"}
    message = refused(start(source, layer=False, environ=environ).invoke({}))
    assert "LAMBDA_GUARD_MODE is ''" in message


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LAMBDA_GUARD_DIRECT_INVOKE", "yes", "off, observe, enforce"),
        ("LAMBDA_GUARD_SINKS", "stdout,syslog", "stdout, xray, otel"),
        ("LAMBDA_GUARD_STRICT", "1", "true or false"),
    ],
)
def test_bad_setting(start: Start, name: str, value: str, said: str) -> None:
    """Any other bad setting stops the function in enforce; in observe it is an error record."""
    message = refused(start(APP, environ={"LAMBDA_GUARD_MODE": "enforce", name: value}).invoke({}))
    assert name in message
    assert said in message
    function = start(APP, environ={"LAMBDA_GUARD_MODE": "observe", name: value})
    assert function.invoke({}) == "started"
    (error,) = function.of_kind("error")
    assert name in error["message"]
    assert said in error["message"]


def test_unknown_setting(start: Start) -> None:
    """A misspelt name is reported, with the one that was probably meant."""
    function = start(APP, environ={"LAMBDA_GUARD_MOD": "enforce"})
    assert function.invoke({}) == "started"
    (error,) = function.of_kind("error")
    assert "LAMBDA_GUARD_MOD" in error["message"]
    assert "LAMBDA_GUARD_MODE" in error["message"]


def test_malformed_file(start: Start) -> None:
    """A file that is no TOML names itself and its line, and nobody guesses the mode that it may have held."""
    files = {"app.py": APP, "lambda_guard.toml": '# comment\nmode = "enforce\n'}
    message = refused(start(files).invoke({}))
    assert "task/lambda_guard.toml" in message
    assert "line 2" in message
    function = start(files, environ={"LAMBDA_GUARD_MODE": "observe"})
    assert function.invoke({}) == "started"
    (error,) = function.of_kind("error")
    assert "line 2" in error["message"]


def test_file(start: Start) -> None:
    """The function's own file is read where it lies."""
    function = start({"app.py": APP, "lambda_guard.toml": 'mode = "enforce"\nallow_invoke = ["audit-*"]\n'})
    assert function.invoke({}) == "started"
    (attached,) = function.of_kind("attached")
    assert attached["settings"]["mode"] == "enforce"
    assert attached["settings"]["allow_invoke"] == ["audit-*"]


def test_public_handler_without_a_name(start: Start) -> None:
    """With the visible handler, the name of the function's own must be given, and it is not the guard's."""
    message = refused(start(APP, "lambda_guard.handler").invoke({}))
    assert "LAMBDA_GUARD_HANDLER is not set" in message
    for name in ("lambda_guard.handler", "lambda_guard.runtime.bootstrap.handler"):
        function = start(APP, "lambda_guard.handler", environ={"LAMBDA_GUARD_HANDLER": name})
        assert "the guard itself" in refused(function.invoke({}))


def test_a_fault_at_start(start: Start, opt: Path) -> None:
    """Where the guard itself cannot start, observe says so and lets the function run; enforce does not."""
    files = {"app.py": APP, "sitecustom.pth": "import sys; sys.modules['lambda_guard.runtime.usage'] = None\n"}
    function = start(files)
    assert function.invoke({}) == "started"
    assert "lambda_guard could not be installed: ModuleNotFoundError" in function.output
    assert function.records == []
    message = refused(start(files, environ={"LAMBDA_GUARD_MODE": "enforce"}).invoke({}))
    assert "could not be installed" in message
    opened = {"LAMBDA_GUARD_MODE": "enforce", "LAMBDA_GUARD_ON_ERROR": "open"}
    assert start(files, environ=opened).invoke({}) == "started"
