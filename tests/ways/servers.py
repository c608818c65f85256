"""What the ways lead to: a server that notes what it is sent, alone or in front of a real database."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Recorder:
    """Listens on this machine and keeps what it is sent; answers HTTP itself or passes on to a real server.

    port:     0 takes a free one. upstream: port of the real server, None for none.
    received: every byte that came; connections: how often somebody connected.
    """

    def __init__(self, upstream: int | None = None, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.received = b""
        self.connections = 0
        self._upstream = upstream
        self._listener = socket.create_server(address)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        # A blocked accept() keeps the socket listening after close(): wake it first.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self._upstream is None:
                self._answer(client)
            else:
                with socket.create_connection(("127.0.0.1", self._upstream)) as server:
                    threading.Thread(target=self._copy, args=(server, client, False), daemon=True).start()
                    self._copy(client, server, True)

    def _answer(self, client: socket.socket) -> None:
        text = b""
        while b"\r\n\r\n" not in text:
            data = client.recv(65536)
            self.received += data
            text += data
            if not data or not text[:3].isalpha():
                return
        client.sendall(_ANSWER)
        client.settimeout(0.2)
        while data := client.recv(65536):
            self.received += data

    def _copy(self, source: socket.socket, sink: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep:
                    self.received += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


class Server:
    """A real database on a free port of this machine, started where its program is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str, **options: Any) -> None:
        with open(self.folder / "log", "wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **options)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{command[0]} does not start: {(self.folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _program(*names: str, folders: str = "") -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", folders))
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def _other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL does not run as root: where the tests do, it is started as nobody."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody")
    for parent in folder.parents:
        if parent.stat().st_mode & 0o005 != 0o005 and parent.stat().st_uid == 0:
            parent.chmod(parent.stat().st_mode | 0o055)
    return {"user": "nobody"}


def postgresql(folder: Path) -> Server | None:
    """Start PostgreSQL with the user `tester`; None where it is not installed."""
    folders = os.pathsep.join(sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True))
    program, init = _program("postgres", folders=folders), _program("initdb", folders=folders)
    if not program or not init:
        return None
    server = Server(folder)
    user = _other_user(folder)
    password = folder / "password"
    password.write_text("hunter2")
    password.chmod(0o644)
    subprocess.run(
        [init, "-D", str(folder / "data"), "-U", "tester", "--pwfile", str(password), "-A", "scram-sha-256", "-N"],
        check=True, stdout=subprocess.DEVNULL, **user,
    )  # fmt: skip
    server.start(program, "-D", str(folder / "data"), "-p", str(server.port), "-k", str(folder), "-F", **user)
    return server


def mariadb(folder: Path) -> Server | None:
    """Start MariaDB or MySQL with the user `tester`; None where it is not installed."""
    program, init = _program("mariadbd", "mysqld"), _program("mariadb-install-db", "mysql_install_db")
    if not program or not init:
        return None
    server = Server(folder)
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = f"--datadir={folder / 'data'}"
    subprocess.run([init, "--no-defaults", data, *user, "--auth-root-authentication-method=normal"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    setup = folder / "setup.sql"
    setup.write_text(
        "DELETE FROM mysql.global_priv WHERE User='';\nFLUSH PRIVILEGES;\n"
        "CREATE USER 'tester'@'%' IDENTIFIED BY 'hunter2';\nGRANT ALL ON *.* TO 'tester'@'%';\n"
    )
    server.start(program, "--no-defaults", data, *user, f"--port={server.port}", "--bind-address=127.0.0.1",
                 f"--socket={folder / 'socket'}", f"--init-file={setup}", "--skip-name-resolve")  # fmt: skip
    return server


def redis(folder: Path) -> Server | None:
    """Start Redis or Valkey; None where neither is installed."""
    program = _program("redis-server", "valkey-server")
    if not program:
        return None
    server = Server(folder)
    server.start(program, "--port", str(server.port), "--bind", "127.0.0.1", "--save", "")
    return server


def memcached(folder: Path) -> Server | None:
    """Start memcached; None where it is not installed."""
    program = _program("memcached")
    if not program:
        return None
    server = Server(folder)
    server.start(program, "-p", str(server.port), "-l", "127.0.0.1", *(["-u", "root"] if os.geteuid() == 0 else []))
    return server


STARTERS = {"postgresql": postgresql, "mysql": mariadb, "redis": redis, "memcached": memcached}
