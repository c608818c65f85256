"""One JSON line a record, where Lambda collects it. Metrics must stand raw at top level to become metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Record


def write(record: Record) -> None:
    """Print a record as one line, in one write so that threads do not tear it."""
    line = json.dumps(record, separators=(",", ":"), default=str) + "\n"
    # Not `sys.stdout`: a function that redirects its own output must not find our lines in it.
    stream = sys.__stdout__
    if stream is not None:
        stream.write(line)
        stream.flush()
