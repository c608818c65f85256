"""What a command ends with where it was used in a way that cannot work."""

from __future__ import annotations

import click


class WrongUse(click.ClickException):
    """The command cannot do what was asked; the message says what was found, and what to do."""

    exit_code = 2
