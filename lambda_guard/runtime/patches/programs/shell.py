"""A shell's line, read as far as it tells what is started. Nothing is run, and what cannot be known stays as it stands.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 12  # substitutions and shells within each other
_MOST = 1 << 18  # characters that variables may stand for in all: a line could double its own without end

_PLAIN = re.compile(r"[^\s'\"\\`$;&|()<>]+")
_IN_QUOTES = re.compile(r"[^\"\\`$}]+")
_BACKTICKS = re.compile(r"(?:[^`\\]+|\\.)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*|\d|[@*]", re.ASCII)
_BRACED = re.compile(r"\{(\w+|[@*])(:?[-=])?", re.ASCII)
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_REDIRECTED = re.compile(r"<<<|<<-?|[<>][&|>]?")
# No number: `$((1 << 2))` shifts.
_HERE = re.compile(r"<<(-?)[ \t]*(?![<\d])((?:[^\s'\"\\;&|()<>]|'[^'\n]*'|\"[^\"\n]*\"|\\.)+)")
_RESERVED = ("!", "{", "}", "do", "done", "elif", "else", "esac", "fi", "if", "then", "until", "while")
_KEEPS = ("declare", "export", "local", "readonly", "typeset")
_UNKNOWN = "$()"


class Variables:
    """What a shell's variables stand for: what its line has assigned, over what it was started with."""

    __slots__ = ("_given", "_spare", "assigned", "depth")

    def __init__(self, given: Callable[[str], str | None], depth: int = 0, spare: list[int] | None = None) -> None:
        self._given = given
        self._spare = [_MOST] if spare is None else spare
        self.assigned: dict[str, str] = {}
        self.depth = depth

    def get(self, name: str) -> str | None:
        """Return a variable's value; None where it is not known, or too much was asked for already."""
        value = self.assigned.get(name)
        if value is None:
            value = self._given(name)
        if value is None or len(value) > self._spare[0]:
            return None
        self._spare[0] -= len(value)
        return value

    def inner(self) -> Variables:
        """Return those of a shell or program that is started here."""
        return Variables(self.get, self.depth + 1, self._spare)


