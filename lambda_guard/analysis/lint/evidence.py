"""What records tell of a finding: how often the handler was seen to make the call that the code shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from lambda_guard.analysis import evidence
from lambda_guard.analysis.lint.code.check import Code
from lambda_guard.analysis.lint.findings import Finding


def remarks(arguments: Iterable[str]) -> Callable[[Finding, Code], Finding]:
    """Read evidence, and return what adds it to findings of AWS calls in handlers. Raises NoEvidence."""
    seen: Counter[tuple[str, str]] = Counter()
    with evidence.read(arguments) as found:
        for function in found.usage():
            for called in function.calls:
                entry = called.entry
                seen[entry["service"], _plain(entry["operation"])] += called.in_handler

    def remark(finding: Finding, _code: Code) -> Finding:
        if finding.id != "LG401":
            return finding
        service, _, method = finding.what.partition(" ")[0].partition(".")
        count = seen[service, _plain(method)]
        return replace(finding, evidence=f"Records show it {count:,} times in a handler.") if count else finding

    return remark


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
