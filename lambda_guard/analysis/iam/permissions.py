"""Map what a usage record says was called to what IAM checks for it: an entry in, permissions out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambda_guard.analysis.iam.dynamodb import ENCLOSING, ROWS, Confidence, Row
from lambda_guard.analysis.iam.mapping import Call, needs_of
from lambda_guard.runtime.usage import Usage

_DYNAMODB = frozenset(("dynamodb", "dynamodbstreams"))  # IAM has one prefix for both
_UNSAID = "the request names no resource that can be read; botocore or AWS refuses most such calls"
_WILDCARDS = "a name with wildcards or variables is never granted: no resource of AWS's has one"
_WILD = re.compile(r"[*?$]")
_STREAM = "the shard iterator does not tell the stream"
_NOT_SENT = "never sent: the guard or botocore refused every one of these calls"

# Region -> partition, for an entry that does not say it.
# https://docs.aws.amazon.com/general/latest/gr/rande.html
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


@dataclass(frozen=True, order=True)
class Permission:
    """An IAM action on a resource ARN, or on `*` where the action has no resource."""

    action: str
    resource: str


@dataclass(frozen=True, order=True)
class Condition:
    """A condition key and its value (for StringEquals) that a permission could bear, such as `kms:ViaService`."""

    permission: Permission
    key: str
    value: str


@dataclass(frozen=True)
class Needs:
    """What one entry of `calls` needs.

    permissions: of the called service itself. Empty when nothing was sent, needed or resolved.
    companions:  what the service does on the caller's behalf elsewhere (S3, KMS, ...); never seen as calls.
    conditions:  what would limit a permission or companion further, for whoever copies it.
    unresolved:  what AWS checks besides and the request does not name, in words. Where a resource was widened
                 for it, `permissions` have the wider one.
    narrowed:    whether the resources are as narrow as IAM allows; False for `*` in place of what is not known.
    confidence:  see `Confidence` in dynamodb.py.
    enclosing:   TransactWriteItems, TransactGetItems or ExecuteTransaction where the entry's calls were parts
                 of one (the value of `dynamodb:EnclosingOperation`), else None.
    note:        one sentence for the reader, where there is anything to say about the confidence.
    source:      the AWS page behind it, where there is one.
    """

    permissions: frozenset[Permission] = frozenset()
    companions: frozenset[Permission] = frozenset()
    confidence: Confidence = "documented"
    enclosing: str | None = None
    note: str = ""
    source: str = ""
    conditions: frozenset[Condition] = frozenset()
    unresolved: tuple[str, ...] = ()
    narrowed: bool = True


def required_permissions(
    service: str,
    operation: str,
    params: Mapping[str, Any],
    *,
    region: str | None,
    account: str | None,
    partition: str = "aws",
    endpoint_url: str | None = None,
) -> frozenset[Permission]:
    """Return what IAM checks for one call, by the same recorder and mapping as in production.

    service, operation, params: as botocore has them, such as `dynamodb`, `GetItem`, `{"TableName": ...}`.
    region, account: None where unknown; `*` stands in the ARN then.
    endpoint_url: the client's, which alone names the API that apigatewaymanagementapi calls.
    """
    usage = Usage()
    usage.attempt(service, operation, params, region, partition, endpoint_url)
    entries = usage.totals()["calls"]
    return frozenset().union(*(permissions_of(entry, account or "").permissions for entry in entries))


def permissions_of(entry: Mapping[str, Any], account: str) -> Needs:
    """Return what one entry of a usage record's `calls` needs in an account (12 digits, empty if unknown)."""
    # botocore checks parameters before it sends anything.
    if entry["count"] <= (entry.get("errors") or {}).get("ParamValidationError", 0):
        return Needs(note=_NOT_SENT)
    if entry["service"] not in _DYNAMODB:
        return _of_service(entry, account)
    resource: Mapping[str, Any] = entry.get("resource") or {}
    enclosing = entry["operation"] if entry["operation"] in ENCLOSING else None
    if resource.get("kind") == "unresolved" and entry["operation"] == "GetRecords":
        place = _place(entry, resource, account)
        stream = "arn:{partition}:dynamodb:{region}:{account}:table/*/stream/*".format(**place)
        permission = Permission("dynamodb:GetRecords", stream)
        return Needs(
            frozenset({permission}), confidence="inferred", note=_STREAM, unresolved=(_STREAM,), narrowed=False
        )
    if resource.get("kind") == "unresolved":
        return Needs(confidence="unresolved", enclosing=enclosing, note=_UNSAID)
    row = ROWS.get((entry["operation"], entry.get("part")))
    if row is None:
        row = Row((entry["operation"],), "", confidence="fallback", with_table=True, note="not in IAM data")
    place = _place(entry, resource, account)
    arn = _arn(resource, **place)
    firm = row.doubt != "always" and not resource.get("index" if row.doubt == "index" else "kind")
    return Needs(
        frozenset(
            Permission(f"dynamodb:{action}", on)
            for actions, resources in ((row.actions, _resources(row, resource, arn)), (row.unscoped, ("*",)))
            for action in actions
            for on in resources
        ),
        frozenset(
            Permission(action, template.format(arn=arn, name=resource.get("name"), **place))
            for action, template in row.companions
        ),
        "documented" if firm else row.confidence,
        enclosing,
        "" if firm else row.note,
        row.source,
    )


