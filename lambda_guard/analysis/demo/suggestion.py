"""The policy that the orders function needs, through the same code as `lambda-guard suggest`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import evidence
from ..iam.current import Existing, from_role
from ..iam.diff import Diff, compare
from ..iam.functions import usage_by_role
from ..iam.policy import Statement, statements_for
from ..iam.role import RoleUsage, grants, limited_to
from . import shop
from .errors import DemoError

FUNCTION = "orders"


@dataclass(frozen=True)
class Suggestion:
    """What a role's function used, what the role has today, and what it would do with."""

    usage: RoleUsage
    today: list[Existing]
    statements: list[Statement]
    difference: Diff


def suggest(records: Sequence[Path], iam: Any) -> Suggestion:
    """Suggest a policy for the role of the orders function. iam: the client to read its current policies with.

    Raises DemoError: the records hold no usage.
    """
    try:
        with evidence.read([str(path) for path in records]) as found:
            used = found.usage()
    except evidence.NoEvidence as error:
        raise DemoError(str(error)) from None
    (usage,) = usage_by_role(used, {FUNCTION: shop.ROLE}, [FUNCTION], shop.ACCOUNT)
    # The direct invoke that the demo is about needs a permission as well, which the role is better off without.
    usage = limited_to(usage, ["dynamodb"])
    today = from_role(shop.ROLE, iam)
    return Suggestion(usage, today, statements_for(grants(usage)), compare(usage, today))
