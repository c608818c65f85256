"""Events as `lambda-guard event` takes them: files, folders, gzip; one event or several, as JSON of any encoding."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from lambda_guard.runtime import events

_SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
_MOST_BYTES = 1 << 28
_decode = json.JSONDecoder().raw_decode


class NotAnEvent(Exception):
    """A file or a part of one that holds no JSON; says where and why."""


def read(arguments: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield a name and an event for each in some files; NotAnEvent in the place of an event that cannot be read."""
    for argument in arguments:
        if argument == "-":
            yield from _of_standard_input()
            continue
        files = _files(argument)
        if not files:
            yield argument, NotAnEvent(f"{argument}: no events in this folder; they are looked for in {_named_as()}")
        for file in files:
            try:
                content = _content(file, Path(file).read_bytes())
            except OSError as error:
                yield file, NotAnEvent(f"{file}: cannot be read: {error.strerror or error}")
            except NotAnEvent as error:
                yield file, error
            else:
                yield from _events(file, content)


def _named_as() -> str:
    return f"{', '.join(f'*{suffix}' for suffix in _SUFFIXES[:3])}, plain or with .gz"


def _of_standard_input() -> Iterator[tuple[str, Any]]:
    try:
        content = _content("-", sys.stdin.buffer.read())
    except NotAnEvent as error:
        yield "-", error
        return
    pieces = _separated(content.splitlines(keepends=True))
    if not pieces:
        raise click.UsageError("no event on standard input; it takes events as JSON")
    for number, lines in pieces:
        yield from _of_piece("-", number, b"".join(lines))


def _files(argument: str) -> list[str]:
    folder = Path(argument)
    if not folder.is_dir():
        return [argument]
    return sorted(str(path) for path in folder.rglob("*") if path.name.endswith(_SUFFIXES) and path.is_file())


def _content(name: str, content: bytes) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
                content = stream.read(_MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise NotAnEvent(f"{name}: damaged gzip: {error}") from None
        if len(content) > _MOST_BYTES:
            raise NotAnEvent(f"{name}: more than {_MOST_BYTES >> 20} MiB when unpacked; no event is larger than 6 MiB")
    elif content.startswith(b"PK\x03\x04"):
        raise NotAnEvent(f"{name}: a zip archive; unpack it and give its folder")
    return content


def _events(name: str, content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield what is in a file: one event, an array of events, or one after the other."""
    try:
        value = json.loads(content.decode(_encoding(content)))
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            yield name, _not_json(f"{name}:{error.lineno}:{error.colno}", error.msg)
            return
    except (UnicodeDecodeError, RecursionError) as error:
        yield name, _unreadable(name, 1, content, error)
        return
    else:
        yield from _items(name, value)
        return
    for number, lines in _separated(content.decode(_encoding(content)).encode().splitlines(keepends=True)):
        yield from _of_piece(name, number, b"".join(lines))


def _of_piece(name: str, number: int, content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the events of a part that begins in line `number`; one may stand behind the other in a line."""
    place = f"{name}:{number}"
    try:
        text = content.decode(_encoding(content)).rstrip()
        at, line = 0, number
        while at < len(text):
            start = at
            while text[start].isspace():
                start += 1
            line += text.count("\n", at, start)
            place = f"{name}:{line}" if at == 0 else f"{name}:{line}:{start - text.rfind(chr(10), 0, start)}"
            value, at = _decode(text, start)
            line += text.count("\n", start, at)
            yield from _items(place, value)
    except json.JSONDecodeError as error:
        yield place, _not_json(f"{name}:{number + error.lineno - 1}:{error.colno}", error.msg)
    except (UnicodeDecodeError, RecursionError) as error:
        yield place, _unreadable(name, number, content, error)


def _items(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of an array of events; some sources send arrays, which are one event each."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict | list) for item in value):
        yield place, value
        return
    source = events.read(value).name
    batch = source == "appsync_batch" and all(events.read(item).name == "appsync_resolver" for item in value)
    if batch or source not in ("direct", "appsync_batch"):
        yield place, value
        return
    for index, item in enumerate(value):
        yield f"{place}[{index}]", item


def _encoding(content: bytes) -> str:
    # "utf-8" where nothing tells: json knows by the first bytes, with a mark or without.
    return json.detect_encoding(content)


def _unreadable(name: str, number: int, content: bytes, error: UnicodeDecodeError | RecursionError) -> NotAnEvent:
    if isinstance(error, RecursionError):
        return _not_json(f"{name}:{number}:1", "nested too deeply")
    before = content[: error.start]
    line, column = before.count(b"\n"), error.start - before.rfind(b"\n")
    return _not_json(f"{name}:{number + line}:{column}", "not UTF-8")


def _not_json(place: str, problem: str) -> NotAnEvent:
    return NotAnEvent(f"{place}: not JSON: {problem}")


def _separated(stream: Iterable[bytes]) -> list[tuple[int, list[bytes]]]:
    """Tell events apart, each with the number of its first line, without reading them: one may be no JSON.

    A line that is indented more than the first of an event, or that only closes, belongs to the same event.
    """
    found: list[tuple[int, list[bytes]]] = []
    margin = 0
    for number, line in enumerate(stream, 1):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if found and (not text or indent > margin or text[:1] in b"}]"):
            found[-1][1].append(line)
        elif text:
            found.append((number, [line]))
            margin = indent
    return found
