"""What is said: this sandbox's identity, each fact once and then counted, one envelope, one boundary for sinks."""

from __future__ import annotations

import os
from itertools import count
from time import gmtime, strftime, time

from .boundary import of_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .sinks import Sink
    from .types import Decision, Mode, Site
    from .usage import Usage

VERSION = 1
_MOST_FINDINGS = 1000  # distinct ones, in one sandbox
_MOST_LATE = 20
_MOST_BYTES = 190 * 1024  # of a record's content: CloudWatch takes lines of 256 KiB, the envelope included
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

    sandbox:     random name of this process, new after a fork and after a SnapStart restore.
    account:     None until the first invocation tells it.
    next_totals: the number of invocations at which totals are due; it doubles, so that lines stay few.
    """

    def __init__(self, mode: Mode, sinks: list[Sink], announcement: Callable[[], dict[str, Any]]) -> None:
        environ = os.environ
        self._sinks = sinks
        self.late: list[tuple[str, type[Exception]]] = []
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
        self.sandbox = _random_name()
        # next() is one step: threads never share a number, and only one of them announces.
        self._seq = count(1)
        self._unannounced = iter((self._announcement,))
        self._findings: dict[tuple[object, ...], dict[str, Any]] = {}
        self._faults: set[tuple[str, str]] = set()
        self.next_totals = 1

    def announce(self) -> None:
        """Write the `attached` record, once a sandbox."""
        for announcement in self._unannounced:
            self.write("attached", announcement())

    def finding(self, decision: Decision, site: Site | None, context: object, swallowed: bool = False) -> None:
        """Write a finding the first time it is met at a site, and count it after that.

        context: the invocation's, for its request id. swallowed: user code caught the block.
        """
        finding = decision.finding
        place = (site.file, site.line) if site else None
        details = tuple(map(str, finding.details.values()))
        key = (finding.rule, finding.issue, finding.target, details, place, decision.outcome, swallowed)
        met = self._findings.get(key)
        if met is None and len(self._findings) < _MOST_FINDINGS:
            content = _finding(decision, site, context, swallowed)
            names = ("rule", "issue", "decision", "target", "site", "swallowed")
            new = {name: content[name] for name in names} | {"count": 0}
            met = self._findings.setdefault(key, new)  # one step: of two threads that are here, one writes
            if met is new:
                self.write("finding", content, "WARN")
        if met is not None:
            met["count"] += 1

    def fault(self, where: str, fault: Exception) -> None:
        """Report a fault of the guard's own: where and of what type, once a cause, never with values.

        Raises only what is none: an error of the user's that was raised meanwhile, such as a time-out.
        """
        try:
            if of_user(fault) is not None:
                raise fault
            self.report(where, fault)
        except Exception as nested:
            if nested is fault:
                raise
            self.report_later(where, fault)
        finally:
            del fault  # else an error that passes holds on to this frame, and is held by it

    def report(self, where: str, fault: Exception) -> None:
        """Write a fault's record, the first time; raises what keeps it from being written."""
        key = (where, type(fault).__name__)
        if key in self._faults:
            return
        trace = fault.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        line = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
        self._faults.add(key)
        try:
            self.error(where, key[1], f"fault in the guard at {line}")
        except BaseException:
            self._faults.discard(key)
            raise

    def report_later(self, where: str, fault: Exception) -> None:
        """Note a fault that cannot be written now, with the stack or the memory at its end."""
        if len(self.late) < _MOST_LATE:
            self.late.append((where, type(fault)))

    def report_late(self) -> None:
        """Write the faults that could not be written when they happened."""
        while self.late:
            where, kind = self.late.pop()
            if (where, kind.__name__) not in self._faults:
                self._faults.add((where, kind.__name__))
                self.error(where, kind.__name__, "fault in the guard, with no room left to say more")

    def error(self, where: str, kind: str, message: str) -> None:
        """Write an `error` record."""
        self.write("error", {"where": where, "type": kind, "message": message}, "ERROR")

    def new_usage(self, usage: Usage) -> None:
        """Print what was never seen before, at once: a time-out may kill the sandbox within the call."""
        content = usage.take_new()
        if content is not None:
            self._usage(content)

    def usage(self, usage: Usage) -> None:
        """Print totals where they are due, else what is new."""
        if usage.invocations < self.next_totals:
            self.new_usage(usage)
            return
        self.next_totals = usage.invocations * 2
        usage.take_new()
        self._usage({**usage.totals(), "findings": [dict(met) for met in self._findings.values()]})

    def _usage(self, content: dict[str, Any]) -> None:
        from .usage import split

        for page in split(content, _MOST_BYTES):
            self.write("usage", page)

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
            except Exception as fault:
                if of_user(fault) is not None:
                    raise
                # A sink's fault has nowhere to go: the record is still in the other sinks.
                continue


def _random_name() -> str:
    try:
        return os.urandom(8).hex()
    except Exception:  # refused, by what confines the process: told apart by time and place all the same
        return f"{int(time() * 1e6) & 0xFFFFFFFFFFF:011x}{os.getpid() & 0xFFFFF:05x}"


def _finding(decision: Decision, site: Site | None, context: object, swallowed: bool) -> dict[str, Any]:
    finding, exemption = decision.finding, decision.exemption
    request_id = getattr(context, "aws_request_id", None)
    return {
        "rule": finding.rule,
        "issue": finding.issue,
        "decision": decision.outcome,
        "target": finding.target,
        "message": finding.message,
        "site": site and {"file": site.file, "line": site.line, "function": site.function},
        "request_id": request_id if isinstance(request_id, str) else None,
        "trace_id": os.environ.get("_X_AMZN_TRACE_ID"),
        "swallowed": swallowed,
        "exemption": exemption
        and {"reason": exemption.reason, "until": str(exemption.until), "expired": decision.expired},
        "details": dict(finding.details),
    }
