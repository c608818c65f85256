"""`lambda-guard suggest`: the policies that recorded calls need, and what roles allow beyond them."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lambda_guard.analysis import evidence
from lambda_guard.analysis.evidence import FunctionUsage, Limits, Lines, NoEvidence
from lambda_guard.analysis.iam import coverage
from lambda_guard.analysis.iam.execution import Deployed
from lambda_guard.analysis.iam.formats import FORMATS
from lambda_guard.analysis.iam.formats.naming import Naming
from lambda_guard.analysis.iam.functions import (
    WrongAccount,
    check_account,
    from_lambda,
    usage_by_role,
    with_destinations,
)
from lambda_guard.analysis.iam.role import RoleUsage
from lambda_guard.analysis.iam.suggestion import Settings
from lambda_guard.cli import roles as roles_of
from lambda_guard.cli.aws import call_aws
from lambda_guard.cli.errors import WrongUse

_FINDINGS = 1
_LISTED = 6
_ALL_FROM_IAM = "iam:"
# A logical id, a variable, or an address of Terraform's such as module.shop.aws_iam_role.function["orders"].
_LOGICAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(\[[^\]\s]+\])?(\.[A-Za-z0-9_.-]+(\[[^\]\s]+\])?)*")


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
@click.option(
    "--roles-from-lambda",
    is_flag=True,
    help="Ask Lambda for the role of every function, and for its triggers, network, traces and destinations.",
)
@click.option(
    "--current",
    "current_policy",
    metavar="FILE|ROLE|DIR|iam:",
    help="Compare with a policy file, a role in a template or plan (FILE#ROLE), a role in IAM, a folder with a file "
    "for each role, or all roles in IAM.",
)
@click.option(
    "--days", type=click.IntRange(min=1), default=14, show_default=True, help="How far back logs: and athena: are read."
)
@click.option("--profile", help="The AWS profile for logs:, athena:, roles and Lambda.")
@click.option("--region", help="Their region.")
@click.option("--workgroup", help="The work group that Athena runs the query in.")
@click.option("--scan-limit", type=click.IntRange(min=1), metavar="GB", help="Stop Athena's query past this.")
@click.option("--only", multiple=True, metavar="SERVICE", help="Only this service, such as dynamodb; repeatable.")
@click.option("--format", "format", type=click.Choice(list(FORMATS)), default="json", show_default=True)
@click.option("--conditions", is_flag=True, help="Limit writes that were only seen in transactions to those.")
@click.option("--logs", is_flag=True, help="Add what writing to /aws/lambda/F needs.")
@click.option("--deny-invoke", is_flag=True, help="Add an explicit Deny of lambda:Invoke*.")
@click.option("--portable", is_flag=True, help="Write region, account and partition as the format's own parameters.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="ID=LOGICAL",
    help="Write the resource (or, attached to, the role) called ID as the template's LOGICAL; repeatable.",
)
@click.option("--attach", is_flag=True, help="Attach the policy to its role, in Terraform.")
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
    format: str,
    portable: bool,
    names: Sequence[str],
    attach: bool,
    folder: Path | None,
    **settings: Any,
) -> None:
    """Suggest the IAM policy that the recorded calls of a role's functions need, and just that.

    EVIDENCE is logs with the records in them: files, folders, globs, archives, logs:GROUP or logs:PREFIX* for log
    groups in CloudWatch, athena:DATABASE.TABLE for exported logs (see athena-ddl), or - for standard input.
    The policy of one role goes to standard output, what it rests on to standard error; with -o, those of all roles and
    everything said of them go into files, and an overview to standard output. With --current, the policy stands for
    all current ones of the role: what stays of them, and what they lack.

    Exit codes: 0 fine; 1 calls would be denied by the current policy or by --deny-invoke, or succeeded though nothing
    that was given allows them, the policy is not known to be complete, or a role cannot be tightened; 2 wrong use, or
    no usable record.
    """
    naming = _naming(format, portable, names, attach)
    limits = Limits(workgroup, None if scan_limit is None else scan_limit * 10**9)
    lines, used, unseen = _read(evidence_arguments, days, profile, region, limits)
    _check_names(functions, used)
    deployed = None
    if roles_from_lambda or (current_policy == _ALL_FROM_IAM and not roles):
        deployed = _deployed(used, profile)
    usages = usage_by_role(used, _roles(roles, used), functions, settings["account"], deployed)
    for usage in usages:
        usage.unseen = tuple(
            why for name in sorted({member.function for member in usage.functions}) for why in unseen.get(name, ())
        )
    _check_number(usages, current_policy, folder)
    settings["only"] = tuple(settings["only"])
    job = roles_of.Job(deployed is not None, lines, Settings(**settings), format, naming, folder, profile)
    looked_at = roles_of.suggest_all(usages, current_policy, job)
    sys.exit(_FINDINGS if looked_at or not lines.complete else 0)


def _naming(format: str, portable: bool, names: Sequence[str], attach: bool) -> Naming:
    """Return how resources are named. Raises WrongUse: the format has no way to, or a name that is none."""
    referring = [name for name, fit in FORMATS.items() if fit.refers]
    if (portable or names) and not FORMATS[format].refers:
        raise WrongUse(f"A policy in {format} has no references. Say --format {', '.join(referring)}.")
    if attach and not FORMATS[format].attaches:
        raise WrongUse(f"--attach is for --format terraform; in {format}, add the policies to the role yourself.")
    found: dict[str, str] = {}
    for text in names:
        deployed, _, logical = text.partition("=")
        if not deployed or not _LOGICAL.fullmatch(logical):
            raise WrongUse(f"--name takes ID=LOGICAL, such as orders-staging=OrdersTable, and not {text!r}.")
        found[deployed] = logical
    return Naming(portable, found, attach=attach)


def _read(
    arguments: Sequence[str], days: int, profile: str | None, region: str | None, limits: Limits
) -> tuple[Lines, list[FunctionUsage], dict[str, tuple[str, ...]]]:
    console = Console(stderr=True)
    columns = TextColumn("reading records"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        try:
            with evidence.read(
                arguments, lambda done: bar.update(task, completed=done), days, profile, region, limits
            ) as found:
                return found.lines, found.usage(), coverage.unseen_calls(found)
        except NoEvidence as error:
            raise WrongUse(str(error)) from None


def _check_names(functions: Sequence[str], used: Sequence[FunctionUsage]) -> None:
    known = sorted({function.function for function in used})
    for name in functions:
        if name not in known:
            raise WrongUse(f"No record is of function {name}. The evidence is of: {', '.join(known)}.")


def _check_number(usages: Sequence[RoleUsage], current_policy: str | None, folder: Path | None) -> None:
    """Refuse several roles where there is room for one: nothing in a policy document says whose it is."""
    of_many = current_policy is not None and roles_of.is_of_many(current_policy)
    if len(usages) < 2 or (folder is not None and (current_policy is None or of_many)):
        return
    more = f" and {len(usages) - _LISTED} more" if len(usages) > _LISTED else ""
    names = ", ".join(roles_of.printable(usage.role) for usage in usages[:_LISTED]) + more
    what, otherwise = "--current is about", ""
    if current_policy is None or of_many:
        what, otherwise = "standard output takes the policy of", ", or -o DIR to write the policies of all"
    raise WrongUse(
        f"The evidence has {len(usages)} roles ({names}), and {what} one. Say --function or --role{otherwise}."
    )


def _roles(given: Sequence[str], used: Sequence[FunctionUsage]) -> dict[str, str]:
    roles: dict[str, str] = {}
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
            raise WrongUse(
                f"--role {text} has no effect: no record is of function {function}, nor of another with role {role}. "
                f"The evidence is of: {', '.join(sorted(known))}."
            )


def _deployed(used: Sequence[FunctionUsage], profile: str | None) -> list[Deployed]:
    """Ask Lambda, in every region of the evidence, for all functions; for destinations, only of those in it."""
    regions = sorted({function.region for function in used})

    def ask(session: Any) -> list[Deployed]:
        found: list[Deployed] = []
        for region in regions:
            client = session.client("lambda", region_name=region or None)
            names = {function.function for function in used if function.region == region}
            found += [
                with_destinations(client, known) if known.function in names else known for known in from_lambda(client)
            ]
        return found

    found: list[Deployed] = call_aws("the roles of functions", ask, profile)
    try:
        check_account(found, used, regions)
    except WrongAccount as error:
        raise WrongUse(str(error)) from None
    return found
