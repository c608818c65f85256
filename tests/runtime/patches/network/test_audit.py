"""The audit hook: quick where nothing matters, silent about its own faults, and never twice about one call.

The ways through it are in tests/ways; here is what a single program does not show.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import urllib3
from botocore.client import BaseClient
from botocore.config import Config as ClientConfig

from lambda_guard.runtime import attach
from lambda_guard.runtime.bootstrap import wrap
from lambda_guard.runtime.errors import ConnectionBlocked, InvokeBlocked
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.patches.network import audit
from lambda_guard.runtime.services.endpoints import Request
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

INVOKE = "/2015-03-31/functions/other/invocations"
URL = "abc123.lambda-url.eu-west-1.on.aws"


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    paths: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.paths.append(self.path)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers every POST, and notes its path in `_Server.paths`."""
    _Server.paths = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sink() -> Memory:
    return Memory()


Make = Callable[..., Guard]


@pytest.fixture
def install(sink: Memory) -> Make:
    """Install a guard with the settings of a test."""
    return lambda **settings: attach.install(Config(**settings), sinks=[sink])


def post(port: int, path: str = INVOKE, **headers: str) -> bytes:
    url = f"http://127.0.0.1:{port}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, b"{}", headers, method="POST"), timeout=5) as answer:
        content: bytes = answer.read()
        return content


def test_an_invoke_by_hand_is_found(install: Make, sink: Memory, port: int) -> None:
    """With the line that sent it; what it sends arrives."""
    install(mode="observe")

    assert post(port) == b"{}"

    (finding,) = sink.of_kind("finding")
    assert (finding["issue"], finding["target"], finding["decision"]) == ("direct-invoke", "other", "would_block")
    assert finding["site"]["file"] == __file__
    assert finding["site"]["function"] == "post"
    assert _Server.paths == [INVOKE]


def test_enforce_stops_it_before_it_is_sent(install: Make, sink: Memory, port: int) -> None:
    """The server sees nothing, and the error says who stopped it."""
    install(mode="enforce")

    with pytest.raises(InvokeBlocked, match=r"lambda_guard blocked this at .*test_audit\.py"):
        post(port)

    assert _Server.paths == []
    assert sink.of_kind("finding")[0]["decision"] == "blocked"


def test_a_connection_goes_on_after_a_block(install: Make, port: int) -> None:
    """http.client can be used again for what is allowed."""
    install(mode="enforce")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    with pytest.raises(InvokeBlocked):
        connection.request("POST", INVOKE)
    connection.close()

    connection.request("POST", "/orders")

    assert connection.getresponse().read() == b"{}"
    connection.close()


