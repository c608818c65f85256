"""Installs the guard in a Python child and leads its records to where the function's own go."""

from __future__ import annotations

import json
import os
import sys

from .. import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..sinks import Record


def install() -> None:
    """Guard this process with the settings that its parent runs with."""
    attach.install(sinks=[_write])


def _write(record: Record) -> None:
    """Add a line to the output of the function's process; to our own errors where that cannot be reached."""
    from ..patches.children import RECORDS

    line = (json.dumps(record, separators=(",", ":"), default=str) + "\n").encode()
    try:
        out = os.open(os.environ.get(RECORDS, ""), os.O_WRONLY | os.O_APPEND)
    except OSError:
        sys.stderr.write(line.decode())
        return
    try:
        os.write(out, line)
    finally:
        os.close(out)
