"""More than one process, and processes that come back from a snapshot.

The emulator serves neither, so a stand-in for the Runtime API does here; client and layer are the real ones.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lambda_guard.analysis.emulator.function import Function

_SECONDS = 20


class RuntimeApi:
    """Hands out invocations to as many runtimes as ask, and keeps their answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._events: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.asked.append(self.path)
                if self.path.endswith("/restore/next"):
                    self._reply(200, b"")
                    return
                invocation = api._events.get()
                if invocation is None:
                    self.close_connection = True
                    return
                name, event = invocation
                arn = "arn:aws:lambda:eu-west-1:012345678912:function:function"
                deadline = str(int(time.time() * 1000) + 30_000)
                headers = {"Aws-Request-Id": name, "Deadline-Ms": deadline, "Invoked-Function-Arn": arn}
                self._reply(200, event, headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                api.answers.put((self.path.rpartition("/runtime/")[2], json.loads(body)))
                self._reply(202, b"{}")

            def _reply(self, status: int, body: bytes, headers: Mapping[str, str] = {}) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(f"Lambda-Runtime-{name}", value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def invoke(self, number: int, event: Any) -> None:
        """Put an event where the next runtime that asks finds it."""
        self._events.put((f"00000000-0000-0000-0000-{number:012}", json.dumps(event).encode()))

    def close(self) -> None:
        """Let go of the runtimes that still wait, and stop."""
        for _ in range(16):
            self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Sandbox:
    """A function's process with this Runtime API instead of the emulator's.

    image: start it as container images do: no layer, the package installed, the handler as an argument.
    """

    def __init__(
        self, task: Path, opt: Path, python: str, environ: Mapping[str, str], image: str | None = None
    ) -> None:
        self.api = RuntimeApi()
        function = Function(task, "app.handler", layer=opt, python=python, environ=dict(environ))
        self._function = function
        self._log = function._log.open("wb")
        variables = {**function._environ, "AWS_LAMBDA_RUNTIME_API": self.api.address, "_HANDLER": "app.handler"}
        command = [str(function._runtime / "bootstrap")]
        if image is not None:
            command = [variables["EMULATOR_PYTHON"], "-m", "awslambdaric", image]
            for name in ("_HANDLER", "LAMBDA_TASK_ROOT"):
                del variables[name]
            variables["PYTHONPATH"] = f"{function._runtime / 'packages'}:{opt / 'python'}"
        self._process = subprocess.Popen(
            command, env=variables, stdout=self._log, stderr=self._log, cwd=task, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        function._process = self._process

    def answers(self, count: int) -> list[Any]:
        """Wait for that many answers of any kind."""
        return [self.api.answers.get(timeout=_SECONDS) for _ in range(count)]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Return the contents of the records of one kind."""
        return self._function.of_kind(kind)

    @property
    def records(self) -> list[dict[str, Any]]:
        """All records so far."""
        return self._function.records

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return self._function.output

    def stop(self) -> None:
        """End every process of the sandbox."""
        self._function.stop()
        self.api.close()
        self._log.close()
        self._function._log.unlink()


@pytest.fixture
def sandbox(
    task: Path, opt: Path, python: str, valid: Callable[[Iterable[Any]], None]
) -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes, and stop them after the test."""
    started = []

    def start(source: str, *, image: str | None = None, **environ: str) -> Sandbox:
        (task / "app.py").write_text(dedent(source))
        started.append(Sandbox(task, opt, python, environ, image))
        return started[-1]

    yield start
    for one in started:
        valid(one.records)
        one.stop()


APP = """
    import os, time

    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        time.sleep(event["seconds"])
        try:
            boto3.client("lambda").invoke(FunctionName="other")
        except ClientError as error:
            return {"code": error.response["Error"]["Code"], "pid": os.getpid()}
"""


def test_forked_workers(sandbox: Callable[..., Sandbox]) -> None:
    """Workers that are forked after attaching are sandboxes of their own, each with one attached record first."""
    function = sandbox(APP, AWS_LAMBDA_MAX_CONCURRENCY="3", LAMBDA_GUARD_MODE="enforce")
    for number in range(9):
        function.api.invoke(number, {"seconds": 0.3})
    answers = [body for _, body in function.answers(9)]
    assert {answer["code"] for answer in answers} == {"AccessDeniedException"}, function.output
    workers = {answer["pid"] for answer in answers}
    assert len(workers) == 3
    records = [record["lambda_guard"] for record in function.records]
    by_sandbox: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_sandbox.setdefault(record["sandbox"], []).append(record)
    assert len(by_sandbox) == 3
    for own in by_sandbox.values():
        assert [record["seq"] for record in own] == list(range(1, len(own) + 1))
        assert [record["kind"] for record in own].count("attached") == 1
        assert own[0]["kind"] == "attached"
        assert [record["decision"] for record in own if record["kind"] == "finding"].count("blocked") == 2
    assert sum(max(r["invocations"] for r in own if r["kind"] == "usage") for own in by_sandbox.values()) <= 9


def test_fork_in_the_handler(sandbox: Callable[..., Sandbox]) -> None:
    """A child that the function itself forks is guarded, and a sandbox of its own."""
    source = """
        import os

        import boto3
        from botocore.exceptions import ClientError

        client = boto3.client("lambda")

        def call():
            try:
                client.invoke(FunctionName="other")
            except ClientError as error:
                return 7
            return 1

        def handler(event, context):
            here = call()
            child = os.fork()
            if child == 0:
                os._exit(call())
            return [here, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
    """
    function = sandbox(source, LAMBDA_GUARD_MODE="enforce")
    function.api.invoke(1, {})
    assert function.answers(1)[0][1] == [7, 7], function.output
    assert len({record["sandbox"] for record in function.of_kind("attached")}) == 2
    assert len({record["sandbox"] for record in function.of_kind("finding")}) == 2


def test_snapstart(sandbox: Callable[..., Sandbox]) -> None:
    """After a restore the sandbox has another name and starts its counts again; the user's hooks run as ever."""
    source = """
        import lambda_guard
        from snapshot_restore_py import register_after_restore, register_before_snapshot

        import boto3

        seen = []
        guard = lambda_guard.install()

        def note(what):
            seen.append([what, guard.journal.sandbox])

        register_before_snapshot(note, "before")
        register_after_restore(note, "after")
        try:
            boto3.client("lambda").invoke(FunctionName="while-starting")
        except lambda_guard.InvokeBlocked:
            note("import")

        def handler(event, context):
            return [*seen, ["handler", guard.journal.sandbox]]
    """
    function = sandbox(source, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start", LAMBDA_GUARD_MODE="enforce")
    function.api.invoke(1, {})
    seen = function.answers(1)[0][1]
    assert [what for what, _ in seen] == ["import", "before", "after", "handler"], function.output
    first, second = seen[0][1], seen[-1][1]
    assert first != second
    assert [name for _, name in seen] == [first, first, second, second]
    assert any(path.endswith("/restore/next") for path in function.api.asked)
    assert [record["sandbox"] for record in function.of_kind("attached")] == [first, second]
    assert [record["sandbox"] for record in function.of_kind("finding")] == [first]
    assert function.of_kind("usage")[-1]["invocations"] == 1


@pytest.mark.parametrize("way", ["handler", "decorator"])
def test_container_image(sandbox: Callable[..., Sandbox], way: str) -> None:
    """In a container image, where there is no layer, the handler is named or decorated."""
    source = APP
    if way == "decorator":
        source = APP.replace("def handler", "import lambda_guard\n\n    @lambda_guard.guard\n    def handler")
    image = "lambda_guard.handler" if way == "handler" else "app.handler"
    function = sandbox(source, image=image, LAMBDA_GUARD_HANDLER="app.handler", LAMBDA_GUARD_MODE="enforce")
    function.api.invoke(1, {"seconds": 0})
    assert function.answers(1)[0][1]["code"] == "AccessDeniedException", function.output
    (attached,) = function.of_kind("attached")
    assert attached["way"] == way


def test_init_error_reaches_the_runtime_api(sandbox: Callable[..., Sandbox]) -> None:
    """A mode that cannot be read is reported as the initialisation's error, not as a crash."""
    function = sandbox("def handler(event, context): pass", LAMBDA_GUARD_MODE="on")
    (path, body), = function.answers(1)
    assert path == "init/error"
    assert body["errorType"] == "ConfigurationError"