@pytest.mark.parametrize("allowed", ["other", "oth*", "arn:aws:lambda:eu-west-1:123456789012:function:other"])
def test_the_allow_list_holds(install: Make, sink: Memory, port: int, allowed: str) -> None:
    """For names and for ARNs, once the account is known."""
    guard = install(mode="enforce", allow_invoke=(allowed,))
    context = SimpleNamespace(invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:me")

    wrap(lambda *_: post(port), guard)({}, context)

    assert sink.of_kind("finding") == []


def test_the_allow_list_takes_a_function_url(install: Make, sink: Memory) -> None:
    """By its host name, which is all that is known of the function."""
    guard = install(mode="enforce", allow_invoke=("abc123.lambda-url.*",))

    guard.request(Request("GET", URL, "/"), None)

    assert sink.of_kind("finding") == []


def test_a_stored_request_that_is_uploaded_is_no_request(install: Make, sink: Memory, port: int, tmp_path: Any) -> None:
    """A body may hold what looks like the head of an invoke, in whatever way a client sends it."""
    install(mode="enforce")
    stored = f"POST {INVOKE} HTTP/1.1\r\nHost: lambda\r\n\r\n".encode()
    (tmp_path / "stored").write_bytes(stored)
    connection = http.client.HTTPConnection("127.0.0.1", port)

    connection.request("POST", "/bytes", stored)
    connection.getresponse().read()
    connection.request("POST", "/pieces", iter([stored]), {"Content-Length": str(len(stored))})
    connection.getresponse().read()
    with open(tmp_path / "stored", "rb") as file:
        connection.request("POST", "/file", file, {"Content-Length": str(len(stored))})
    connection.getresponse().read()
    connection.close()
    with urllib3.PoolManager() as pool:
        pool.request("POST", f"http://127.0.0.1:{port}/urllib3", body=stored)

    assert _Server.paths == ["/bytes", "/pieces", "/file", "/urllib3"]
    assert sink.of_kind("finding") == sink.of_kind("error") == []


def test_a_head_sent_by_hand_is_a_request(install: Make, sink: Memory, port: int) -> None:
    """`HTTPConnection.send` takes bytes as they are."""
    install(mode="enforce")
    connection = http.client.HTTPConnection("127.0.0.1", port)

    with pytest.raises(InvokeBlocked):
        connection.send(f"POST {INVOKE} HTTP/1.1\r\nHost: lambda\r\nContent-Length: 0\r\n\r\n".encode())

    connection.close()


def test_an_own_function_url_is_a_self_invoke(install: Make, sink: Memory) -> None:
    """The event that came through the URL names it."""
    guard = install(mode="observe", authorizer="off", event_source="off")
    event = {"version": "2.0", "requestContext": {"domainName": URL, "http": {"method": "GET"}}}

    wrap(lambda *_: guard.request(Request("GET", URL.upper(), "/"), None), guard)(event, SimpleNamespace())

    assert [(found["issue"], found["target"]) for found in sink.of_kind("finding")] == [("self-invoke", URL)]


def test_a_judged_call_is_not_judged_again(install: Make, sink: Memory, port: int) -> None:
    """boto3 sends what its front door has judged; one finding, not two."""
    install(mode="observe")
    client = boto3.client(
        "lambda", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-west-1", aws_access_key_id="a",
        aws_secret_access_key="b", config=ClientConfig(retries={"max_attempts": 0}),
    )  # fmt: skip

    try:
        client.invoke(FunctionName="other", Payload=b"{}")["Payload"].read()
    finally:
        client.close()

    assert [found["target"] for found in sink.of_kind("finding")] == ["other"]
    assert _Server.paths == [INVOKE]


def test_off_and_uninstalled_it_looks_at_nothing(install: Make, sink: Memory, port: int) -> None:
    """The hook stays in the process, as Python has it, and is blind."""
    install(mode="enforce", direct_invoke="off", connection="off")
    post(port)
    attach.uninstall()
    install(mode="enforce")
    attach.uninstall()

    post(port)

    assert audit._seen == audit._wires == {}
    assert sink.of_kind("finding") == []


def test_only_the_rules_that_are_on_look(install: Make) -> None:
    """Connections alone leave HTTP alone; the recorder looks for requests to DynamoDB, and at nothing else."""
    install(mode="observe", direct_invoke="off", usage=False)
    assert "socket.connect" in audit._events
    assert "http.client.send" not in audit._events

    attach.uninstall()
    install(mode="observe", direct_invoke="off", connection="off")
    assert set(audit._events) == {"http.client.send"}


def test_it_says_whether_it_is_in(install: Make) -> None:
    """What the `attached` record lists is asked of the hook itself."""
    assert audit.armed() == []
    install(mode="observe")
    assert audit.armed() == ["audit"]


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("http.client.send", ()),
        ("http.client.send", (None, b"POST /2015-03-31/x HTTP/1.1\r\n\r\n")),
        ("http.client.send", (SimpleNamespace(host=None, _tunnel_host=None), b"\r\r\r")),
        ("http.client.send", (SimpleNamespace(host=b"h", _tunnel_host=None), b"POST /2015-03-31/x\r\n")),
        ("http.client.connect", ()),
        ("socket.getaddrinfo", ()),
        ("socket.getaddrinfo", (b"lambda.\xff", None, 0, 0, 0)),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0)),
        ("socket.gethostbyname", ()),
        ("socket.gethostbyname", (None,)),
        ("socket.connect", (None, None)),
        ("socket.connect", (SimpleNamespace(type=1), (None, 80))),
        ("socket.connect", (object(), ("host", 5432))),
        ("subprocess.Popen", ()),
        ("subprocess.Popen", (None, [1, object()], None, None)),
        ("subprocess.Popen", (None, None, None, None)),
        ("subprocess.Popen", (b"x", "curl 'unclosed", None, {})),
        ("os.system", (b"\xff\xfe",)),
        ("os.exec", ("x", (), None)),
        ("os.posix_spawn", ("x", [""], {})),
    ],
)
@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_odd_events_do_not_raise(install: Make, event: str, args: tuple[Any, ...], mode: str) -> None:
    """A fault of the hook's own stays in the guard: it would otherwise stop the program at any import."""
    install(mode=mode, connection=mode)
    audit._put_in()

    assert event in audit._seen
    audit._hook(event, args)


