"""What Lambda does with a function's role besides running it, as its configuration tells.

Sources: the Lambda developer guide's pages on VPCs, X-Ray, destinations and each event source mapping.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.resources import service_of
from lambda_guard.analysis.iam.triggers import NETWORK, trigger_permissions

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_VPC = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)
# https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
_TRACING = ("PutTelemetryRecords", "PutTraceSegments")
# Service of a destination -> what its delivery needs there.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
_DESTINATIONS = {
    "events": ("events:PutEvents",),
    "lambda": ("lambda:InvokeFunction",),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage",),
}

# What Lambda itself may do with a role, whatever the function does: no call is seen of it.
TRACED = frozenset(f"xray:{action}" for action in _TRACING)
NETWORKED = frozenset(f"ec2:{action}" for action in (*_VPC, *NETWORK))
DELIVERED = frozenset(
    {*(action for found in _DESTINATIONS.values() for action in found), "s3:ListBucket", "s3:PutObject"}
)
LOGGED = frozenset(f"logs:{action}" for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents"))


@dataclass(frozen=True)
class Deployed:
    """A function as Lambda has it.

    role: ARN. destinations: ARNs that Lambda delivers to with the role, where events or invocations fail or end.
    mappings: event source mappings, as Lambda lists them. vpc, traced: whether it is in a VPC, and traced by X-Ray.
    log_group: where it logs to; empty where that is /aws/lambda/NAME.
    """

    function: str
    region: str
    role: str
    vpc: bool = False
    traced: bool = False
    log_group: str = ""
    destinations: tuple[str, ...] = ()
    mappings: tuple[Mapping[str, Any], ...] = ()


def execution_permissions(deployed: Deployed) -> frozenset[Permission]:
    """Return what Lambda needs of the role for a function's network, traces, destinations and triggers."""
    return frozenset(_permissions(deployed))


def _permissions(deployed: Deployed) -> Iterator[Permission]:
    if deployed.vpc:
        yield from (Permission(f"ec2:{action}", "*") for action in _VPC)
    if deployed.traced:
        yield from (Permission(f"xray:{action}", "*") for action in _TRACING)
    for arn in deployed.destinations:
        yield from _delivery(arn)
    for mapping in deployed.mappings:
        yield from _mapping(mapping)


def _delivery(arn: str) -> Iterator[Permission]:
    service = service_of(arn)
    if service == "s3":
        yield Permission("s3:PutObject", f"{arn}/*")
        yield Permission("s3:ListBucket", arn)
    for action in _DESTINATIONS.get(service, ()):
        yield Permission(action, arn)


def _mapping(mapping: Mapping[str, Any]) -> Iterator[Permission]:
    source = mapping.get("EventSourceArn")
    if source:
        yield from trigger_permissions(source)
    elif mapping.get("SelfManagedEventSource"):
        yield from (Permission(f"ec2:{action}", "*") for action in NETWORK)
    for access in mapping.get("SourceAccessConfigurations") or ():
        if str(access.get("URI")).startswith("arn:") and ":secretsmanager:" in access["URI"]:
            yield Permission("secretsmanager:GetSecretValue", access["URI"])
    failure = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if failure:
        yield from _delivery(failure)
