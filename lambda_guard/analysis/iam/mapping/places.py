"""How the names of some services become ARNs, where the reference's templates do not say it."""

from __future__ import annotations

import re
from collections.abc import Callable

from lambda_guard.analysis.iam.mapping.call import Call
from lambda_guard.runtime.services.invoke import parse

# A name in, and the resources and what stays unresolved out.
Place = Callable[[Call, str], tuple[list[str], str]]


def queue(call: Call, name: str) -> tuple[list[str], str]:
    """Read `account/name`, which the recorder cuts from a URL, or a name."""
    account, slash, own = name.rpartition("/")
    account = account if slash else call.names.get("account", call.account)
    return [f"arn:{call.partition}:sqs:{call.region}:{account}:{own}"], ""


def function(call: Call, name: str) -> tuple[list[str], str]:
    """Read the forms of a function's name; the qualifier is part of the resource.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    read = parse(name, call.names.get("qualifier"))
    tail = f"function:{read.name}{f':{read.qualifier}' if read.qualifier else ''}"
    region, account = read.region or call.region, read.account or call.account
    return [f"arn:{read.partition or call.partition}:lambda:{region}:{account}:{tail}"], ""


def unqualified_function(call: Call, name: str) -> tuple[list[str], str]:
    """Read a function's name for the operations that are checked on the function itself."""
    read = parse(name)
    region, account = read.region or call.region, read.account or call.account
    return [f"arn:{read.partition or call.partition}:lambda:{region}:{account}:function:{read.name}"], ""


def durable(call: Call, arn: str) -> tuple[list[str], str]:
    """Grant all durable executions of a function's version: one has its name from a single run."""
    return [f"{arn}/durable-execution/*/*"], ""


def state_machine(call: Call, arn: str) -> tuple[list[str], str]:
    """Leave out version and alias, and the label of a map run.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    if not arn.startswith("arn:"):
        return [call.arn("states", f"stateMachine:{arn}")], ""
    fields = arn.split(":")
    return [":".join([*fields[:6], fields[6].partition("/")[0]]) if len(fields) > 6 else arn], ""


def execution(call: Call, arn: str) -> tuple[list[str], str]:
    """Grant all executions of the state machine: one has its name or number from a single call."""
    return [f"{arn}:*"], ""


def secret(call: Call, name: str) -> tuple[list[str], str]:
    """Add the six characters that Secrets Manager adds to each name; a complete ARN is one.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    if name.startswith("arn:"):
        return [name if re.search(r"-[A-Za-z0-9]{6}$", name) else f"{name}-??????"], ""
    return [call.arn("secretsmanager", f"secret:{name}-??????")], ""


def parameter(call: Call, name: str) -> tuple[list[str], str]:
    """Put exactly one slash after `parameter`; public parameters have no account, a selector is no part of the name.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    if name.startswith("arn:"):
        fields = name.split(":")
        return [":".join(fields[:6])], ""
    if name.startswith("/aws/reference/secretsmanager/"):
        return [call.arn("ssm", f"parameter{name.partition(':')[0]}")], ""
    name = name.partition(":")[0]
    public = name.startswith("/aws/service/")
    return [call.arn("ssm", f"parameter/{name.lstrip('/')}", account=not public)], ""


def path(call: Call, name: str) -> tuple[list[str], str]:
    """Read a path of parameters: it is checked itself, without a slash at its end."""
    name = name.strip("/")
    public = name.startswith("aws/service")
    return [call.arn("ssm", f"parameter/{name}", account=not public)], ""


def document(call: Call, name: str) -> tuple[list[str], str]:
    """Read a document of Systems Manager: AWS's own have no account."""
    if name.startswith("arn:"):
        return [name], ""
    return [call.arn("ssm", f"document/{name}", account=not name.startswith(("AWS-", "AWSEC2-", "Amazon")))], ""


