"""The recorder: which operations touched which resources, how often, and with what result. Names only.

Totals since the sandbox began, never deltas, so that the analysis merges records by "largest seq per sandbox
and entry". The shape of a record's content is documented in `analysis/schema/usage.json`.
"""

from __future__ import annotations

from .boundary import of_user
from .turn import Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .services import Extractor, Touch
    from .services.named import Reader

    # A partition, or one with what else a call is kept apart by: members that its line then has, names only.
    Place = str | tuple[str | None, tuple[tuple[str, str], ...]] | None
    # service, operation, region, partition, touch
    Key = tuple[str, str, str | None, Place, Touch]

# Distinct resources of one sandbox, event sources included; what comes after them is counted as dropped.
LIMIT = 1_000
# Distinct error codes of one entry; the rest is counted as one.
CODES = 20
_OTHER = "other"
_DYNAMODB = frozenset(("dynamodb", "dynamodbstreams"))
# Nearly all calls are of these operations, and what they touch is told by two parameters alone.
_TOLD_BY_NAME = frozenset(("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"))

_UNRESOLVED: tuple[Touch, ...] = ((None, "unresolved", None, None, None),)

# What may be a name: DynamoDB's names, S3's, an ARN without wildcards, a KMS key's id or alias. Anything else
# that stands where a name belongs is a mistake, perhaps a value in the wrong place, and is not kept.
_NAME = r"[A-Za-z0-9_.\-]{1,255}|alias/[A-Za-z0-9_/\-]{1,250}|arn:[A-Za-z0-9_:/.+=@\-]{1,2000}"
_CODE = r"[A-Za-z0-9_.:\-]{1,100}"
# What nearly every name consists of: compiling the pattern is a twentieth of what the guard adds to a start.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
# Services but DynamoDB have more characters in their names: parameters, secrets, log groups, alarms.
_MORE_LETTERS = _LETTERS + "/:+=@!#~, "
_LONGEST = 2_048


class _Entry:
    """One line of `calls`; `errors` by code."""

    __slots__ = ("count", "errors", "in_handler", "key", "refused")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.count = 0
        self.refused = 0
        self.in_handler = 0
        self.errors: dict[str, int] | None = None


class _Source:
    """One line of `sources`."""

    __slots__ = ("arn", "count", "name")

    def __init__(self, name: str, arn: str | None) -> None:
        self.name = name
        self.arn = arn
        self.count = 0


