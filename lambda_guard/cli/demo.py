"""`lambda-guard demo`: the guard at work on a small shop, without an AWS account."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-records"),
    show_default=True,
    metavar="DIR",
    help="Leave the records there.",
)
def demo(output: Path) -> None:
    """Show the guard on a small shop, here: AWS's own Lambda emulator, the built layer, moto as AWS.

    Exit codes: 0 when everything happened that it sets out to show; 1 when not, with what did not; 128 and the
    signal's number when it was interrupted.
    """
    console = Console(highlight=False)
    try:
        from lambda_guard.analysis import demo as show
    except ImportError as error:
        raise click.ClickException(f"the demo needs its extra ({error}): pip install 'lambda-guard[demo]'") from None
    try:
        show.play(output, console)
    except show.DemoError as error:
        raise click.ClickException(str(error)) from None
    except show.Interrupted as interruption:
        click.echo("Stopped; nothing is left running.", err=True)
        sys.exit(128 + interruption.number)
