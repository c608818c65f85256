"""Every way of the catalogue, as a small program in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lambda_guard.analysis.emulator import runtime

from . import servers
from .catalogue import PROGRAMS, SECURITY, WAYS, Way, security

HERE = Path(__file__).parent


class Run(NamedTuple):
    """What became of one run of a program."""

    server: servers.Recorder
    findings: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    failed: bool
    text: str


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], servers.Server]]:
    """Starts real databases, each once and when it is first needed; skips where one is not installed."""
    started: dict[str, servers.Server | None] = {}

    def get(name: str) -> servers.Server:
        if name not in started:
            started[name] = servers.STARTERS[name](tmp_path_factory.mktemp(name))
        server = started[name]
        if server is None:
            pytest.skip(f"{name} is not installed here")
        return server

    yield get
    for server in started.values():
        if server is not None:
            server.stop()


@pytest.fixture(scope="session")
def beside() -> Callable[[str], str]:
    """Installs a package into a folder of its own, once for all runs, and returns the folder."""

    def get(requirement: str) -> str:
        if not requirement:
            return ""
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        folder = Path(os.environ["EMULATOR_CACHE"]) / "ways" / f"{requirement}-{version}"
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            partial = folder.with_name(f"{folder.name}.{os.getpid()}")
            runtime.install(version, partial, requirement)
            runtime.settle(partial, folder)
        return str(folder)

    return get


def run(
    program: Path, mode: str, upstream: int | None = None, port: int | None = None, loading: bool = False,
    path: str = "",
) -> Run:
    """Run a program as a handler, or as what a module does while loading, in a process of its own."""
    address = ("127.93.7.1", port) if port else ("127.0.0.1", 0)
    with servers.Recorder(upstream, address) as server:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/tmp"),
            "PORT": str(server.port),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_LAMBDA_FUNCTION_NAME": "me",
            "LAMBDA_GUARD_MODE": mode,
            "LAMBDA_GUARD_CONNECTION": mode,
            **({"_HANDLER": "app.handler"} if loading else {}),
            **({"PYTHONPATH": path} if path else {}),
        }
        command = [sys.executable, str(HERE / "run.py"), str(program)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        records = [json.loads(line)["lambda_guard"] for line in done.stdout.splitlines() if '"lambda_guard":{' in line]
        return Run(
            server,
            [record for record in records if record["kind"] == "finding"],
            [record for record in records if record["kind"] == "error"],
            done.returncode != 0,
            done.stdout + done.stderr,
        )


def skip_what_is_missing(way: Way) -> None:
    for module in way.modules:
        try:
            found = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            pytest.skip(f"{module} is not installed here")
    for command in way.commands:
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed here")


def site(way: Way) -> tuple[str, int]:
    """Return the line that is to be named, which its program marks."""
    program = PROGRAMS / f"{way.program}.py"
    lines = program.read_text().splitlines()
    return str(program), next(index for index, line in enumerate(lines, 1) if line.endswith("  # found here"))


@pytest.mark.parametrize("way", WAYS, ids=[way.program for way in WAYS])
def test_a_way(way: Way, database: Callable[[str], servers.Server], beside: Callable[[str], str]) -> None:
    """Off it gets through, in observe it is found once and gets through, in enforce nothing is sent."""
    skip_what_is_missing(way)
    upstream = database(way.server).port if way.server else None

    path = beside(way.beside)

    def go(mode: str) -> Run:
        return run(PROGRAMS / f"{way.program}.py", mode, upstream, way.port, path=path)

    off = go("off")
    if off.failed and "ImportError" in off.text:
        pytest.skip(off.text.rstrip().rpartition("\n")[2])
    assert off.server.connections, off.text
    assert not off.findings
    assert not (off.failed and way.server), off.text

    observed = go("observe")
    expected = [(issue, target.replace("{port}", str(observed.server.port))) for issue, target in way.findings]
    found = [(finding["issue"], finding["target"]) for finding in observed.findings]
    assert found == expected, observed.text
    told = [finding["site"] and (finding["site"]["file"], finding["site"]["line"]) for finding in observed.findings]
    assert told == [None if issue == "patch-removed" else site(way) for issue, _ in way.findings]
    assert observed.faults == []
    assert observed.failed == off.failed, observed.text
    assert (observed.server.received != b"") == (off.server.received != b"")
    said = json.dumps(observed.findings)
    assert "hunter2" not in said
    assert "tester" not in said

    enforced = go("enforce")
    assert enforced.faults == []
    assert [finding["issue"] for finding in enforced.findings] == [issue for issue, _ in way.findings], enforced.text
    if way.stopped:
        assert enforced.findings[-1]["decision"] == "blocked"
        assert enforced.server.received.partition(b"\r\n\r\n")[2 if way.head else 0] == b""
        assert enforced.failed, enforced.text
    else:
        assert enforced.failed == off.failed, enforced.text
        assert enforced.server.connections


# Ways that only the second line sees: nothing hooks it in before the first invocation unless one is taken.
SEEN_WHILE_LOADING = (
    "presigned_requests", "sigv4_http_client", "function_url_urllib", "function_url_asyncio", "function_url_socket",
    "botocore_unwrapped", "command_curl", "command_os_system", "command_exec_after_fork", "command_posix_spawn",
    "command_asyncio", "pymysql", "pymemcache", "redis_asyncio", "well_known_port",
)  # fmt: skip


@pytest.mark.parametrize("program", SEEN_WHILE_LOADING)
def test_a_way_while_the_code_is_loaded(program: str, database: Callable[[str], servers.Server]) -> None:
    """What a module does before there is an invocation is found and stopped as well."""
    (way,) = [way for way in WAYS if way.program == program]
    skip_what_is_missing(way)
    upstream = database(way.server).port if way.server else None

    observed, enforced = (
        run(PROGRAMS / f"{program}.py", mode, upstream, way.port, loading=True) for mode in ("observe", "enforce")
    )

    def issues(found: Run) -> list[str]:
        return [finding["issue"].replace("at-cold-start", "in-handler") for finding in found.findings]

    assert issues(observed) == issues(enforced) == [issue for issue, _ in way.findings], observed.text + enforced.text
    assert observed.faults == enforced.faults == []
    assert not observed.failed, observed.text
    assert observed.server.received
    assert not enforced.server.received
    (finding,) = observed.findings
    assert (finding["site"]["file"], finding["site"]["line"]) == site(way)


@pytest.mark.parametrize("program", sorted((HERE / "usual").glob("*.py")), ids=lambda program: program.stem)
def test_usual_work_is_not_found(program: Path) -> None:
    """What functions do every day passes in enforce, and nothing is said of it."""
    off = run(program, "off")
    if off.failed and "ModuleNotFoundError" in off.text:
        pytest.skip(off.text.rstrip().rpartition("\n")[2])
    assert not off.failed, off.text

    enforced = run(program, "enforce")

    assert not enforced.failed, enforced.text
    assert enforced.findings == []
    assert enforced.faults == []


def test_the_table_is_the_catalogue() -> None:
    """SECURITY.md says what the tests hold."""
    assert SECURITY.read_text() == security(), "run: python -m tests.ways.catalogue"


def test_every_program_is_in_the_catalogue() -> None:
    """No program is left out."""
    assert {path.stem for path in PROGRAMS.glob("*.py")} == {way.program for way in WAYS}
