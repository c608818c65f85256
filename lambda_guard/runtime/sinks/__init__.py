"""Where records go. A sink is a callable that takes one record; it may fail, and nothing else does then."""

from __future__ import annotations

import sys

from .log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Record = Mapping[str, Any]
    Sink = Callable[[Record], None]

# name -> the module whose presence means that the function loaded the SDK itself; the guard never does.
SDK_MODULES = {"xray": "aws_xray_sdk.core", "otel": "opentelemetry.trace"}

# One record, one line, in the function's log. Metrics must stand raw at the top level of a line to become metrics:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
stdout = Log()


def select(names: tuple[str, ...] | None) -> list[Sink]:
    """Return the sinks of the `sinks` setting; without one, stdout and whatever SDK the function loads."""
    names = names or ("stdout", *SDK_MODULES)
    if "stdout" in names:
        stdout.open()
    return [stdout if name == "stdout" else _when_loaded(name) for name in names]


def _when_loaded(name: str) -> Sink:
    sdk = SDK_MODULES[name]

    def write(record: Record) -> None:
        if sdk in sys.modules:
            module = __import__(f"{__name__}.{name}", fromlist=["write"])
            module.write(record, sys.modules[sdk])

    return write