def test_a_fault_in_what_judges_stays_in_the_guard() -> None:
    """What cannot be loaded when the first event comes is reported; the function's call goes on."""
    broken = """
sys.modules["lambda_guard.runtime.patches.network.leaving"] = None
with socket.socket() as sock:
    assert sock.connect_ex(("127.0.0.1", 5432))
assert [(error["where"], error["type"]) for error in sink.of_kind("error")] == [("audit", "ModuleNotFoundError")]
assert not audit._hooked and sink.of_kind("finding") == []
del sys.modules["lambda_guard.runtime.patches.network.leaving"]
with socket.socket() as sock:
    sock.connect_ex(("127.0.0.1", 5432))
assert audit._hooked and len(sink.of_kind("finding")) == 1, "the next event tries again"
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + broken], check=True, timeout=60)


def test_threads_and_tasks_are_judged_alike(install: Make, sink: Memory, port: int) -> None:
    """A thread without a line of the user's still has its finding, and asyncio's executor too."""
    install(mode="observe")
    thread = threading.Thread(target=post, args=(port,))
    thread.start()
    thread.join()
    asyncio.run(asyncio.to_thread(post, port))

    (finding,) = sink.of_kind("finding")
    assert finding["site"]["function"] == "post"


def test_a_well_known_port_tells_the_engine(install: Make, sink: Memory) -> None:
    """A driver that is not known connects to Redis."""
    install(mode="enforce", connection="enforce")

    with pytest.raises(ConnectionBlocked), socket.create_connection(("127.93.7.2", 6379), timeout=2):
        pass

    (finding,) = sink.of_kind("finding")
    assert finding["target"] == "redis/other:6379"
    assert finding["details"]["cold_start"] is True


def test_datagrams_and_socket_files_are_no_connections(install: Make, sink: Memory) -> None:
    """UDP connects nothing, and a socket file leads nowhere."""
    install(mode="enforce", connection="enforce")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", 11211))
    with socket.socket(socket.AF_UNIX) as file, pytest.raises(FileNotFoundError):
        file.connect("/tmp/.s.PGSQL.5432.not-there")

    assert sink.of_kind("finding") == []


def test_a_removed_patch_is_reported_once(install: Make, sink: Memory, port: int) -> None:
    """At the next new connection; other libraries' wrappers around ours do not count."""
    install(mode="observe")
    ours = BaseClient.__dict__["_make_api_call"]

    def around(self: Any, *args: Any) -> Any:
        return ours(self, *args)

    try:
        BaseClient._make_api_call = around
        post(port, "/orders")
        assert sink.of_kind("finding") == []

        BaseClient._make_api_call = ours.__wrapped__
        post(port, "/orders")
        post(port, "/orders")
    finally:
        BaseClient._make_api_call = ours

    assert [found["issue"] for found in sink.of_kind("finding")] == ["patch-removed"]
    assert sink.of_kind("finding")[0]["decision"] == "allowed"


_AT_EXIT = """
import atexit, socket, sys, threading
from lambda_guard.runtime import attach
attach.install(sinks=[])
class Late:
    def __del__(self):
        sys.audit("socket.connect", self, ("h", 5432)); sys.audit("http.client.send", self, b"POST /20\\r")
        socket.socket().close()
late = Late(); late.itself = late
threading.Thread(target=lambda: socket.getaddrinfo("localhost", 80), daemon=True).start()
atexit.register(lambda: sys.audit("subprocess.Popen", None, ["ls"], None, None))
"""


def test_it_survives_the_end_of_the_interpreter() -> None:
    """Objects that are torn down late raise events when most modules are gone."""
    done = subprocess.run([sys.executable, "-c", _AT_EXIT], capture_output=True, text=True, check=True)

    assert done.stderr == ""


def test_it_survives_a_fork(install: Make, port: int) -> None:
    """The child is judged as another sandbox."""
    install(mode="enforce")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            post(port)
        except InvokeBlocked:
            code = 0
        finally:
            os._exit(code)

    assert os.waitpid(pid, 0)[1] == 0
    assert _Server.paths == []


def test_it_does_not_recurse(install: Make, port: int) -> None:
    """A sink that sends what it is given over HTTP raises events of its own."""

    def sending(_record: Any) -> None:
        post(port, "/records")
        subprocess.run(["true"], check=True)

    attach.uninstall()
    attach.install(Config(mode="observe"), sinks=[sending])

    post(port)

    assert _Server.paths.count(INVOKE) == 1
    assert "/records" in _Server.paths


_WIRE = """
import os, socket, sys, threading
sys.path.insert(0, {root!r})
from lambda_guard.runtime import attach
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.patches.network import audit
from lambda_guard.runtime.sinks.memory import Memory

sink = Memory()
attach.install(Config(connection="observe"), sinks=[sink])
import boto3
boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
assert not audit._hooked, "importing boto3 and making a client trips the wire"
assert audit.armed() == ["audit"]
assert "wrapt" not in sys.modules, "botocore's own method needs no wrapt"

gate = threading.Barrier(8)
def connect(port):
    gate.wait()
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect_ex(("127.0.0.1", port))
ports = [5432, 3306, 6379, 11211, 1433, 1521, 27017, 9042]
threads = [threading.Thread(target=connect, args=(port,)) for port in ports]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert audit._hooked and audit.armed() == ["audit"]
found = {{int(each["target"].rpartition(":")[2]) for each in sink.of_kind("finding")}}
assert found == set(ports), found
assert sink.of_kind("error") == []
"""


