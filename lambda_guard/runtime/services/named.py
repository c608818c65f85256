"""What a call of any service but DynamoDB names, by a table of its parameters: names and flags, never a value.

A service's row in `names.TABLE` is words. Each is a parameter, or a path through structures and lists, that holds
a name or a list of names, the most particular first:

    Name                  a name; its kind is the parameter's own name without `Name`, `Arn`, `Id`, ...
    Name=kind             a name of another kind
    Entries.Bus|default   what an entry without the parameter means
    Source~bucket         a name that stands inside a value: see `CUTS`
    ?Tagging              a flag: the parameter was sent, and is not false or empty
    ?Directive=COPY,NONE  a flag for each of these values, such as `Directive=COPY`

Reading has two steps, because nearly every call was seen before: `look` returns what tells calls apart, `touches`
what that means.
"""

from __future__ import annotations

from . import NO_RESOURCE, UNRESOLVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from . import Touch

    Piece = Callable[[Any], Sequence[Any]]

_ENDINGS = ("Name", "Arn", "ARN", "Id", "ID", "Identifier", "Url", "Uri", "URL", "URI")


def kind_of(parameter: str) -> str:
    """Return the kind of what a parameter names: `state-machine` of `stateMachineArn`."""
    stem = parameter
    for plural in (parameter, parameter[:-1] if parameter.endswith("s") else parameter):
        ending = next((one for one in _ENDINGS if plural.endswith(one) and plural != one), None)
        if ending is not None:
            stem = plural[: -len(ending)]
            break
    kind = ""
    for at, letter in enumerate(stem):
        # A word begins with a capital after a small letter, or before one.
        if at and letter.isupper() and (not stem[at - 1].isupper() or stem[at + 1 : at + 2].islower()):
            kind += "-"
        kind += letter.lower()
    return kind


class Reader:
    """Reads the calls of one service by its row of the table."""

    __slots__ = ("_order", "parameters")

    def __init__(self, row: str) -> None:
        self._order: dict[str, int] = {"client-endpoint": -1}
        # parameter -> its kind, or what to read from its value
        self.parameters: dict[str, str | list[Piece]] = {}
        for word in row.split():
            path, piece = self._piece(word)
            if type(piece) is str and len(path) == 1:
                self.parameters[path[0]] = piece
                continue
            pieces = self.parameters.setdefault(path[0], [])
            if isinstance(pieces, str):
                pieces = self.parameters[path[0]] = [_names(pieces, (), None, None)]
            pieces.append(piece)  # type: ignore[arg-type]

    def _piece(self, word: str) -> tuple[list[str], str | Piece]:
        flag = word.startswith("?")
        path, _, said = word.lstrip("?").partition("=")
        if flag:
            steps = path.split(".")
            return steps, _flag(path, tuple(steps[1:]), tuple(said.split(",")) if said else ())
        path, _, default = path.partition("|")
        path, _, cut = path.partition("~")
        steps = path.split(".")
        kind = said or kind_of(steps[-1])
        self._order.setdefault(kind, len(self._order))
        if len(steps) == 1 and not cut:
            return steps, kind
        return steps, _names(kind, tuple(steps[1:]), default or None, CUTS[cut] if cut else None)

    def look(self, params: Any) -> list[Any]:
        """Return what tells calls apart, kinds and names by turns; a flag has the kind `?`.

        Raises whatever a request that botocore would refuse leads to.
        """
        found: list[Any] = []
        known = self.parameters
        for parameter in params:
            if parameter in known:
                self.look_at(parameter, params[parameter], found)
        return found

    def look_at(self, parameter: str, value: Any, found: list[Any]) -> None:
        """Add what one parameter of the table holds."""
        how = self.parameters[parameter]
        if value is None:
            return
        if isinstance(how, str):
            found += (how, value if type(value) is str else _plain(value))
        else:
            for read in how:
                found += read(value)

    def read(self, _operation: str, params: object) -> tuple[Touch, ...]:
        """Return what a call touches; `UNRESOLVED` where its parameters are none, which botocore is about to refuse."""
        try:
            return self.touches(self.look(params)) if isinstance(params, dict) else UNRESOLVED
        except Exception:
            return UNRESOLVED

    def touches(self, seen: Sequence[Any]) -> tuple[Touch, ...]:
        """Return a touch for each name of a list beside the other names, or one where there is no list."""
        if len(seen) == 2 and type(seen[1]) is str and seen[0] not in _SPECIAL:
            return ((None, seen[0], seen[1], None, None, (), ()),)
        flags: list[str] = []
        single: dict[str, str] = {}
        several: list[tuple[str, str]] = []
        for kind, names in zip(seen[::2], seen[1::2], strict=True):
            if kind == "?":
                flags.append(names)
            elif isinstance(names, str):
                single.setdefault(kind, names)
            elif names is None:
                return UNRESOLVED
            else:
                several += [(kind, name) for name in names]
        flags.sort()
        if not several:
            return (_touch(single, tuple(flags), self._order),)
        return tuple(
            dict.fromkeys([_touch({**single, kind: name}, tuple(flags), self._order) for kind, name in several])
        )


