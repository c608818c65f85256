"""Read resource ARNs: which part of them AWS generates, and which ones may stand in a policy at all."""

from __future__ import annotations

import re

# The last segment of these is made by DynamoDB when the thing is created: a policy that pins it breaks with
# the next stream, backup, export or import of the same table.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
GENERATED_KINDS = frozenset({"stream", "backup", "export", "import"})

# Services of which a name stands in the resource as the caller gave it, wildcards included.
_NAMED_BY_CALLS = frozenset(("dynamodb", "kinesis", ""))

# Ids of EC2 that are made anew with each instance, volume, ...
_SHORT_LIVED = frozenset(("instance", "volume", "snapshot", "network-interface"))

_WILD = re.compile(r"[*?$]")


def generalise(resource: str) -> str:
    """Return the form that a policy takes: generated identifiers as `*`, every other name as it is.

    `.../table/orders/stream/2026-01-02T03:04:05.678` becomes `.../table/orders/stream/*`, and the creation
    time of a Kinesis consumer becomes `*`.
    """
    head, tail = _split(resource)
    parts = tail.split("/")
    if len(parts) == 4 and parts[0] == "table" and parts[2] in GENERATED_KINDS:
        return f"{head}{'/'.join(parts[:3])}/*"
    if len(parts) == 4 and parts[0] == "stream" and parts[2] == "consumer":
        name, made, _ = parts[3].partition(":")
        return f"{head}{'/'.join(parts[:3])}/{name}:*" if made else resource
    if len(parts) == 2 and parts[0] in _SHORT_LIVED and service_of(resource) == "ec2":
        return f"{head}{parts[0]}/*"
    return resource


def is_grantable(resource: str) -> bool:
    """Tell whether a resource names what was used and nothing more.

    A function may send any string as a table's name. One that holds `*`, `?` or `$` would turn into a wildcard
    or a variable in a policy, so it is never granted. The lone `*` of actions without resources, an unknown
    region or account and the `*` in place of a generated identifier are the mapping's own, and so is whatever
    wildcard stands in another service's ARN: the mapping makes none of a name that holds one.
    """
    if resource == "*":
        return True
    head, tail = _split(resource)
    if service_of(resource) not in _NAMED_BY_CALLS or tail in ("table/*/stream/*", "stream/*"):
        return "${" not in resource
    if any(_WILD.search(part) for part in head.split(":")[:5] if part != "*") or not head:
        return False
    *names, last = tail.split("/")
    if len(names) == 3 and names[2] in GENERATED_KINDS | {"consumer"}:
        last = last.removesuffix(":*") if last != "*" else ""
    return bool(tail) and not any(_WILD.search(name) for name in (*names, last))


def service_of(resource: str) -> str:
    """Return the service of an ARN, or an empty string."""
    return resource.split(":")[2] if resource.startswith("arn:") and resource.count(":") >= 5 else ""


def local_name(resource: str) -> str:
    """Return the part of an ARN after its account, such as `table/orders`; of anything else, itself."""
    return _split(resource)[1]


def _split(resource: str) -> tuple[str, str]:
    """Split an ARN behind its account; what is no ARN has an empty first part."""
    fields = resource.split(":", 5)
    if fields[0] != "arn" or len(fields) < 6:
        return "", resource
    return ":".join(fields[:5]) + ":", fields[5]
