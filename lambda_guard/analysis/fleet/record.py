"""What attaching changed, kept in a tag of the function, so that detaching restores what was there before.

The tag `lambda-guard` names the variables that were added, and holds what the ones had that were replaced:
`MODE:SINKS=` and base64 of JSON, for a tag's value takes few characters and 256 of them at most. Before that, and a
slash, stand the layers by which the guard came where they are called otherwise than it: `ACCOUNT.NAME+ACCOUNT.NAME/`.

Who may tag a function may write this tag, and may be allowed nothing else: what it says of variables that are not the
guard's is not heard.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

TAG = "lambda-guard"
PREFIX = "LAMBDA_GUARD_"
_MOST = 256


class TooLong(ValueError):
    """What was there before does not fit into a tag."""


@dataclass(frozen=True)
class Before:
    """Variables that attaching added, the values of those that it replaced, and its layers of other names."""

    added: frozenset[str] = frozenset()
    replaced: Mapping[str, str] = field(default_factory=dict, repr=False)
    layers: frozenset[str] = frozenset()

    def text(self) -> str:
        """Return the tag's value. Raises TooLong."""
        replaced = ""
        if self.replaced:
            body = json.dumps(self.replaced, separators=(",", ":"), sort_keys=True)
            replaced = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
        layers = f"{'+'.join(sorted(self.layers))}/" if self.layers else ""
        text = f"{layers}{':'.join(sorted(self.added))}={replaced}"
        if len(text) > _MOST:
            raise TooLong("what was set before does not fit into the tag from which detach would restore it")
        return text


def parse(text: str | None) -> Before | None:
    """Return what a tag's value says; None where there is none that can be read."""
    if text is None or "=" not in text:
        return None
    layers, _, rest = text.rpartition("/")
    names, _, encoded = rest.partition("=")
    try:
        body = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)) if encoded else b"{}"
        replaced = json.loads(body)
    except (ValueError, binascii.Error):
        return None
    if not isinstance(replaced, dict) or not all(isinstance(value, str) for value in replaced.values()):
        return None
    return Before(
        frozenset(name for name in names.split(":") if name.startswith(PREFIX)),
        {name: value for name, value in replaced.items() if name.startswith(PREFIX)},
        frozenset(filter(None, layers.split("+"))),
    )


def layer_id(arn: str) -> str:
    """Return whose layer an ARN names and what it is called, whatever its version: `ACCOUNT.NAME`."""
    fields = arn.split(":")
    return f"{fields[4]}.{fields[6]}" if len(fields) > 6 else ""
