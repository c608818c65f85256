"""Where evidence lies: files, folders, globs, standard input and log groups become files that DuckDB can read."""

from __future__ import annotations

import glob
import re
import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
_LOGS = "logs:"
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


class NoEvidence(Exception):
    """No usable record, or no such evidence; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """One file of log lines. `name` is what the user called it, `path` where it can be read."""

    name: str
    path: Path
    gzipped: bool


def open_sources(arguments: Iterable[str], spool: Path, days: int) -> list[Source]:
    """Resolve evidence arguments, each file once, however often it is named.

    arguments: paths of files or folders (all files below), globs (`**` too), `-` for standard input, and
               `logs:GROUP` for a log group in CloudWatch, of which the last `days` are read.
    spool:     a folder of ours for what cannot be read in place.
    Raises NoEvidence: an argument that matches no file, or a log group that cannot be read.
    """
    sources: dict[Path, Source] = {}
    for argument in arguments:
        if argument.startswith(_LOGS):
            found = [(argument, _log_group(argument.removeprefix(_LOGS), days, spool))]
        else:
            found = _paths(argument, spool)
        for name, path in found:
            sources.setdefault(path.resolve(), _source(name, _plain(path, spool)))
    return list(sources.values())


def unpack(source: Source, spool: Path) -> Source:
    """Decompress as much of a damaged gzip file as can be read, into a plain file.

    An export that was cut off still holds every line before the cut.
    """
    target = spool / f"unpacked-{len(list(spool.iterdir()))}"
    with source.path.open("rb") as packed, target.open("wb") as plain:
        for block in _decompressed(packed):
            plain.write(block)
    return Source(source.name, target, gzipped=False)


def _paths(argument: str, spool: Path) -> list[tuple[str, Path]]:
    if argument == "-":
        return [("standard input", _spooled(spool))]
    path = Path(argument)
    if path.is_dir():
        found = sorted(entry for entry in path.rglob("*") if entry.is_file())
    elif path.exists():
        found = [path if path.is_file() else _spooled(spool, path)]
    else:
        found = sorted(Path(match) for match in glob.glob(argument, recursive=True))
        found = [match for match in found if match.is_file()]
    if not found:
        raise NoEvidence(
            f"No file matches {argument!r}. Evidence is a file, a folder, a glob, "
            "logs:GROUP for a log group in CloudWatch, or - for standard input."
        )
    return [(str(match), match) for match in found]


def _log_group(group: str, days: int, spool: Path) -> Path:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from lambda_guard.analysis.evidence.insights import QueryFailed, fetch

    target = spool / f"logs-{len(list(spool.iterdir()))}"
    until = datetime.now(UTC)
    try:
        with target.open("w", encoding="utf-8") as file:
            complete = fetch(group, until - timedelta(days=days), until, boto3.client("logs"), file)
    except (BotoCoreError, ClientError, QueryFailed) as error:
        raise NoEvidence(f"Log group {group} cannot be read: {error}.") from None
    if not complete:
        raise NoEvidence(f"Log group {group} has more records in one second than Insights returns: export it.")
    return target


def _plain(path: Path, spool: Path) -> Path:
    """Return a path that SQL and DuckDB's globs take literally: log streams are called `[$LATEST]...`."""
    if _PLAIN.fullmatch(str(path)):
        return path
    link = spool / f"link-{len(list(spool.iterdir()))}"
    link.symlink_to(path.resolve())
    return link


def _spooled(spool: Path, pipe: Path | None = None) -> Path:
    """Copy a stream to disk: it is read more than once, and may be larger than memory."""
    target = spool / f"stream-{len(list(spool.iterdir()))}"
    with target.open("wb") as file:
        if pipe is None:
            shutil.copyfileobj(sys.stdin.buffer, file, _BLOCK)
        else:
            with pipe.open("rb") as stream:
                shutil.copyfileobj(stream, file, _BLOCK)
    return target


def _source(name: str, path: Path) -> Source:
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == _GZIP
    except OSError as error:
        raise NoEvidence(f"{name} cannot be read: {error.strerror}.") from None
    return Source(name, path, gzipped)


def _decompressed(packed: BinaryIO) -> Iterator[bytes]:
    """Yield what a gzip file holds, member after member, up to the first fault."""
    member = zlib.decompressobj(wbits=31)
    while block := packed.read(_BLOCK):
        while block:
            try:
                yield member.decompress(block)
            except zlib.error:
                return
            block = member.unused_data
            if member.eof:
                member = zlib.decompressobj(wbits=31)
