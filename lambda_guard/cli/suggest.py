"""`lambda-guard suggest`: the policy that recorded calls need, and what a role allows beyond it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lambda_guard.analysis import evidence
from lambda_guard.analysis.evidence import FunctionUsage, Limits, Lines, NoEvidence
from lambda_guard.analysis.iam import coverage, current, diff_text
from lambda_guard.analysis.iam.current import Existing, UnreadablePolicy
from lambda_guard.analysis.iam.diff import Diff, compare
from lambda_guard.analysis.iam.formats import FORMATS
from lambda_guard.analysis.iam.functions import from_lambda, usage_by_role
from lambda_guard.analysis.iam.policy import DENY_INVOKE, Statement, statements_for
from lambda_guard.analysis.iam.role import RoleUsage, grants

_FINDINGS, _WRONG_USE = 1, 2
_LISTED = 6
_INVOKES = frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"})


class _WrongUse(click.ClickException):
    exit_code = _WRONG_USE


@dataclass(frozen=True)
class _Options:
    """What goes into a policy besides what was used, and where it goes."""

    format: str
    conditions: bool
    logs: bool
    deny_invoke: bool
    account: str
    folder: Path | None


@dataclass(frozen=True)
class _Job:
    """What all roles are judged by. roles_known: whether Lambda told which functions have a role."""

    roles_known: bool
    lines: Lines
    sdks: dict[str, frozenset[str]]
    existing: list[Existing] | None
    options: _Options


@click.command()
@click.argument("evidence_arguments", metavar="EVIDENCE...", nargs=-1, required=True)
@click.option("--function", "functions", multiple=True, metavar="F", help="Only this function's role; repeatable.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="[F=]R",
    help="The role of function F, or of all functions in the evidence; repeatable.",
)
@click.option("--roles-from-lambda", is_flag=True, help="Ask Lambda for the role of every function.")
@click.option("--current", "current_policy", metavar="FILE|ROLE", help="Compare with a policy file, or a role in IAM.")
@click.option(
    "--days", type=click.IntRange(min=1), default=14, show_default=True, help="How far back logs: and athena: are read."
)
@click.option("--profile", help="The AWS profile for logs: and athena:.")
@click.option("--region", help="Their region.")
@click.option("--workgroup", help="The work group that Athena runs the query in.")
@click.option("--scan-limit", type=click.IntRange(min=1), metavar="GB", help="Stop Athena's query past this.")
@click.option("--format", "format", type=click.Choice(list(FORMATS)), default="json", show_default=True)
@click.option("--conditions", is_flag=True, help="Limit writes that were only seen in transactions to those.")
@click.option("--logs", is_flag=True, help="Add what writing to /aws/lambda/F needs.")
@click.option("--deny-invoke", is_flag=True, help="Add an explicit Deny of lambda:Invoke*.")
@click.option("--account", default="", metavar="ID", help="The account, for records that do not tell it.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write policies, reports and comparison there, a file for each role.",
)
def suggest(
    evidence_arguments: Sequence[str],
    functions: Sequence[str],
    roles: Sequence[str],
    roles_from_lambda: bool,
    current_policy: str | None,
    days: int,
    profile: str | None,
    region: str | None,
    workgroup: str | None,
    scan_limit: int | None,
    **options: Any,
) -> None:
    """Suggest the IAM policy that the recorded DynamoDB calls need, and just that.

    EVIDENCE is logs with the records in them: files, folders, globs, archives, logs:GROUP or logs:PREFIX* for log
    groups in CloudWatch, athena:DATABASE.TABLE for exported logs (see athena-ddl), or - for standard input.
    The policy of one role goes to standard output, what it rests on to standard error; with -o, those of all roles and
    everything said of them go into files.

    Exit codes: 0 fine; 1 calls would be denied by the current policy or by --deny-invoke, the policy is known to be
    incomplete, or a role cannot be tightened; 2 wrong use, or no usable record.
    """
    limits = Limits(workgroup, None if scan_limit is None else scan_limit * 10**9)
    lines, used, sdks = _read(evidence_arguments, days, profile, region, limits)
    _check_names(functions, used)
    usages = usage_by_role(used, _roles(roles, roles_from_lambda, used), functions, options["account"])
    _check_number(usages, current_policy, options["folder"])
    existing = None if current_policy is None else _current(current_policy)
    job = _Job(roles_from_lambda, lines, sdks, existing, _Options(**options))
    outcomes = [_suggest(usage, job) for usage in usages]
    click.echo("\n".join(_printable(line) for line in _basis(job)), err=job.options.folder is None)
    sys.exit(_FINDINGS if any(outcomes) or not lines.complete else 0)


def _suggest(usage: RoleUsage, job: _Job) -> bool:
    """Write one role's policy and report; tell whether a person has to look at it."""
    options = job.options
    statements = [] if usage.silent else _statements(usage, options)
    texts = FORMATS[options.format].render(usage.role, statements) if statements else []
    comparison = None if job.existing is None else compare(usage, job.existing)
    report = [_printable(line) for line in _report(usage, statements, comparison, job)]
    if options.folder is None:
        click.echo(_as_one(texts), nl=False)
    else:
        _write(options, usage, texts, [*report, *_basis(job)], comparison)
    click.echo("\n  ".join(report), err=options.folder is None)
    denied = comparison is not None and bool(comparison.denied)
    return denied or not coverage.is_complete(usage) or (options.deny_invoke and bool(_invokes(usage)))


def _as_one(texts: Sequence[str]) -> str:
    """Return what standard output gets; several documents, which only JSON has, are one array there."""
    if len(texts) < 2:
        return "".join(texts)
    return json.dumps([json.loads(text) for text in texts], indent=2) + "\n"