class Usage:
    """Everything that a sandbox's calls touched and its events came from, in bounded memory.

    invocations: as many as `event` was told.
    fresh:       something was seen for the first time since the last `take_new`: an entry, an error code of
                 an entry, its first refusal, its first call in the handler, a source, the first drop.
    """

    __slots__ = (
        *("_calls", "_dropped", "_extractor", "_known", "_lock", "_new", "_readers", "_sources"),
        *("fresh", "invocations"),
    )

    def __init__(self) -> None:
        self._extractor: Extractor | None = None
        self._readers: dict[str, Reader] = {}
        self.reset()

    def reset(self) -> None:
        """Begin anew: for the child of a fork and after a SnapStart restore, which are other sandboxes."""
        # Reentrant: a finaliser or a signal handler may make a call while this thread records one. New,
        # because another thread may have held the old one at the moment of the fork.
        self._lock = Turn()
        self._calls: dict[Key, _Entry] = {}
        # What is known of calls seen before, by the names that tell them apart -> what `attempt` returned for them
        self._known: dict[tuple[object, ...], tuple[_Entry, ...]] = {}
        self._sources: dict[tuple[str, str | None], _Source] = {}
        self._new: dict[_Entry | _Source, None] = {}
        self._dropped = 0
        self.invocations = 0
        self.fresh = False

    def attempt(
        self,
        service: str,
        operation: str,
        params: object,
        region: str | None,
        partition: Place,
        endpoint_url: str | None = None,
    ) -> tuple[_Entry, ...] | None:
        """Count a call that is about to be sent; return what `failed` takes.

        endpoint_url: the client's, for a service whose requests do not name their resource (apigatewaymanagementapi).
        """
        names: tuple[object, ...] | None = None
        try:
            if service == "dynamodb":
                if operation in _TOLD_BY_NAME:
                    names = (operation, params.get("TableName"), params.get("IndexName"), region, partition)  # type: ignore[attr-defined]
            elif not isinstance(params, dict):
                raise TypeError
            elif service not in _DYNAMODB:
                reader = self._readers.get(service) or self._reader(service)
                known = reader.parameters
                seen = [service, operation, region, partition, endpoint_url]
                # In place of `reader.look`: to call it would be a third of what a call costs that was seen before.
                for parameter in params:
                    if parameter in known:
                        value = params[parameter]
                        kind = known[parameter]
                        if value.__class__ is str and kind.__class__ is str:
                            seen.append(kind)
                            seen.append(value)
                        else:
                            reader.look_at(parameter, value, seen)
                names = tuple(seen)
            if names is not None:
                entries = self._known.get(names)
                if entries is not None:
                    if len(entries) == 1:
                        # No lock: Python switches threads at calls and loops only, and this line has neither.
                        entries[0].count += 1
                        return entries
                    with self._lock:
                        for entry in entries:
                            entry.count += 1
                    return entries
            touches = self._touches(service, operation, params, endpoint_url, names)
        except Exception as fault:  # parameters that are none, or cannot be looked up
            if of_user(fault) is not None:
                raise
            touches, names = _UNRESOLVED, None
        return self._attempt(service, operation, touches, region, partition, names)

    def _touches(
        self,
        service: str,
        operation: str,
        params: object,
        endpoint_url: str | None,
        names: tuple[Any, ...] | None = None,
    ) -> tuple[Touch, ...]:
        """Read what a call touches, by the service's extractor or by the table of names. Raises what that raises."""
        if service in _DYNAMODB:
            return (self._extractor or self._load_extractor())(operation, params)
        if not isinstance(params, dict):
            return _UNRESOLVED
        reader = self._readers.get(service) or self._reader(service)
        seen = reader.look(params) if names is None else names[5:]
        return reader.touches(seen if endpoint_url is None else ("client-endpoint", endpoint_url, *seen))

    def _attempt(
        self,
        service: str,
        operation: str,
        touches: tuple[Touch, ...],
        region: str | None,
        partition: Place,
        names: tuple[object, ...] | None,
    ) -> tuple[_Entry, ...] | None:
        """Count a call by what it touches. names: what it is known by from now on."""
        try:
            calls = self._calls
            counted = []
            with self._lock:
                sound = names is not None and len(self._known) < LIMIT
                for touch in touches:
                    key = (service, operation, region, partition, touch)
                    entry = calls.get(key) or self._entry(key)
                    if entry is None:
                        sound = False
                        continue
                    entry.count += 1
                    counted.append(entry)
                    # Of names only: what was given may have been anything, and was not kept then.
                    sound = sound and entry.key[4] == touch and touch[1] != "unresolved"
                entries = tuple(counted)
                if sound and entries:
                    self._known[names] = entries  # type: ignore[index]
        except Exception as fault:
            self._lost(fault)
            return None
        return entries

    def in_handler(self, entry: tuple[_Entry, ...]) -> None:
        """Count that the handler function itself made a call. Asked of the first calls of an entry only."""
        with self._lock:
            for counted in entry:
                counted.in_handler += 1
                if counted.in_handler == 1:
                    self._note(counted)

    def failed(self, entry: tuple[_Entry, ...] | None, code: object) -> None:
        """Count how an attempt ended that ended in an error: AWS's code, or the exception's class name."""
        try:
            code = _code(code)
            with self._lock:
                for counted in entry or ():
                    self._failed(counted, code)
        except Exception as fault:
            self._lost(fault)

    def refused(
        self,
        service: str,
        operation: str,
        params: object,
        region: str | None,
        partition: Place,
    ) -> None:
        """Count a call that the guard blocked: it was not sent, so no need follows from it. Never raises."""
        try:
            try:
                touches = self._touches(service, operation, params, None)
            except Exception as fault:
                if of_user(fault) is not None:
                    raise
                touches = _UNRESOLVED
            with self._lock:
                for touch in touches:
                    key = (service, operation, region, partition, touch)
                    entry = self._calls.get(key) or self._entry(key)
                    if entry is not None:
                        entry.refused += 1
                        if entry.refused == 1:
                            self._note(entry)
        except Exception as fault:
            self._lost(fault)

    def event(self, source_name: str, arn: str | None) -> None:
        """Count an invocation, and where its event came from: the source, and its stream or queue if it has one."""
        try:
            # No lock where the source is known, as in `attempt`.
            self.invocations += 1
            arn = arn if type(arn) is str else None
            source = self._sources.get((source_name, arn))
            if source is None:
                with self._lock:
                    source = self._source(source_name, arn)
            if source is not None:
                source.count += 1
        except Exception as fault:
            self._lost(fault)

    def _lost(self, fault: Exception) -> None:
        """Count what a fault of ours kept from being counted, and pass on what is none."""
        if of_user(fault) is not None:
            raise fault
        self._dropped += 1
        self.fresh = True

    def take_new(self) -> dict[str, Any] | None:
        """Return the content of a record of what is new since the last time; None when nothing is."""
        with self._lock:
            if not self.fresh:
                return None
            new, self._new, self.fresh = self._new, {}, False
            return {"partial": True, **self._content(new)}

    def totals(self) -> dict[str, Any]:
        """Return the content of a full record: everything since the sandbox began."""
        with self._lock:
            return self._content([*self._sources.values(), *self._calls.values()])

    def _load_extractor(self) -> Extractor:
        """Load what reads DynamoDB's calls; a function that makes none loads none."""
        from .services import extractor

        found = self._extractor = extractor("dynamodb")
        return found

    def _reader(self, service: str) -> Reader:
        """Load what reads the calls of a service by the table of names."""
        from .services import reader

        found = reader(service)
        if type(service) is str and len(self._readers) < LIMIT:
            self._readers[service] = found
        return found

    def _entry(self, raw: Key) -> _Entry | None:
        """Return the entry of a key that was not found as it is; None, and a drop, where there is no room."""
        if type(raw[4][2]) is str and not self._has_room():
            return None
        key = _names_only(*raw)
        entry = self._calls.get(key)
        if entry is None:
            if not self._has_room():
                return None
            entry = self._calls[key] = _Entry(key)
            self._note(entry)
        return entry

    def _source(self, name: str, arn: str | None) -> _Source | None:
        name = _name(name) or "unknown"
        arn = _name(arn)
        arn = arn if arn is not None and arn.startswith("arn:") else None
        source = self._sources.get((name, arn))
        if source is None:
            if not self._has_room():
                return None
            source = self._sources[name, arn] = _Source(name, arn)
            self._note(source)
        return source

    def _has_room(self) -> bool:
        if len(self._calls) + len(self._sources) < LIMIT:
            return True
        self._dropped += 1
        self.fresh = self.fresh or self._dropped == 1
        return False

    def _failed(self, entry: _Entry, code: str) -> None:
        if entry.errors is None:
            entry.errors = {}
        if code not in entry.errors:
            if len(entry.errors) >= CODES:
                code = _OTHER
            self._note(entry)
        entry.errors[code] = entry.errors.get(code, 0) + 1

    def _note(self, line: _Entry | _Source) -> None:
        self._new[line] = None
        self.fresh = True

    def _content(self, lines: Iterable[_Entry | _Source]) -> dict[str, Any]:
        content: dict[str, Any] = {
            "invocations": self.invocations,
            "dropped": self._dropped,
            "sources": [],
            "calls": [],
        }
        for line in lines:
            if isinstance(line, _Entry):
                content["calls"].append(_call(line))
            else:
                content["sources"].append({"source": line.name, "arn": line.arn, "count": line.count})
        return content


