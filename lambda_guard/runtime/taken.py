"""What the guard takes of the standard library before user code can replace it: clocks, JSON, what writes.

Each is held as a default of a function's parameter: freezegun looks for `time` itself in the attributes of all modules.
"""

from __future__ import annotations

import _json
import os
import time as _time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def now(read: Callable[[], float] = _time.time) -> float:
    """Return the time in seconds since 1970, whatever a test has frozen."""
    return read()


def steady(read: Callable[[], float] = _time.monotonic) -> float:
    """Return seconds that only grow, to tell how long something is ago."""
    return read()


def rfc3339(
    seconds: float,
    split: Callable[[float], Any] = _time.gmtime,
    text: Callable[..., str] = _time.strftime,
) -> str:
    """Return a time in UTC, to the millisecond."""
    return f"{text('%Y-%m-%dT%H:%M:%S', split(seconds))}.{int(seconds * 1000) % 1000:03d}Z"


def _encoder(colon: str, comma: str) -> Any:
    """Return the encoder in C by itself: all that `json` puts around it is Python, which other libraries replace."""
    return _json.make_encoder(None, str, _json.encode_basestring_ascii, None, colon, comma, False, False, True)


def encode(value: Any, pieces: Any = _encoder(":", ",")) -> str:  # noqa: B008 - once, and for all
    """Return a value as compact JSON in ASCII; what JSON does not know becomes text."""
    return "".join(pieces(value, 0))


def size(value: Any, pieces: Any = _encoder(": ", ", ")) -> int:  # noqa: B008
    """Return how long a value is as JSON at most, with spaces."""
    return sum(map(len, pieces(value, 0)))


class System:
    """Calls of the system on descriptors; an instance holds Python's own."""

    __slots__ = ("close", "dup", "fstat", "write")

    def __init__(self) -> None:
        self.close, self.dup, self.fstat, self.write = os.close, os.dup, os.fstat, os.write