def _statements(usage: RoleUsage, options: _Options) -> list[Statement]:
    wanted = grants(usage, conditions=options.conditions, logs=options.logs, account=options.account)
    return [*statements_for(wanted), *([DENY_INVOKE] if options.deny_invoke else [])]


def _report(usage: RoleUsage, statements: list[Statement], comparison: Diff | None, job: _Job) -> Iterator[str]:
    yield f"role {usage.role}"
    yield from coverage.of_role(usage, job.sdks)
    if usage.silent:
        yield f"NOT TIGHTENED: no invocation recorded of {', '.join(usage.silent)}, which has this role"
    elif not statements:
        yield "no DynamoDB call and no trigger that needs a permission was seen: nothing to grant"
    if not job.roles_known:
        yield "whether other functions have this role is not known: --roles-from-lambda asks Lambda"
    yield from coverage.of_policy(statements)
    if job.options.deny_invoke and (calls := _invokes(usage)):
        yield f"--deny-invoke would break {calls:,} direct invokes that were seen"
    if comparison is not None:
        yield from diff_text.describe(comparison, usage)


def _basis(job: _Job) -> Iterator[str]:
    """Yield what holds for every role: what was read, and what nobody can tell from it."""
    yield from coverage.of_lines(job.lines)
    yield f"cannot be seen at all: {'; '.join(coverage.UNSEEN)}"
    yield "checked against AWS's documentation, not against AWS"


def _printable(line: str) -> str:
    """Keep names out of logs from steering the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _invokes(usage: RoleUsage) -> int:
    return sum(
        count
        for (service, operation), count in usage.elsewhere.items()
        if service == "lambda" and operation in _INVOKES
    )


def _write(
    options: _Options, usage: RoleUsage, texts: Sequence[str], report: Sequence[str], comparison: Diff | None
) -> None:
    folder, suffix = options.folder or Path(), FORMATS[options.format].suffix
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", usage.role.rpartition("/")[2]) or "role"
    for number, text in enumerate(texts, 1):
        numbered = name if number == 1 else f"{name}-{number}"
        (folder / f"{numbered}{suffix}").write_text(text, encoding="utf-8")
    (folder / f"{name}.report.txt").write_text("\n".join(report) + "\n", encoding="utf-8")
    if comparison is not None:
        body = json.dumps(diff_text.as_json(comparison, usage), indent=2)
        (folder / f"{name}.diff.json").write_text(body + "\n", encoding="utf-8")


def _read(
    arguments: Sequence[str], days: int, profile: str | None, region: str | None, limits: Limits
) -> tuple[Lines, list[FunctionUsage], dict[str, frozenset[str]]]:
    console = Console(stderr=True)
    columns = TextColumn("reading records"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        try:
            with evidence.read(
                arguments, lambda done: bar.update(task, completed=done), days, profile, region, limits
            ) as found:
                return found.lines, found.usage(), coverage.uncovered_sdks(found)
        except NoEvidence as error:
            raise _WrongUse(str(error)) from None


def _check_names(functions: Sequence[str], used: Sequence[FunctionUsage]) -> None:
    known = sorted({function.function for function in used})
    for name in functions:
        if name not in known:
            raise _WrongUse(f"No record is of function {name}. The evidence is of: {', '.join(known)}.")


def _check_number(usages: Sequence[RoleUsage], current_policy: str | None, folder: Path | None) -> None:
    """Refuse several roles where there is room for one: nothing in a policy document says whose it is."""
    if len(usages) < 2 or (current_policy is None and folder is not None):
        return
    more = f" and {len(usages) - _LISTED} more" if len(usages) > _LISTED else ""
    names = ", ".join(_printable(usage.role) for usage in usages[:_LISTED]) + more
    what, otherwise = "--current is about", ""
    if current_policy is None:
        what, otherwise = "standard output takes the policy of", ", or -o DIR to write the policies of all"
    raise _WrongUse(
        f"The evidence has {len(usages)} roles ({names}), and {what} one. "
        f"Say --function or --role{otherwise}."
    )


def _roles(given: Sequence[str], ask_lambda: bool, used: Sequence[FunctionUsage]) -> dict[str, str]:
    roles = _call_aws("the roles of functions", lambda boto3: from_lambda(boto3.client("lambda"))) if ask_lambda else {}
    for text in given:
        function, equals, role = text.partition("=")
        if not equals:
            roles.update({usage.function: text for usage in used})
        else:
            roles[function] = role
    _check_roles(given, roles, used)
    return roles


def _check_roles(given: Sequence[str], roles: dict[str, str], used: Sequence[FunctionUsage]) -> None:
    """Refuse a role that changes nothing; one of a function without records does where another function has it too."""
    known = {usage.function: roles.get(usage.function, usage.function) for usage in used}
    for text in given:
        function, equals, role = text.partition("=")
        if equals and function not in known and role not in known.values():
            raise _WrongUse(
                f"--role {text} has no effect: no record is of function {function}, nor of another with role {role}. "
                f"The evidence is of: {', '.join(sorted(known))}."
            )


def _current(name: str) -> list[Existing]:
    path = Path(name)
    try:
        if path.is_file():
            return current.from_file(path)
        if name.endswith(".json") or ("/" in name and not name.startswith("arn:")):
            raise _WrongUse(f"There is no file {name}.")
        found: list[Existing] = _call_aws(f"role {name}", lambda boto3: current.from_role(name, boto3.client("iam")))
        return found
    except UnreadablePolicy as error:
        raise _WrongUse(str(error)) from None


def _call_aws(what: str, call: Any) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(boto3)
    except (BotoCoreError, ClientError) as error:
        raise _WrongUse(f"Cannot read {what} from AWS: {error}") from None