_SPECIAL = frozenset(("?", "queue", "client-endpoint"))


def _touch(names: dict[str, str], flags: tuple[str, ...], order: dict[str, int]) -> Touch:
    if not names:
        return (*NO_RESOURCE[0], (), flags) if flags else NO_RESOURCE[0]
    kinds = sorted(names, key=order.__getitem__) if len(names) > 1 else [*names]
    kind = kinds[0]
    name, region = names[kind], None
    if kind == "queue" and "://" in name:
        name, region = _queue(name)
    elif kind == "client-endpoint":
        api = _api(name)
        if api is None:
            return (None, None, None, None, None, (), (*flags, "CustomDomain"))
        kind, name, region = "api", *api
    return (None, kind, name, None, region, tuple([(one, names[one]) for one in kinds[1:]]), flags)


def _plain(value: Any) -> str | tuple[str, ...] | None:
    """Return the plain text of a name, or of each of a list; None where something else stands there."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return tuple(dict.fromkeys([str.__str__(one) for one in value]))
    return None


def _walk(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at the end of a path, in each item of the lists on the way; None where it ends early."""
    if isinstance(value, (list, tuple)) and steps:
        for item in value:
            yield from _walk(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict):
        yield from _walk(value.get(steps[0]), steps[1:])
    else:
        yield None


def _names(kind: str, steps: tuple[str, ...], default: str | None, cut: Cut | None) -> Piece:
    def read(value: Any) -> Sequence[Any]:
        found: dict[str, None] = {}
        flags: list[str] = []
        for one in _walk(value, steps):
            if cut is not None and one is not None:
                one, flag = cut(one)
                if flag:
                    flags.append(flag)
            plain = _plain(default if one is None else one)
            if plain is None:
                if one is not None:
                    return (kind, None)
            elif type(plain) is str:
                found[plain] = None
            else:
                found.update(dict.fromkeys(plain))
        said = [text for flag in dict.fromkeys(flags) for text in ("?", flag)]
        if found:
            said += (kind, tuple(found) if len(found) > 1 else next(iter(found)))  # type: ignore[arg-type]
        return said

    return read


def _flag(name: str, steps: tuple[str, ...], choices: tuple[str, ...]) -> Piece:
    def read(value: Any) -> Sequence[str]:
        if choices:
            sent = [*_walk(value, steps)]
            return [text for one in choices if one in sent for text in ("?", f"{name}={one}")]
        return ("?", name) if any(_walk(value, steps)) else ()

    return read


# What cuts a name out of a value: the name, and a flag where the value says more.

if TYPE_CHECKING:
    Cut = Callable[[Any], tuple[str | tuple[str, ...] | None, str | None]]


