"""What an AWS call touches: one lazily loaded extractor per service, and a null one for every other service.

An extractor takes (operation, params) as botocore has them and returns touches, without an exception and
without keeping a value. A touch is a plain tuple, because it is built on every call:

    (part, kind, name, index, region)

part:   which part of the request named it: `Put` in a transaction, `Select` in a statement, `Target` of a
        restore; None for the operation itself.
kind:   `table`, `global-table`, `stream`, `backup`, ... as in usage.json; None where the operation has no
        resource, `unresolved` where it has one that could not be read.
name:   as the request gives it: a name, or an ARN.
index:  the index's name where one was used.
region: where it is, if the request says another region than the client's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Touch = tuple[str | None, str | None, str | None, str | None, str | None]
    Extractor = Callable[[str, object], tuple[Touch, ...]]

NO_RESOURCE: tuple[Touch, ...] = ((None, None, None, None, None),)
UNRESOLVED: tuple[Touch, ...] = ((None, "unresolved", None, None, None),)


def _dynamodb() -> Extractor:
    from .dynamodb import touched

    return touched


def _other(_operation: str, _params: object) -> tuple[Touch, ...]:
    """Return nothing for a service of which only the operation is recorded."""
    return NO_RESOURCE


# botocore's service name -> how to load its extractor.
LOADERS: dict[str, Callable[[], Extractor]] = {"dynamodb": _dynamodb, "dynamodbstreams": _dynamodb}
_loaded: dict[str, Extractor] = {}


def extractor(service: str) -> Extractor:
    """Return what reads the calls of a service, loading it the first time."""
    found = _loaded.get(service)
    if found is None:
        loader = LOADERS.get(service)
        if loader is None:
            return _other
        found = _loaded[service] = loader()
    return found
