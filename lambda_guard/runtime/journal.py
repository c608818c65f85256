"""The records: identity of this sandbox, one envelope for every kind, and the sinks behind one boundary."""

from __future__ import annotations

import os
from itertools import count
from time import gmtime, strftime, time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .sinks import Sink
    from .types import Mode

VERSION = 1
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_METRICS = [
    {
        "Namespace": "LambdaGuard",
        "Dimensions": [["FunctionName"], ["FunctionName", "Rule"]],
        "Metrics": [{"Name": "Findings", "Unit": "Count"}, {"Name": "Blocked", "Unit": "Count"}],
    }
]


class Journal:
    """Writes records. The first of a sandbox is `attached`, made by `announcement` when it is needed.

    sandbox: random name of this process, new after a fork and after a SnapStart restore.
    account: None until the first invocation tells it.
    """

    def __init__(self, mode: Mode, sinks: list[Sink], announcement: Callable[[], dict[str, Any]]) -> None:
        environ = os.environ
        self._sinks = sinks
        self._announcement = announcement
        self.account: str | None = None
        self._common: dict[str, Any] = {
            "function": environ.get("AWS_LAMBDA_FUNCTION_NAME"),
            "version": environ.get("AWS_LAMBDA_FUNCTION_VERSION"),
            "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
            "mode": mode.value,
        }
        # Lambda drops lines below the function's log level, which would switch the guard off unseen.
        least = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        self._least_level = _LEVELS.index(least) if least in _LEVELS else 0
        self.renew()

    def renew(self) -> None:
        """Become another sandbox: new name, numbers from 1, and `attached` comes first again."""
        self.sandbox = os.urandom(8).hex()
        # next() is one step: threads never share a number, and only one of them announces.
        self._seq = count(1)
        self._unannounced = iter((self._announcement,))

    def announce(self) -> None:
        """Write the `attached` record, once a sandbox."""
        for announcement in self._unannounced:
            self.write("attached", announcement())

    def write(self, kind: str, content: Mapping[str, Any], level: str = "INFO") -> None:
        """Send one record to every sink; a sink's own fault stays in it.

        kind: attached, finding, usage or error. level: the least level at which Lambda keeps the line.
        """
        self.announce()
        now = time()
        timestamp = f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
        record: dict[str, Any] = {
            "level": _LEVELS[max(_LEVELS.index(level), self._least_level)],
            "timestamp": timestamp,
            "lambda_guard": {
                "v": VERSION,
                "kind": kind,
                **self._common,
                "account": self.account,
                "sandbox": self.sandbox,
                "seq": next(self._seq),
                **content,
            },
        }
        if kind == "finding":
            record["_aws"] = {"Timestamp": int(now * 1000), "CloudWatchMetrics": _METRICS}
            record["FunctionName"] = self._common["function"] or "unknown"
            record["Rule"] = content["rule"]
            record["Findings"] = 1
            record["Blocked"] = int(content["decision"] == "blocked")
        for sink in self._sinks:
            try:
                sink(record)
            except Exception:
                # A sink's fault has nowhere to go: the record is still in the other sinks.
                continue