def _of_service(entry: Mapping[str, Any], account: str) -> Needs:
    """Return what a call of another service than DynamoDB needs."""
    service, operation = entry["service"], entry["operation"]
    resource: Mapping[str, Any] = entry.get("resource") or {}
    names = dict(entry.get("with") or {})
    if resource.get("name"):
        names[resource["kind"]] = resource["name"]
    if any(_WILD.search(name) for name in names.values()):
        return Needs(confidence="unresolved", note=_WILDCARDS, narrowed=False)
    call = Call(
        service,
        operation,
        **_place(entry, resource, account),
        names=names,
        flags=frozenset(entry.get("flags") or ()),
        errors=frozenset(entry.get("errors") or ()),
    )
    found = needs_of(call)
    if found is None:
        return Needs(confidence="unknown", note=f"no IAM data know an action for {service} {operation}", narrowed=False)
    unreadable = resource.get("kind") == "unresolved"
    return Needs(
        frozenset(Permission(*pair) for pair in found.permissions),
        frozenset(Permission(*pair) for pair in found.companions),
        found.confidence,
        None,
        found.note,
        found.source,
        frozenset(Condition(Permission(action, on), key, value) for action, on, key, value in found.conditions),
        (*found.unresolved, _UNSAID) if unreadable else tuple(found.unresolved),
        found.narrowed and not unreadable,
    )


def _place(entry: Mapping[str, Any], resource: Mapping[str, Any], account: str) -> dict[str, str]:
    """Return the partition, region and account of an entry's resource, where its name does not say them."""
    region = resource.get("region") or entry.get("region") or "*"
    by_region = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
    return {
        "partition": entry.get("partition") or by_region,
        "region": region,
        "account": account or "*",
    }


def _resources(row: Row, resource: Mapping[str, Any], arn: str) -> tuple[str, ...]:
    if not resource.get("index"):
        return (arn,)
    index = f"{arn}/index/{resource['index']}"
    return (arn, index) if row.with_table else (index,)


def _arn(resource: Mapping[str, Any], partition: str, region: str, account: str) -> str:
    """Return the ARN of a resource without its index; one that was given is kept, but for a replica's region."""
    name, kind = resource.get("name"), resource.get("kind")
    if not name:
        return "*"
    if name.startswith("arn:"):
        if "region" not in resource:
            return str(name)
        fields = name.split(":")
        return ":".join([*fields[:3], region, *fields[4:]])
    if kind == "global-table":
        return f"arn:{partition}:dynamodb::{account}:global-table/{name}"
    if kind == "key":
        # Aliases are no resources of key actions.
        key = "*" if name.startswith("alias/") else name
        return f"arn:{partition}:kms:{region}:{account}:key/{key}"
    return f"arn:{partition}:dynamodb:{region}:{account}:table/{name}"
