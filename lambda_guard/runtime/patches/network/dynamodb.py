"""DynamoDB requests that go past the SDK's front door: counted by the names in their head and body.

PynamoDB before version 6 uses botocore's HTTP session itself; aiodynamo, boto 2 and whoever signs requests by hand have
clients of their own. How such a request ends is not seen, so the usage is said to be incomplete, once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ...guard import Guard

    # service, operation, region, length of the body
    Head = tuple[str, str, str | None, int]

_VIA = ("via", "http")
_MOST_BYTES = 1 << 18  # of a body that is read for its names; the service takes 16 MB
_TARGET = r"DynamoDB(Streams)?_\d{8}\.([A-Za-z]{1,64})"
_SCOPE = r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]{1,32})/dynamodb/"
_PATH = r"/service/DynamoDB(Streams)?_\d{8}/operation/([A-Za-z]{1,64})"
_waiting: Head | None = None


def read_head(target: str, headers: Iterable[tuple[str, str]]) -> Head | None:
    """Read what a request's path and headers say; None where it is not one to DynamoDB."""
    import re

    named = {name.strip().lower(): value.strip() for name, value in headers}
    found = re.fullmatch(_TARGET, named.get("x-amz-target", "")) or re.search(_PATH, target[:1024])
    if found is None:
        return None
    service = "dynamodbstreams" if found[1] else "dynamodb"
    scope = re.search(_SCOPE, named.get("authorization", "")[:4096])
    length = named.get("content-length", "")
    return service, found[2], scope[1] if scope else None, int(length) if length.isdecimal() else 0


def _split(data: bytes) -> tuple[Head | None, bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    headers = [(name, value) for name, _, value in (line.partition(":") for line in lines[1:])]
    return read_head(words[1] if len(words) > 1 else "", headers), body


def awaits_body(data: bytes) -> bool:
    """Tell whether these bytes are a request's head alone; it is remembered for `count_awaited`."""
    global _waiting
    head, body = _split(data)
    _waiting = head if head is not None and head[3] and not body else None
    return _waiting is not None


def count_awaited(guard: Guard, body: bytes) -> None:
    """Count the request whose head came before."""
    global _waiting
    head, _waiting = _waiting, None
    if head is not None:
        count(guard, head, body)


def count_request(guard: Guard, data: bytes) -> None:
    """Count a request that came in one piece."""
    head, body = _split(data)
    if head is not None:
        count(guard, head, body)


def count(guard: Guard, head: Head, body: object) -> None:
    """Count a request by what its body names; as unresolved where that cannot be read."""
    usage = guard.usage
    if usage is None:
        return
    service, operation, region, _ = head
    place = (guard.partition, (_VIA,))
    usage.attempt(service, operation, _params(body), region or guard.region, place)
    if not guard.past_front_door:
        guard.past_front_door = True
        message = (
            "requests to DynamoDB were made past botocore: the operation and the names in them are recorded, their "
            "results are not; do not tighten a policy by these records alone"
        )
        guard.journal.uncovered("DynamoDB by HTTP, without the SDK's client", message)
    if usage.fresh:
        guard.journal.new_usage(usage)


def _params(body: Any) -> object:
    """Return a body as botocore's parameters, of which only names are ever kept; None where it is not understood."""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, (bytes, bytearray)) or not body or len(body) > _MOST_BYTES:
        return None
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
