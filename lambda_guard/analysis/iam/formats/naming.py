"""Resources that a policy names, as literals or as references: to where it is deployed, or to what the template has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lambda_guard.analysis.iam.policy import Statement, camel


@dataclass(frozen=True)
class Reference:
    """What a format writes in its own way.

    kind:    `partition`, `region` or `account` of the deployment, or the `arn` of a resource of the template.
    name:    of that resource in the template. head: its ARN up to its name, for formats whose names are names only.
    random: what stands for the end that AWS adds to the name. service: of the ARN.
    """

    kind: Literal["partition", "region", "account", "arn"]
    name: str = ""
    head: tuple[str | Reference, ...] = ()
    random: str = ""
    service: str = ""


Part = str | Reference


@dataclass(frozen=True)
class Naming:
    """How resources are named.

    portable: whether partition, region and account are references, where they are the role's own.
    names:    deployed name, or SERVICE:NAME -> what the template calls it.
    region, account: of the role's functions; empty if unknown.
    attach:   whether the policy is attached to its role, where a format can.
    """

    portable: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    account: str = ""
    attach: bool = False

    def parts(self, resource: str) -> tuple[Part, ...]:
        """Return a resource as literals and references, in order."""
        fields = resource.split(":", 5)
        if len(fields) < 6 or fields[0] != "arn":
            return (resource,)
        head, tail = self._head(fields), fields[5]
        for deployed, name in self.names.items():
            if found := _search(deployed, fields[2], tail):
                before = _joined((*head, tail[: found.start("name")]))
                rest = tail[found.end() :]
                return _joined((Reference("arn", name, before, found["random"] or "", fields[2]), rest))
        return _joined((*head, tail))

    def sid(self, sid: str) -> str:
        """Return a statement's name with what the template calls its resource, where that is in it."""
        for deployed, name in self.names.items():
            if old := camel(deployed.rpartition(":")[2]):
                sid = sid.replace(old, camel(name.rpartition(".")[2]))
        return sid

    def _head(self, fields: Sequence[str]) -> tuple[Part, ...]:
        if not self.portable:
            return (":".join(fields[:5]) + ":",)
        region: Part = Reference("region") if fields[3] and fields[3] == self.region else fields[3]
        account: Part = Reference("account") if fields[4] and fields[4] == self.account else fields[4]
        return ("arn:", Reference("partition"), f":{fields[2]}:", region, ":", account, ":")


LITERAL = Naming()


def services_named(deployed: str, statements: Iterable[Statement]) -> set[str]:
    """Return the services of the resources that a deployed name stands for: none, one, or by accident several."""
    resources = [text.split(":", 5) for statement in statements for text in _resources(statement.document())]
    return {fields[2] for fields in resources if len(fields) == 6 and _search(deployed, fields[2], fields[5])}


def plain(body: Mapping[str, Any], naming: Naming = LITERAL) -> dict[str, Any]:
    """Return a statement with every value as a list, whichever way somebody wrote it, and its name in the template."""
    found = {key: value for key, value in body.items() if key != "Condition"}
    if found.get("Sid"):
        found["Sid"] = naming.sid(found["Sid"])
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if isinstance(found.get(element), str):
            found[element] = [found[element]]
    if body.get("Condition"):
        found["Condition"] = {
            operator: {key: [_text(value) for value in _listed(values)] for key, values in keys.items()}
            for operator, keys in body["Condition"].items()
        }
    return found


def names_in(parts: Iterable[Part]) -> set[str]:
    """Return the resources of the template that parts refer to."""
    return {part.name for part in parts if isinstance(part, Reference) and part.kind == "arn"}


def _resources(body: Mapping[str, Any]) -> list[str]:
    return [text for element in ("Resource", "NotResource") for text in _listed(body.get(element, []))]


def _search(deployed: str, service: str, tail: str) -> re.Match[str] | None:
    """Find a name that stands alone in an ARN's last part; the random end of a secret's belongs to it."""
    of_service, colon, name = deployed.rpartition(":")
    if colon and of_service != service:
        return None
    return re.search(rf"(?:^|(?<=[/:]))(?P<name>{re.escape(name)})(?P<random>-\?{{6}})?(?=$|[/:])", tail)


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join literals that follow each other, and leave empty ones out."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
