"""Records of a fleet as functions print them, written by hand or for hundreds of functions, and read as evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis import evidence
from lambda_guard.analysis.report.fleet import Fleet, gather

ACCOUNT = "111122223333"
MODES = dict.fromkeys(("mode", "authorizer", "event_source", "direct_invoke", "connection"), "observe")
# Names that somebody chose to break what shows them.
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; & \"quotes\" 'too'",
    "x]|[y](javascript:alert(1)) `code` *a* _b_ ~~c~~ https://evil.example/",
    'a"]; b -->|x| c\\',
    "end\n[[exemption]]\nrule = 'all'",
    '"""\'\'\' # \\u0041 \\',
    "\x1b[31mred\x1b]0;title\x07",
    "\u202eleft\u2066\ufeff\ufffe\u0085\u2028",
    "[bold]rich[/bold] [link=https://evil.example]x[/link]",
    "{{ 7 * 7 }} {% raw %} ${x} %s #35;",
    "]]> <!-- --> <?xml?>",
    "=HYPERLINK(1)",
    "é日本 \N{PILE OF POO}",
    "x" * 300,
)


class Lines(list[str]):
    """Records as lines. Each method adds one of one sandbox; days count from the first of November."""

    def __init__(self) -> None:
        super().__init__()
        self._seq: dict[str, int] = {}

    def add(self, kind: str, function: str, sandbox: str | None = None, day: float = 1, **content: Any) -> None:
        sandbox = sandbox or f"{function}-1"
        seq = self._seq[sandbox] = self._seq.get(sandbox, 0) + 1
        body: dict[str, Any] = {"v": 1, "kind": kind, "function": function, "version": "7", "region": "eu-west-1"}
        body |= {"account": ACCOUNT}
        body |= {"sandbox": sandbox, "seq": seq, "mode": "observe", **content}
        hours = int(day % 1 * 24)
        stamp = f"2026-11-{int(day):02}T{hours:02}:00:00.000Z"
        self.append(json.dumps({"level": "INFO", "timestamp": stamp, "lambda_guard": body}))

    def attached(self, function: str, settings: dict[str, Any] | None = None, **more: Any) -> None:
        content: dict[str, Any] = {"way": "pth", "python": "3.13.1", "awslambdaric": "4.2", "lambda_guard": "0.1.0"}
        content |= {"settings": {**MODES, **(settings or {})}, "patches": ["audit"], "uncovered_sdks": []}
        self.add("attached", function, **{**content, **more})

    def usage(
        self,
        function: str,
        invocations: int = 100,
        calls: Iterable[Any] = (),
        sources: Iterable[Any] = (),
        findings: Iterable[Any] = (),
        dropped: int = 0,
        **more: Any,
    ) -> None:
        content: dict[str, Any] = {"calls": list(calls), "sources": list(sources), "findings": list(findings)}
        self.add("usage", function, invocations=invocations, dropped=dropped, **content, **more)

    def found(
        self,
        function: str,
        rule: str = "authorizer",
        issue: str = "missing-authorizer",
        target: str = "GET /orders",
        decision: str = "would_block",
        line: int | None = None,
        **more: Any,
    ) -> None:
        site = {"file": "/var/task/app.py", "line": line, "function": "handler"} if line else None
        content: dict[str, Any] = {"rule": rule, "issue": issue, "decision": decision, "target": target}
        content |= {"message": "what it is"}
        content |= {"site": site, "request_id": "r", "trace_id": None, "swallowed": False, "exemption": None}
        self.add("finding", function, **{**content, "details": {}, **more})

    def fault(self, function: str, where: str, **more: Any) -> None:
        content: dict[str, Any] = {"where": where, "type": "KeyError", "message": "KeyError in lambda_guard"}
        self.add("error", function, **{**content, **more})

    def quiet(self, function: str, settings: dict[str, Any] | None = None, **usage: Any) -> None:
        """Add a function that was seen enough: ten days, four sandboxes, nothing new in the end."""
        for number in range(4):
            sandbox = f"{function}-{number + 1}"
            self.attached(function, settings, sandbox=sandbox, day=1 + 3 * number)
            self.usage(function, sandbox=sandbox, day=1 + 3 * number, **usage)


