"""Python programs that a function starts: they are followed, and how one is told."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ...guard import Guard

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child")
# What a child cannot know by itself: "{process}:{partition}:{account}" of the function.
PARENT = "_LAMBDA_GUARD_PARENT"


def follow(guard: Guard, words: list[str], env: Any, frame: FrameType | None, is_reached: bool = True) -> None:
    """Have a Python child load the guard as it starts, by a `sitecustomize` on its path; say where that cannot be.

    words: what follows `python`. is_reached: whether its environment is the one that the command line is given.
    """
    try:
        if guard.config.attach == "manual":
            return
        target = os.environ if env is None else env
        is_ours = env is None or env is os.environ or type(env) is dict
        if _is_isolated(words) or not (is_reached and is_ours):
            message = "a Python program runs without the guard: it is started with -I, -E or -S, or an own environment"
            guard.unseen("unguarded-child", "python", message, frame)
            return
        path = os.fsdecode(target.get("PYTHONPATH") or "")
        if CHILD not in path.split(os.pathsep):
            target["PYTHONPATH"] = CHILD + (os.pathsep + path if path else "")
        parent = os.environ.get(PARENT) or f"{os.getpid()}:{guard.partition or ''}:{guard.journal.account or ''}"
        target[PARENT] = parent
    except Exception as fault:
        guard.fault("child", fault)


def _is_isolated(words: list[str]) -> bool:
    """Tell whether Python's options keep it from its environment or from `sitecustomize`."""
    waiting = iter(words)
    for word in waiting:
        if not word.startswith("-") or word == "-":
            return False
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                next(waiting, None)
            continue
        for index, letter in enumerate(word):
            if letter in "IES":
                return True
            if letter in "cm":
                return False
            if letter in "WX":
                if index == len(word) - 1:
                    next(waiting, None)
                break
    return False


def is_python(program: str) -> bool:
    """Tell a program by its file's name."""
    return program.startswith("python") or program == os.path.basename(sys.executable)


def python_options(program: str, cwd: str, path: str) -> list[str] | None:
    """Return the options that a script's first line gives to Python; None for any other program."""
    folders = [cwd] if os.sep in program else [os.path.join(cwd, folder) for folder in path.split(os.pathsep)]
    for file in [os.path.join(folder, program) for folder in folders]:
        if os.path.isfile(file) and os.access(file, os.X_OK):
            break
    else:
        return None
    try:
        with open(file, "rb", 0) as script:
            first = script.read(256)
    except OSError:
        return None
    words = os.fsdecode(first[2:].partition(b"\n")[0]).split() if first.startswith(b"#!") else []
    return next((words[at + 1 :] for at, word in enumerate(words) if is_python(os.path.basename(word))), None)
