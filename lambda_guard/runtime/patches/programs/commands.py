"""Command lines that are searched for an invoke: what stands in them, not what a shell would make of them.

A simple command counts by the program that it starts: a client's is searched, `echo` and all others only speak. What a
variable of the line stands for is put in its place, substitutions are commands of their own, and what a shell is given
as its line is searched as one.
"""

from __future__ import annotations

import os
import re

from ...services.endpoints import Request, is_function_url, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ...guard import Guard

_MOST = 1 << 17  # characters of a command line that are searched
_SPARE = 1 << 18  # characters that variables may stand for in all
_WORTH_IT = re.compile(r"lambda|/functions/|python|\$", re.IGNORECASE)
_TOKEN = re.compile(r"\\.|'[^']*'|[\"`()]|\$\(|[;&|\n]+|\s+|<<-?|[^\s'\"`();&|\\$<]+|.", re.DOTALL)
_HERE = re.compile(r"[ \t]*['\"\\]?([\w-]+)")
_VARIABLE = re.compile(r"\$\{?(\w+)(?::?-([^}]*))?\}?")
_ASSIGNED = re.compile(r"\w+=")
_SHELLS = ("ash", "bash", "dash", "eval", "sh", "zsh")
_HTTP = ("aria2c", "curl", "http", "https", "wget", "xh", "xhs")
# What only starts another program, and the words of a shell that stand before one.
_RUNNERS = (
    "!", "{", "busybox", "command", "coproc", "do", "doas", "elif", "else", "env", "exec", "export", "flock", "if",
    "ionice", "local", "nice", "nohup", "setsid", "stdbuf", "sudo", "taskset", "then", "time", "timeout", "until",
    "watch", "while", "xargs",
)  # fmt: skip
_SPEAKERS = ("cat", "echo", "git", "grep", "logger", "ls", "printf", "test", "type", "which")
# What is sent along or led through: no URL that is called.
_SAID = re.compile(
    r"--(header|data(-\w+)?|json|form(-string)?|(post|body)-data|cookie|referer|user-agent|proxy|resolve|connect-to)"
)
_CURL_SAID = re.compile(r"-\w*[AFHbdex]")
_FIELD = re.compile(r"[\w-]+(?:=|:=|:(?=https?:))")  # of a body, as HTTPie has it
_URL = re.compile(r"(?:https?://)?(?:[^/?#\s'\"@]*@)?([^/?#\s'\"@]+)(/[^#\s'\"]*)?", re.IGNORECASE)
_AWS = {
    "invoke": "/2015-03-31/functions/{}/invocations",
    "invoke-async": "/2014-11-13/functions/{}/invoke-async",
    "invoke-with-response-stream": "/2021-11-15/functions/{}/response-streaming-invocations",
}
_IN_JSON = re.compile(r'"FunctionName"\s*:\s*"([^"]+)"')


