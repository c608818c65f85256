"""What lies in a file of logs: archives, other encodings and payloads become plain files of lines."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

_BLOCK = 1 << 20
_HEAD = 1 << 16
# Longer ones are no lines that DuckDB reads.
_LONG_LINE = 1 << 20
_GZIP, _ZSTD, _ZIP, _BZIP2, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00"
_STREAMS: dict[bytes, Callable[[Path], IO[bytes]]] = {_BZIP2: bz2.BZ2File, _XZ: lzma.LZMAFile}
_ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Payloads of subscription filters: gzip in base64.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
_PAYLOAD = re.compile(rb"H4sI[A-Za-z0-9+/]{16,}={0,2}")
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError)
_BETWEEN = re.compile(rb"(\})(,? ?)(?=\{\")")
_BETWEEN_DOCUMENTS = re.compile(rb"(\})()(?=\{\")")


@dataclass(frozen=True)
class Source:
    """One file of log lines. `name` is what the user called it, `path` where it can be read.

    packing: none, gzip or zstd, which DuckDB unpacks itself. damaged: only a part could be unpacked.
    """

    name: str
    path: Path
    packing: str = "none"
    damaged: bool = False


class Spool:
    """A folder of ours for what cannot be read in place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = 0

    def new(self, kind: str) -> Path:
        """Return the path of a file that is not there yet."""
        self._files += 1
        return self.folder / f"{kind}-{self._files}"


def sources_in(name: str, path: Path, spool: Spool) -> Iterator[Source]:
    """Yield what a file holds as files that DuckDB can read: one, or more of an archive. Told by content, not by name.

    Raises OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        yield from _zip(name, path, spool)
    elif _is_tar(head) or (head.startswith((_GZIP, _BZIP2, _XZ)) and _is_tar(_inside(head))):
        yield from _tar(name, path, spool)
    elif head.startswith(_GZIP):
        yield Source(name, path, "gzip")
    elif head.startswith(_ZSTD):
        yield Source(name, path, "zstd")
    elif (magic := next((magic for magic in _STREAMS if head.startswith(magic)), None)) is not None:
        target = spool.new("unpacked")
        with _STREAMS[magic](path) as stream:
            yield from _spooled(name, stream, target, spool)
    else:
        yield _text(name, path, head, spool)


def unpack(source: Source, spool: Spool) -> Source:
    """Decompress as much of a damaged gzip file as can be read, into a plain file.

    An export that was cut off still holds every line before the cut.
    """
    target = spool.new("unpacked")
    with source.path.open("rb") as packed, target.open("wb") as plain:
        for block in _members(packed) if source.packing == "gzip" else ():
            plain.write(block)
    return Source(source.name, target, damaged=True)


def _zip(name: str, path: Path, spool: Spool) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield from _member(name, member.filename, partial(archive.open, member), spool)
    except _DAMAGE:
        yield _nothing(name, spool)


def _tar(name: str, path: Path, spool: Spool) -> Iterator[Source]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield from _member(name, member.name, partial(archive.extractfile, member), spool)
    except _DAMAGE:
        yield _nothing(name, spool)


def _member(archive: str, name: str, opened: Callable[[], IO[bytes] | None], spool: Spool) -> Iterator[Source]:
    target = spool.new("member")
    with opened() or target.open("rb") as stream:
        yield from _spooled(f"{archive}: {name}", stream, target, spool)


def _nothing(name: str, spool: Spool) -> Source:
    target = spool.new("nothing")
    target.touch()
    return Source(name, target, damaged=True)


def _spooled(name: str, stream: IO[bytes], target: Path, spool: Spool) -> Iterator[Source]:
    """Copy what can be read of a stream, and yield what is in it."""
    damaged = False
    with target.open("wb") as file:
        try:
            while block := stream.read(_BLOCK):
                file.write(block)
        except _DAMAGE:
            damaged = True
    for source in sources_in(name, target, spool):
        yield Source(source.name, source.path, source.packing, source.damaged or damaged)


def _text(name: str, path: Path, head: bytes, spool: Spool) -> Source:
    encoding = next((name for mark, name in _ENCODINGS.items() if head.startswith(mark)), None)
    if encoding is not None:
        target = spool.new("text")
        with path.open(encoding=encoding, errors="replace", newline="") as text, target.open("wb") as plain:
            while characters := text.read(_BLOCK):
                plain.write(characters.encode("utf-8", "replace"))
        with target.open("rb") as file:
            return _text(name, target, file.read(_HEAD), spool)
    if _PAYLOAD.search(head):
        return _payloads(name, path, spool)
    if b"\n" not in head and path.stat().st_size > _LONG_LINE:
        return Source(name, _broken(path, head, spool))
    return Source(name, path)


def _payloads(name: str, path: Path, spool: Spool) -> Source:
    """Write what each payload holds in place of it; what is none stays."""
    target, damaged = spool.new("payloads"), False
    with path.open("rb") as packed, target.open("wb") as plain:
        for line in packed:
            rest = line.replace(b"\\/", b"/")
            for found in _PAYLOAD.finditer(rest):
                try:
                    plain.write(gzip.decompress(base64.b64decode(found[0])) + b"\n")
                except (ValueError, *_DAMAGE):
                    damaged = True
            plain.write(_PAYLOAD.sub(b"", rest))
    return Source(name, target, damaged=damaged)


def _broken(path: Path, head: bytes, spool: Spool) -> Path:
    """Begin a line with each JSON document: Firehose writes none between them."""
    between = _BETWEEN if b'\\"lambda_guard\\"' in head or b'"logEvents"' in head else _BETWEEN_DOCUMENTS
    target, rest = spool.new("broken"), b""
    with path.open("rb") as file, target.open("wb") as lines:
        while block := file.read(_BLOCK):
            block = rest + block
            last = block.rfind(b"}", max(len(block) - 4, 0))
            last = len(block) if last < 0 else last
            lines.write(between.sub(rb"\1\2\n", block[:last]))
            rest = block[last:]
        lines.write(between.sub(rb"\1\2\n", rest))
    return target


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _inside(head: bytes) -> bytes:
    """Return the beginning of what a compressed file holds."""
    decompress: Callable[[bytes, int], bytes] = zlib.decompressobj(wbits=31).decompress
    if head.startswith(_BZIP2):
        decompress = bz2.BZ2Decompressor().decompress
    elif head.startswith(_XZ):
        decompress = lzma.LZMADecompressor().decompress
    try:
        return decompress(head, 512)
    except _DAMAGE:
        return b""


def _members(packed: IO[bytes]) -> Iterator[bytes]:
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
