"""Where records go. A sink is a callable that takes one record; it may fail, and nothing else does then."""

from __future__ import annotations

import json
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
    return [stdout if name == "stdout" else _when_loaded(name) for name in names or ("stdout", *SDK_MODULES)]


def stdout(record: Record) -> None:
    """Print a record as one line, in one write so that threads do not tear it; Lambda collects it.

    Metrics must stand raw at the top level of a line to become metrics:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    line = json.dumps(record, separators=(",", ":"), default=str) + "\n"
    # Not `sys.stdout`: a function that redirects its own output must not find our lines in it.
    stream = sys.__stdout__
    if stream is not None:
        stream.write(line)
        stream.flush()


def _when_loaded(name: str) -> Sink:
    sdk = SDK_MODULES[name]

    def write(record: Record) -> None:
        if sdk in sys.modules:
            module = __import__(f"{__name__}.{name}", fromlist=["write"])
            module.write(record, sys.modules[sdk])

    return write