class _Command:
    """The words of a simple command as they are read; `word` is None between two of them."""

    __slots__ = ("no_word", "word", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.word: list[str] | None = None
        self.no_word = False  # what a redirection names

    def add(self, text: str) -> None:
        if self.word is None:
            self.word = []
        self.word.append(text)

    def add_split(self, text: str) -> None:
        """Add what an unquoted variable stands for: it may be several words, unless it is assigned."""
        if self.word and _ASSIGNED.match(self.word[0]):
            self.add(text)
            return
        for index, piece in enumerate(re.split(r"\s+", text)):
            if index:
                self.end_word()
            if piece:
                self.add(piece)

    def end_word(self) -> None:
        if self.word is not None and not self.no_word:
            self.words.append("".join(self.word))
        if self.word is not None:
            self.no_word = False
        self.word = None


def read(text: str, variables: Variables, found: Callable[[list[str], Variables], None]) -> None:
    """Hand each simple command of a line to `found`, those in substitutions too, with the variables at that moment."""
    if variables.depth < DEEPEST:
        _Reader(text, variables, found).commands()


class _Reader:
    def __init__(self, text: str, variables: Variables, found: Callable[[list[str], Variables], None]) -> None:
        self._text = text
        self._variables = variables
        self._found = found
        self._at = 0
        self._here: list[tuple[str, bool, bool]] = []  # here-documents that begin with the next line

    def commands(self, within: bool = False) -> None:
        """Read to the end of the text, or to the parenthesis that closes the substitution that this is within."""
        text, command, opened = self._text, _Command(), 0
        while self._at < len(text):
            char = text[self._at]
            plain = _PLAIN.match(text, self._at)
            if char == "#" and command.word is None:
                self._at = self._line_end()
            elif plain:
                command.add(plain.group())
                self._at = plain.end()
            elif char in "\n;&|()":
                self._at += 1
                self._end(command)
                command = _Command()
                if char == "\n":
                    self._skip_here()
                elif char == ")" and within and not opened:
                    return
                opened += (char == "(") - (char == ")")
            elif text.startswith("\\\n", self._at):
                self._at += 2  # the line goes on, and no word begins
            elif char in "<>":
                self._redirect(command)
            elif char.isspace():
                self._at += 1
                command.end_word()
            elif text.startswith('"$@"', self._at):
                self._at += 4
                command.add_split(self._variables.get("@") or "$@")
            elif char == "$":
                command.add_split(self._special(False))
            else:
                command.add(self._special(False))
        self._end(command)

    def _end(self, command: _Command) -> None:
        command.end_word()
        first = next((index for index, word in enumerate(command.words) if word not in _RESERVED), None)
        if first is None:
            return
        words = command.words[first:]
        assigned = words[1:] if words[0] in _KEEPS else words
        if all(_ASSIGNED.match(word) for word in assigned):
            for word in assigned:
                name, _, value = word.partition("=")
                self._variables.assigned[name] = value
        elif words[0] == "for" and words[2:3] == ["in"]:
            self._variables.assigned[words[1]] = " ".join(words[3:])
        else:
            self._found(words, self._variables)

    def _special(self, quoted: bool) -> str:
        """Read what a quote, a backslash, a dollar or a backtick begins, and return what it stands for."""
        text, char = self._text, self._text[self._at]
        self._at += 1
        if char == "\\":
            following = text[self._at : self._at + 1]
            self._at += 1
            if following == "\n":
                return ""
            return following if following and (not quoted or following in '"$\\`') else char + following
        if char == "'":
            start, end = self._at, text.find("'", self._at)
            self._at = end + 1 if end >= 0 else len(text)
            return text[start : self._at - (end >= 0)]
        if char == '"':
            return self._quoted('"')
        if char == "`":
            inside = _BACKTICKS.match(text, self._at)
            assert inside is not None
            self._at = inside.end() + 1
            self._backticks(re.sub(r"\\([$\\`])", r"\1", inside.group()))
            return _UNKNOWN
        return self._dollar(quoted)

    def _dollar(self, quoted: bool) -> str:
        text, start = self._text, self._at
        char = text[start : start + 1]
        if char == "(":
            self._at += 1
            self._substitution()
            return _UNKNOWN
        if char and char in "'\"" and not quoted:
            return ""
        braced = _BRACED.match(text, start)
        if braced is not None and self._variables.depth < DEEPEST:
            return self._braced(braced)
        name = _NAME.match(text, start)
        if name is None:
            return "$"
        self._at = name.end()
        value = self._variables.get(name.group())
        return "$" + name.group() if value is None else value

    def _braced(self, begun: re.Match[str]) -> str:
        """Read `${NAME}` or `${NAME:-default}`; what else braces may hold is left as it stands."""
        self._at = begun.end()
        self._variables.depth += 1
        rest = self._quoted("}").strip("'")
        self._variables.depth -= 1
        name, operator = begun.groups()
        if operator:
            return self._variables.get(name) or rest
        value = None if rest else self._variables.get(name)
        return "$" + self._text[begun.start() : self._at] if value is None else value

    def _quoted(self, end: str) -> str:
        """Read to what ends double quotes or a variable's braces, or to the end of the text."""
        parts: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            run = _IN_QUOTES.match(self._text, self._at)
            if run is not None:
                parts.append(run.group())
                self._at = run.end()
            elif char in '"}':
                self._at += 1
                if char == end:
                    break
                if end != "}":
                    parts.append(char)
            else:
                parts.append(self._special(True))
        return "".join(parts)

    def _substitution(self) -> None:
        """Read the commands that follow, up to their parenthesis; those too deep are read as if they stood outside."""
        if self._variables.depth < DEEPEST:
            self._variables.depth += 1
            self.commands(within=True)
            self._variables.depth -= 1

    def _backticks(self, text: str) -> None:
        if self._variables.depth < DEEPEST:
            self._variables.depth += 1
            _Reader(text, self._variables, self._found).commands()
            self._variables.depth -= 1

    def _redirect(self, command: _Command) -> None:
        if command.word and "".join(command.word).isdecimal():
            command.word = None  # the number of what is redirected
        command.end_word()
        here = _HERE.match(self._text, self._at)
        if here is not None:
            word = re.sub(r"['\"\\]", "", here[2])
            self._here.append((word, bool(here[1]), word == here[2]))
            self._at = here.end()
            return
        redirected = _REDIRECTED.match(self._text, self._at)
        assert redirected is not None
        self._at = redirected.end()
        if redirected.group() in "<>" and self._text.startswith("(", self._at):
            self._at += 1
            self._substitution()
            command.add(_UNKNOWN)
        else:
            command.no_word = True

    def _skip_here(self) -> None:
        """Pass over the here-documents that a line has announced: only their substitutions are run, if those are."""
        for word, without_tabs, is_read in self._here:
            start = end = self._at
            while self._at < len(self._text):
                end = self._at
                line = self._text[end : self._line_end()]
                self._at += len(line) + 1
                if (line.lstrip("\t") if without_tabs else line) == word:
                    break
                end = self._at
            if is_read:
                _Reader(self._text[start:end], self._variables, self._found)._quoted("")
        self._here.clear()

    def _line_end(self) -> int:
        end = self._text.find("\n", self._at)
        return end if end >= 0 else len(self._text)
