"""Today's findings as exemptions with an end date, so that a team enforces at once and lets nothing new in.

The file is edited, not written anew: settings, comments, reasons and dates that somebody put in stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from lambda_guard.analysis.evidence import Found
from lambda_guard.analysis.report.fleet import Fleet, Function
from lambda_guard.analysis.report.remedies import remedy
from lambda_guard.runtime.match import matches
from lambda_guard.runtime.settings.table import FILE_NAME
from lambda_guard.runtime.types import Exemption, printable

KEEPS = 90  # days
_REASON = "baseline: say why this stays, or end it"


class UnreadableFile(ValueError):
    """A settings file that is there and cannot be read."""


@dataclass(frozen=True)
class Baseline:
    """A settings file as it is to be, and what is to be said of it.

    added, kept, ended: `rule target` of exemptions that are new, still needed, and needed no longer.
    """

    text: str
    added: tuple[str, ...]
    kept: tuple[str, ...]
    ended: tuple[str, ...]


def needed(findings: Iterable[Found]) -> dict[tuple[str, str], list[Found]]:
    """Return the findings that enforce would act upon, by rule and target as an exemption names them."""
    wanted: dict[tuple[str, str], list[Found]] = {}
    for found in findings:
        if found.rule in ("settings",) or (found.decision == "allowed" and not found.exemptions):
            continue
        if found.issue == "guard-fault":
            continue
        wanted.setdefault((found.rule, target(found.target)), []).append(found)
    return dict(sorted(wanted.items()))


def target(name: str) -> str:
    """Return the exemption's glob for a target: a star in a name stands for itself, which `?` comes nearest to."""
    return name.replace("*", "?")


def write(fleet: Fleet, functions: Iterable[Function], existing: str, today: date, whose: str) -> Baseline:
    """Make the settings file of a function, or of the organisation, from what was there and what was found.

    existing: what is in the file by now; empty where there is none. Raises UnreadableFile.
    """
    chosen = list(functions)
    try:
        document = tomlkit.parse(existing)
    except TOMLKitError as error:
        raise UnreadableFile(f"is not valid TOML: {error}") from None
    if not existing.strip():
        _head(document, fleet, chosen, whose)
    wanted = needed(found for function in chosen for found in function.findings)
    present = document.get("exemption")
    if present is not None and not isinstance(present, tomlkit.items.AoT):
        raise UnreadableFile("has an `exemption` that is no list of [[exemption]] tables")
    tables = present if present is not None else tomlkit.aot()
    kept: list[str] = []
    ended: list[str] = []
    covered: set[tuple[str, str]] = set()
    for table in tables:
        rule, glob = str(table.get("rule")), str(table.get("target"))
        still = {key for key in wanted if key[0] == rule and (key[1] == glob or matches(glob, key[1]))}
        covered |= still
        (kept if still else ended).append(f"{rule} {glob}")
    added = []
    for (rule, glob), found in wanted.items():
        if (rule, glob) in covered:
            continue
        tables.append(_table(rule, glob, found, today))
        added.append(f"{rule} {glob}")
    if present is None and len(tables):
        document.append("exemption", tables)
    return Baseline(tomlkit.dumps(document), tuple(added), tuple(kept), tuple(ended))


def _head(document: Any, fleet: Fleet, functions: list[Function], whose: str) -> None:
    invocations = sum(function.invocations for function in functions)
    span = f"{fleet.first:%Y-%m-%d} to {fleet.last:%Y-%m-%d}" if fleet.first and fleet.last else "unknown time"
    for line in (
        f"lambda_guard's baseline of {_comment(whose)}, from what was seen from {span}, {invocations:,} invocations.",
        "What is listed here passes in enforce until its date; anything new is refused.",
        "Give each exemption its reason, or take it out. Running `lambda-guard baseline` again keeps what you write.",
    ):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())


def _table(rule: str, glob: str, findings: list[Found], today: date) -> Any:
    table = tomlkit.table()
    count = sum(found.count for found in findings)
    places = sorted({f"{found.site.file}:{found.site.line}" for found in findings if found.site})
    names = sorted({found.function for found in findings})
    where = f" at {', '.join(places[:3])}{' and elsewhere' if len(places) > 3 else ''}" if places else ""
    table.add(tomlkit.comment(_comment(f"{findings[0].issue}: {count:,} times in {_some(names)}{where}")))
    table.add(tomlkit.comment(_comment(f"to end it: {remedy(findings[0].issue)}")))
    table["rule"] = rule
    table["target"] = glob
    table["reason"] = _REASON
    table["until"] = today + timedelta(days=KEEPS)
    return table


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more functions" if len(names) > 3 else "")


def _comment(text: str) -> str:
    return printable(text, 300)


def read(path: Path) -> list[Exemption]:
    """Return the exemptions of a settings file. Raises UnreadableFile."""
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} is not valid TOML: {error}") from None
    rows = document.get("exemption") or []
    rows = rows if isinstance(rows, list) else [rows]
    return [
        Exemption(str(row["rule"]), str(row["target"]), str(row.get("reason", "")), row["until"])
        for row in rows
        if isinstance(row, dict) and {"rule", "target", "until"} <= row.keys()
    ]


def read_all(path: Path) -> dict[str, list[Exemption]]:
    """Return exemptions by function: those of `DIR/FUNCTION/lambda_guard.toml`, and under "" those for all."""
    if path.is_file():
        return {"": read(path)}
    found = {"": read(path / FILE_NAME)} if (path / FILE_NAME).is_file() else {}
    for file in sorted(path.glob(f"*/{FILE_NAME}")):
        found[file.parent.name] = read(file)
    return found
