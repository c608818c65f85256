"""One function in the emulator: started, invoked over HTTP, and stopped again."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from . import pythons, runtime
from .sessions import end_session

_SECONDS_TO_START = 30
_ATTEMPTS = 5
_LISTEN = "0A"  # TCP_LISTEN, as /proc/net/tcp writes it


class Function:
    """Runs a handler as Lambda would, in a `with` block.

    task:    folder that stands for /var/task.
    handler: as in the function's configuration, such as `app.handler`.
    layer:   folder that stands for /opt, with the layers already laid over each other; None for no layer.
    python:  `3.11` to `3.14`.
    environ: the function's own variables, added to the few that Lambda sets.
    seconds: the function's time-out.
    """

    def __init__(
        self,
        task: Path,
        handler: str = "app.handler",
        *,
        layer: Path | None = None,
        python: str = "3.11",
        environ: dict[str, str] | None = None,
        name: str = "function",
        seconds: int = 30,
    ) -> None:
        self.name = name
        self.handler = handler
        handle, log = tempfile.mkstemp(prefix="lambda-guard-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        self._runtime = runtime.folder(python)
        self._environ = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/tmp"),
            "LANG": "en_US.UTF-8",
            "EMULATOR_PYTHON": pythons.find()[python],
            "EMULATOR_RUNTIME": str(self._runtime),
            "EMULATOR_OPT": str(layer or task / "no-layer"),
            "LAMBDA_TASK_ROOT": str(task),
            "LAMBDA_RUNTIME_DIR": str(self._runtime),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(seconds),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            # /opt and /var/task are read-only in Lambda: no bytecode is ever cached there.
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environ or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Function:
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                self._start()
                if self._listens():
                    return self
                # Between the choice of a port and its use another program may have taken it.
                if "address already in use" not in self.output or attempt == _ATTEMPTS:
                    raise runtime.EmulatorError(f"the emulator did not start:\n{self.output}")
                self.stop()
        except BaseException:
            self.stop()
            self._log.unlink(missing_ok=True)
            raise
        raise AssertionError("the last attempt returns or raises")

    def _start(self) -> None:
        self._ports = _free_ports(2)
        self._url, api = (f"127.0.0.1:{port}" for port in self._ports)
        command = [
            str(runtime.emulator()), "--log-level", "error", "--runtime-interface-emulator-address", self._url,
            "--runtime-api-address", api, str(self._runtime / "bootstrap"), self.handler,
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self._environ["LAMBDA_TASK_ROOT"], start_new_session=True,
            )  # fmt: skip

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._log.unlink(missing_ok=True)

    def stop(self) -> None:
        """End the emulator, the function's process and what that has started: a session that this object began."""
        process, self._process = self._process, None
        if process is not None:
            # Not by process group: the runtime puts itself in one of its own.
            end_session(process.pid)
            process.wait(10)

    def invoke(self, event: Any, *, seconds: float = 60) -> Any:
        """Send an event and return the decoded answer; an error of the function's is an answer too."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        request = urllib.request.Request(
            f"http://{self._url}/2015-03-31/functions/function/invocations", data=body, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as response:
                answer = response.read()
        except urllib.error.HTTPError as error:
            answer = error.read()
        try:
            return json.loads(answer)
        except ValueError:
            return answer.decode(errors="replace")

    @property
    def output(self) -> str:
        """What the function has printed so far, with what the emulator printed about it."""
        return self._log.read_text(errors="replace")

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records among the output, each a whole line as CloudWatch would have it."""
        lines = (line[line.find('{"level"') :] for line in self.output.splitlines() if '"lambda_guard"' in line)
        return [json.loads(line) for line in lines if line.startswith("{")]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The contents of the records of one kind."""
        return [record["lambda_guard"] for record in self.records if record["lambda_guard"]["kind"] == kind]

    def _listens(self) -> bool:
        """Wait until our emulator, and no other program, listens on its two ports; return whether it does."""
        end = time.monotonic() + _SECONDS_TO_START
        while self._process is not None and self._process.poll() is None:
            if _listening(self._process.pid).issuperset(self._ports):
                return True
            if time.monotonic() > end:
                raise runtime.EmulatorError(f"the emulator did not listen within {_SECONDS_TO_START} s:\n{self.output}")
            time.sleep(0.02)
        return False


def _listening(process: int) -> set[int]:
    """Return the ports that a process listens on: Linux says which sockets it holds."""
    held = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            held.add(os.readlink(descriptor))
        except OSError:
            continue  # closed meanwhile
    sockets = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {
        int(each[1].rpartition(":")[2], 16) for each in sockets if each[3] == _LISTEN and f"socket:[{each[9]}]" in held
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for held in sockets:
        held.bind(("127.0.0.1", 0))
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports
