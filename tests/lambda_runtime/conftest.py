"""The built layer in AWS's emulator with AWS's runtime client; moto stands for AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any, Protocol

import pytest

from lambda_guard.analysis.emulator import pythons, runtime
from lambda_guard.analysis.emulator.function import Function

CACHE = os.environ["EMULATOR_CACHE"]
PYTHONS = pythons.find()
# Where one Python is enough: the newest that is here.
PYTHON = max(PYTHONS, key=lambda version: int(version.split(".")[1]))


@pytest.fixture(autouse=True)
def _downloads(_no_guard_left_over: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is downloaded where the whole run keeps it."""
    monkeypatch.setenv("EMULATOR_CACHE", CACHE)


# How a function is attached, fails, and lives beside others depends on the runtime, which differs between Pythons.
ON_EVERY_PYTHON = ("test_attach", "test_companions", "test_parity", "test_sandboxes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some modules on each Python that is here."""
    if "python" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_EVERY_PYTHON:
        metafunc.parametrize("python", PYTHONS)


@pytest.fixture
def python() -> str:
    """The Python that functions run on, unless they say another."""
    return PYTHON


class Start(Protocol):
    """Starts a function whose files are given as name -> source; see `start`."""

    def __call__(
        self,
        files: str | Mapping[str, str],
        handler: str = ...,
        *,
        layer: Path | bool | None = ...,
        python: str = ...,
        environ: Mapping[str, str] | None = ...,
        packages: Iterable[Path] = ...,
        seconds: int = ...,
    ) -> Function: ...


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """The folder that stands for /var/task."""
    folder = tmp_path / "task"
    folder.mkdir()
    return folder


@pytest.fixture
def start(
    opt: Path, task: Path, aws: str, valid: Callable[[Iterable[Any]], None], python: str
) -> Iterator[Start]:
    """Start functions, stop them after the test, and hold every record that they printed to its schema.

    files:    sources by file name; one source alone is `app.py`. They stay for the next start of the test.
    layer:    True for the built layer, False for none, or a folder of layers laid over each other.
    packages: folders whose content the function brings along, as in its deployment package.
    """
    started: list[Function] = []
    with ExitStack() as stack:

        def start_one(
            files: str | Mapping[str, str],
            handler: str = "app.handler",
            *,
            layer: Path | bool | None = True,
            python: str = python,
            environ: Mapping[str, str] | None = None,
            packages: Iterable[Path] = (),
            seconds: int = 30,
        ) -> Function:
            for name, source in ({"app.py": files} if isinstance(files, str) else files).items():
                (task / name).parent.mkdir(parents=True, exist_ok=True)
                (task / name).write_text(dedent(source))
            for folder in packages:
                for entry in folder.iterdir():
                    if not (task / entry.name).exists():
                        (task / entry.name).symlink_to(entry)
            above = opt if layer is True else layer or None
            function = Function(
                task, handler, layer=above, python=python, seconds=seconds,
                environ={"AWS_ENDPOINT_URL": aws, **(environ or {})},
            )  # fmt: skip
            stack.enter_context(function)
            started.append(function)
            return function

        yield start_one
        for function in started:
            valid(function.records)
            unread = [line for line in function.output.splitlines() if '"lambda_guard":{' in line]
            assert len(unread) == len(function.records), "every record stands on one line"


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of moto's server, which plays AWS without Docker."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    body = json.dumps({"lambda": {"use_docker": False}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/config", body, method="POST")).close()
    yield address
    server.stop()


@pytest.fixture
def package(python: str) -> Callable[..., Path]:
    """Get packages that a function brings along, from the package index, once for this and later runs."""

    def get(*requirements: str) -> Path:
        name = re.sub(r"[^\w.=-]", "_", "-".join((python, *requirements)))
        folder = Path(CACHE) / "packages" / name
        if not folder.exists():
            partial = folder.with_name(f"{name}.{os.getpid()}")
            runtime.install(python, partial, *requirements)
            runtime.settle(partial, folder)
        return folder

    return get


@pytest.fixture
def twins(start: Start) -> Callable[..., tuple[Any, Any]]:
    """Run the same invocations without the layer and with it, and return what differs in no case it should.

    Each of the two is (answers, output): without request ids, times and records.
    """

    def run(
        files: str | Mapping[str, str],
        handler: str = "app.handler",
        *,
        events: Iterable[Any] = ({},),
        environ: Mapping[str, str] | None = None,
        guarded: Mapping[str, str] | None = None,
    ) -> tuple[Any, Any]:
        pair = [
            start(files, handler, layer=layer, environ={**(environ or {}), **((layer and guarded) or {})})
            for layer in (False, True)
        ]
        return tuple(  # type: ignore[return-value]
            ([plain(json.dumps(function.invoke(event))) for event in events], plain(function.output))
            for function in pair
        )

    return run


_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A record brings the line feed in front of it along, for what was printed before may have none.
_RECORD = re.compile(r'\n\{"level":"[A-Z]+","timestamp":"[^"]+","lambda_guard":\{.*\}\n')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?|\d+(\.\d+)? ms|0x[0-9a-f]+")


def plain(text: str) -> str:
    """Take out of an output what differs from run to run: request ids, times, addresses, and our records.

    So do the emulator's own remarks, which give their details in no order; the answer says the same.
    """
    kept = [line for line in _RECORD.sub("", text).split("\n") if " (rapid) " not in line]
    return _TIME.sub("TIME", _REQUEST_ID.sub("REQUEST-ID", "\n".join(kept)))


@pytest.fixture
def layers(opt: Path, tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Lay another layer's files over a copy of ours, as Lambda does in /opt; scripts become executable."""

    def lay(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "layers"
        shutil.copytree(opt, folder)
        for name, source in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(dedent(source))
            if source.startswith("#!"):
                (folder / name).chmod(0o755)
        return folder

    return lay


@pytest.fixture(scope="session")
def python_path() -> str:
    """The interpreter that runs the tests."""
    return sys.executable
