"""Names for things in generated code."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])|[A-Z]")


def words(role: str) -> list[str]:
    """Split a role's name, or the last part of its ARN, into words; the first begins with a letter."""
    found = _WORD.findall(role.rpartition("/")[2]) or ["role"]
    return found if found[0][0].isalpha() else ["role", *found]


def snake(role: str) -> str:
    """Return a name for Terraform and Python."""
    return "_".join(word.lower() for word in words(role))


def pascal(role: str) -> str:
    """Return a name for CloudFormation and constructs."""
    return "".join(word[0].upper() + word[1:] for word in words(role))


def numbered(name: str, number: int, of: int, between: str = "") -> str:
    """Return the name itself where there is one of it, else with its number."""
    return name if of == 1 else f"{name}{between}{number}"
