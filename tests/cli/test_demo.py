"""`lambda-guard demo`, for real: what it shows, what it leaves in its folder, and that it leaves nothing running."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from rich.console import Console

from lambda_guard.analysis.demo import aws, functions, layer, processes, shop
from lambda_guard.analysis.demo.screen import Screen
from lambda_guard.analysis.emulator import function as emulated
from lambda_guard.analysis.emulator import pythons
from lambda_guard.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(sys.executable).parent / "lambda-guard"
CACHE = os.environ["EMULATOR_CACHE"]
SECONDS = 240  # far more than the demo takes, on a machine that has other things to do

pytestmark = pytest.mark.demo


class Started:
    """A demo, and everything that it starts: all of it inherits a folder on the PATH that is not there."""

    def __init__(self, *command: str, cwd: Path) -> None:
        self.mark = f"/nowhere/{uuid.uuid4().hex}"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LAMBDA_GUARD_")}
        environ |= {"PATH": f"{os.environ['PATH']}:{self.mark}", "EMULATOR_CACHE": CACHE}
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip

    def running(self) -> list[str]:
        """Return the command lines of what runs, the demo's own included."""
        return [command for pid, command in _processes(self.mark)]

    def end(self) -> None:
        """End what is left of it."""
        for pid, _ in _processes(self.mark):
            os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def _processes(mark: str) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            ended = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            if mark.encode() in (entry / "environ").read_bytes() and not ended:
                yield int(entry.name), (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Start the demo, or another command; what it leaves running is ended after the test."""
    with ExitStack() as stack:

        def start(*command: str) -> Started:
            started = Started(*(command or (str(PROGRAM), "demo")), cwd=tmp_path)
            stack.callback(started.end)
            return started

        yield start


class Shown(NamedTuple):
    """What a demo that ran to its end has left."""

    code: int
    output: str
    errors: str
    left: list[str]
    folder: Path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demo once, as `make demo` does."""
    cwd = tmp_path_factory.mktemp("demo")
    started = Started(str(PROGRAM), "demo", cwd=cwd)
    output, errors = started.process.communicate(timeout=SECONDS)
    left = started.running()
    started.end()
    return Shown(started.process.returncode, output, errors, left, cwd / "demo-records")


def test_it_ends_well_and_leaves_nothing_running(shown: Shown) -> None:
    """It exits with 0, says nothing on stderr, and no process outlives it."""
    assert shown.errors == ""
    assert (shown.code, shown.left) == (0, [])


def test_its_output_fits_80_columns_when_piped(shown: Shown) -> None:
    """No line is longer than a terminal is wide, and none steers a terminal."""
    assert max(map(len, shown.output.splitlines())) <= 80 + len(str(PROGRAM))
    assert "\x1b" not in shown.output
    tables = shown.output.partition("Next")[0]
    assert max(map(len, tables.splitlines())) <= 80


@pytest.mark.parametrize(
    "line",
    [
        "checkout invokes stock directly app.py, line 22 deny the call",
        "checkout invokes stock directly app.py, line 31 deny the call",
        "api GET /orders, no authorizer its event answer 401",
        "checkout 2 x POST /checkout with a JWT 202 InvokeBlocked",
        "api GET /orders with a JWT 200 200",
        "api GET /orders, no authorizer 200 401",
        "api invoked past its API 200 UnauthorizedEvent",
        "✓ 4 invokes of stock reached AWS in observe, 0 in enforce",
        "✓ delivery_days() swallowed its block: reported, so it is not lost",
        "HTTP/1.1 401 Unauthorized",
        '{"message":"Unauthorized"}',
        "table orders, index by-customer Query 8",
        "on * → on table/orders",
    ],
)
def test_it_shows(shown: Shown, line: str) -> None:
    """A person reads, once, what was found, what enforce did about it, and what the role needs."""
    assert [" ".join(shown_line.split()) for shown_line in shown.output.splitlines()].count(line) == 1


def test_it_names_lines_of_the_example_that_do_what_it_says(shown: Shown) -> None:
    """Both lines of the checkout function that it names invoke the stock function."""
    code = (ROOT / "layer/examples/shop/checkout/app.py").read_text().splitlines()
    assert "functions.invoke(" in code[22 - 1]
    assert "functions.invoke(" in code[31 - 1]


def test_it_leaves_valid_records_by_function_and_mode(shown: Shown, valid: Callable[[Iterable[Any]], None]) -> None:
    """Every line is a valid record of the function and mode that its file is named after."""
    files = sorted(shown.folder.glob("*.jsonl"))
    assert [file.name for file in files] == [
        "api.enforce.jsonl", "api.observe.jsonl", "checkout.enforce.jsonl", "checkout.observe.jsonl",
        "orders.enforce.jsonl", "orders.observe.jsonl", "stock.observe.jsonl",
    ]  # fmt: skip
    for file in files:
        records = [json.loads(line) for line in file.read_text().splitlines()]
        valid(records)
        assert {f"{record['lambda_guard']['function']}.{record['lambda_guard']['mode']}" for record in records} == {
            file.stem
        }
        assert records[0]["lambda_guard"]["kind"] == "attached"


def test_the_commands_that_it_ends_with_can_be_copied(shown: Shown) -> None:
    """The five commands are there; the first two run as they stand and say what they are announced for."""
    text = shown.output.partition("Next")[2].replace("\\\n", "")
    program = os.path.relpath(PROGRAM, shown.folder.parent)
    commands = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert [command.split()[1] for command in commands[2:]] == ["report", "readiness", "layer"]
    answers = []
    for command in commands[:2]:
        assert shlex.split(command)[0] == program
        done = subprocess.run(command, shell=True, cwd=shown.folder.parent, capture_output=True, text=True, check=False)
        answers.append(done)
    policy, verdicts = answers
    assert policy.returncode == 0
    assert '"dynamodb:PartiQLSelect"' in policy.stdout
    assert "table/orders/index/by-customer" in policy.stdout
    (number,) = re.findall(r"(\d+) records are in", shown.output)
    assert f"{number} records in {number} lines of 7 files" in policy.stderr
    # As enforce decided in the demo.
    api = [step.enforce for step in shop.STEPS if step.function == "api"]
    assert [line.split()[0] for line in verdicts.stdout.splitlines()[::2]] == [
        "allowed" if answer == "200" else "blocked" for answer in api
    ]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("A small shop", signal.SIGHUP),
        ("1  Observe", signal.SIGINT),
        ("3  Enforce", signal.SIGINT),
        ("3  Enforce", signal.SIGTERM),
    ],
)
def test_a_signal_ends_it_and_all_that_it_started(
    start: Callable[..., Started], moment: str, number: signal.Signals
) -> None:
    """Ctrl-C, a shutdown or a closed terminal in the middle leaves no process, and says so."""
    started = start()
    assert started.process.stdout is not None
    for line in started.process.stdout:
        if line.strip().startswith(moment):
            break
    before = started.running()
    os.kill(started.process.pid, number)
    os.kill(started.process.pid, number)  # as somebody does who is impatient
    _, errors = started.process.communicate(timeout=SECONDS)
    assert before
    assert started.running() == []
    assert errors == "Stopped; nothing is left running.\n"
    assert started.process.returncode == 128 + number


