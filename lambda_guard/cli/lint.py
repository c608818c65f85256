"""`lambda-guard lint`: the four practices in code and templates, before deployment."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lambda_guard.analysis import lint as linting
from lambda_guard.analysis.lint import settings
from lambda_guard.analysis.lint.formats import FORMATS

_FINDINGS, _WRONG_USE = 1, 2


class _WrongUse(click.ClickException):
    exit_code = _WRONG_USE


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="The settings; lambda_guard.toml by default."
)
@click.option(
    "--evidence", multiple=True, metavar="EVIDENCE", help="Records to set beside the findings, as suggest reads them."
)
def lint(paths: tuple[Path, ...], form: str, config: Path | None, evidence: tuple[str, ...]) -> None:
    """Judge Python code and templates by the four practices, before they are deployed.

    PATH is a file or a folder with Python code, templates of SAM, CloudFormation (also CDK's cdk.out) or the
    Serverless Framework, and Terraform plans (terraform show -json). Nothing is imported or run.

    Exit codes: 0 fine; 1 findings; 2 wrong use.
    """
    try:
        remark = None
        if evidence:
            from lambda_guard.analysis.lint.evidence import remarks

            remark = remarks(evidence)
        report = linting.run(paths, settings.load(config), remark)
    except (linting.NothingToLint, linting.MissingDecoder, settings.BadSettings) as error:
        raise _WrongUse(str(error)) from None
    click.echo(FORMATS[form](report), nl=False)
    sys.exit(_FINDINGS if report.findings else 0)
