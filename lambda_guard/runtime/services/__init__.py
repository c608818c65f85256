"""What an AWS call touches: an extractor for DynamoDB, loaded when it is used; a table of names for the rest.

An extractor takes (operation, params) as botocore has them and returns touches, without an exception and
without keeping a value. A touch is a plain tuple, because it is built on every call:

    (part, kind, name, index, region)                   of DynamoDB
    (part, kind, name, index, region, beside, flags)    of the services that `named` reads

part:   which part of the request named it: `Put` in a transaction, `Select` in a statement, `Target` of a
        restore; None for the operation itself.
kind:   `table`, `global-table`, `stream`, `backup`, ... as in usage.json; None where the operation has no
        resource, `unresolved` where it has one that could not be read.
name:   as the request gives it: a name, or an ARN.
index:  the index's name where one was used.
region: where it is, if the request says another region than the client's.
beside: further names of the request as (kind, name): the cluster of a service, the qualifier of a function.
flags:  parameters that were sent and change what IAM asks for, by name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .named import Reader

    Plain = tuple[str | None, str | None, str | None, str | None, str | None]
    Beside = tuple[tuple[str, str], ...]
    Flags = tuple[str, ...]
    Named = tuple[str | None, str | None, str | None, str | None, str | None, Beside, Flags]
    Touch = Plain | Named
    Extractor = Callable[[str, object], tuple[Touch, ...]]

NO_RESOURCE: tuple[Plain, ...] = ((None, None, None, None, None),)
UNRESOLVED: tuple[Plain, ...] = ((None, "unresolved", None, None, None),)

DYNAMODB = frozenset(("dynamodb", "dynamodbstreams"))
_readers: dict[str, Reader] = {}


def extractor(service: str) -> Extractor:
    """Return what reads the calls of a service, loading it the first time."""
    if service in DYNAMODB:
        from .dynamodb import touched

        return touched
    return reader(service).read


def reader(service: str) -> Reader:
    """Return the reader of a service but DynamoDB, which has a row of the table of names or names nothing."""
    found = _readers.get(service)
    if found is None:
        from .named import Reader
        from .names import TABLE

        found = _readers[service] = Reader(TABLE.get(service, ""))
    return found
