"""What the evidence covers and what nobody can tell from it: said with every suggestion, never left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lambda_guard.analysis.evidence import Evidence, Lines
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import MANAGED_PER_ROLE, Statement, documents
from lambda_guard.analysis.iam.role import RoleUsage, Use
from lambda_guard.analysis.iam.wildcards import has_resources
from lambda_guard.analysis.iam.window import counted

# In the words of someone who is about to take permissions away.
UNSEEN = (
    "KMS through customer managed keys of tables, streams and queues (kms:Decrypt and others)",
    "S3 buckets and log groups of exports and imports",
    "DAX: its client does not go through botocore",
    "extensions, subprocesses, other languages and SDKs, and calls before the guard was attached",
    "what Lambda does with the role itself, where it was not asked: logs, X-Ray, VPC network interfaces, destinations",
    "triggers without an event in this time, resource policies, service control policies",
)
# Findings that say that calls of a function are in no record.
_UNSEEN_ISSUES = {
    "patch-removed": "other code took the guard's patch of botocore away",
    "unguarded-child": "it starts programs that the guard does not follow",
}
_LISTED = 12


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
        yield "what was skipped may be records: THE POLICIES MAY LACK WHAT THEY SAY"


def of_denials(usage: RoleUsage) -> Iterator[str]:
    """Yield the calls that IAM refused: whatever else is to be done, these need somebody now."""
    for needs, count in sorted(usage.denied.items(), key=lambda item: (-item[1], item[0])):
        what = (
            " and ".join(f"{need.action} on {need.resource}" for need in needs) or "a call of which no action is known"
        )
        yield f"denied {counted(count, 'time')}: {what}"


def of_role(usage: RoleUsage) -> Iterator[str]:
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
    yield from usage.unseen


def unseen_calls(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Collect why calls of each function may be in no record: SDKs that are not covered, programs it starts."""
    sdks: dict[str, set[str]] = {}
    for attached in evidence.attached():
        sdks.setdefault(attached.function, set()).update(attached.uncovered_sdks)
    found: dict[str, set[str]] = {
        function: {f"{function} has loaded SDKs that the guard cannot see into: {', '.join(sorted(names))}"}
        for function, names in sdks.items()
        if names
    }
    for finding in evidence.findings():
        if finding.issue in _UNSEEN_ISSUES:
            said = f"{finding.function}: {_UNSEEN_ISSUES[finding.issue]}"
            found.setdefault(finding.function, set()).add(said)
    for fault in evidence.errors():
        if fault.type == "UncoveredSDK" and fault.function not in found:
            said = f"{fault.function} made calls that its usage records lack, or whose results they lack: see its log"
            found[fault.function] = {said}
    return {function: tuple(sorted(said)) for function, said in found.items()}


def is_complete(usage: RoleUsage) -> bool:
    """Tell whether nothing that the records themselves report is left out of the policy."""
    dropped = any(function.dropped for function in usage.functions)
    return not (dropped or usage.unresolved or usage.unknown or usage.ungrantable or usage.silent or usage.unseen)


def of_policy(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield a warning where a role would need more managed policies than AWS lets it have by default."""
    pages = len(documents(statements))
    if pages > MANAGED_PER_ROLE:
        yield f"{pages} managed policies, and a role may have {MANAGED_PER_ROLE} unless AWS raised its quota"


def is_narrow(permission: Permission, use: Use) -> bool:
    """Tell whether a permission is on what the calls named, or on all because AWS checks no resource."""
    return use.narrowed and (permission.resource != "*" or not has_resources(permission.action))


def confidence_of(usage: RoleUsage) -> list[tuple[Permission, str]]:
    """Return how firm each permission of a role is: the weakest of the mappings behind it, and whether it is narrow."""
    return [
        (need, "not narrowed" if not is_narrow(need, use) else _weakest(use.confidence))
        for need, use in sorted(usage.uses.items())
    ]


def _weakest(found: Iterable[str]) -> str:
    """Return the first that is not documented: of several mappings, the one to be checked."""
    return next(iter(sorted(set(found) - {"documented"})), "documented")


def _gaps(usage: RoleUsage) -> Iterator[str]:
    dropped = sum(function.dropped for function in usage.functions)
    if dropped:
        yield f"the recorder had no room for {dropped:,} calls or sources: THE POLICY MAY LACK THEM"
    for what, count in sorted(usage.unresolved.items()):
        yield f"{_name(what)}: {count:,} calls whose resource could not be read: THE POLICY LACKS THEM"
    for what, count in sorted(usage.unknown.items()):
        yield f"{_name(what)}: {count:,} calls of which no IAM data know the action: THE POLICY LACKS THEM"
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
    wide = [f"{need.action} on {need.resource}" for need, use in sorted(usage.uses.items()) if not is_narrow(need, use)]
    if wide:
        yield f"NOT NARROWED, the records do not tell all of the resource: {_some(wide, _LISTED)}"
    for permission, use in sorted(usage.uses.items()):
        if use.count and sum(use.errors.values()) >= use.count:
            codes = ", ".join(sorted(use.errors))
            yield f"{permission.action} on {permission.resource}: every call failed ({codes})"
    for permission in sorted(usage.companions):
        limit = _limit(permission, usage)
        yield f"may also need {permission.action} on {permission.resource}, which no record can show{limit}"
    for service, operation, said in sorted(usage.unnamed):
        yield f"{service} {operation}: AWS also checks what no request names: {said}"
    if usage.elsewhere:
        yield f"other services, not in this policy: {_some(_calls(usage.elsewhere), _LISTED)}"
    for (service, operation, role), count in sorted(usage.by_others.items()):
        whose = role or "a role that is not known"
        yield f"{service} {operation} with the credentials of {whose} x {count:,}: not a need of this role"
    if usage.refused:
        yield f"blocked by the guard, so not needed: {_some(_calls(usage.refused), _LISTED)}"


def _limit(companion: Permission, usage: RoleUsage) -> str:
    """Say how a companion may be limited to what the service does for the caller."""
    keys = {found.key: found.value for found in sorted(usage.conditions) if found.permission == companion}
    if not keys and companion.action.startswith("kms:"):
        keys = {"kms:ViaService": "SERVICE.REGION.amazonaws.com"}
    return f" (limit it with the condition {json.dumps({'StringEquals': keys})})" if keys else ""


def _calls(counts: Counter[tuple[str, str]]) -> list[str]:
    return [f"{_name(what)} x {count:,}" for what, count in sorted(counts.items())]


def _name(what: tuple[str, str]) -> str:
    return " ".join(what)


def _some(items: Iterable[str], most: int = 3) -> str:
    listed = list(items)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")


_FAULTS: Mapping[str, str] = {
    "cut or not JSON": "that are cut or not JSON",
    "not a record": "that are no record",
    "line size over maximum": "that are too long",
    "invalid encoding": "that are not UTF-8",
}
