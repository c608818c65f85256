"""What a record says of one call, as the mapping reads it, and what a row of the mapping is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

# See `dynamodb.Confidence`; design: neither region nor account is known.
Certainty = Literal["documented", "inferred", "reported", "conflict"]


@dataclass(frozen=True)
class Call:
    """One line of `calls` of a service other than DynamoDB.

    names:  by kind: `{"service": "web", "cluster": "prod"}`, each a name or an ARN, as the request gave it.
    flags:  parameters that were sent, such as `Tagging` or `TaggingDirective=COPY`.
    errors: codes of calls that ended in one.
    """

    service: str
    operation: str
    partition: str
    region: str
    account: str
    names: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()

    def arn(self, service: str, tail: str, *, region: bool = True, account: bool = True) -> str:
        """Return an ARN in the call's partition, region and account."""
        where = f"{self.region if region else ''}:{self.account if account else ''}"
        return f"arn:{self.partition}:{service}:{where}:{tail}"


@dataclass(frozen=True)
class Rule:
    """One action that an operation needs.

    action: with its prefix.
    on:     what the resource is: `*`; a place of `places` or `s3` and the kind it reads, `object bucket`; the end
            of an ARN with kinds in braces, `rds:cluster:{cluster}`; `same`: what the own action is needed on.
    when:   needed only if one of these flags was sent, kinds named or errors seen (`!NoSuchKey`).
    unless: not needed if one of them was.
    unresolved: what AWS checks besides, and the request does not name.
    """

    action: str
    on: str = "*"
    _: KW_ONLY
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    confidence: Certainty = "documented"
    note: str = ""
    unresolved: str = ""

    def applies(self, call: Call) -> bool:
        """Tell whether a call needs the action."""
        said = call.flags | call.names.keys() | {f"!{code}" for code in call.errors}
        return (not self.when or bool(said & {*self.when})) and not said & {*self.unless}


@dataclass
class Found:
    """What a call was found to need; filled by the rows and by the reference."""

    permissions: set[tuple[str, str]] = field(default_factory=set)
    companions: set[tuple[str, str]] = field(default_factory=set)
    conditions: set[tuple[str, str, str, str]] = field(default_factory=set)
    unresolved: list[str] = field(default_factory=list)
    narrowed: bool = True
    confidence: Any = "documented"
    note: str = ""
    source: str = ""
