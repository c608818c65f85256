"""Reads settings from the environment and from files, and collects what is wrong with them."""

from __future__ import annotations

from .table import FILE_NAME, PREFIX, SETTINGS, BadValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .table import Values


_MOST_BYTES = 1 << 20


class Reader:
    """Collects settings and what is wrong with them, so that everything wrong is said at once."""

    def __init__(self, mode_is_known: bool) -> None:
        self.mode_is_known = mode_is_known
        self.problems: list[str] = []
        self.bad_values: list[str] = []
        self.fatal: list[str] = []
        self.weakened: list[str] = []

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.bad_values.append(text)

    def unread(self, text: str) -> None:
        """Note a file that cannot be read: where only it can have held the mode, nobody knows what was meant."""
        if self.mode_is_known:
            self.problem(text)
        else:
            self.fatal.append(text)

    def content(self, path: str) -> bytes | None:
        """Return what is in a file; None where there is none, which costs a start nothing more."""
        try:
            with open(path, "rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                self.unread(f"{path} has more than {_MOST_BYTES:,} bytes: no settings file of this guard is that large")
                return None
            return content
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.unread(f"{path} cannot be read: {error.strerror}; its modes in the deployment package may be wrong")
            return None

    def environment(self, environ: Mapping[str, str]) -> Values:
        found: Values = {}
        for variable, value in environ.items():
            if not variable.startswith(PREFIX):
                continue
            name = variable[len(PREFIX) :].lower()
            if name == "verify":
                self.problems.append(f"{variable} has no effect in the environment; set it in {FILE_NAME}")
            elif name not in SETTINGS:
                self.problems.append(unknown(variable, PREFIX))
            elif (parsed := self.parse(name, value, variable)) is not None:
                found[name] = (parsed, "environment")
        return found

    def parse(self, name: str, value: object, place: str) -> Any:
        try:
            return SETTINGS[name][0](value)
        except BadValue as error:
            text = f"{place} is {value!r}, but {error}"
            if name == "mode":
                self.fatal.append(text)
            else:
                self.problem(text)
            return None


def unknown(name: str, prefix: str = "") -> str:
    """Say that a setting is unknown, and which one may have been meant. prefix: what names have in that place."""
    from difflib import get_close_matches

    # Compared without the prefix, which makes any two variables alike; in a file, it may be what is wrong.
    plain = name.upper().removeprefix(PREFIX).lower().replace("-", "_")
    known = SETTINGS if prefix else [*SETTINGS, "exemption", "floor"]
    near = get_close_matches(plain, known, 1, 0.65)
    meant = [f"; did you mean {prefix}{one.upper() if prefix else one}?" for one in near]
    return f"unknown setting {name}{''.join(meant)}"
