"""`lambda-guard demo`: the guard at work on a small shop, without an AWS account."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click


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
    # Half a second of imports: an exception raised by Ctrl-C amid them may be swallowed there.
    usual = signal.signal(signal.SIGINT, lambda number, frame: os._exit(_stopped(number)))
    try:
        from rich.console import Console

        from lambda_guard.analysis import demo as show
    except ImportError as error:
        raise click.ClickException(f"the demo needs its extra ({error}): pip install '.[demo]' in a clone") from None
    finally:
        signal.signal(signal.SIGINT, usual)
    try:
        show.play(output, Console(highlight=False))
    except show.DemoError as error:
        raise click.ClickException(str(error)) from None
    except show.Interrupted as interruption:
        sys.exit(_stopped(interruption.number))
    except KeyboardInterrupt:  # before anything was started, or after all was stopped
        sys.exit(_stopped(signal.SIGINT))


def _stopped(number: int) -> int:
    """Say that a signal ended the demo; return the exit code."""
    click.echo("Stopped; nothing is left running.", err=True)
    return 128 + number