class Started:
    """What a command line starts. untold: an invoke whose function it does not tell. python: a Python program."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.untold = self.python = False
        self._spare = _SPARE

    def line(self, text: str, deepest: int = 4) -> None:
        """Search a shell's line."""
        variables: dict[str, str] = {}
        before: list[str] = []
        for raw in _commands(text):
            words = [self._known(word, variables) for word in raw]
            if raw[0] != words[0] and raw[0].startswith("$"):
                words[:1] = words[0].split() or [""]
            if words[0] == "for":
                variables[" ".join(words[1:2])] = " ".join(words[3:])
            for name, equals, value in (word.partition("=") for word in words):
                if equals and name.isidentifier():
                    variables[name] = value
                elif name not in _RUNNERS:
                    break
            if "xargs" in words and before[:1] in (["echo"], ["printf"]):
                words.extend(before[1:])
            self.command(words, deepest)
            before = words

    def command(self, words: list[str], deepest: int = 4) -> None:
        """Search the words of a simple command, by the program that it starts in the end."""
        name, at, run = "", 0, False
        for word in words:
            at += 1
            name = os.path.basename(word)
            if name in (*_SHELLS, *_HTTP, "aws") or name.startswith("python"):
                break
            run = run or name in _RUNNERS
            if name in _SPEAKERS or not (run or _ASSIGNED.match(word)):
                return
        else:
            return
        rest = words[at:]
        if name in _SHELLS:
            for line in ([" ".join(rest)] if name == "eval" else [word for word in rest if " " in word]):
                if deepest:
                    self.line(line, deepest - 1)
        elif name == "aws":
            self._aws(rest)
        elif name in _HTTP:
            self._http(name, rest)
        else:
            self.python = True
            for host, path in _URL.findall(" ".join(rest)):
                self._url(host, path)

    def _known(self, word: str, variables: dict[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            text = variables.get(found[1], found[2] or found[0])
            self._spare -= len(text)
            return text if self._spare > 0 else found[0]

        return _VARIABLE.sub(value, word) if "$" in word else word

    def _url(self, host: str, path: str) -> None:
        if "/functions/" in path or is_function_url(normal(host)):
            self.requests.append(Request("POST", host, path or "/"))

    def _http(self, name: str, words: list[str]) -> None:
        said = False
        for word in words:
            target = word.removeprefix("--url=")
            url = None if said or target.startswith("-") or _FIELD.match(target) else _URL.match(target)
            if url is not None:
                self._url(url[1], url[2] or "")
            said = bool(_SAID.fullmatch(word) or (name == "curl" and _CURL_SAID.fullmatch(word)))

    def _aws(self, words: list[str]) -> None:
        places, options, name = [], {"": ""}, ""
        for word in words:
            if word.startswith("--"):
                name, equals, value = word.partition("=")
                options[name] = value
                name = "" if equals or name.startswith(("--no-", "--debug", "--dry-run")) else name
            elif name:
                options[name], name = word, ""
            else:
                places.append(word)
        path = _AWS.get(places[1]) if len(places) > 1 and places[0] == "lambda" and places[2:3] != ["help"] else None
        is_dry = options.get("--invocation-type") == "DryRun"
        if path is None or is_dry or not options.keys().isdisjoint(("--dry-run", "--generate-cli-skeleton")):
            return
        json = _IN_JSON.search(options.get("--cli-input-json", ""))
        told = next((options[each] for each in options if each.startswith("--f")), json[1] if json else "file://")
        if told.startswith(("file://", "fileb://")):
            self.untold = True
            return
        region = next((options[each] for each in options if each.startswith("--reg")), "")
        qualifier = f"?Qualifier={options['--qualifier']}" if "--qualifier" in options else ""
        target = path.format(told.replace("/", "%2F")) + qualifier
        self.requests.append(Request("POST", f"lambda.{region}.amazonaws.com" if region else "lambda", target))


def _commands(text: str) -> list[list[str]]:
    """Return the words of each simple command of a shell's line, those of substitutions before what they are in."""
    done: list[list[str]] = []
    above: list[tuple[list[str], list[str] | None, bool, str]] = []
    words: list[str] = []
    word: list[str] | None = None
    quoted, opener, here, at = False, "", "", 0
    while at < len(text):
        token = _TOKEN.match(text, at)[0]  # type: ignore[index]  # it takes anything
        token = token[:1] if quoted and token[0] in "'<" else token
        at += len(token)
        ends = not quoted and (token[0] in ";&|\n()")
        closes = token == "`" and opener == "`"
        if word is not None and (closes or ends or (token.isspace() and not quoted)):
            words.append("".join(word))
            word = None
        if ends or closes:
            if words:
                done.append(words)
                words = []
            if "\n" in token and here:
                found = text.find(f"\n{here}", at - 1)
                at, here = (len(text) if found < 0 else found + 1 + len(here)), ""
            if (token == ")" and opener in ("(", "$(")) or token == "`":
                echoed = done[-1][-1] if done and done[-1][0] in ("echo", "printf") else "$()"
                is_subshell = opener == "("
                words, word, quoted, opener = above.pop()
                word = word if is_subshell else [*(word or ()), echoed]
            elif token == "(":
                above.append((words, word, quoted, opener))
                words, word, quoted, opener = [], None, False, token
        elif token in ("$(", "`"):
            above.append((words, word, quoted, opener))
            words, word, quoted, opener = [], None, False, token
        elif token == '"':
            quoted, word = not quoted, word or []
        elif not quoted and token in ("<<", "<<-") and (found_here := _HERE.match(text, at)):
            here, at = found_here[1], found_here.end()
        elif not quoted and token.startswith("#") and word is None:
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
        elif quoted or not token.isspace():
            plain = token[1:-1] if len(token) > 1 and token[0] == "'" else token[1:] if token[0] == "\\" else token
            word = [*(word or ()), plain] if word is None else (word.append(plain) or word)  # type: ignore[func-returns-value]
    if word is not None:
        words.append("".join(word))
    return [*done, *([words] if words else ()), *(words for words, _, _, _ in reversed(above) if words)]


def read(executable: Any, args: Any) -> Started:
    """Search a shell's line, or the words of a program."""
    started = Started()
    if isinstance(args, (str, bytes)):
        text = os.fsdecode(args)[:_MOST]
        if _WORTH_IT.search(text):
            started.line(text)
        return started
    words = [os.fsdecode(word)[:_MOST] for word in args or ()]
    if executable is not None and words:
        words[0] = os.fsdecode(executable)
    if _WORTH_IT.search(" ".join(words)):
        started.command(words)
    return started


def judge(guard: Guard, started: Started, frame: FrameType | None) -> None:
    """Apply the direct-invoke rule to what is about to be started. Raises InvokeBlocked."""
    for request in started.requests:
        guard.request(request, frame)
    if started.untold:
        message = "the AWS command line invokes a function that its command line does not tell"
        guard.unseen("unguarded-child", "aws", message, frame)
    if started.python:
        guard.unseen("unguarded-child", "python", "a Python program is started, which runs without the guard", frame)
