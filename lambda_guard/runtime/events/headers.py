"""Reading one header of a request, whatever shape its source gives headers in."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event


def header(event: Event, name: str) -> str | None:
    """Return a header's first value; `name` is in lower case, as most sources send them."""
    for key in ("headers", "multiValueHeaders"):
        headers = event.get(key)
        if isinstance(headers, dict):
            value = headers[name] if name in headers else _ignoring_case(headers, name)
            if isinstance(value, list) and value:
                value = value[0]
            if isinstance(value, str):
                return value
    return None


def _ignoring_case(headers: Event, name: str) -> object:
    size = len(name)
    for key in headers:
        if isinstance(key, str) and len(key) == size and key.lower() == name:
            return headers[key]
    return None
