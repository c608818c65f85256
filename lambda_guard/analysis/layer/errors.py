"""What ends a build."""

from __future__ import annotations


class BuildError(Exception):
    """A layer that cannot be built as asked; says what to do."""
