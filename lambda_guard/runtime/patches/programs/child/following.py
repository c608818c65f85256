"""Installs the guard in a Python child and leads its records to where the function's own go."""

from __future__ import annotations

import json
import os
import sys

from .... import attach
from ..children import PARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ....sinks import Record


def install() -> None:
    """Guard this process with the settings and the account that its parent runs with."""
    guard = attach.install(sinks=[_write])
    _, guard.partition, guard.journal.account = _parent()


def _parent() -> tuple[str, str | None, str | None]:
    process, _, rest = os.environ.get(PARENT, "").partition(":")
    partition, _, account = rest.partition(":")
    return process, partition or None, account or None


def _write(record: Record) -> None:
    """Add a line to the output of the function's process: this one's own may be read by the function."""
    line = (json.dumps(record, separators=(",", ":"), default=str) + "\n").encode()
    try:
        out = os.open(f"/proc/{_parent()[0]}/fd/1", os.O_WRONLY | os.O_APPEND)
    except OSError:
        sys.stderr.write(line.decode())
        return
    try:
        os.write(out, line)
    finally:
        os.close(out)