@pytest.mark.parametrize("seed", ["0", "19", "48", "random"])
def test_a_trip_wire_keeps_a_start_free_of_the_hook(seed: str) -> None:
    """No Python of ours runs for an import; of the first events that matter none is missed, in any thread.

    With some seeds a dictionary's look-up comes by the same key twice.
    """
    code = _WIRE.format(root=str(Path(__file__).resolve().parents[4]))
    environ = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environ)


def test_a_fork_leaves_no_lock_behind() -> None:
    """A thread that puts the hook in while another forks is not there in the child, which must not wait for it."""
    fork = """
audit._hooking.acquire()  # as that thread holds it
child = os.fork()
if child == 0:
    done = threading.Thread(target=lambda: socket.socket().connect_ex(("127.0.0.1", 5432)), daemon=True)
    done.start()
    done.join(20)
    os._exit(int(done.is_alive() or not audit._hooked or len(sink.of_kind("finding")) != 1))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + fork], check=True, timeout=60)


def test_a_fork_that_takes_long_leaves_no_lock_behind() -> None:
    """Another thread that forks meanwhile does not get the lock in time, and must not keep it from being given back."""
    fork = """
def fork():
    if os.fork() == 0:
        os._exit(0)
    os.wait()
audit._before_fork()  # as one fork begins
other = threading.Thread(target=fork)
other.start()
other.join()
audit._after_fork()
done = threading.Thread(target=lambda: socket.socket().connect_ex(("127.0.0.1", 5432)), daemon=True)
done.start()
done.join(20)
assert audit._hooked and len(sink.of_kind("finding")) == 1
os._exit(int(done.is_alive()))
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + fork], check=True, timeout=60)


def test_a_hook_that_is_refused_is_reported() -> None:
    """Another hook may refuse ours when it goes in at last: that is said in an error record."""
    refuse = """
def refuse(event, _):
    if event == "sys.addaudithook":
        raise RuntimeError
sys.addaudithook(refuse)
with socket.socket() as sock:
    sock.connect_ex(("127.0.0.1", 5432))
assert [error["where"] for error in sink.of_kind("error")] == ["audit"], sink.of_kind("error")
assert audit.armed() == []
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + refuse], check=True, timeout=60)


def test_an_event_while_the_wire_trips_puts_no_second_hook_in() -> None:
    """A finaliser or signal handler may open a socket at that moment; every event is still looked at once."""
    within = """
class Finder:
    busy = False
    def find_spec(self, name, path=None, target=None):
        if name == "lambda_guard.runtime.patches.network.leaving" and not self.busy:
            self.busy = True
            socket.socket().connect_ex(("127.0.0.1", 6379))
sys.meta_path.insert(0, Finder())
for _ in range(11):
    socket.socket().connect_ex(("127.0.0.1", 3306))
found = {met["target"]: met["count"] for met in attach._installed.journal._findings.values()}
assert found["mysql/other:3306"] == 11, found
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + within], check=True, timeout=60)


def test_a_hook_that_refuses_with_an_exit_breaks_no_connection() -> None:
    """Whatever another hook raises when ours goes in is not the user's: the connection is made."""
    refuse = """
def refuse(event, _):
    if event == "sys.addaudithook":
        raise KeyboardInterrupt
sys.addaudithook(refuse)
for _ in range(2):
    assert socket.socket().connect_ex(("127.0.0.1", 5432))
assert [error["where"] for error in sink.of_kind("error")] == ["audit"]
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + refuse], check=True, timeout=60)


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3])
def test_a_fork_during_the_first_look_leaves_no_import_undone(milliseconds: int) -> None:
    """A child never gets a lock back that another thread held for an import; so forks wait for a first look."""
    fork = f"""
import encodings.idna, time
def connect():
    try:
        socket.create_connection(("127.0.0.1", 3306), 0.2)
    except OSError:
        pass
thread = threading.Thread(target=connect)
thread.start()
time.sleep({milliseconds / 1000})
child = os.fork()
if child == 0:
    connect()
    os._exit(0)
thread.join()
for _ in range(1000):
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        break
    time.sleep(0.01)
else:
    os.kill(child, 9)
assert done and status == 0, "the child hangs"
"""
    head = _WIRE.format(root=str(Path(__file__).resolve().parents[4])).partition("import boto3")[0]
    subprocess.run([sys.executable, "-c", head + fork], check=True, timeout=60)
