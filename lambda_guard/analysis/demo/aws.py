"""AWS, as far as the shop needs it: moto's server in this process, with Lambda's Invoke answered by the emulator."""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.session
from werkzeug.serving import BaseWSGIServer, make_server

from . import shop
from .errors import DemoError

try:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
except ImportError:
    raise DemoError("moto's server stands for AWS in the demo: pip install '.[demo]' in a clone") from None

_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
# For a botocore session that reads nothing of the user's own AWS settings.
_NO_SETTINGS = {"profile": (None, None, None, None), "config_file": (None, None, os.devnull, None)}


class AWS:
    """A server on a free port of 127.0.0.1.

    functions: name -> what an Invoke of it goes to. invoked: names of those whose Invoke has arrived.
    """

    def __init__(self) -> None:
        self.functions: dict[str, Callable[[Any], Any]] = {}
        self.invoked: list[str] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer | None = None

    def start(self) -> None:
        """Begin to serve."""
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        """Return the address, for AWS_ENDPOINT_URL."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(self, service: str) -> Any:
        """Return a botocore client of this AWS and no other."""
        session = botocore.session.Session(_NO_SETTINGS)
        return session.create_client(
            service, region_name=shop.REGION, endpoint_url=self.url, aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )  # fmt: skip

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = _INVOKE.fullmatch(environ["PATH_INFO"])
        if match is None:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        event = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        self.invoked.append(match[1])
        try:
            status, body = "200 OK", json.dumps(self.functions[match[1]](event)).encode()
        except (KeyError, OSError):  # no such function, or one that is being stopped
            status, body = "502 Bad Gateway", b"{}"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


class _Quiet(MotoRequestHandler):
    """Serves without a line on stderr for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing."""


def furnish(aws: AWS) -> None:
    """Create anew what the shop's functions find in AWS: tables, and a role with policies that are too wide."""
    reset = urllib.request.Request(f"{aws.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset, timeout=10).close()
    dynamodb, iam = aws.client("dynamodb"), aws.client("iam")
    for table in shop.TABLES:
        dynamodb.create_table(**table)
    principal = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=shop.ROLE, AssumeRolePolicyDocument=_document(trust))
    for name, statement in shop.POLICIES.items():
        iam.put_role_policy(RoleName=shop.ROLE, PolicyName=name, PolicyDocument=_document(statement))


@contextmanager
def only_here() -> Iterator[None]:
    """Keep requests for 127.0.0.1 from a proxy, and moto's account that of the emulator, for a while."""
    no_proxy = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1")))
    settings = {"no_proxy": no_proxy, "NO_PROXY": no_proxy, "MOTO_ACCOUNT_ID": shop.ACCOUNT}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
