"""Findings that somebody silenced: by `# lambda-guard: ignore[LG201] reason`, or in the settings file."""

from __future__ import annotations

import contextlib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lambda_guard.analysis.lint.findings import Finding, printable
from lambda_guard.analysis.lint.rules import RULES
from lambda_guard.analysis.lint.settings import Settings
from lambda_guard.runtime.match import matches

_COMMENT = re.compile(r"#\s*lambda-guard:\s*ignore\b(?:\[([^\]]*)\])?:?\s*(.*)")
_YAML_COMMENT = re.compile(r"(?:^|\s)(#\s*lambda-guard:\s*ignore.*)$")
_MARK = "lambda-guard:"
# The lint's own findings cannot be silenced by what they are about.
_OWN = ("LG002", "LG003")


@dataclass
class Ignore:
    """One ignore. lines: those that it is for; used: the ids that it silenced something of."""

    file: str
    line: int
    column: int
    ids: tuple[str, ...]
    reason: str
    lines: tuple[int, ...]
    used: set[str] = field(default_factory=set)


def in_python(path: Path, text: str) -> list[Ignore]:
    """Read the comments of Python code; what looks like one in a string is none."""
    if _MARK not in text:
        return []
    found: list[Ignore] = []
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # what cannot be read is a finding of its own
        found.extend(
            _ignore(path, text.splitlines(), token.start, match)
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT and (match := _COMMENT.match(token.string))
        )
    return found


def in_yaml(path: Path, text: str) -> list[Ignore]:
    """Read the comments of a YAML template."""
    if _MARK not in text:
        return []
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if (comment := _YAML_COMMENT.search(line)) and (match := _COMMENT.match(comment[1])):
            found.append(_ignore(path, lines, (number, comment.start(1)), match))
    return found


def _ignore(path: Path, lines: list[str], start: tuple[int, int], match: re.Match[str]) -> Ignore:
    number, column = start
    ids = tuple(part.strip() for part in (match[1] or "").split(",") if part.strip())
    wanted = [number]
    if not lines[number - 1][:column].strip():  # alone on its line: it is for the next line of code
        following = (at for at in range(number, len(lines)) if lines[at].strip() and lines[at].strip()[0] != "#")
        wanted.append(next(following, number - 1) + 1)
    return Ignore(str(path), number, column + 1, ids, match[2].strip(), tuple(wanted))


def apply(findings: Iterable[Finding], ignores: list[Ignore], settings: Settings) -> Iterator[Finding]:
    """Yield the findings that nobody silenced, and those of the ignores themselves."""
    places: dict[tuple[str, int], list[Ignore]] = {}
    for ignore in ignores:
        for line in ignore.lines:
            places.setdefault((ignore.file, line), []).append(ignore)
    used = set()
    for finding in findings:
        by_comment = [one for one in places.get((finding.file, finding.line), []) if finding.id in one.ids]
        by_file = [number for number, one in enumerate(settings.ignore) if _fits(finding, one.id, one.path)]
        for one in by_comment:
            one.used.add(finding.id)
        used.update(by_file)
        if not by_comment and not by_file:
            yield finding
    for ignore in ignores:
        yield from _faults(ignore)
    for number, silenced in enumerate(settings.ignore):
        what = f"[[lint.ignore]] of {silenced.id}"
        if not silenced.reason:
            yield Finding(settings.place, 1, 1, "LG002", what)
        if number not in used:
            yield Finding(settings.place, 1, 1, "LG003", what)


def _fits(finding: Finding, rule: str, path: str) -> bool:
    name = Path(finding.file).as_posix()
    return finding.id == rule and finding.id not in _OWN and (matches(path, name) or matches(f"*/{path}", name))


def _faults(ignore: Ignore) -> Iterator[Finding]:
    if not ignore.reason:
        yield Finding(ignore.file, ignore.line, ignore.column, "LG002", "")
    for rule in ignore.ids or ("",):
        if rule not in ignore.used:
            what = rule if rule in RULES else f"{printable(rule)}, which is no rule" if rule else "an ignore of no rule"
            yield Finding(ignore.file, ignore.line, ignore.column, "LG003", what)
