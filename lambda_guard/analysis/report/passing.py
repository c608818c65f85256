"""What settings files that are yet to be put in let pass, read as the function itself will read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lambda_guard.analysis.evidence import Found
from lambda_guard.runtime.events.routes import is_public
from lambda_guard.runtime.match import any_matches, matches
from lambda_guard.runtime.services.invoke import parse
from lambda_guard.runtime.settings.files import combine, holds
from lambda_guard.runtime.settings.reader import Reader
from lambda_guard.runtime.settings.table import FILE_NAME
from lambda_guard.runtime.types import Exemption

# What a public route is let off; a foreign API and a false token are not.
_LET_OFF = ("missing-authorizer", "empty-authorizer-context", "api-key-only", "guest-identity",
            "authorizer-kind-not-accepted")  # fmt: skip
# One function invokes another, by name or by the host of its URL.
INVOKES = ("direct-invoke", "self-invoke", "chained-invoke")


class UnreadableFile(ValueError):
    """A settings file that is there and cannot be used."""


@dataclass(frozen=True)
class Passing:
    """What passes in one function: exemptions that hold today, and the lists that loosen a rule."""

    exemptions: tuple[Exemption, ...] = ()
    allow_invoke: tuple[str, ...] = ()
    public_routes: tuple[str, ...] = ()

    def lets(self, found: Found) -> bool:
        """Tell whether what a finding is about passes. A fault of the guard's own never does."""
        if found.issue == "guard-fault":
            return False
        if any(one.rule == found.rule and matches(one.target, found.target) for one in self.exemptions):
            return True
        if found.issue in INVOKES:
            function = parse(found.target)
            names = function.names()
            if function.account != found.account:  # a bare name is a function of the same account
                names = tuple(name for name in names if "function:" in name)
            return any_matches(self.allow_invoke, names)
        if found.issue in _LET_OFF:
            method, _, path = found.target.rpartition(" ")
            return is_public((method, None, path), self.public_routes)
        return False


NOTHING = Passing()


def read(path: Path, functions: Iterable[str]) -> dict[str, Passing]:
    """Return what passes in each function, once these files are in place.

    path: a file for all functions; or a folder as `baseline -o` writes it, with the organisation's file in it and
          a function's own below its name. Raises UnreadableFile: what the function would not start with, too.
    """
    organisation = path if path.is_file() else path / FILE_NAME
    return {
        name: _of_function(organisation, path / name / FILE_NAME if _is_folder_name(name) else None)
        for name in functions
    }


def _of_function(organisation: Path, own: Path | None) -> Passing:
    reader = Reader(mode_is_known=True)
    files = [
        (str(path), (reader.content(str(path)) if path is not None else None) or b"") for path in (organisation, own)
    ]
    values, exemptions = combine(reader, files[0], files[1], {})
    if problems := [*reader.fatal, *reader.bad_values]:
        raise UnreadableFile("; ".join(problems))
    lists = {name: tuple(values[name][0]) for name in ("allow_invoke", "public_routes") if name in values}
    return Passing(tuple(one for one in exemptions if holds(one)), **lists)


def _is_folder_name(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name
