"""Ends what was started: every process of a session, on Linux."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def end_session(leader: int) -> None:
    """End every process of a session, whichever process groups they have put themselves in."""
    for _ in range(10):  # one that is being killed may have started another one meanwhile
        members = _members(leader)
        if not members:
            return
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _members(leader: int) -> list[int]:
    """Return the live processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # After the name, which stands in parentheses and may hold anything: state, parent, group, session.
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == leader and state not in "ZX":
            found.append(int(entry.name))
    return found