def managed(call: Call, name: str) -> tuple[list[str], str]:
    """Read an instance of EC2 or one that Systems Manager manages elsewhere."""
    if name.startswith("mi-"):
        return [call.arn("ssm", f"managed-instance/{name}")], ""
    return [call.arn("ec2", f"instance/{'*' if name == 'i-' else name}")], ""


def key(call: Call, name: str) -> tuple[list[str], str]:
    """Read a key; by an alias it may be any key, which a condition on the alias limits.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    if name.startswith("alias/"):
        return [call.arn("kms", "key/*")], f"the key that {name} stands for"
    if ":alias/" in name:
        return [f"{name.partition(':alias/')[0]}:key/*"], f"the key that {name} stands for"
    return [name if name.startswith("arn:") else call.arn("kms", f"key/{name}")], ""


def alias(call: Call, name: str) -> tuple[list[str], str]:
    """Read an alias as what it is where it is made, moved or deleted."""
    return [name if name.startswith("arn:") else call.arn("kms", name)], ""


def bus(call: Call, name: str) -> tuple[list[str], str]:
    """Read an event bus by name or ARN."""
    return [name if name.startswith("arn:") else call.arn("events", f"event-bus/{name}")], ""


def rule(call: Call, name: str) -> tuple[list[str], str]:
    """Read an event rule: on the default bus the bus is no part of its ARN."""
    name_of_bus = call.names.get("event-bus", "default").rpartition("/")[2]
    return [call.arn("events", f"rule/{name}" if name_of_bus == "default" else f"rule/{name_of_bus}/{name}")], ""


def log_group(call: Call, name: str) -> tuple[list[str], str]:
    """Grant a log group in both forms: denials name it with `:*` behind, AWS's reference without."""
    arn = name.removesuffix(":*") if name.startswith("arn:") else call.arn("logs", f"log-group:{name}")
    return [arn, f"{arn}:*"], ""


def log_stream(call: Call, name: str) -> tuple[list[str], str]:
    """Grant the streams of a log group: their names are made anew."""
    arn = name.removesuffix(":*") if name.startswith("arn:") else call.arn("logs", f"log-group:{name}")
    return [f"{arn}:log-stream:*"], ""


def topic(call: Call, name: str) -> tuple[list[str], str]:
    """Read a topic, or the application of a device that is sent to."""
    if ":endpoint/" in name:
        return [f"{name}/*"], ""
    return [name if name.startswith("arn:") else call.arn("sns", name)], ""


def connections(call: Call, name: str) -> tuple[list[str], str]:
    """Read `api/stage`; the connection is a client's.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    """
    api, _, stage = name.partition("/")
    method = {"PostToConnection": "POST", "GetConnection": "GET", "DeleteConnection": "DELETE"}[call.operation]
    unresolved = "" if api and api != "*" else "API and stage: the client's endpoint is a domain of its own"
    return [call.arn("execute-api", f"{api or '*'}/{stage or '*'}/{method}/@connections/*")], unresolved


_GEOGRAPHIES = ("us", "eu", "apac", "us-gov", "global", "jp", "au", "ca", "sa", "me", "af", "mx", "il")


