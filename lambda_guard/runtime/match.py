"""Globs over names, as the settings use them: `*` any text, `?` one character, nothing else is special.

Names may be a client's: what is looked for is found from left to right, each piece once, so that no name and no glob
makes it slow.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def matches(pattern: str, name: str) -> bool:
    """Tell whether a whole name fits a glob. Case counts, as it does in ARNs and function names."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    first, *rest = pattern.split("*")
    if not rest:
        return len(first) == len(name) and _is_at(first, name, 0)
    last = rest.pop()
    at, end = len(first), len(name) - len(last)
    if at > end or not _is_at(first, name, 0) or not _is_at(last, name, end):
        return False
    # The leftmost place of each piece leaves most to those that follow: no other one has to be tried.
    for piece in rest:
        at = _find(piece, name, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _find(piece: str, name: str, start: int, end: int) -> int:
    if "?" not in piece:
        return name.find(piece, start, end)
    import re

    # Each `?` is one character, so there is nothing to go back for: a few steps for each place.
    expression = "".join("." if one == "?" else re.escape(one) for one in piece)
    found = re.compile(expression, re.DOTALL).search(name, start, end)
    return -1 if found is None else found.start()


def _is_at(piece: str, name: str, at: int) -> bool:
    if "?" not in piece:
        return name.startswith(piece, at)
    return all(wanted in ("?", found) for wanted, found in zip(piece, name[at : at + len(piece)], strict=True))


def any_matches(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether any of some names fits any of some globs."""
    names = tuple(names)
    return any(matches(pattern, name) for pattern in patterns for name in names)
