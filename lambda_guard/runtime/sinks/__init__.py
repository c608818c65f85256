"""Where records go. A sink is a callable that takes one record; it may fail, and nothing else does then."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Record = Mapping[str, Any]
    Sink = Callable[[Record], None]

# name -> the module whose presence means that the function loaded the SDK itself; the guard never does.
SDK_MODULES = {"xray": "aws_xray_sdk.core", "otel": "opentelemetry.trace"}


def select(names: tuple[str, ...] | None) -> list[Sink]:
    """Return the sinks of the `sinks` setting; without one, stdout and whatever SDK the function loads."""
    return [_sink(name) for name in names or ("stdout", *SDK_MODULES)]


def _sink(name: str) -> Sink:
    if name == "stdout":
        from .stdout import write

        return write
    sdk = SDK_MODULES[name]

    def when_loaded(record: Record) -> None:
        if sdk in sys.modules:
            module = __import__(f"{__name__}.{name}", fromlist=["write"])
            module.write(record, sys.modules[sdk])

    return when_loaded
