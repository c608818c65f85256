"""What records add up to, for each function; plain data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Lines:
    """What was read: `unreadable` counts lines by (file, what is wrong); `damaged` names cut archives.

    files:     how many files, log groups and tables. cut_off: places that gave back less than they hold.
    scanned:   bytes that AWS has read for it, which it bills; 0 for files.
    """

    total: int
    records: int
    unreadable: Counter[tuple[str, str]]
    damaged: tuple[str, ...]
    files: int
    cut_off: tuple[str, ...] = ()
    scanned: int = 0

    @property
    def complete(self) -> bool:
        """Tell whether every record that was there has been read."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why what was read is not known to be all, in words; empty where it is."""
        by_fault: Counter[str] = Counter()
        for (_, fault), count in self.unreadable.items():
            by_fault[fault] += count
        return (
            *(f"{name} is a damaged archive: read up to the damage" for name in self.damaged),
            *(f"{name} holds more than was given back" for name in self.cut_off),
            *(f"skipped {count:,} line{'s' * (count != 1)}: {fault}" for fault, count in by_fault.most_common()),
        )


@dataclass(frozen=True)
class Called:
    """One entry of `calls`, added up over the sandboxes of a function.

    entry:   service, operation, region, partition, part and resource, as in the record.
    count:   calls sent. refused: calls that the guard blocked. in_handler: sent from the handler itself.
    errors:  how many of them ended in an error, by code.
    first:   when a record first told it.
    """

    entry: dict[str, Any]
    count: int
    refused: int
    in_handler: int
    errors: dict[str, int]
    sandboxes: int
    first: datetime | None = field(default=None, compare=False)
    last: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SourceSeen:
    """An event source, and the ARN of its stream, queue or topic where it has one."""

    source: str
    arn: str | None
    count: int
    first: datetime | None = field(default=None, compare=False)
    last: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FunctionUsage:
    """What one function did in the window of the evidence.

    account: None where no record tells it. versions: of the function. missing: numbers of records that are
    not in the evidence though later ones of the same sandbox are. dropped: what the recorder had no room for.
    """

    function: str
    account: str | None
    region: str
    versions: tuple[str, ...]
    sandboxes: int
    invocations: int
    dropped: int
    missing: int
    first: datetime | None
    last: datetime | None
    calls: list[Called] = field(default_factory=list, repr=False)
    sources: list[SourceSeen] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Site:
    """A line of the user's code."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Found:
    """A finding of one function, added up over its sandboxes.

    target:     what it is about, by name. decision: allowed, would_block or blocked. swallowed: the function's own
                code caught the block.
    count:      how often it was met; at least as often as this.
    details:    further names, as the records have them: source, route, authorizer, api_id, stage, operation, driver,
                engine, ...; one for each combination that was seen.
    exemptions: reason, until and expired of those that let it pass.
    """

    function: str
    account: str | None
    region: str
    rule: str
    issue: str
    decision: str
    target: str
    site: Site | None
    swallowed: bool
    count: int
    sandboxes: int
    versions: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    message: str = ""
    details: tuple[dict[str, Any], ...] = ()
    exemptions: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Attached:
    """How the guard was there in one function: the latest announcement, and how many sandboxes there were.

    mode, settings, way, python, awslambdaric, layer: of the latest sandbox. layer: version of lambda_guard.
    layers:         sandboxes by version of lambda_guard. uncovered_sdks: of all sandboxes.
    sandboxes:      that announced themselves, which is cold starts.
    """

    function: str
    account: str | None
    region: str
    versions: tuple[str, ...]
    mode: str
    settings: dict[str, Any]
    way: str
    python: str
    awslambdaric: str | None
    layer: str
    layers: dict[str, int]
    patches: tuple[str, ...]
    uncovered_sdks: tuple[str, ...]
    sandboxes: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Fault:
    """A failure of the guard's own, or a setting that it could not read."""

    function: str
    account: str | None
    region: str
    where: str
    type: str
    message: str
    sandboxes: int
    versions: tuple[str, ...]
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Seen:
    """A fact of a function, and when it was first told: whether new ones still appear says if time was enough.

    what: `calls`, `sources` or `finding`. entry: as the record has it, without counts.
    """

    function: str
    account: str | None
    region: str
    what: str
    entry: dict[str, Any]
    first: datetime | None
