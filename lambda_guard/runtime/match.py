"""Globs over names, as the settings use them: `*` any text, `?` one character, nothing else is special."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def matches(pattern: str, name: str) -> bool:
    """Tell whether a whole name fits a glob. Case counts, as it does in ARNs and function names."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    import re

    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, name, re.DOTALL) is not None


def any_matches(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether any of some names fits any of some globs."""
    names = tuple(names)
    return any(matches(pattern, name) for pattern in patterns for name in names)