def model(call: Call, name: str) -> tuple[list[str], str]:
    """Read a model or an inference profile, which sends to a model in regions that are not told.

    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    everywhere = f"arn:{call.partition}:bedrock:*::foundation-model"
    if name.startswith("arn:"):
        kind, _, own = name.split(":", 5)[5].partition("/")
        if kind == "application-inference-profile":
            return [name, f"{everywhere}/*"], f"the model behind {own}"
        if kind == "inference-profile":
            return [name, f"{everywhere}/{own.partition('.')[2]}"], ""
        if kind == "prompt":
            return [name.partition(f":prompt/{own}")[0] + f":prompt/{own.partition(':')[0]}"], f"the model of {own}"
        return [name], ""
    geography, _, own = name.partition(".")
    if geography in _GEOGRAPHIES:
        return [call.arn("bedrock", f"inference-profile/{name}"), f"{everywhere}/{own}"], ""
    if "." not in name:
        # An id of an application inference profile, an imported or a provisioned model.
        kinds = ("application-inference-profile", "provisioned-model", "imported-model")
        return [call.arn("bedrock", f"{kind}/{name}") for kind in kinds], f"what {name} is"
    return [call.arn("bedrock", f"foundation-model/{name}", account=False)], ""


def guardrail(call: Call, name: str) -> tuple[list[str], str]:
    """Read a guardrail by id or ARN."""
    return [name if name.startswith("arn:") else call.arn("bedrock", f"guardrail/{name}")], ""


_EC2_TYPES = {
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "ami": "image",
    "eni": "network-interface",
    "sg": "security-group",
    "subnet": "subnet",
    "vpc": "vpc",
    "rtb": "route-table",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "vpce": "vpc-endpoint",
    "lt": "launch-template",
    "tgw": "transit-gateway",
    "sgr": "security-group-rule",
    "pl": "prefix-list",
    "dopt": "dhcp-options",
    "fl": "vpc-flow-log",
    "key": "key-pair",
    "sir": "spot-instances-request",
    "vgw": "vpn-gateway",
    "vpn": "vpn-connection",
    "cgw": "customer-gateway",
    "pcx": "vpc-peering-connection",
    "cr": "capacity-reservation",
    "fleet": "fleet",
    "h": "dedicated-host",
    "pg": "placement-group",
}
_OF_AWS = frozenset(("snapshot", "image"))  # without an account


def ec2(call: Call, name: str) -> tuple[list[str], str]:
    """Read the type of a resource off its id, as AWS does.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    """
    if name.startswith("arn:"):
        return [name], ""
    prefix, _, rest = name.rpartition("-")
    kind = _EC2_TYPES.get(prefix)
    if kind is None:
        return [call.arn("ec2", f"*/{name}")], f"the type of {name}"
    return [call.arn("ec2", f"{kind}/{name if rest else '*'}", account=kind not in _OF_AWS)], ""


def user_pool(call: Call, name: str) -> tuple[list[str], str]:
    """Read a user pool; its id begins with its region."""
    region = name.partition("_")[0]
    return [f"arn:{call.partition}:cognito-idp:{region or call.region}:{call.account}:userpool/{name}"], ""


def store(call: Call, name: str) -> tuple[list[str], str]:
    """Read a policy store, which has no region; by an alias it may be any."""
    alias = name.startswith("policy-store-alias/")
    tail = f"policy-store/{'*' if alias else name}"
    return [call.arn("verifiedpermissions", tail, region=False)], f"the policy store behind {name}" if alias else ""


def zone(call: Call, name: str) -> tuple[list[str], str]:
    """Read a hosted zone, or a change, which is made anew with each call."""
    tail = "change/*" if name == "change" else f"hostedzone/{name}"
    return [call.arn("route53", tail, region=False, account=False)], ""


def task_definition(call: Call, name: str) -> tuple[list[str], str]:
    """Read a task definition; without a revision the latest is run, whichever that is."""
    arn = name if name.startswith("arn:") else call.arn("ecs", f"task-definition/{name}")
    return [arn if ":" in arn.rpartition("/")[2] else f"{arn}:*"], ""


def job_definition(call: Call, name: str) -> tuple[list[str], str]:
    """Read a job definition, as it was named or in every revision."""
    arn = name if name.startswith("arn:") else call.arn("batch", f"job-definition/{name}")
    return ([arn] if ":" in arn.rpartition("/")[2] else [arn, f"{arn}:*"]), ""


def as_named(call: Call, name: str) -> tuple[list[str], str]:
    """Keep an ARN."""
    return [name], ""


PLACES: dict[str, Place] = {
    one.__name__: one
    for one in (
        *(
            queue,
            function,
            unqualified_function,
            durable,
            state_machine,
            execution,
            secret,
            parameter,
            path,
            document,
            managed,
        ),
        *(key, alias, bus, rule, log_group, log_stream, topic, connections, model, guardrail, ec2, user_pool, store),
        *(zone, task_definition, job_definition, as_named),
    )
}
