"""Moto's server with, in front of it, what Lambda does and moto does not.

Moto has no RevisionId, no update that takes a while, no limits of the environment and of layers, no throttling and no
missing permissions. This small WSGI layer adds those, as Lambda's API documentation describes them; everything else is
moto's answer.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

ACCOUNT = "123456789012"
_CONFIGURATION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/configuration/?")
_FUNCTIONS = re.compile(r"/2015-03-31/functions/?")
_LAYER = re.compile(r"/2018-10-31/layers/[^/]+/versions/?")
StartResponse = Callable[..., Any]


class _Quiet(MotoRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing of each request."""


class LambdaApi:
    """A server on a free port of 127.0.0.1 that answers as Lambda does.

    slow:     for how many reads an update of a function stays InProgress.
    throttle: every so many requests one is refused; 0 never.
    denied:   (method, part of the path) whose requests lack a permission, with the action's name.
    denied_regions: where they lack it; empty everywhere.
    refusal:  what an update is refused with as not valid.
    denial:   what a refusal for a missing permission says.
    on_update: called with a function's name before an update of it is judged.
    locked:   region/name of functions whose variables the caller may not decrypt. requests: how many there were.
    updates:  names of the functions that were updated. published: ARN of each layer's version -> its zip.
    """

    def __init__(self) -> None:
        self.slow = 0
        self.throttle = 0
        self.denied: dict[tuple[str, str], str] = {}
        self.on_update: Callable[[str], None] | None = None
        self.in_progress: Counter[str] = Counter()
        self.revisions: dict[str, str] = {}
        self.updates: list[str] = []
        self.locked: set[str] = set()
        self.denied_regions: set[str] = set()
        self.refusal = ""
        self.denial = "User: arn:aws:iam::{account}:user/me is not authorized to perform: {action} on resource: x"
        self.published: dict[str, bytes] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self.requests = 0
        self._lock = threading.Lock()
        self._moto: Any = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address, for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def client(self, service: str = "lambda", region: str = "eu-west-1") -> Any:
        """Return a client of boto3's, the same each time."""
        made = self._clients.get((service, region))
        if made is None:
            made = self._clients[service, region] = boto3.client(
                service, region_name=region, endpoint_url=self.url, aws_access_key_id="k", aws_secret_access_key="s"
            )
        return made

    def _answer(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        region = environ.get("HTTP_AUTHORIZATION", "//eu-west-1/").split("/")[2]
        with self._lock:
            self.requests += 1
            throttled = self.throttle and self.requests % self.throttle == 0
        if throttled:
            return _refuse(start, 429, "TooManyRequestsException", "Rate Exceeded.")
        for (denied_method, part), action in self.denied.items():
            if method == denied_method and part in path and region in (self.denied_regions or {region}):
                text = self.denial.format(account=ACCOUNT, action=action)
                return _refuse(start, 403, "AccessDeniedException", text)
        if method == "POST" and _LAYER.fullmatch(path):
            return self._publish(environ, start)
        if method == "GET" and _FUNCTIONS.fullmatch(path):
            return self._list(environ, start, region)
        found = _CONFIGURATION.fullmatch(path)
        if found is None:
            answer: Iterable[bytes] = self._moto(environ, start)
            return answer
        name = _short(found["name"])
        key = f"{region}/{name}"
        if method == "PUT":
            return self._update(environ, start, key, name)
        return self._read(environ, start, key)

    def _publish(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(self._moto(environ, start))
        arn = json.loads(answer)["LayerVersionArn"]
        self.published[arn] = base64.b64decode(json.loads(body)["Content"]["ZipFile"])
        return [answer]

    def _update(self, environ: dict[str, Any], start: StartResponse, key: str, name: str) -> Iterable[bytes]:
        if self.on_update is not None:
            self.on_update(name)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        asked = json.loads(body)
        with self._lock:
            if self.in_progress[key] > 0:
                text = "The operation cannot be performed at this time. An update is in progress for resource"
                return _refuse(start, 409, "ResourceConflictException", text)
            if asked.get("RevisionId") not in (None, self._revision(key)):
                text = "The RevisionId provided does not match the latest RevisionId."
                return _refuse(start, 412, "PreconditionFailedException", text)
            if len(json.dumps(asked.get("Environment", {}).get("Variables", {}), separators=(",", ":"))) > 4096:
                return _refuse(start, 400, "InvalidParameterValueException", "exceeded the 4KB limit")
            if self.refusal:
                return _refuse(start, 400, "ValidationException", self.refusal)
            if len(asked.get("Layers", ())) > 5:
                return _refuse(start, 400, "InvalidParameterValueException", "Cannot reference more than 5 layers.")
            self.change(key)
            self.in_progress[key] = self.slow
            self.updates.append(name)

        def tell(body: dict[str, Any]) -> None:
            body["LastUpdateStatus"] = "InProgress" if self.in_progress[key] > 0 else "Successful"

        return self._changed(environ, start, tell)

    def _read(self, environ: dict[str, Any], start: StartResponse, key: str) -> Iterable[bytes]:
        def tell(body: dict[str, Any]) -> None:
            body["LastUpdateStatus"] = "InProgress" if self.in_progress[key] > 0 else "Successful"
            self.in_progress[key] = max(0, self.in_progress[key] - 1)
            self._complete(body, key)

        return self._changed(environ, start, tell)

    def _list(self, environ: dict[str, Any], start: StartResponse, region: str) -> Iterable[bytes]:
        def tell(body: dict[str, Any]) -> None:
            for function in body["Functions"]:
                for name in ("State", "LastUpdateStatus"):
                    function.pop(name, None)  # which ListFunctions does not say
                self._complete(function, f"{region}/{function['FunctionName']}")

        return self._changed(environ, start, tell)

    def _complete(self, body: dict[str, Any], key: str) -> None:
        body["RevisionId"] = self._revision(key)
        if key in self.locked:
            body["KMSKeyArn"] = "arn:aws:kms:eu-west-1:123456789012:key/k"
            body["Environment"] = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "not authorized"}}
        elif not body.get("Environment", {}).get("Variables"):
            body.pop("Environment", None)  # Lambda does not tell of an empty one

    def _changed(
        self, environ: dict[str, Any], start: StartResponse, change: Callable[[dict[str, Any]], None]
    ) -> Iterable[bytes]:
        status: list[Any] = []
        answer = b"".join(self._moto(environ, lambda *given: status.extend(given)))
        if status[0].startswith("20"):
            body = json.loads(answer)
            with self._lock:
                change(body)
            answer = json.dumps(body).encode()
        headers = [(name, value) for name, value in status[1] if name.lower() != "content-length"]
        start(status[0], [*headers, ("Content-Length", str(len(answer)))])
        return [answer]

    def change(self, key: str) -> None:
        """Give a function, by region and name, another revision, as whatever changes it does."""
        self.revisions[key] = str(uuid.uuid4())

    def _revision(self, key: str) -> str:
        return self.revisions.setdefault(key, str(uuid.uuid4()))


def _short(name: str) -> str:
    from urllib.parse import unquote

    return unquote(name).rpartition(":")[2]


def _refuse(start: StartResponse, status: int, code: str, message: str) -> Iterable[bytes]:
    body = json.dumps({"Type": "User", "message": message, "Message": message}).encode()
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code), ("Content-Length", str(len(body)))]
    start(f"{status} {code}", headers)
    return [body]