def split(content: dict[str, Any], limit_bytes: int) -> list[dict[str, Any]]:
    """Cut a content into parts of which none is longer than `limit_bytes` as JSON; one that fits stays whole.

    Parts are partial contents, numbered by `page` of `pages`. A limit below a few hundred bytes cannot hold
    an entry; each part then holds one.
    """
    from .taken import size as length

    head = {**content, "partial": True, "page": LIMIT, "pages": LIMIT, "sources": [], "calls": []}
    empty = length(head)
    pages: list[dict[str, Any]] = []
    room = 0
    size = empty
    for field in ("sources", "calls"):
        for line in content[field]:
            cost = length(line) + 2
            size += cost
            if cost > room:
                pages.append({**head, "sources": [], "calls": []})
                room = limit_bytes - empty
            room -= cost
            pages[-1][field].append(line)
    if size <= limit_bytes or len(pages) < 2:
        return [content]
    for number, page in enumerate(pages, 1):
        page.update(page=number, pages=len(pages))
    return pages


def _call(entry: _Entry) -> dict[str, Any]:
    """Return an entry as the record has it; what says nothing is left out."""
    service, operation, region, partition, touch = entry.key
    part, kind, name, index, elsewhere = touch[:5]
    plain, apart = partition if isinstance(partition, tuple) else (partition, ())
    call: dict[str, Any] = {
        "service": service,
        "operation": operation,
        "region": region,
        "partition": plain,
        "count": entry.count,
        **dict(apart),
    }
    if part is not None:
        call["part"] = part
    if kind is not None:
        fields = (("kind", kind), ("name", name), ("index", index), ("region", elsewhere))
        call["resource"] = {field: value for field, value in fields if value is not None}
    if len(touch) == 7:
        if touch[5]:
            call["with"] = dict(touch[5])
        if touch[6]:
            call["flags"] = list(touch[6])
    if entry.errors:
        call["errors"] = dict(entry.errors)
    if entry.refused:
        call["refused"] = entry.refused
    if entry.in_handler:
        call["in_handler"] = entry.in_handler
    return call