def call(operation: str = "GetItem", table: str = "orders", count: int = 5, **more: Any) -> dict[str, Any]:
    """Make an entry of a record's calls."""
    place = {"service": "dynamodb", "operation": operation, "region": "eu-west-1", "partition": "aws"}
    return {**place, "count": count, "resource": {"kind": "table", "name": table}, **more}


def of_fleet(lines: Lines, functions: int) -> None:
    """Add records of a fleet of any size, with findings of all kinds."""
    for number in range(functions):
        name = f"shop-{('orders', 'stock', 'billing', 'mail', 'search')[number % 5]}-{number:03}"
        calls = [call(operation, f"table-{number % 12}", 50) for operation in ("GetItem", "Query", "PutItem")]
        http = {"source": "apigw_http_v2", "arn": None, "count": 90 + number}
        lines.quiet(name, invocations=100 + number, calls=calls[: 1 + number % 3], sources=[http])
        for other in range(number % 3):
            callee = f"shop-{('stock', 'billing', 'mail')[number % 3]}-{(number * 7 + other) % functions:03}"
            target = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{callee}"
            decision = ("would_block", "blocked", "allowed")[(number + other) % 3]
            lines.found(name, "direct_invoke", "direct-invoke", target, decision, line=10 + other, day=2)
        if number % 4 == 0:
            details: dict[str, Any] = {"source": "apigw_http_v2", "route": "GET /orders/*", "authorizer": None}
            lines.found(name, target="GET /orders/*", details=details, day=2)
        if number % 6 == 0:
            details = {"driver": "psycopg", "engine": "postgresql", "host_kind": "rds", "port": 5432}
            lines.found(
                name, "connection", "connection-in-handler", "postgresql/rds:5432", line=4, details=details, day=2
            )


@pytest.fixture
def lines() -> Lines:
    """Records, yet to be added."""
    return Lines()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Iterable[str]], Fleet]:
    """Read lines as evidence and gather them by function."""

    def gathered(lines: Iterable[str]) -> Fleet:
        path = tmp_path / "records.jsonl"
        path.write_text("\n".join(lines))
        with evidence.read([str(path)]) as found:
            return gather(found)

    return gathered


@pytest.fixture
def hostile(lines: Lines) -> Lines:
    """Records in which every name is hostile."""
    for name in HOSTILE:
        lines.attached(name, lambda_guard=name, uncovered_sdks=[name])
        invoke = call("Invoke", service="lambda", resource={"kind": "function", "name": name})
        lines.usage(
            name,
            calls=[call(table=name), invoke],
            sources=[{"source": name, "arn": name, "count": 3}],
        )
        details = {"source": name, "authorizer": name, "route": name, "engine": name, "driver": name}
        site = {"file": name, "line": 3, "function": name}
        for rule, issue in (
            ("authorizer", "missing-authorizer"), ("event_source", "unexpected-source"),
            ("direct_invoke", "direct-invoke"), ("connection", "connection-in-handler"), ("authorizer", name),
        ):  # fmt: skip
            lines.found(name, rule, issue, name, details=details, site=site)
        lines.fault(name, name, type=name, message=name)
    return lines


@pytest.fixture
def names() -> tuple[str, ...]:
    """The names of `hostile`."""
    return HOSTILE


def _fleet(folder: Path, functions: int) -> Fleet:
    lines = Lines()
    of_fleet(lines, functions)
    path = folder / "records.jsonl"
    path.write_text("\n".join(lines))
    with evidence.read([str(path)]) as found:
        return gather(found)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """A fleet of 300 functions with findings of all kinds."""
    return _fleet(tmp_path_factory.mktemp("large"), 300)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """A fleet of 24 functions with findings of all kinds."""
    return _fleet(tmp_path_factory.mktemp("small"), 24)
