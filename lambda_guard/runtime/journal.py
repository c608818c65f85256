"""What is said: this sandbox's identity, each fact once and then counted, one envelope, one boundary for sinks."""

from __future__ import annotations

import os
from itertools import count

from .boundary import of_user
from .sinks.log import Log
from .taken import now, rfc3339, steady

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .sinks import Sink
    from .types import Decision, Mode, Site
    from .usage import Usage

VERSION = 1
_MOST_FINDINGS = 1000  # distinct ones, in one sandbox
_METRICS_SECONDS = 60  # between two lines that only say how often
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
    pending:     there is something that `catch_up` may write.
    """

    def __init__(self, mode: Mode, sinks: list[Sink], announcement: Callable[[], dict[str, Any]]) -> None:
        environ = os.environ
        self._sinks = sinks
        self._logs = [sink for sink in sinks if isinstance(sink, Log)]
        self.late: list[tuple[str, type[Exception]]] = []
        self._announcement = announcement
        self.account: str | None = None
        self._awaits_exit = False
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
        # rule -> findings and blocks that no line has told of yet, and when a line is due
        self._repeats: dict[str, list[int]] = {}
        self._repeats_due = 0.0
        self.pending = False
        for log in self._logs:
            log.kept.clear()  # another process's, after a fork
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
                met["count"] += 1
                self._repeats_due = self._repeats_due or steady() + _METRICS_SECONDS
                self.write("finding", content, "WARN")
                return
        if met is not None:
            met["count"] += 1
        self._repeat(finding.rule, _blocks(decision.outcome, swallowed))

    def _repeat(self, rule: str, blocks: int) -> None:
        counts = self._repeats.get(rule)
        if counts is None:
            counts = self._repeats.setdefault(rule, [0, 0])
            self._at_exit()
        counts[0] += 1
        counts[1] += blocks
        self.pending = True

    def _at_exit(self) -> None:
        """Have the last counts written where a sandbox is told that it ends, which Lambda seldom does."""
        if not self._awaits_exit:
            self._awaits_exit = True
            import atexit

            atexit.register(self.catch_up, at_last=True)

    def catch_up(self, at_last: bool = False) -> None:
        """Write what is due: lines that the log did not take, and once a minute how often findings were met again."""
        for log in self._logs:
            log.flush()
        if self._repeats and (at_last or steady() >= self._repeats_due):
            self._repeats_due = steady() + _METRICS_SECONDS
            repeats, self._repeats = self._repeats, {}
            for rule, (findings, blocked) in repeats.items():
                self.write("metrics", {"rule": rule, "findings": findings, "blocked": blocked})
        self.pending = bool(self._repeats) or any(log.kept for log in self._logs)

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

    def uncovered(self, sdk: str, message: str) -> None:
        """Say that what an SDK does is not, or not wholly, in the usage records."""
        content = {"where": "usage", "type": "UncoveredSDK", "message": message, "sdk": sdk}
        self.write("error", content, "WARN")

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

        kind: attached, finding, metrics, usage or error. level: the least level at which Lambda keeps the line.
        """
        self.announce()
        time = now()
        record: dict[str, Any] = {
            "level": _LEVELS[max(_LEVELS.index(level), self._least_level)],
            "timestamp": rfc3339(time),
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
        if kind in ("finding", "metrics"):
            record["_aws"] = {"Timestamp": int(time * 1000), "CloudWatchMetrics": _METRICS}
            record["FunctionName"] = self._common["function"] or "unknown"
            record["Rule"] = content["rule"]
            record["Findings"] = content.get("findings", 1)
            blocked = content.get("blocked")
            record["Blocked"] = _blocks(content["decision"], content["swallowed"]) if blocked is None else blocked
        for sink in self._sinks:
            try:
                sink(record)
            except Exception as fault:
                if of_user(fault) is not None:
                    raise
                # A sink's fault has nowhere to go: the record is still in the other sinks.
                continue
        for log in self._logs:
            self.pending = self.pending or bool(log.kept)


def _random_name() -> str:
    try:
        return os.urandom(8).hex()
    except Exception:  # refused, by what confines the process: told apart by time and place all the same
        return f"{int(now() * 1e6) & 0xFFFFFFFFFFF:011x}{os.getpid() & 0xFFFFF:05x}"


def _blocks(outcome: str, swallowed: bool) -> int:
    """Return 1 for a block; that it was swallowed is told of the same one again."""
    return int(outcome == "blocked" and not swallowed)


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
