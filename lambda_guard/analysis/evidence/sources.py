"""Where evidence lies: files, folders, globs, standard input and log groups become files that DuckDB can read."""

from __future__ import annotations

import glob
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lambda_guard.analysis.evidence.unpacking import Source, Spool, sources_in

_BLOCK = 1 << 20
LOGS, ATHENA = "logs:", "athena:"
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


class NoEvidence(Exception):
    """No usable record, or no such evidence; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The AWS account that log groups and tables are in, and how far back they are read."""

    days: int
    profile: str | None = None
    region: str | None = None

    def client(self, service: str) -> Any:
        """Return boto3's client, which waits where AWS throttles."""
        import boto3
        from botocore.config import Config

        session = boto3.Session(profile_name=self.profile, region_name=self.region)
        return session.client(service, config=Config(retries={"mode": "standard", "max_attempts": 10}))


@dataclass
class Opened:
    """What evidence arguments have come to.

    tables: of Athena, DATABASE.TABLE. cut_off: log groups that gave back less than they hold. scanned: bytes that
    AWS has read for it.
    """

    sources: list[Source] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    scanned: int = 0


def open_sources(
    arguments: Iterable[str], spool: Spool, account: Account, progress: Callable[[float], None]
) -> Opened:
    """Resolve evidence arguments, each file once, however often it is named.

    arguments: paths of files or folders (all files below), globs (`**` too), `-` for standard input,
               `logs:GROUP` and `logs:PREFIX*` for log groups, `athena:DATABASE.TABLE`.
    Raises NoEvidence: an argument that matches no file, or a log group that cannot be read.
    """
    opened = Opened()
    sources: dict[Path, list[Source]] = {}
    patterns: list[str] = []
    for argument in arguments:
        if argument.startswith(ATHENA):
            opened.tables.append(argument.removeprefix(ATHENA))
        elif argument.startswith(LOGS):
            patterns.append(argument.removeprefix(LOGS))
        else:
            for name, path in _paths(argument, spool):
                if path.resolve() not in sources:
                    sources[path.resolve()] = _sources(name, _plain(path, spool), spool)
    if patterns:
        path = _log_groups(patterns, spool, account, opened, progress)
        sources[path] = [Source(", ".join(LOGS + pattern for pattern in patterns), path)]
    opened.sources = [source for found in sources.values() for source in found]
    return opened


def _paths(argument: str, spool: Spool) -> list[tuple[str, Path]]:
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
            f"No file matches {argument!r}. Evidence is a file, a folder, a glob, logs:GROUP or logs:PREFIX* for "
            "log groups in CloudWatch, athena:DATABASE.TABLE for exported logs, or - for standard input."
        )
    return [(str(match), match) for match in found]


def _log_groups(
    patterns: Iterable[str], spool: Spool, account: Account, opened: Opened, progress: Callable[[float], None]
) -> Path:
    from botocore.exceptions import BotoCoreError, ClientError

    from lambda_guard.analysis.evidence.insights import MOST_GROUPS, QueryFailed, fetch, groups

    target = spool.new("logs")
    until = datetime.now(UTC)
    since = until - timedelta(days=account.days)
    done = 0.0
    what = ""

    def told(seconds: float, scanned: int) -> None:
        nonlocal done
        opened.scanned += scanned
        done += seconds / (until - since).total_seconds()
        progress(min(done / parts, 1.0))

    try:
        client = account.client("logs")
        names: dict[str, None] = {}
        for what in patterns:
            found = groups(what, client)
            if not found:
                place = client.meta.region_name
                raise NoEvidence(f"No log group matches {what!r} in {place}: see --profile and --region.")
            names.update(dict.fromkeys(found))
        asked = list(names)
        parts = -(-len(asked) // MOST_GROUPS)
        with target.open("w", encoding="utf-8") as file:
            for number in range(0, len(asked), MOST_GROUPS):
                part = asked[number : number + MOST_GROUPS]
                what = ", ".join(part)
                if not fetch(part, since, until, client, file, told=told):
                    opened.cut_off.append(LOGS + what)
    except (BotoCoreError, ClientError, QueryFailed) as error:
        raise NoEvidence(f"Log group {what} cannot be read: {error}.") from None
    return target


def _plain(path: Path, spool: Spool) -> Path:
    """Return a path that SQL and DuckDB's globs take literally: log streams are called `[$LATEST]...`."""
    if _PLAIN.fullmatch(str(path)):
        return path
    link = spool.new("link")
    link.symlink_to(path.resolve())
    return link


def _spooled(spool: Spool, pipe: Path | None = None) -> Path:
    """Copy a stream to disk: it is read more than once, and may be larger than memory."""
    target = spool.new("stream")
    with target.open("wb") as file:
        if pipe is None:
            shutil.copyfileobj(sys.stdin.buffer, file, _BLOCK)
        else:
            with pipe.open("rb") as stream:
                shutil.copyfileobj(stream, file, _BLOCK)
    return target


def _sources(name: str, path: Path, spool: Spool) -> list[Source]:
    try:
        return list(sources_in(name, path, spool))
    except OSError as error:
        raise NoEvidence(f"{name} cannot be read: {error.strerror}.") from None