def _names_only(service: str, operation: str, region: str | None, partition: Place, touch: Touch) -> Key:
    """Return the key with plain strings that can be names; a touch that holds anything else is unresolved."""
    place: tuple[str, str, str | None, Place] = (
        _name(service) or "unknown",
        _name(operation) or "unknown",
        _name(region),
        (_name(partition[0]), partition[1]) if isinstance(partition, tuple) else _name(partition),
    )
    if len(touch) == 7:
        names = [touch[2], touch[4], *[name for _, name in touch[5]]]
        sound = all(name is None or _wide_name(name) is not None for name in names)
        return (*place, touch if sound else _UNRESOLVED[0])
    part, kind, *rest = touch
    plain = [None if name is None else _name(name) for name in rest]
    if any(after is None and before is not None for before, after in zip(rest, plain, strict=True)):
        kind, plain = "unresolved", [None, None, None]
    return (*place, (part, kind, plain[0], plain[1], plain[2]))


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    # A member of a str enum prints as its class's; botocore sends its text.
    text = str.__str__(value)
    if 0 < len(text) < 256 and not text.strip(_LETTERS):
        return text
    import re

    return text if re.fullmatch(_NAME, text) else None


def _wide_name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = str.__str__(value)
    sound = 0 < len(text) <= _LONGEST and not text.strip(_MORE_LETTERS) and text[0] != " " != text[-1]
    return text if sound else None


def _code(value: object) -> str:
    import re

    return str.__str__(value) if isinstance(value, str) and re.fullmatch(_CODE, value) else _OTHER
