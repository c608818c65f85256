"""The rows of the aggregation as what they mean."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lambda_guard.analysis.evidence.model import Attached, Called, Fault, Found, FunctionUsage, Seen, Site, SourceSeen

_BEGINNING = datetime.min
_NUMBERS = ("sandboxes", "lines", "count", "refused", "in_handler", "missing")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `query.FUNCTIONS`; see `query.COLUMNS`."""

    what: str
    file: str | None
    function: str
    account: str | None
    region: str
    key: str
    code: str | None
    versions: str | None
    sandboxes: int
    lines: int
    count: int
    refused: int
    in_handler: int
    missing: int
    first: datetime | None
    last: datetime | None

    @property
    def owner(self) -> tuple[str, str | None, str]:
        """Return function, account and region."""
        return self.function, self.account, self.region

    @property
    def entry(self) -> dict[str, Any]:
        """Return the entry that the row is about."""
        entry = json.loads(self.key)
        return entry if isinstance(entry, dict) else {}

    @property
    def of_versions(self) -> tuple[str, ...]:
        """Return the function's versions."""
        return tuple((self.versions or "").split(","))


class Rows:
    """The rows of functions by what they are about, in the order of functions and keys."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_what: dict[str, list[Row]] = defaultdict(list)
        for row in _settled(list(rows)):
            self._by_what[row.what].append(row)

    def __getitem__(self, what: str) -> list[Row]:
        """Return the rows of one kind."""
        return self._by_what.get(what, [])

    def usage(self) -> list[FunctionUsage]:
        """Return what each function did."""
        functions = {
            row.owner: FunctionUsage(
                *row.owner, row.of_versions, row.sandboxes, row.count, row.refused, row.missing, row.first, row.last
            )
            for row in self["sandbox"]
        }
        errors: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
        for row in self["calls"]:
            if row.code is not None and row.count > 0:
                errors[(*row.owner, row.key)][row.code] = row.count
        for row in self["calls"]:
            if row.code is None:
                found = errors.get((*row.owner, row.key), {})
                numbers = row.count, row.refused, row.in_handler, found, row.sandboxes
                functions[row.owner].calls.append(Called(row.entry, *numbers, row.first, row.last))
        for row in self["sources"]:
            entry = row.entry
            seen = SourceSeen(_text(entry.get("source")), entry.get("arn"), row.count, row.first, row.last)
            functions[row.owner].sources.append(seen)
        return list(functions.values())

    def findings(self) -> list[Found]:
        """Return what rules found, by function, rule, issue, target, site and decision."""
        told: dict[tuple[object, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in self["detail"]:
            told[_finding_key(row)].append(row.entry)
        return [_found(row, told.get(_finding_key(row), [])) for row in self["finding"]]

    def attached(self) -> list[Attached]:
        """Return how the guard was there, for each function."""
        by_owner: dict[tuple[str, str | None, str], list[Row]] = defaultdict(list)
        for row in self["attached"]:
            by_owner[row.owner].append(row)
        return [_attached(rows) for rows in by_owner.values()]

    def errors(self) -> list[Fault]:
        """Return the guard's own failures."""
        return [
            Fault(
                *row.owner, _text(row.entry.get("where")), _text(row.entry.get("type")),
                _text(row.entry.get("message")),
                row.sandboxes, row.of_versions, row.first, row.last,
            )
            for row in self["error"]
        ]  # fmt: skip

    def appearing(self) -> list[Seen]:
        """Return every call, source and finding with the time when it was first told, the latest first."""
        seen = [
            Seen(*row.owner, what, row.entry, row.first)
            for what in ("calls", "sources", "finding")
            for row in self[what]
            if row.code is None
        ]
        return sorted(seen, key=lambda fact: fact.first or _BEGINNING, reverse=True)


def _settled(rows: list[Row]) -> Iterator[Row]:
    """Give rows without an account that of their function, where it has just one; rows that are then alike become one.

    A sandbox that was never invoked tells no account.
    """
    accounts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.account is not None:
            accounts[row.function, row.region].add(row.account)
    alike: dict[tuple[object, ...], Row] = {}
    for row in rows:
        known = accounts.get((row.function, row.region), set())
        settled = replace(row, account=next(iter(known))) if row.account is None and len(known) == 1 else row
        key = (settled.what, settled.file, *settled.owner, settled.key, settled.code)
        alike[key] = _joined(alike[key], settled) if key in alike else settled
    yield from (alike[key] for key in sorted(alike, key=lambda key: tuple(str(part or "") for part in key)))


def _joined(one: Row, other: Row) -> Row:
    return replace(
        one,
        versions=",".join(sorted({*one.of_versions, *other.of_versions})),
        first=min((time for time in (one.first, other.first) if time is not None), default=None),
        last=max((time for time in (one.last, other.last) if time is not None), default=None),
        **{name: getattr(one, name) + getattr(other, name) for name in _NUMBERS},
    )


def _finding_key(row: Row) -> tuple[object, ...]:
    entry = row.entry
    site = json.dumps(entry.get("site"), sort_keys=True)
    return (*row.owner, *(str(entry.get(name)) for name in ("rule", "issue", "decision", "target", "swallowed")), site)


def _found(row: Row, told: list[dict[str, Any]]) -> Found:
    entry = row.entry
    found = Found(
        *row.owner, _text(entry.get("rule")), _text(entry.get("issue")), _text(entry.get("decision")),
        _text(entry.get("target")),
        _site(entry.get("site")), entry.get("swallowed") is True, max(row.count, 1), row.sandboxes,
        row.of_versions,
        row.first, row.last,
    )  # fmt: skip
    return replace(
        found,
        message=next((_text(one.get("message")) for one in told), ""),
        details=_distinct(one.get("details") for one in told),
        exemptions=_distinct(one.get("exemption") for one in told),
    )


def _attached(rows: list[Row]) -> Attached:
    latest = max(rows, key=lambda row: row.last or _BEGINNING)
    entry = latest.entry
    layers: dict[str, int] = defaultdict(int)
    for row in rows:
        layers[_text(row.entry.get("lambda_guard"))] += row.sandboxes
    return Attached(
        *latest.owner,
        versions=tuple(sorted({version for row in rows for version in row.of_versions})),
        mode=_text(entry.get("mode")),
        settings=settings if isinstance(settings := entry.get("settings"), dict) else {},
        way=_text(entry.get("way")),
        python=_text(entry.get("python")),
        awslambdaric=entry.get("awslambdaric"),
        layer=_text(entry.get("lambda_guard")),
        layers=dict(layers),
        patches=_names(entry.get("patches")),
        uncovered_sdks=tuple(sorted({name for row in rows for name in _names(row.entry.get("uncovered_sdks"))})),
        sandboxes=sum(row.sandboxes for row in rows),
        first=min((row.first for row in rows if row.first is not None), default=None),
        last=max((row.last for row in rows if row.last is not None), default=None),
    )


def _site(value: object) -> Site | None:
    if not isinstance(value, dict):
        return None
    line = value.get("line")
    return Site(_text(value.get("file")), line if isinstance(line, int) else 0, _text(value.get("function")))


def _distinct(values: Iterable[object]) -> tuple[dict[str, Any], ...]:
    found = {json.dumps(value, sort_keys=True): value for value in values if isinstance(value, dict)}
    return tuple(found.values())


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
