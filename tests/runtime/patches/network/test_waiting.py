"""Nothing is hooked in while a function's code is loaded, unless something leaves the process.

Each test is a process of its own, since an audit hook cannot be taken out again.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# What the layer's .pth file does, and then the functions as they are without the guard.
START = """
import os, sys
ORIGINALS = {name: getattr(os, name) for name in ("execv", "execve", "posix_spawn", "posix_spawnp", "system")}
assert "socket" not in sys.modules and "subprocess" not in sys.modules
from lambda_guard.runtime.attach import from_pth
from_pth()
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.patches.network import audit, waiting
"""
INVOKE = """
from types import SimpleNamespace
from lambda_guard.runtime import attach
context = SimpleNamespace(invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:me", aws_request_id="1")
attach._installed.end(attach._installed.begin({}, context), None)
"""


def run(code: str, **environ: str) -> str:
    """Run code in a fresh process that the guard is attached to, and return what it prints but for records."""
    env = {"PATH": os.environ["PATH"], "_HANDLER": "app.handler", "AWS_LAMBDA_FUNCTION_NAME": "me", **environ}
    env |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}  # else botocore asks around for them
    command = [sys.executable, "-I", "-c", f"{START}\n{code}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r'\n{.*"lambda_guard".*}\n', "", done.stdout).rstrip("\n")  # a record begins a line of its own


def test_nothing_is_hooked_in_before_the_first_invocation() -> None:
    """An import of the SDK raises its thousands of events for nobody; then the functions are as they were."""
    assert run(f"""
import boto3, socket, subprocess
boto3.client("dynamodb", region_name="eu-west-1")
assert not audit._wired
assert socket.getaddrinfo.__wrapped__ and os.system.__wrapped__
assert "botocore.client" in importing.armed() and not {{"socket", "subprocess"}} & set(importing.armed())
{INVOKE}
assert audit.armed() == ["audit"]
assert {{name: getattr(os, name) for name in ORIGINALS}} == ORIGINALS
assert not hasattr(socket.getaddrinfo, "__wrapped__")
assert not {{"connect", "connect_ex"}} & set(socket.socket.__dict__)
assert not hasattr(subprocess.Popen._execute_child, "__wrapped__")
print("as it was")
""") == "as it was"


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ("import socket; socket.getaddrinfo('127.0.0.1', 80)", ""),
        ("import socket; socket.gethostbyname('127.0.0.1')", ""),
        ("import socket; socket.gethostbyname_ex('127.0.0.1')", ""),
        ("import socket; socket.socket().connect(('127.0.0.1', 1))", "ConnectionRefusedError"),
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 1))", ""),
        ("import socket; socket.socket().connect()", "TypeError"),
        ("import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', 1))", "ConnectionRefusedError"),
        ("import subprocess; subprocess.run(['true'], check=True)", ""),
        ("import subprocess; subprocess.run(['/no such program'])", "FileNotFoundError"),
        ("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", ""),
        ("os.waitpid(os.posix_spawnp('true', ['true'], os.environ), 0)", ""),
        ("assert os.system('true') == 0", ""),
        ("os.execv('/no such program', ['x'])", "FileNotFoundError"),
        ("os.execlp('/no such program', 'x')", "FileNotFoundError"),
        ("os.execve('/no such program', ['x'], {})", "FileNotFoundError"),
    ],
)
def test_what_leaves_the_process_ends_the_waiting(call: str, outcome: str) -> None:
    """The call does what it does, its errors are its own, and no frame of the guard's is in their stack traces."""
    assert run(f"""
import traceback
assert not audit._wired
try:
    exec({call!r})
except BaseException as error:
    print(type(error).__name__)
    assert not [frame for frame in traceback.extract_tb(error.__traceback__) if "lambda_guard" in frame.filename]
assert audit._wired
assert {{name: getattr(os, name) for name in ORIGINALS}} == ORIGINALS
""") == outcome


def test_a_reference_that_was_taken_meanwhile_goes_on() -> None:
    """Error monitors keep the function that they put theirs around; it works, and theirs stays."""
    assert run(f"""
import socket
kept = socket.getaddrinfo
socket.getaddrinfo = theirs = lambda *args: kept(*args)
{INVOKE}
assert socket.getaddrinfo is theirs
print(socket.getaddrinfo("127.0.0.1", 80)[0][4], kept.__name__, kept.__module__)
import inspect
print(list(inspect.signature(kept).parameters)[:2])
""") == "('127.0.0.1', 80) getaddrinfo socket\n['host', 'port']"


def test_a_builtin_that_is_stood_in_for_is_still_what_it_was() -> None:
    """A class does not bind it, `os.supports_fd` has it, and another process gets the builtin itself."""
    assert run(f"""
import pickle, socket
class Shell:
    run = os.system
    look_up = socket.gethostbyname
    def exit(self): return self.run("true"), self.look_up("127.0.0.1")
kept = os.execve
assert kept is not ORIGINALS["execve"]
assert kept in os.supports_fd and kept == ORIGINALS["execve"] and repr(kept) == repr(ORIGINALS["execve"])
assert pickle.loads(pickle.dumps(kept)) is ORIGINALS["execve"]
assert not audit._wired
print(Shell().exit())
{INVOKE}
print(Shell().exit())
""") == "(0, '127.0.0.1')\n(0, '127.0.0.1')"


def test_gevent_which_has_sockets_of_its_own_ends_the_waiting(tmp_path: Path) -> None:
    """Its sockets raise the events, and call none of the functions that are stood in for."""
    (tmp_path / "gevent.py").write_text("import _socket\nsocket = _socket.socket\n")
    assert run(f"""
from lambda_guard.runtime import attach
attach._installed.connection = lambda *connection: print(*connection[:4])
sys.path.insert(0, {str(tmp_path)!r})
import gevent
gevent.socket().connect_ex(("127.0.0.1", 5432))
""") == "None postgresql 127.0.0.1 5432"


def test_threads_that_come_at_once_are_all_seen() -> None:
    """Whoever comes while the hook goes in waits for it."""
    assert run("""
import socket, threading
from lambda_guard.runtime import attach
seen = []
attach._installed.connection = lambda *connection: seen.append(connection[:4])
def connect(barrier=threading.Barrier(8)):
    barrier.wait()
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", 5432))
threads = [threading.Thread(target=connect) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(seen), set(seen))
""") == "8 {(None, 'postgresql', '127.0.0.1', 5432)}"


def test_a_child_of_a_fork_waits_as_well() -> None:
    """What forks while it is loaded has children that are seen, each by itself."""
    assert run("""
import socket
from lambda_guard.runtime import attach
attach._installed.connection = lambda *connection: print(*connection[:4], flush=True)
if os.fork() == 0:
    socket.socket().connect_ex(("127.0.0.1", 5432))
    os._exit(0)
os.wait()
assert not audit._wired
""") == "None postgresql 127.0.0.1 5432"


@pytest.mark.parametrize("environ", [{"LAMBDA_GUARD_MODE": "off"}, {"LAMBDA_GUARD_ATTACH": "manual"}])
def test_where_the_guard_is_off_nothing_waits(environ: dict[str, str]) -> None:
    """No function is stood in for."""
    assert run("""
import socket, subprocess
assert {name: getattr(os, name) for name in ORIGINALS} == ORIGINALS
assert not hasattr(socket.getaddrinfo, "__wrapped__")
assert "connect" not in socket.socket.__dict__
""", **environ) == ""


def test_rules_that_are_off_wait_for_nothing() -> None:
    """With nothing to look for there is nothing to wait for."""
    assert run("""
import socket
assert os.system is ORIGINALS["system"]
assert not hasattr(socket.getaddrinfo, "__wrapped__")
""", LAMBDA_GUARD_DIRECT_INVOKE="off", LAMBDA_GUARD_CONNECTION="off", LAMBDA_GUARD_USAGE="off") == ""


def test_an_installation_by_hand_waits_for_nothing() -> None:
    """A program that installs the guard itself may never have an invocation."""
    code = "import lambda_guard, os\nlambda_guard.install()\nfrom lambda_guard.runtime.patches.network import audit\n"
    code += "assert audit._wired and not hasattr(os.system, '__wrapped__')"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
