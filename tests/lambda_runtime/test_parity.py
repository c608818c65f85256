"""A function with the layer answers and prints byte for byte what it does without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Start

Twins = Callable[..., tuple[Any, Any]]

FILES = {
    "good.py": """
        import functools

        def handler(event, context):
            print("seen", context.function_name, context.aws_request_id)
            return {"event": event, "arn": context.invoked_function_arn}

        class Callable:
            def __call__(self, event, context):
                return {"object": event}

        instance = Callable()
        bound = Callable().__call__
        partial = functools.partial(lambda greeting, event, context: greeting, "hello")
        builtin = isinstance
        cls = dict

        class Awkward:
            def __call__(self, event, context):
                return "awkward"

            def __getattr__(self, name):
                raise KeyError(name)

        awkward = Awkward()
    """,
    "a/b/app.py": """
        def handler(event, context):
            return __name__
    """,
    "misuse.py": """
        async def coroutine(event, context):
            return "never"

        def generator(event, context):
            yield "never"

        def no_parameters():
            return "never"

        def unserialisable(event, context):
            return object()

        not_callable = 7
        nothing = None
    """,
    "raising.py": """
        import json
        import logging

        class Custom(Exception):
            def __str__(self):
                return "custom text"

        def deep(event):
            return event["missing"]

        def key_error(event, context):
            return deep(event)

        def chained(event, context):
            try:
                deep(event)
            except KeyError as error:
                raise Custom("x") from error

        def attribute_error(event, context):
            return event.nothing

        def in_library(event, context):
            return json.loads("{")

        def group(event, context):
            raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

        def logs(event, context):
            try:
                deep(event)
            except KeyError:
                logging.exception("logged")

        def leaves(event, context):
            raise SystemExit(3)

        def base(event, context):
            class Base(BaseException):
                pass
            raise Base("not an Exception")
    """,
    "visible.py": """
        import dataclasses
        import http.client
        import logging
        import os
        import pathlib
        import sys
        import threading
        import warnings

        sys.path.insert(0, pathlib.Path("/nowhere"))

        @dataclasses.dataclass(frozen=True)
        class NotFound(Exception):
            name: str

        class Refusing(Exception):
            def __setattr__(self, name, value):
                raise TypeError(name)

            @property
            def response(self):
                raise ValueError("asked")

        def frozen(event, context):
            raise NotFound("orders")

        def refusing(event, context):
            raise Refusing("x")

        def warned(event, context):
            warnings.simplefilter("always")
            with warnings.catch_warnings(record=True) as caught:
                warnings.warn("old", stacklevel=2)
            return [os.path.basename(caught[0].filename), logging.getLogger().findCaller(stacklevel=2)[2]]

        def request(event, context):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", 9)
                connection.request("GET", "/2024/key")
            except OSError as error:
                return repr(error)

        def surroundings(event, context):
            environ = {k: v for k, v in os.environ.items() if not k.startswith(("LAMBDA_GUARD_", "AWS_LAMBDA_RUNTIME"))}
            path = [str(entry) for entry in sys.path if "python" not in str(entry)]
            return [sorted(environ), path, [t.name for t in threading.enumerate()], sorted(warnings.filters, key=str)
                    and len(warnings.filters), sys.getrecursionlimit(), sys.gettrace() is None]
    """,
    "wrapt.py": "handler = lambda event, context: 'the name of a library that the guard uses'\n",
    "uvloop.py": "handler = lambda event, context: 'the name of a library that the guard waits for'\n",
    "journal.py": "handler = lambda event, context: 'the name of a module of the guard'\n",
    "boto.py": """
        import traceback

        import boto3
        from botocore.config import Config

        options = dict(endpoint_url="http://127.0.0.1:9", config=Config(retries={"max_attempts": 0}, connect_timeout=1))

        def refused_by_botocore(event, context):
            boto3.client("dynamodb", **options).get_item(TableName=7, Wrong="x")

        def unknown_operation(event, context):
            boto3.client("dynamodb").no_such_operation()

        def unknown_to_the_model(event, context):
            boto3.client("dynamodb")._make_api_call("NoSuchOperation", {})

        def no_params(event, context):
            boto3.client("dynamodb")._make_api_call("ListTables")

        def positional(event, context):
            boto3.client("dynamodb").get_item("table")

        def bad_invoke(event, context):
            boto3.client("lambda").invoke(FunctionName=None, Payload=3)

        def client_error(event, context):
            boto3.client("dynamodb").get_item(TableName="not-there", Key={"id": {"S": "1"}})

        def no_connection(event, context):
            boto3.client("dynamodb", **options).list_tables()

        def paginator(event, context):
            list(boto3.client("dynamodb").get_paginator("query").paginate(TableName="not-there"))

        def waiter(event, context):
            boto3.client("dynamodb").get_waiter("table_exists").wait(
                TableName="not-there", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
            )

        def resource(event, context):
            boto3.resource("dynamodb").Table("not-there").get_item(Key={"id": "1"})

        def prints(event, context):
            try:
                boto3.client("dynamodb").describe_table(TableName="not-there")
            except Exception:
                traceback.print_exc()
    """,
    "syntax.py": "def handler(event, context)\n    return 1\n",
    "import_error.py": "from json import no_such_name\n",
    "module_missing.py": "import no_such_module_at_all\n",
    "attribute_error.py": """
        import json

        def helper():
            return json.no_such_attribute

        helper()
    """,
    "attribute_subclass.py": """
        import dataclasses

        @dataclasses.dataclass(frozen=True)
        class Settings:
            name: str

        class Odd(AttributeError):
            def __str__(self):
                return "odd text"

        try:
            Settings("a").name = "b"
        except dataclasses.FrozenInstanceError:
            raise Odd(1, 2)
    """,
    "frozen.py": """
        import dataclasses

        @dataclasses.dataclass(frozen=True)
        class Settings:
            name: str

        Settings("a").name = "b"
    """,
    "value_error.py": "int('x')\n",
    "leaves.py": "raise SystemExit('left at import')\n",
    "exits.py": "import sys\nsys.exit(7)\n",
    "odd_module.py": """
        def __getattr__(name):
            if name == "handler":
                raise RuntimeError("this module makes its handlers as it is asked for them")
            if name == "missing":
                raise AttributeError(name)
            return lambda event, context: name
    """,
    "lambda_guard_like.py": "handler = lambda event, context: 'a name like ours'\n",
}
EVENTS: tuple[Any, ...] = (
    {"a": 1}, None, [], [1, {"requestContext": 2}], "text", 7, True, {"Records": "x", "requestContext": []}
)  # fmt: skip
GOOD = [
    "good.handler", "good.instance", "good.bound", "good.partial", "good.builtin", "good.cls", "good.awkward",
    "a/b/app.handler", "a.b.app.handler", "odd_module.made", "lambda_guard_like.handler", "visible.warned",
    "visible.request", "visible.surroundings", "wrapt.handler", "uvloop.handler", "journal.handler",
]  # fmt: skip
BAD = [
    *(f"misuse.{name}" for name in ("coroutine", "generator", "no_parameters", "unserialisable", "not_callable",
                                    "nothing")),
    *(f"raising.{name}" for name in ("key_error", "chained", "attribute_error", "in_library", "group", "logs",
                                     "leaves", "base")),
    "visible.frozen", "visible.refusing",
    *(f"boto.{name}" for name in ("refused_by_botocore", "unknown_operation", "unknown_to_the_model", "no_params",
                                  "positional", "bad_invoke", "client_error", "no_connection", "paginator",
                                  "waiter", "resource", "prints")),
    "syntax.handler", "import_error.handler", "module_missing.handler", "attribute_error.handler",
    "attribute_subclass.handler", "frozen.handler", "value_error.handler", "leaves.handler", "exits.handler",
    "odd_module.handler", "odd_module.missing", "good.missing", "no_such_module.handler",
    "a/b/none.handler", "sys.exit", "nodot", ".handler", "good.",
]  # fmt: skip
NO_HANDLERS = ("nodot", ".handler", "good.")


@pytest.mark.parametrize("handler", GOOD)
def test_answer(twins: Twins, handler: str) -> None:
    """Whatever the event is, and whatever kind of object the handler, the answer is the handler's own."""
    bare, guarded = twins(FILES, handler, events=EVENTS)
    assert guarded == bare
    assert '""' not in bare[0]


