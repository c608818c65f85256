"""`lambda-guard schema`: the records' JSON Schema, for those who read the records with tools of their own."""

from __future__ import annotations

import json

import click

from ..analysis.schema import record_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of the records that the guard writes."""
    click.echo(json.dumps(record_schema(), indent=2))
