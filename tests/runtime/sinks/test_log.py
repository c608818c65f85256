"""One record, one line of its own, one write, in what was the function's log when the guard came."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lambda_guard.runtime.sinks.log import Log

START = """
import os, sys
from lambda_guard.runtime import attach, journal
guard = attach.install()
say = guard.journal.error
"""
# What a function may do between its start and a record, and what it may have printed by then.
HOSTILE = {
    "an unfinished line": "sys.stdout.write('{\"_aws\": 1}'); sys.stdout.flush()",
    "redirected": "import io; sys.stdout = sys.__stdout__ = io.StringIO()",
    "closed": "sys.stdout.close()",
    "descriptor closed": "os.close(1)",
    "descriptor silenced": "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
    "descriptor captured": "os.dup2(os.open('caught', os.O_CREAT | os.O_WRONLY), 1)",
    "number taken again": "os.close(1); assert os.open('caught', os.O_CREAT | os.O_WRONLY) == 1",
    "detached": "import io; sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-16')",
    "all descriptors closed": "os.closerange(3, 64)",
    "all descriptors taken": """
os.closerange(3, 64)
for number in range(8):
    os.open('caught', os.O_CREAT | os.O_WRONLY)
""",
    "json replaced": """
import json
def refuse(*args, **kwargs):
    raise TypeError
json.dumps = json.JSONEncoder.encode = json.JSONEncoder.default = json.JSONEncoder.iterencode = refuse
json.encoder.encode_basestring_ascii = json.encoder.c_make_encoder = refuse
""",
    "clock replaced": """
import time
frozen = lambda *args: 0
time.time = time.gmtime = time.strftime = time.monotonic = frozen
for module in list(sys.modules.values()):
    for name, value in list(vars(module).items()):
        if getattr(value, '__module__', None) == 'time' and getattr(value, '__name__', '') in ('time', 'gmtime'):
            setattr(module, name, frozen)
""",
    "system calls replaced": """
def refuse(*args, **kwargs):
    raise OSError
os.write = os.fstat = os.dup = refuse
""",
}


def run(source: str, cwd: Path) -> str:
    """Run a program; return what comes out of it as its log."""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", dedent(START) + dedent(source)],
        cwd=cwd, env={"PYTHONPATH": str(root), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.decode()


@pytest.mark.parametrize("how", HOSTILE)
def test_the_log_is_reached(tmp_path: Path, how: str) -> None:
    """A record stands on a line of its own in the log, with the time, and in no file of the function's."""
    log = run(f"{HOSTILE[how]}\nsay('here', 'ValueError', 'found')\nos._exit(0)", tmp_path)
    records = [json.loads(line) for line in log.splitlines() if '"lambda_guard":{' in line]
    assert [record["lambda_guard"]["kind"] for record in records] == ["attached", "error"]
    assert all(record["timestamp"] > "2026" for record in records)
    if how == "an unfinished line":
        assert '{"_aws": 1}' in log.splitlines()
    caught = tmp_path / "caught"
    assert not caught.exists() or caught.read_text() == ""


def test_a_log_that_is_full_is_waited_for(tmp_path: Path) -> None:
    """A pipe that does not block takes a record in pieces, and none of it is lost."""
    source = "os.set_blocking(1, False)\nsay('here', 'ValueError', 'x' * 150000)\nsay('there', 'ValueError', 'y')"
    log = run(source, tmp_path)
    messages = [json.loads(line)["lambda_guard"].get("message") for line in log.splitlines() if line]
    assert messages == [None, "x" * 150000, "y"]


class Refusing:
    """Stands for the system, and refuses to write while it is told to."""

    def __init__(self, error: type[OSError] | None) -> None:
        self.error = error
        self.written: list[bytes] = []
        self.dup, self.close, self.fstat = os.dup, os.close, os.fstat

    def write(self, _: int, data: bytes) -> int:
        """Write three bytes, or refuse to."""
        if self.error is not None:
            raise self.error
        self.written.append(data[:3])
        return len(data[:3])


@pytest.mark.parametrize("error", [OSError, BrokenPipeError, PermissionError])
def test_what_cannot_be_written_is_kept(error: type[OSError]) -> None:
    """Records wait in their order, in bounded memory, and go out with the first that can be written."""
    log, system = Log(), Refusing(error)
    log._system = system  # type: ignore[assignment]
    log.open()
    for number in range(400):
        log({"number": number})
    assert system.written == []
    assert len(log.kept) == 256
    system.error = None
    log.flush()
    lines = b"".join(system.written).decode().splitlines()
    assert [json.loads(line)["number"] for line in lines if line] == list(range(256))
    assert log.kept == []


def test_a_large_record_does_not_fill_the_memory() -> None:
    """What is kept has a size as well."""
    log = Log()
    log._system = Refusing(OSError)  # type: ignore[assignment]
    for _ in range(10):
        log({"text": "x" * 300_000})
    assert sum(map(len, log.kept)) <= 1 << 20


@pytest.mark.parametrize("per_worker", [True, False])
def test_a_worker_has_a_log_of_its_own(tmp_path: Path, per_worker: bool) -> None:
    """Lambda gives each worker of Managed Instances another descriptor 1 after the fork; no other child has one."""
    source = f"""
    if {per_worker}:
        from lambda_guard.runtime import sinks
        os.environ["_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"] = "anywhere"
        sinks.stdout.open()
    if not os.fork():
        os.dup2(os.open("worker", os.O_CREAT | os.O_WRONLY), 1)
        say("worker", "ValueError", "x")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not os.fork():
            say("child", "ValueError", "x")
            os._exit(0)
        os.wait()
        os._exit(0)
    os.wait()
    say("parent", "ValueError", "x")
    """
    log = run(source, tmp_path)
    worker = (tmp_path / "worker").read_text()
    assert [where in worker for where in ('"worker"', '"child"', '"parent"')] == [per_worker, per_worker, False]
    assert [where in log for where in ('"worker"', '"child"', '"parent"')] == [not per_worker, not per_worker, True]


def test_one_write() -> None:
    """A record is one write, in plain ASCII, whatever is in it, and what JSON does not know becomes text."""

    class All(Refusing):
        def write(self, _: int, data: bytes) -> int:
            self.written.append(bytes(data))
            return len(data)

    log, system = Log(), All(None)
    log._system = system  # type: ignore[assignment]
    log.open()
    record: dict[str, Any] = {"level": "INFO", "lambda_guard": {"target": "zażółć\n\u2028", "line": 3}}
    log(record)
    log({"odd": sys})
    first, second = (text.decode("ascii") for text in system.written)
    assert first.startswith("\n{")
    assert first.endswith("}\n")
    assert first.count("\n") == 2
    assert json.loads(first) == record
    assert json.loads(second)["odd"].startswith("<module 'sys'")
