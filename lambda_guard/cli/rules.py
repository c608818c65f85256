"""`lambda-guard rules`: the rules of `lambda-guard lint`."""

from __future__ import annotations

import json

import click

from lambda_guard.analysis.lint.rules import DOCUMENTATION, PRACTICES, RULES


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(form: str) -> None:
    """List the rules of lint: id, name, why, and what to do instead."""
    if form == "json":
        rows = [
            {**rule._asdict(), "practice": rule.practice, "cfn_lint": rule.cfn_id if rule.template else None}
            for rule in RULES.values()
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    practice = -1
    for rule in RULES.values():
        if rule.practice != practice:
            practice = rule.practice
            click.echo(f"{'' if practice == 0 else chr(10)}{PRACTICES[practice][0].upper()}{PRACTICES[practice][1:]}")
        click.echo(f"  {rule.id} {rule.name}: {rule.why}\n      {rule.instead}")
    click.echo(f"\nEach with a bad and a good example: {DOCUMENTATION}")
