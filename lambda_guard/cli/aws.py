"""Calls of AWS that a command makes with the caller's own credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lambda_guard.cli.errors import WrongUse


def call_aws(what: str, call: Callable[[Any], Any], profile: str | None = None) -> Any:
    """Return what `call`, given a session of boto3, returns. Raises WrongUse: AWS refused, or there are no credentials.

    profile: of AWS's configuration; None for the default.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(boto3.Session(profile_name=profile))
    except (BotoCoreError, ClientError) as error:
        raise WrongUse(f"Cannot read {what} from AWS: {error}") from None
