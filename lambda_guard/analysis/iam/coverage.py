"""What the evidence covers and what nobody can tell from it: said with every suggestion, never left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lambda_guard.analysis.evidence import Evidence, Lines
from lambda_guard.analysis.iam.policy import MANAGED_PER_ROLE, Statement, documents
from lambda_guard.analysis.iam.role import RoleUsage, counted

# SDKs of the attached records, by function.
Uncovered = Mapping[str, frozenset[str]]

# In the words of someone who is about to take permissions away.
UNSEEN = (
    "KMS through customer managed keys of tables, streams and queues (kms:Decrypt and others)",
    "S3 buckets and log groups of exports and imports",
    "DAX: its client does not go through botocore",
    "extensions, subprocesses, other languages and SDKs, and calls before the guard was attached",
    "what Lambda does with the role itself: logs, X-Ray, VPC network interfaces, failure destinations",
    "triggers without an event in this time, resource policies, service control policies",
)


def of_lines(lines: Lines) -> Iterator[str]:
    """Yield what was read, and what of it was unreadable."""
    yield f"{counted(lines.records, 'record')} in {counted(lines.total, 'line')} of {counted(lines.files, 'file')}"
    if lines.scanned:
        yield f"AWS read {lines.scanned / 1e9:,.2f} GB for it"
    by_fault: Counter[str] = Counter()
    for (_, fault), count in lines.unreadable.items():
        by_fault[fault] += count
    for fault, count in by_fault.most_common():
        files = sorted({file for file, what in lines.unreadable if what == fault})
        yield f"skipped {counted(count, 'line')} {_FAULTS.get(fault, fault)}: {_some(files)}"
    for name in lines.damaged:
        yield f"{name} is a damaged archive: read up to the damage"
    for name in lines.cut_off:
        yield f"{name} holds more than was given back"
    if not lines.complete:
        yield "so the evidence is NOT KNOWN TO BE COMPLETE: what was skipped may tell of more"


def of_role(usage: RoleUsage, uncovered: Uncovered) -> Iterator[str]:
    """Yield what the suggestion for a role rests on, and where it may fall short."""
    window = usage.window
    if window.first and window.last:
        yield f"seen from {window.first:%Y-%m-%d %H:%M} to {window.last:%Y-%m-%d %H:%M} UTC: {window}"
    else:
        yield f"seen: {window}"
    for function in usage.functions:
        calls = sum(called.count for called in function.calls)
        sandboxes = f"{function.sandboxes:,} sandbox{'es' * (function.sandboxes != 1)}"
        yield (
            f"{function.function or '(no function name)'} version {', '.join(function.versions) or '?'}: "
            f"{sandboxes}, {counted(function.invocations, 'invocation')}, "
            f"{calls:,} calls by resource"
        )
    yield from _gaps(usage)
    yield from _doubts(usage)
    for name in sorted({function.function for function in usage.functions} & set(uncovered)):
        yield f"{name} has loaded SDKs that the guard cannot see into: {', '.join(sorted(uncovered[name]))}"


def uncovered_sdks(evidence: Evidence) -> dict[str, frozenset[str]]:
    """Collect from the attached records the SDKs whose calls are not recorded, by function."""
    found: dict[str, set[str]] = {}
    for attached in evidence.attached():
        if attached.uncovered_sdks:
            found.setdefault(attached.function, set()).update(attached.uncovered_sdks)
    return {function: frozenset(names) for function, names in found.items()}


def is_complete(usage: RoleUsage) -> bool:
    """Tell whether nothing that the records themselves report is left out of the policy."""
    dropped = any(function.dropped for function in usage.functions)
    return not (dropped or usage.unresolved or usage.ungrantable or usage.silent)


def of_policy(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield a warning where a role would need more managed policies than AWS lets it have by default."""
    pages = len(documents(statements))
    if pages > MANAGED_PER_ROLE:
        yield f"{pages} managed policies, and a role may have {MANAGED_PER_ROLE} unless AWS raised its quota"


def _gaps(usage: RoleUsage) -> Iterator[str]:
    dropped = sum(function.dropped for function in usage.functions)
    if dropped:
        yield f"the recorder had no room for {dropped:,} calls or sources: THE POLICY MAY LACK THEM"
    for what, count in sorted(usage.unresolved.items()):
        yield f"{_name(what)}: {count:,} calls whose resource could not be read: THE POLICY LACKS THEM"
    for permission in sorted(usage.ungrantable):
        yield f"{permission.action} on a name with wildcards or variables is never granted: {permission.resource}"
    missing = sum(function.missing for function in usage.functions)
    if missing:
        yield f"{missing:,} records are missing between others (later totals make up for lost counts)"
    if any(function.account is None for function in usage.functions):
        yield "no record tells the account, so ARNs have * in its place: give --account"


def _doubts(usage: RoleUsage) -> Iterator[str]:
    for operation, confidence, note in sorted(usage.undocumented):
        yield f"{operation}: mapping {confidence}, not documented by AWS{f' ({note})' if note else ''}"
    for permission, use in sorted(usage.uses.items()):
        denied = use.errors.get("AccessDeniedException", 0)
        if denied:
            yield f"{permission.action} on {permission.resource}: {denied:,} of {use.count:,} calls were denied"
        elif use.count and sum(use.errors.values()) >= use.count:
            codes = ", ".join(sorted(use.errors))
            yield f"{permission.action} on {permission.resource}: every call failed ({codes})"
    for permission in sorted(usage.companions):
        yield f"may also need {permission.action} on {permission.resource}, which no record can show"
    if usage.elsewhere:
        yield f"other services, not in this policy: {_some(_calls(usage.elsewhere), 12)}"
    if usage.refused:
        yield f"blocked by the guard, so not needed: {_some(_calls(usage.refused), 12)}"


def _calls(counts: Counter[tuple[str, str]]) -> list[str]:
    return [f"{_name(what)} x {count:,}" for what, count in sorted(counts.items())]


def _name(what: tuple[str, str]) -> str:
    return " ".join(what)


def _some(items: Iterable[str], most: int = 3) -> str:
    listed = list(items)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")


_FAULTS = {
    "cut or not JSON": "that are cut or not JSON",
    "not a record": "that are no record",
    "line size over maximum": "that are too long",
    "invalid encoding": "that are not UTF-8",
}
