"""A Lambda context."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

_REGION, _ACCOUNT = "eu-west-1", "123456789012"


@dataclass
class LambdaContext:
    """What Lambda hands to a handler beside the event.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    function_name: str = "test-function"
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    invoked_function_arn: str = ""
    log_group_name: str = ""
    log_stream_name: str = "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"
    identity: object = None
    client_context: object = None
    tenant_id: str | None = None
    seconds: float = 30.0
    _begun: float = field(default_factory=time.monotonic, repr=False)

    def __post_init__(self) -> None:
        """Name the function in full, where nothing else was asked for."""
        arn = f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:{self.function_name}"
        self.invoked_function_arn = self.invoked_function_arn or arn
        self.log_group_name = self.log_group_name or f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of `seconds`."""
        return max(0, int((self.seconds - (time.monotonic() - self._begun)) * 1000))
