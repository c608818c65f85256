"""The roles of a suggestion: their current policies, and where policies, reports and the overview go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from lambda_guard.analysis.evidence import Lines
from lambda_guard.analysis.iam import coverage, current, diff_text
from lambda_guard.analysis.iam.current import Existing, UnreadablePolicy
from lambda_guard.analysis.iam.fleet_roles import RoleLine, in_order, line_of, summary
from lambda_guard.analysis.iam.formats import FORMATS
from lambda_guard.analysis.iam.formats.naming import Naming, services_named
from lambda_guard.analysis.iam.role import RoleUsage
from lambda_guard.analysis.iam.suggestion import Settings, Suggestion, report, suggest
from lambda_guard.cli.aws import call_aws
from lambda_guard.cli.errors import WrongUse

_FROM_IAM = "iam:"
_LISTED = 6
_SUFFIXES = (".json", ".yaml", ".yml")
# Columns of a file, which has none: names of roles stay whole.
_WIDE = 200


@dataclass(frozen=True)
class Job:
    """What all roles are judged by. roles_known: whether Lambda told which functions have a role."""

    roles_known: bool
    lines: Lines
    settings: Settings
    format: str
    naming: Naming
    folder: Path | None
    profile: str | None = None


def suggest_all(usages: Sequence[RoleUsage], current_policy: str | None, job: Job) -> bool:
    """Suggest for all roles, write what is asked for, and say everything; tell whether a person has to look."""
    found: list[tuple[Suggestion, str]] = []
    for usage in usages:
        existing, problem = (None, "") if current_policy is None else _current(current_policy, usage, job.profile)
        found.append((suggest(usage, existing, job.settings), problem))
    _check_naming(found, job.naming)
    names = _file_names(found)
    if job.folder is None:
        for suggestion, _ in found:
            _print(suggestion, job)
    else:
        if len(found) > 1:
            _overview([line_of(suggestion, problem) for suggestion, problem in found])
        else:
            click.echo("\n  ".join(map(printable, report(found[0][0], job.roles_known))))
        written = [
            file for (suggestion, _), name in zip(found, names, strict=True) for file in _write(suggestion, name, job)
        ]
        more = f" and {len(written) - _LISTED} more" if len(written) > _LISTED else ""
        click.echo(f"wrote to {job.folder}: {', '.join(written[:_LISTED])}{more}", err=True)
    click.echo("\n".join(map(printable, _basis(job))), err=job.folder is None)
    return any(suggestion.needs_a_look or problem for suggestion, problem in found)


def is_of_many(current_policy: str) -> bool:
    """Tell whether --current is about all roles rather than one."""
    if current_policy == _FROM_IAM:
        return True
    path = Path(current_policy)
    if path.is_dir():
        return True
    if not path.is_file():
        return False
    from lambda_guard.analysis.iam import holders

    try:
        return holders.roles_in(holders.load(path)) is not None
    except UnreadablePolicy:
        return False


def printable(line: str) -> str:
    """Keep names out of logs from steering the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _current(name: str, usage: RoleUsage, profile: str | None) -> tuple[list[Existing] | None, str]:
    """Return the current policies of a role, or why there are none where others may have some."""
    path_text, _, chosen = name.partition("#")
    path = Path(path_text)
    aliases = [f"#{chosen}"] if chosen else [usage.role, *(function.function for function in usage.functions)]
    try:
        if name == _FROM_IAM:
            return _all_from_iam(usage, profile)
        if path.is_dir() and not any(path.rglob("*.template.json")):
            return _from_folder(path, usage)
        if path.is_file() or path.is_dir():
            return current.from_file(path, aliases), ""
        if path.suffix in (*_SUFFIXES, ".tf", ".py") or ("/" in name and not name.startswith("arn:")):
            raise WrongUse(f"There is no file {name}.")
        found: list[Existing] = call_aws(
            f"role {name}", lambda session: current.from_role(name, session.client("iam")), profile
        )
        return found, ""
    except UnreadablePolicy as error:
        raise WrongUse(printable(str(error))) from None


def _all_from_iam(usage: RoleUsage, profile: str | None) -> tuple[list[Existing] | None, str]:
    try:
        found: list[Existing] = call_aws(
            f"role {usage.role}", lambda session: current.from_role(usage.role, session.client("iam")), profile
        )
    except WrongUse as error:
        if "NoSuchEntity" in error.message:
            return None, "no such role in IAM"
        raise
    return found, ""


def _from_folder(path: Path, usage: RoleUsage) -> tuple[list[Existing] | None, str]:
    """Read the file that bears the role's name."""
    names = {usage.role.rpartition("/")[2], _file_name(usage.role)}
    for name in sorted(names):
        for suffix in _SUFFIXES:
            file = path / f"{name}{suffix}"
            if file.is_file():
                return current.from_file(file, [usage.role]), ""
    return None, f"no file for this role in {path}"


