"""What a report rests on: what was read, what is lacking in it, and what no record can tell."""

from __future__ import annotations

from collections.abc import Iterable

from lambda_guard.analysis.report.fleet import OFTEN, Fleet

# In the words of someone who is about to rely on a report.
UNSEEN = (
    "functions that print no record, and functions that are container images without the package",
    "routes that nobody called: whether they have an authorizer is in the templates, not in the records",
    "what other programs, native code and SDKs other than boto3 and aiobotocore send, but for what SECURITY.md lists",
)
_NAMED = 10
_FAULTS = 3  # of each function


def coverage(fleet: Fleet) -> list[str]:
    """Say what a report rests on, a sentence each."""
    read = fleet.lines
    files = f"{read.files:,} file{'s' * (read.files != 1)}"
    lines = [f"{read.records:,} records in {read.total:,} lines of {files}", *read.reasons]
    functions = fleet.functions
    if seldom := [one.name for one in functions if one.invocations < OFTEN]:
        lines.append(f"invoked fewer than {OFTEN} times, so hardly anything is known of them: {names(seldom)}")
    layers = {version for one in functions if one.attached for version in one.attached.layers}
    newest = max(layers, key=_version, default="")
    if old := [one.name for one in functions if one.attached and one.attached.layer != newest]:
        lines.append(f"an older version of the layer than {newest}: {names(old)}")
    if unannounced := [one.name for one in functions if one.attached is None]:
        lines.append(f"the first records, which say the settings, are not in the evidence: {names(unannounced)}")
    if gaps := [one.name for one in functions if one.usage and (one.usage.missing or one.usage.dropped)]:
        lines.append(f"records are missing, or the recorder had no room: {names(gaps)}")
    if uncovered := sorted({sdk for one in functions if one.attached for sdk in one.attached.uncovered_sdks}):
        lines.append(f"SDKs that the guard cannot see into are loaded: {', '.join(uncovered)}")
    for function in functions:
        lines += [
            f"{function.name}: fault in {one.where} ({one.type}): {one.message}"
            for one in function.faults[:_FAULTS]
        ]  # fmt: skip
        if len(function.faults) > _FAULTS:
            lines.append(f"{function.name}: {len(function.faults) - _FAULTS:,} more kinds of fault")
    return [*lines, *(f"cannot be seen: {one}" for one in UNSEEN)]


def names(all_names: Iterable[str]) -> str:
    """Return names as a list in a sentence, not all if they are many."""
    distinct = sorted(set(all_names))
    more = f" and {len(distinct) - _NAMED:,} more" if len(distinct) > _NAMED else ""
    return ", ".join(distinct[:_NAMED]) + more


def _version(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which 0.10.0 comes after 0.9.0, and any text somewhere."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in text.split("."))
