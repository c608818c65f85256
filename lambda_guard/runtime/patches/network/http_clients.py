"""HTTP clients that do not send through http.client: httpx (httpcore), aiohttp, niquests (urllib3-future), and AWS's
own runtime in C (awscrt).
"""

from __future__ import annotations

import sys
from functools import partial

from ...services.endpoints import Request
from ..wrapping import around
from .outgoing import judge, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard
    from .dynamodb import Head


def _aiohttp(_request: Any, method: str, url: Any, *, params: Any = None, **kwargs: Any) -> Request:
    """Read what a request is made of; each redirect makes another one."""
    if params:
        url = url.update_query(params)
    given = kwargs.get("headers") or ()
    headers = [(str(name), str(value)) for name, value in (given.items() if hasattr(given, "items") else given)]
    return Request(method.upper(), url.host or "", url.raw_path_qs, headers, kwargs.get("data"))


def _httpcore(_pool: Any, request: Any) -> Request:
    url = request.url
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
    stream = request.stream
    body = getattr(stream, "_stream", getattr(stream, "_content", None))  # httpx's, httpcore's own; no other is read
    body = body if type(body) is bytes else None
    return Request(request.method.decode(), url.host.decode(), url.target.decode(), headers, body)


def _awscrt(connection: Any, request: Any, *_: Any, **__: Any) -> Request:
    return Request(request.method, connection.host_name, request.path, list(request.headers))


def _urllib3_future(connection: Any, method: str, url: str, *_: Any, **__: Any) -> Request:
    return Request(method, *place(connection, url))


# Module -> how a call is read, and what is wrapped in it.
_CLIENTS: dict[str, tuple[Callable[..., Request], tuple[str, ...]]] = {
    "aiohttp.client_reqrep": (_aiohttp, ("ClientRequest.__init__",)),
    "httpcore._sync.connection_pool": (_httpcore, ("ConnectionPool.handle_request",)),
    "httpcore._async.connection_pool": (_httpcore, ("AsyncConnectionPool.handle_async_request",)),
    **dict.fromkeys(
        ("urllib3.backend.hface", "urllib3_future.backend.hface"), (_urllib3_future, ("HfaceBackend.putrequest",))
    ),
    **dict.fromkeys(
        ("urllib3.backend._async.hface", "urllib3_future.backend._async.hface"),
        (_urllib3_future, ("AsyncHfaceBackend.putrequest",)),
    ),
    "awscrt.http": (_awscrt, ("HttpClientConnection.request", "Http2ClientConnection.request")),
    "awscrt.aio.http": (
        _awscrt,
        (
            "AIOHttpClientConnectionUnified.request",
            "AIOHttpClientConnection.request",
            "AIOHttp2ClientConnection.request",
        ),
    ),
}
_originals: dict[str, list[tuple[Any, str, Any, Any]]] = {}


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the method that sends a request; nothing where nobody wants to know."""
    if guard.config.direct_invoke.value == "off" and guard.usage is None:
        return
    read, paths = _CLIENTS[module.__name__]
    for path in paths:
        class_name, _, name = path.partition(".")
        owner = getattr(module, class_name, None)
        original = owner.__dict__.get(name) if owner is not None else None
        if original is not None:
            # As the class gives it: another library's wrapper is bound there, and knows the instance by that.
            wrapper = _wrapper(getattr(owner, name), read, guard)
            setattr(owner, name, wrapper)
            _originals.setdefault(module.__name__, []).append((owner, name, original, wrapper))


def remove(module: ModuleType) -> None:
    """Put the original methods back, unless somebody else has wrapped them since."""
    for owner, name, original, wrapper in _originals.pop(module.__name__, ()):
        if owner.__dict__.get(name) is wrapper:
            setattr(owner, name, original)


def _dynamodb(request: Request) -> Head | None:
    """Read the head of a request to DynamoDB that no SDK's front door has open, which has counted its own."""
    if all(name.lower() != "x-amz-target" for name, _ in request.headers):
        return None
    from ..sdk.botocore import current
    from .dynamodb import read_head

    call = current.get()
    return None if call is not None and call.judged else read_head(request.target, request.headers)


def _wrapper(original: Any, read: Callable[..., Request], guard: Guard) -> Any:
    def look(args: Any, kwargs: Any) -> Callable[[], None] | None:
        request = read(*args, **kwargs)
        head = _dynamodb(request) if guard.usage is not None else None
        if head is not None:
            from .dynamodb import count

            return partial(count, guard, head, request.body)
        if guard.config.direct_invoke.value == "off":
            return None
        return partial(judge, guard, request, sys._getframe(2))

    return around(original, look, guard, "http client", ("direct_invoke",))