def _copied(source: Any) -> tuple[str | None, str | None]:
    """Read the bucket of `CopySource`: `bucket/key?versionId=...`, an access point's ARN with its object, or a map."""
    if isinstance(source, dict):
        return source["Bucket"], "SourceVersion" if source.get("VersionId") else None
    flag = "SourceVersion" if "?versionId=" in source else None
    if source.startswith("arn"):
        return source.replace("%3A", ":").replace("%2F", "/").partition("/object/")[0], flag
    return source.lstrip("/").replace("%2F", "/").partition("/")[0], flag


def _bucket(address: Any) -> tuple[str | None, None]:
    """Read the bucket of `s3://bucket/key`, of an object's ARN or of S3's HTTP addresses; nothing of anything else."""
    for start in ("s3://", "s3a://"):
        if address.startswith(start):
            return address[len(start) :].partition("/")[0], None
    if ":s3:::" in address:
        return address.partition(":s3:::")[2].partition("/")[0], None
    return None, None


def _generated(arn: Any) -> tuple[str | tuple[str, ...] | None, None]:
    """Leave out the last part of an ARN, which AWS or the caller makes anew each time: one execution, one device."""
    if not isinstance(arn, str):
        return tuple(dict.fromkeys([_generated(one)[0] for one in arn])), None  # type: ignore[misc]
    if not arn.startswith("arn:") or arn.count(":") < 5:
        return None, None
    return arn[: max(arn.rfind(":"), arn.rfind("/"))], None


def _endpoint(arn: Any) -> tuple[str | None, None]:
    """Keep a topic's ARN; of an endpoint of mobile push, all but the device."""
    if ":endpoint/" in arn:
        return arn.rpartition("/")[0], None
    return arn, None


_SHORT_LIVED = frozenset(("i", "vol", "snap", "eni", "eipalloc", "eipassoc", "fl", "sir", "spot", "cr"))


def _short_id(ids: Any) -> tuple[str | tuple[str, ...] | None, None]:
    """Keep an EC2 id of what lasts, such as a subnet; of what is made anew, its type: `i-`."""
    if not isinstance(ids, str):
        return tuple(dict.fromkeys([_short_id(one)[0] for one in ids])), None  # type: ignore[misc]
    prefix, dash, _ = ids.rpartition("-")
    return (f"{prefix}-" if dash and prefix in _SHORT_LIVED else ids), None


def _identifier(value: Any) -> tuple[str | None, None]:
    """Keep an id of Route 53 without its path: `/hostedzone/Z1` and `Z1` are one; of a change, only that it is one."""
    if value.startswith("/change/") or (value.startswith("C") and "/" not in value):
        return "change", None
    return value.rpartition("/")[2], None


def _durable(arn: Any) -> tuple[str | None, None]:
    """Keep the function's version of a durable execution's ARN."""
    return arn.partition("/durable-execution/")[0], None


def _number(value: Any) -> tuple[str | None, None]:
    return (str(value) if type(value) is int else None), None


CUTS: dict[str, Cut] = {
    "durable": _durable,
    "number": _number,
    "copied": _copied,
    "bucket": _bucket,
    "generated": _generated,
    "endpoint": _endpoint,
    "short-id": _short_id,
    "zone": _identifier,
}


def _queue(url: str) -> tuple[str, str | None]:
    """Return account and name of a queue's URL, and the region that its host tells.

    https://docs.aws.amazon.com/general/latest/gr/sqs-service.html lists the hosts, older ones too.
    """
    host, _, path = url.partition("://")[2].partition("/")
    host = host.partition(":")[0]
    region = next((label for label in host.split(".") if label.count("-") >= 2 and label[-1:].isdigit()), None)
    if region is None and host == "queue.amazonaws.com":
        region = "us-east-1"
    return path.strip("/"), region


def _api(url: str) -> tuple[str, str] | None:
    """Return `api/stage` and the region of an API's own address; None for a custom domain, which tells neither."""
    host, _, path = url.partition("://")[2].partition("/")
    labels = host.partition(":")[0].split(".")
    if len(labels) < 5 or labels[1] != "execute-api":
        return None
    return f"{labels[0].partition('-vpce-')[0]}/{path.partition('/')[0]}".rstrip("/"), labels[2]