@pytest.mark.parametrize("module", ["rich.console", "lambda_guard.analysis.demo", "duckdb"])
def test_a_signal_while_it_is_being_loaded_ends_it_as_a_later_one(start: Callable[..., Started], module: str) -> None:
    """Somebody who thinks better of it at once reads the same words, even where an import swallows exceptions."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from lambda_guard.cli import main

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except BaseException:
                pass

sys.meta_path.insert(0, Impatient())
main(["demo"])
"""
    started = start(sys.executable, "-c", program)
    output, errors = started.process.communicate(timeout=SECONDS)
    assert (output, errors) == ("", "Stopped; nothing is left running.\n")
    assert started.process.returncode == 128 + signal.SIGINT


def test_it_fails_where_the_layer_is_not_attached(start: Callable[..., Started]) -> None:
    """A guard that is silently off is not taken for a shop without findings."""
    program = """
import pathlib
from lambda_guard.analysis.demo import layer
from lambda_guard.cli import main
layer.build = lambda processes, folder: (pathlib.Path(folder), 0)
main(["demo"])
"""
    started = start(sys.executable, "-c", program)
    _, errors = started.process.communicate(timeout=SECONDS)
    assert started.process.returncode == 1
    assert "Error: not everything happened as it should; the records are in demo-records\n" in errors
    assert "observe: checkout did not report that the guard is attached" in errors
    assert started.running() == []


