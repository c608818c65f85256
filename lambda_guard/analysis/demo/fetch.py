"""Downloads the emulator and a Python's runtime packages, as a program of its own: it can be ended at any time."""

from __future__ import annotations

import sys

from ..emulator import runtime


def main(python: str) -> str | None:
    """Fill the cache for one Python; return the complaint if that is not possible."""
    try:
        runtime.emulator()
        runtime.folder(python)
    except runtime.EmulatorError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