def _print(suggestion: Suggestion, job: Job) -> None:
    click.echo(_as_one(_texts(suggestion, job)), nl=False)
    click.echo("\n  ".join(map(printable, report(suggestion, job.roles_known))), err=True)


def _texts(suggestion: Suggestion, job: Job) -> list[str]:
    if not suggestion.statements:
        return []
    naming = _naming_of(suggestion.usage, job.naming)
    return FORMATS[job.format].render(suggestion.usage.role, suggestion.statements, naming)


def _naming_of(usage: RoleUsage, naming: Naming) -> Naming:
    """Say where a role's functions are; in several regions or accounts, nowhere in particular."""
    regions = {function.region for function in usage.functions}
    accounts = {function.account or "" for function in usage.functions}
    return replace(
        naming,
        region=regions.pop() if len(regions) == 1 else "",
        account=accounts.pop() if len(accounts) == 1 else "",
    )


def _check_naming(found: Sequence[tuple[Suggestion, str]], naming: Naming) -> None:
    """Refuse a name that changes nothing: it is misspelt, or nobody used the resource."""
    statements = [each for suggestion, _ in found for each in suggestion.statements]
    roles = {suggestion.usage.role.rpartition("/")[2] for suggestion, _ in found} if naming.attach else set()
    for name in naming.names:
        services = services_named(name, statements)
        if not services and name not in roles:
            raise WrongUse(f"--name {name} has no effect: no resource of the policies is called that.")
        if len(services) > 1:
            choices = ", ".join(f"{service}:{name}" for service in sorted(services))
            raise WrongUse(f"--name {name} is a resource of several services. Say which: {choices}.")


def _as_one(texts: Sequence[str]) -> str:
    """Return what standard output gets; several documents, which only JSON has, are one array there."""
    if len(texts) < 2:
        return "".join(texts)
    return json.dumps([json.loads(text) for text in texts], indent=2) + "\n"


def _basis(job: Job) -> Iterator[str]:
    """Yield what holds for every role: what was read, and what nobody can tell from it."""
    yield from coverage.of_lines(job.lines)
    yield f"cannot be seen at all: {'; '.join(coverage.UNSEEN)}"
    yield "checked against AWS's documentation, not against AWS"


def _overview(lines: Sequence[RoleLine]) -> None:
    """Print the fleet at a glance; the names are data, so they bear no markup."""
    table = Table(box=None, pad_edge=False)
    for title in ("role", "functions", "state", "as wide as can be"):
        table.add_column(title, no_wrap=title == "role", justify="right" if title == "functions" else "left")
    for title in ("actions", "may go", "narrower", "unclear", "refused"):
        table.add_column(title, justify="right")
    for line in in_order(lines):
        words = (line.role.rpartition("/")[2], line.functions, line.verdict, ", ".join(line.flags))
        numbers = (line.today, line.unused, line.narrower, line.unclear, line.refused)
        table.add_row(*(_plain(cell) for cell in (*words, *numbers)))
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    console.print(table)
    click.echo(summary(lines))


def _plain(cell: Any) -> Any:
    from rich.text import Text

    return Text(printable(f"{cell:,}" if isinstance(cell, int) else cell))


def _file_names(found: Sequence[tuple[Suggestion, str]]) -> list[str]:
    """Return a name for each role's files, no two alike though roles differ by what no file name may have."""
    names: list[str] = []
    for suggestion, _ in found:
        name, number = _file_name(suggestion.usage.role), 2
        while name in names:
            name, number = f"{_file_name(suggestion.usage.role)}-{number}", number + 1
        names.append(name)
    return names


def _file_name(role: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", role.rpartition("/")[2]).lstrip(".") or "role"


def _write(suggestion: Suggestion, name: str, job: Job) -> list[str]:
    """Write a role's files; return their names."""
    folder, suffix = job.folder or Path(), FORMATS[job.format].suffix
    texts = {
        f"{name if number == 1 else f'{name}-{number}'}{suffix}": text
        for number, text in enumerate(_texts(suggestion, job), 1)
    }
    lines = [*report(suggestion, job.roles_known), *_basis(job)]
    texts[f"{name}.report.txt"] = "\n".join(map(printable, lines)) + "\n"
    if suggestion.difference is not None:
        body = diff_text.as_json(suggestion.difference, suggestion.usage)
        texts[f"{name}.diff.json"] = json.dumps(body, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"Cannot write to {folder}: {error.strerror}. Name another folder with -o.") from None
    return list(texts)