def test_it_fails_where_the_guard_reports_something_else(start: Callable[..., Started]) -> None:
    """One finding more than the story has is as wrong as one less."""
    program = """
from lambda_guard.analysis.demo import shop
from lambda_guard.cli import main
shop.FINDINGS = shop.FINDINGS[:-1]
main(["demo"])
"""
    started = start(sys.executable, "-c", program)
    _, errors = started.process.communicate(timeout=SECONDS)
    assert started.process.returncode == 1
    assert "observe: reported and not expected: ('api', 'direct-invoke-of-http-function', 'would_block'" in errors


def test_a_signal_before_anything_is_started_ends_it_as_a_later_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(layer, "check_place", lambda: signal.raise_signal(signal.SIGINT))
    # In the background a shell starts programs with the signal ignored.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, usual))
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "records")])
    assert (result.output, result.exit_code) == ("Stopped; nothing is left running.\n", 128 + signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_outside_of_a_checkout_it_says_to_clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installed wheel has no layer/build.py: the message says what is missing and what to do."""
    monkeypatch.setattr(layer, "CHECKOUT", tmp_path)
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "records")])
    assert result.exit_code == 1
    assert f"there is no {tmp_path}/layer/build.py. Clone the project's repository" in result.output
    assert not (tmp_path / "records").exists()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """Nothing is started before it is clear that the records can be left somewhere."""
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "file" / "records")])
    assert result.exit_code == 1
    assert f"cannot write to {tmp_path}/file/records" in result.output
    assert "--output" in result.output


@pytest.mark.parametrize("which", [0, 1])
def test_a_port_that_is_taken_is_not_used(which: int, opt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program takes a port at the last moment, the function starts on others."""
    monkeypatch.setenv("EMULATOR_CACHE", CACHE)
    monkeypatch.setattr(shop, "FUNCTIONS", {"stock": {}})
    free_ports = emulated._free_ports
    asked: list[int] = []

    def ports(count: int) -> list[int]:
        found = free_ports(count)
        if not asked:
            found[which] = taken.getsockname()[1]
        asked.extend(found)
        return found

    monkeypatch.setattr(emulated, "_free_ports", ports)
    with socket.socket() as taken, processes.Processes() as started:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        cloud = aws.AWS()
        started.add_server(cloud)
        cloud.start()
        stage = functions.Stage("observe", started, cloud, opt, max(pythons.find()))
        stage.start()
        assert len(asked) == 4
        assert stage._functions["stock"].invoke({"ask": "days", "sku": "teapot"}) == {"days": 1}


def test_a_terminal_without_unicode_gets_ascii() -> None:
    """An encoding that has no check mark is no reason to fail."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    screen = Screen(Console(file=file, width=80))
    screen.title("1  Observe")
    screen.done(what="layer", about="built")
    file.flush()
    assert file.buffer.getvalue().decode("ascii").split() == ["1", "Observe", "-" * 68, "*", "layer", "built"]
