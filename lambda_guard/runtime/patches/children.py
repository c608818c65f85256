"""Other programs that a function starts: command lines that invoke one, and Python children that are followed."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

    from ..guard import Guard
    from ..services.endpoints import Request

_SHELLS = ("sh", "bash", "dash", "ash", "zsh")
_BEFORE = (
    "command", "env", "exec", "nice", "nohup", "stdbuf", "sudo", "time", "timeout", "xargs",
    "!", "{", "do", "elif", "else", "if", "then", "until", "while",
)
_HTTP = ("curl", "wget", "http", "https", "xh", "aria2c")
_VALUES = (
    "--body", "--connect-to", "--cookie", "--data", "--form", "--header", "--json", "--output", "--post", "--proxy",
    "--referer", "--resolve", "--user", "--write-out",
)  # fmt: skip
_AWS = {
    "invoke": ("2015-03-31", "invocations"),
    "invoke-async": ("2014-11-13", "invoke-async"),
    "invoke-with-response-stream": ("2021-11-15", "response-streaming-invocations"),
}
_SEPARATORS = frozenset("();<>|&")

CHILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "child")
# What a child cannot know by itself: "{process}:{partition}:{account}" of the function.
PARENT = "_LAMBDA_GUARD_PARENT"


def read(executable: Any, args: Any) -> list[list[str]]:
    """Return the simple commands of a command line, each without what only starts it (`env`, `timeout`, ...)."""
    if isinstance(args, (str, bytes)):
        return list(_of_shell(os.fsdecode(args)))
    words = [os.fsdecode(word) for word in args or ()]
    if words and os.path.basename(words[0]) in _SHELLS:
        for index, word in enumerate(words[1:-1], 1):
            if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
                return list(_of_shell(words[index + 1]))
    if executable is not None and words:
        words[0] = os.fsdecode(executable)
    return [_bare(words)] if words else []


def _of_shell(text: str) -> Iterator[list[str]]:
    from shlex import shlex

    lexer = shlex(text.replace("\n", ";"), posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # quotes that do not close
        words = text.replace('"', " ").replace("'", " ").split()
    command: list[str] = []
    for word in [*words, ";"]:
        if not _SEPARATORS.issuperset(word):
            command.append(word)
        elif command:
            yield _bare(command)
            command = []


def _bare(words: list[str]) -> list[str]:
    """Leave out assignments and the programs that start the one that matters, with their options and numbers."""
    started = False
    for index, word in enumerate(words):
        if os.path.basename(word) in _BEFORE:
            started = True
        elif not ("=" in word.partition("/")[0] or (started and (word.startswith("-") or word[:1].isdigit()))):
            return [os.path.basename(word), *words[index + 1 :]]
    return []


def judge(guard: Guard, commands: list[list[str]], env: Any, frame: FrameType | None) -> None:
    """Apply the direct-invoke rule to what is about to be started, and follow Python. Raises InvokeBlocked."""
    commands = [command for command in commands if command]
    try:
        requests = [request for program, *words in commands for request in _requests(program, words)]
    except Exception as fault:
        guard.fault("command", fault)
        requests = []
    for request in requests:
        guard.request(request, frame)
    for program, *words in commands:
        if program.startswith("python") or program == os.path.basename(sys.executable):
            follow(guard, words, env, frame)


def _requests(program: str, words: list[str]) -> Iterator[Request]:
    from ..services.endpoints import Request, is_function_url, normal

    if program == "aws":
        request = _of_aws(words)
        if request is not None:
            yield request
    elif program in _HTTP:
        for option, word in zip(["", *words], words, strict=False):
            scheme, _, rest = word.rpartition("://")
            if scheme.lower() not in ("", "http", "https") or _takes_value(program, option):
                continue
            host, slash, path = rest.partition("/")
            host = host.rpartition("@")[2]
            if "/functions/" in path or is_function_url(normal(host)):
                yield Request("POST", host, slash + path)


def _takes_value(program: str, option: str) -> bool:
    """Tell whether what follows an option of curl or wget is its value, and no URL to go to."""
    if option.startswith("--"):
        return "=" not in option and option.startswith(_VALUES)
    if not option.startswith("-"):
        return False
    letters = "DeiOoPTUw" if program == "wget" else "AbcDdeEFHKmoPQrTuUwxXyz"
    first = next((index for index, letter in enumerate(option) if letter in letters), None)
    return first == len(option) - 1  # what follows the letter in the same word is its value


def _of_aws(words: list[str]) -> Request | None:
    """Read `aws lambda invoke --function-name NAME` as the request that it will send."""
    from ..services.endpoints import Request

    try:
        version, end = _AWS[words[words.index("lambda") + 1]]
    except (ValueError, IndexError, KeyError):
        return None
    options: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            options[name] = value if equals else following
    function = options.get("--function-name")
    if not function:
        return None
    from urllib.parse import quote

    target = f"/{version}/functions/{quote(function, safe='')}/{end}"
    if options.get("--qualifier"):
        target += f"?Qualifier={quote(options['--qualifier'])}"
    region = options.get("--region")
    host = f"lambda.{region}.amazonaws.com" if region else "lambda"
    return Request("POST", host, target, [("x-amz-invocation-type", options.get("--invocation-type", ""))])


def follow(guard: Guard, words: list[str], env: Any, frame: FrameType | None) -> None:
    """Have a Python child load the guard as it starts, by a `sitecustomize` on its path; say where that cannot be."""
    try:
        if guard.config.attach == "manual":
            return
        target = os.environ if env is None else env
        if _is_isolated(words) or not (env is None or env is os.environ or type(env) is dict):
            message = "a Python program runs without the guard: it is started with -I, -E or -S, or an own environment"
            guard.unseen("unguarded-child", "python", message, frame)
            return
        path = target.get("PYTHONPATH") or ""
        if CHILD not in path.split(os.pathsep):
            target["PYTHONPATH"] = CHILD + (os.pathsep + path if path else "")
        parent = os.environ.get(PARENT) or f"{os.getpid()}:{guard.partition or ''}:{guard.journal.account or ''}"
        target[PARENT] = parent
    except Exception as fault:
        guard.fault("child", fault)


def _is_isolated(words: list[str]) -> bool:
    for word in words:
        if not word.startswith("-") or word in ("-c", "-m", "-"):
            return False
        if not word.startswith("--") and any(letter in word for letter in "IES"):
            return True
    return False
