"""Other programs that a function starts: which of them invoke a function, and which are Python."""

from __future__ import annotations

import os
from functools import partial

from . import clients, shell
from .children import CHILD, follow, is_python, python_options
from .shell import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ...guard import Guard
    from ...services.endpoints import Request

_SHELLS = ("sh", "bash", "dash", "ash", "zsh")
_SHELL_VALUES = ("O", "o", "init-file", "rcfile")
# What only starts another program -> its options that take a value, and how many words stand before the program.
_BEFORE = {
    **dict.fromkeys(("busybox", "command", "coproc", "nohup", "setsid"), ("", 0)),
    "doas": ("C u", 0),
    "env": ("C S u chdir split-string unset", 0),
    "exec": ("a", 0),
    "flock": ("E w conflict-exit-code timeout wait", 1),
    "ionice": ("c n class classdata", 0),
    "nice": ("n adjustment", 0),
    "stdbuf": ("e i o error input output", 0),
    "sudo": ("C D R T U g h p r t u chdir chroot close-from command-timeout group host prompt role type user", 0),
    "taskset": ("", 1),
    "time": ("f o format output", 0),
    "timeout": ("k s kill-after signal", 1),
    "watch": ("n interval", 0),
    "xargs": ("E I L P a d n s arg-file delimiter max-args max-chars max-procs process-slot-var", 0),
}
_MOST_SCRIPTS = 50  # programs that are looked for in one command line


class Started:
    """What a command line starts, as far as it matters.

    requests: what is sent. children: the words of each Python program, and whether the environment reaches it that the
    command line is given. untold: an invoke by the AWS command line whose function cannot be told.
    """

    def __init__(self, cwd: str) -> None:
        self.requests: list[Request] = []
        self.children: list[tuple[list[str], bool]] = []
        self.untold = False
        self._cwd = cwd
        self._scripts: dict[str, list[str] | None] = {}

    def add(self, words: list[str], variables: Variables) -> None:
        """Note what a simple command starts, past its assignments and what only starts another program."""
        inner = variables.inner()
        at = _program(words, inner)
        if at >= len(words):
            return
        program, rest = os.path.basename(words[at]), words[at + 1 :]
        line = _line(program, rest, inner)
        if line is not None:
            shell.read(line, inner, self.add)
        elif program in clients.HTTP:
            self.requests.extend(clients.of_http(program, rest))
        elif is_python(program):
            self._follow(rest, inner)
        else:
            called = clients.aws_call(rest) if program == "aws" else None
            request = clients.of_aws(*called) if called is not None else None
            if request is not None:
                self.requests.append(request)
            elif not self._is_script(words[at], rest, inner):
                self.untold = self.untold or called is not None

    def _follow(self, words: list[str], variables: Variables) -> None:
        self.children.append((words, CHILD in (variables.get("PYTHONPATH") or "")))

    def _is_script(self, word: str, words: list[str], variables: Variables) -> bool:
        """Tell whether a program is a script for Python, by its first line, and follow it then."""
        if word not in self._scripts and len(self._scripts) < _MOST_SCRIPTS:
            self._scripts[word] = python_options(word, self._cwd, variables.get("PATH") or os.defpath)
        options = self._scripts.get(word)
        if options is not None:
            self._follow([*options, word, *words], variables)
        return options is not None


def read(executable: Any, args: Any, env: Any = None, cwd: Any = None) -> Started:
    """Read a command line.

    args: a shell's line, or the words of a program. env, cwd: as `subprocess` takes them; None for this process's own.
    """
    started = Started("" if cwd is None else os.fsdecode(cwd))
    variables = Variables(partial(_given, os.environ if env is None else env))
    if isinstance(args, (str, bytes)):
        shell.read(os.fsdecode(args), variables, started.add)
        return started
    try:
        words = [os.fsdecode(word) for word in args or ()]
        if executable is not None and words:
            words[0] = os.fsdecode(executable)
    except TypeError:  # Python is about to refuse it
        return started
    started.add(words, variables)
    return started


def _given(env: Any, name: str) -> str | None:
    find = getattr(env, "get", None)
    value = find(name) if find is not None else None
    if value is None and type(env) is dict:
        value = env.get(os.fsencode(name))
    text = os.fsdecode(value) if isinstance(value, (str, bytes)) else None
    # As it will be where a child is followed: a line that replaces it keeps the guard out.
    return f"{CHILD}{os.pathsep}{text or ''}" if name == "PYTHONPATH" else text


def _program(words: list[str], variables: Variables) -> int:
    """Return where the program stands that matters, and assign what stands before it."""
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        program = os.path.basename(name)
        if equals and name.isidentifier():
            variables.assigned[name] = value
        elif not equals and program in _BEFORE:
            at = _past_options(program, words, at + 1, variables)
            continue
        else:
            break
        at += 1
    return at


def _past_options(program: str, words: list[str], at: int, variables: Variables) -> int:
    values, others = _BEFORE[program]
    names, start = values.split(), at
    while at < len(words) and words[at].startswith("-"):
        at += 1 + clients.takes_value(words[at], names)
    if program == "env" and any(
        option in ("-", "-i", "--ignore-environment") or option.endswith("PYTHONPATH") for option in words[start:at]
    ):
        variables.assigned["PYTHONPATH"] = ""
    if program == "command" and {"-v", "-V"}.intersection(words[start:at]):
        return len(words)  # only says what the program is
    return at + others


def _line(program: str, words: list[str], variables: Variables) -> str | None:
    """Return the line that a program reads as a shell does, with what `$1` is in it."""
    if program == "eval":
        return " ".join(words)
    if program not in _SHELLS:
        return None
    at, is_line = 0, False
    while at < len(words) and words[at][:1] in ("-", "+"):
        option = words[at]
        is_line = is_line or (option[:1] == "-" and option[:2] != "--" and "c" in option)
        at += 1 + clients.takes_value(option, _SHELL_VALUES)
        if option in ("-", "--"):
            break
    if not is_line or at >= len(words):
        return None
    line, *arguments = words[at:]
    variables.assigned.update({str(index): word for index, word in enumerate(arguments)})
    variables.assigned["@"] = variables.assigned["*"] = " ".join(arguments[1:])
    return line


def judge(guard: Guard, started: Started, env: Any, frame: FrameType | None) -> None:
    """Apply the direct-invoke rule to what is about to be started, and follow Python. Raises InvokeBlocked."""
    for request in started.requests:
        guard.request(request, frame)
    if started.untold:
        message = "the AWS command line invokes a function that its command line does not tell"
        guard.unseen("unguarded-child", "aws", message, frame)
    for words, is_reached in started.children:
        follow(guard, words, env, frame, is_reached)
