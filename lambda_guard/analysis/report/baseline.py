"""Today's findings as exemptions with an end date, so that a team enforces at once and lets nothing new in.

The file is edited, not written anew: settings, comments, reasons and dates that somebody put in stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.report.fleet import Fleet, Function
from lambda_guard.analysis.report.passing import UnreadableFile
from lambda_guard.analysis.report.readiness import JUDGED
from lambda_guard.analysis.report.remedies import remedy
from lambda_guard.runtime.match import matches
from lambda_guard.runtime.settings.table import RULES
from lambda_guard.runtime.types import printable

KEEPS = 90  # days
_REASON = "baseline: say why this stays, or end it"
_MOST_SHOWN = 300


@dataclass(frozen=True)
class Baseline:
    """A settings file as it is to be, and what is to be said of it.

    added, kept, ended, over: `rule target` of exemptions that are new, still needed, needed no longer, and still
    needed though their date has passed.
    """

    text: str
    added: tuple[str, ...]
    kept: tuple[str, ...]
    ended: tuple[str, ...]
    over: tuple[str, ...]


def needed(findings: Iterable[Found]) -> dict[tuple[str, str], list[Found]]:
    """Return the findings that enforce acts upon or an exemption lets pass, by rule and target."""
    wanted: dict[tuple[str, str], list[Found]] = {}
    for found in findings:
        acted_upon = found.decision != "allowed" or found.exemptions
        if found.rule in RULES and acted_upon and found.issue != "guard-fault":
            wanted.setdefault((found.rule, found.target), []).append(found)
    return dict(sorted(wanted.items()))


def write(
    fleet: Fleet,
    functions: Iterable[Function],
    existing: str,
    today: date,
    whose: str,
    rules: Sequence[str] = (),
) -> Baseline:
    """Make the settings file of a function, or of the organisation, from what was there and what was found.

    existing: what is in the file by now; empty where there is none. rules: JUDGED, if empty. Raises UnreadableFile.
    """
    chosen = list(functions)
    try:
        document = tomlkit.parse(existing)
    except TOMLKitError as error:
        raise UnreadableFile(f"is not valid TOML: {error}") from None
    tables = document.get("exemption")
    if tables is not None and not isinstance(tables, tomlkit.items.AoT):
        raise UnreadableFile("has an `exemption` that is no list of [[exemption]] tables: write it as such")
    if not existing.strip():
        _head(document, fleet, chosen, whose)
    wanted = needed(found for function in chosen for found in function.findings)
    kept: list[str] = []
    ended: list[str] = []
    over: list[str] = []
    covered: set[tuple[str, str]] = set()
    for table in tables or ():
        rule, glob, until = table.get("rule"), str(table.get("target")), table.get("until")
        still = {key for key in wanted if key[0] == rule and matches(glob, key[1])}
        covered |= still
        past = isinstance(until, date) and until.toordinal() < today.toordinal()
        (over if still and past else kept if still else ended).append(f"{rule} {glob}")
    new = [key for key in wanted if key not in covered and key[0] in (rules or JUDGED)]
    into = tables if tables is not None else tomlkit.aot()
    for rule, target in new:
        into.append(_table(rule, target, wanted[rule, target], today))
    if new and tables is None:
        document.append("exemption", into)
    added = (f"{rule} {target}" for rule, target in new)
    return Baseline(tomlkit.dumps(document), tuple(added), tuple(kept), tuple(ended), tuple(over))


def _head(document: Any, fleet: Fleet, functions: list[Function], whose: str) -> None:
    invocations = sum(function.invocations for function in functions)
    span = f"{fleet.first:%Y-%m-%d} to {fleet.last:%Y-%m-%d}" if fleet.first and fleet.last else "unknown time"
    for line in (
        f"lambda_guard's baseline of {whose}, from what was seen from {span}, {invocations:,} invocations.",
        "What is listed here passes in enforce until its date; anything new is refused.",
        "Give each exemption its reason, or take it out. Running `lambda-guard baseline` again keeps what you write.",
    ):
        document.add(_comment(line))
    document.add(tomlkit.nl())


def _table(rule: str, target: str, findings: list[Found], today: date) -> Any:
    table = tomlkit.table()
    count = sum(found.count for found in findings)
    places = sorted({f"{found.site.file}:{found.site.line}" for found in findings if found.site})
    names = sorted({found.function for found in findings})
    where = f" at {', '.join(places[:3])}{' and elsewhere' if len(places) > 3 else ''}" if places else ""
    table.add(_comment(f"{findings[0].issue}: {count:,} times in {_some(names)}{where}"))
    table.add(_comment(f"to end it: {remedy(findings[0].issue)}"))
    table["rule"] = rule
    table["target"] = glob(target)
    table["reason"] = _REASON
    table["until"] = today + timedelta(days=KEEPS)
    return table


def glob(target: str) -> str:
    """Return an exemption's glob for a target: `?` comes nearest to a star that stands for itself.

    It also stands for what does not print, which only evidence that somebody made up holds.
    """
    return printable(target, len(target)).replace("*", "?")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more functions" if len(names) > 3 else "")


def _comment(text: str) -> Any:
    return tomlkit.comment(printable(text, _MOST_SHOWN))