@pytest.mark.parametrize("handler", BAD)
def test_error(twins: Twins, handler: str) -> None:
    """A function that fails fails in the same words: no frame and no word of the guard's."""
    bare, guarded = twins(FILES, handler, guarded={"LAMBDA_GUARD_MODE": "enforce"})
    if handler in NO_HANDLERS:  # which the guard says once, for such a function is not guarded
        said: list[str] = []
        kept: list[str] = []
        for line in guarded[1].splitlines(keepends=True):
            (said if "which names no Python handler" in line else kept).append(line)
        assert len(said) == 1
        guarded = guarded[0], "".join(kept)
    assert guarded == bare
    # A sandbox that dies at import leaves no answer.
    assert (bare[0] == ['""']) is (handler in ("leaves.handler", "exits.handler"))
    assert "errorType" in bare[0][0] or "Traceback" in bare[1] or handler in ("leaves.handler", "exits.handler")


@pytest.mark.parametrize(
    "handler",
    ["attribute_subclass.handler", "import_error.handler", "good.missing", "raising.chained", "misuse.not_callable"],
)
def test_error_by_exec_wrapper(twins: Twins, opt: Path, handler: str) -> None:
    """So it does behind the exec wrapper, where the redirect is another module."""
    guarded = {"LAMBDA_GUARD_MODE": "enforce", "AWS_LAMBDA_EXEC_WRAPPER": f"{opt}/lambda-guard"}
    bare, with_wrapper = twins(FILES, handler, guarded=guarded)
    assert with_wrapper == bare


OWN = "print('loaded once')\nhandler = lambda event, context: 'the very name of the guard'\n"


def test_a_module_of_the_guards_own_name(start: Start) -> None:
    """The function works as without the layer, and one line says that it is not guarded, and why."""
    function = start({"lambda_guard.py": OWN}, "lambda_guard.handler")
    assert function.invoke({}) == "the very name of the guard"
    assert function.output.count("loaded once") == 1
    assert function.output.count("a module of its own is called lambda_guard too") == 1
    assert "Traceback" not in function.output
    assert function.records == []
