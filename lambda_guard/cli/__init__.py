"""The command line: thin commands, each in a module of its own that is imported when it is called."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

try:
    import click
except ImportError:  # the runtime half is installed without the extras
    raise SystemExit("the command line needs its extra: pip install '.[cli]' in a clone") from None

if TYPE_CHECKING:
    from click import Command, Context

# Command -> the module that it is in, where that is not called as the command is.
COMMANDS = {
    "athena-ddl": "athena_ddl",
    "attach": "fleet",
    "baseline": "report",
    "demo": "demo",
    "detach": "fleet",
    "event": "event",
    "lint": "lint",
    "readiness": "report",
    "report": "report",
    "rules": "rules",
    "schema": "schema",
    "set": "fleet",
    "status": "fleet",
    "suggest": "suggest",
}


class Commands(click.Group):
    """Finds each command in the module of its name, and says in one line what stops it."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; an output that cannot be written is said, with exit code 2."""
        try:
            try:
                return super().main(*args, **extra)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
            sys.exit(1)
        except OSError as error:
            _discard_output()
            what = f"{error.filename}: " if error.filename is not None else ""
            click.echo(f"Error: {what}{error.strerror or error}", err=True)
            sys.exit(2)

    def invoke(self, ctx: Context) -> Any:
        """Run the command that is asked for; Ctrl-C ends it with 130, as shells count."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(128 + signal.SIGINT)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import and return a command; None for one that there is not."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = __import__(f"lambda_guard.cli.{COMMANDS[cmd_name]}", fromlist=[cmd_name])
        commands = (value for value in vars(module).values() if isinstance(value, click.Command))
        return next(command for command in commands if command.name == cmd_name)


def _discard_output() -> None:
    """Keep Python from trying once more, as it ends, to write what cannot be written."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# click's own limit is 80 columns, however wide the terminal is.
@click.command(cls=Commands, context_settings={"max_content_width": 120, "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lambda-guard")
def main() -> None:
    """Guard AWS Lambda functions: see what they do, say what they need, stop what they must not do."""
