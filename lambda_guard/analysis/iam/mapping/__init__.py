"""From a call of any service but DynamoDB to what IAM checks: rows where AWS differs, its reference for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lambda_guard.analysis.iam.mapping import reference, s3
from lambda_guard.analysis.iam.mapping.call import Call, Found, Rule
from lambda_guard.analysis.iam.mapping.places import PLACES
from lambda_guard.analysis.iam.mapping.rows import COMPANIONS, MORE, ROWS
from lambda_guard.analysis.iam.services import actions_of
from lambda_guard.runtime.services.named import kind_of

__all__ = ["Call", "Found", "needs_of"]

_KIND = re.compile(r"\{([a-z0-9-]+)\}")
_FIRM = ("documented", "inferred", "reported", "conflict")
_REGIONLESS = frozenset(("budgets", "iam", "route53", "cloudfront", "organizations", "verifiedpermissions"))

# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_ENCRYPTING = {
    ("s3", "PutObject"): ("GenerateDataKey",),
    ("s3", "CopyObject"): ("GenerateDataKey",),
    ("s3", "CreateMultipartUpload"): ("Decrypt", "GenerateDataKey"),
    ("secretsmanager", "CreateSecret"): ("Decrypt", "GenerateDataKey"),
    ("secretsmanager", "UpdateSecret"): ("Decrypt", "GenerateDataKey"),
    ("ssm", "PutParameter"): ("Encrypt", "GenerateDataKey"),
}


def needs_of(call: Call) -> Found | None:
    """Return what a call needs; None where no IAM data know its operation."""
    found = Found()
    if _is_unsigned(call):
        found.note = "not signed, so IAM is not asked"
        return found
    rows = ROWS.get((call.service, call.operation))
    if rows is not None:
        _apply(call, rows, found)
        if call.service == "s3":
            found.source = s3.SOURCE
    else:
        if call.service in ("apigateway", "apigatewayv2"):
            return _by_path(call, found)
        actions = actions_of(call.service, call.operation)
        if actions is None:
            return None
        for action in actions:
            if call.service == "s3":
                _apply(call, (Rule(action, _s3_place(call, action)),), found)
            else:
                reference.fill(call, action, found)
    _apply(call, MORE.get((call.service, call.operation), ()), found)
    secret = call.names.get("secret", "").split(":")
    if len(secret) > 4 and call.account not in ("*", secret[4]):
        found.unresolved.append("kms:Decrypt on the key of the other account, which such a secret always has")
    _companions(call, found)
    _conditions(call, found)
    return found


def _is_unsigned(call: Call) -> bool:
    """Tell whether botocore sends an operation without a signature, as sign-ins are."""
    model = reference.service_model(call.service)
    if model is None or call.operation not in model.operation_names:
        return False
    operation = model.operation_model(call.operation)
    return bool(operation.auth_type == "none" or operation.auth == ["smithy.api#noAuth"])


def _by_path(call: Call, found: Found) -> Found | None:
    """Return what API Gateway's own operations need: the request's method, on its path.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
    """
    model = reference.service_model(call.service)
    if call.operation not in model.operation_names:
        return None
    operation = model.operation_model(call.operation)
    members = operation.input_shape.members.items() if operation.input_shape is not None else ()
    names = {shape.serialization.get("name"): call.names.get(kind_of(name), "*") for name, shape in members}
    path = re.sub(
        r"\{(\w+)\+?\}", lambda match: names.get(match[1], "*"), operation.http["requestUri"].partition("?")[0]
    )
    found.permissions.add((f"apigateway:{operation.http['method']}", call.arn("apigateway", path, account=False)))
    found.confidence, found.narrowed = "inferred", "*" not in path
    if not found.narrowed:
        found.unresolved.append(f"names in the path {path}")
    return found


def _s3_place(call: Call, action: str) -> str:
    """Choose between objects and the bucket by what the reference says of the action."""
    if "bucket" not in call.names:
        return "*"
    types = {kind.name for kind in reference.resources_of(action) or ()}
    return "object bucket" if "object" in types and "bucket" not in types else "bucket bucket"


def _apply(call: Call, rules: Iterable[Rule], found: Found) -> None:
    same = {resource for _, resource in found.permissions}
    for rule in rules:
        if not rule.applies(call):
            continue
        for action, resource, unresolved in _resolve(call, rule, same) if rule.action else ():
            found.permissions.add((action, resource))
            if unresolved and unresolved not in found.unresolved:
                found.unresolved.append(unresolved)
                found.narrowed = False
        if rule.unresolved:
            found.unresolved.append(rule.unresolved)
            found.narrowed = found.narrowed and "*" not in rule.on
        if _FIRM.index(rule.confidence) > _FIRM.index(found.confidence):
            found.confidence = rule.confidence
        if rule.note and rule.note not in found.note:
            found.note = "; ".join(filter(None, (found.note, rule.note)))


def _resolve(call: Call, rule: Rule, same: set[str]) -> list[tuple[str, str, str]]:
    if rule.on == "*":
        return [(rule.action, "*", "")]
    if rule.on == "same":
        return [(rule.action, resource, "") for resource in sorted(same)]
    place, _, kind = rule.on.partition(" ")
    name = call.names.get(kind, "") if kind else ""
    if kind and place in ("object", "bucket"):
        if not name:
            return [(rule.action, "*", f"the bucket of {rule.action}")]
        return [s3.adapted(call, rule.action, place, name)]
    if kind:
        if not name and place != "connections":
            return [(rule.action, "*", f"the resource of {rule.action}")]
        resources, unresolved = PLACES[place](call, name)
        return [(rule.action, resource, unresolved) for resource in resources]
    return [(rule.action, _templated(call, rule.on), "")]


def _templated(call: Call, template: str) -> str:
    service, _, tail = template.partition(":")
    kinds = _KIND.findall(tail)
    last = call.names.get(kinds[-1], "") if kinds else ""
    if last.startswith("arn:") and tail.endswith("}"):
        return last
    values = {
        kind: reference.default_of(call, kind) if kind not in call.names else reference.tail_of(call.names[kind])
        for kind in kinds
    }
    tail = _KIND.sub(lambda match: values[match[1]], tail).lstrip(":")
    own = service == "ec2-aws"
    return call.arn("ec2" if own else service, tail, region=service not in _REGIONLESS, account=not own)


def _companions(call: Call, found: Found) -> None:
    for kind, said in COMPANIONS.get(call.service, {}).items():
        if kind in call.names:
            bucket = f"arn:{call.partition}:s3:::{call.names[kind]}"
            for one in said:
                action, _, where = one.partition(" ")
                resource = call.arn("redshift-serverless", "workgroup/*") if where == "workgroup" else bucket
                found.companions.add((action, where.replace("@", bucket) if "@" in where else resource))
    for kind in ("role", "execution-role"):
        name = call.names.get(kind, "")
        if name and call.service not in ("sts", "iam", "lakeformation", "sso-admin"):
            role = name if name.startswith("arn:") else call.arn("iam", f"role/{name}", region=False)
            found.companions.add(("iam:PassRole", role))
    key = call.names.get("key")
    for action in _ENCRYPTING.get((call.service, call.operation), ()) if key else ():
        resources, _ = PLACES["key"](call, key or "")
        for resource in resources:
            found.companions.add((f"kms:{action}", resource))
            via = f"{call.service}.{call.region}.amazonaws.com{'.cn' if call.partition == 'aws-cn' else ''}"
            found.conditions.add((f"kms:{action}", resource, "kms:ViaService", via))


def _conditions(call: Call, found: Found) -> None:
    """Say what condition would limit a resource that is wider than what was named."""
    if call.service == "kms":
        for name in (call.names.get(kind, "") for kind in ("key", "source-key", "destination-key")):
            _, found_alias, alias = f":{name}".rpartition(":alias/")
            for action, resource in found.permissions if found_alias else ():
                if resource.endswith(":key/*"):
                    found.conditions.add((action, resource, "kms:RequestAlias", f"alias/{alias}"))
    if call.service == "stepfunctions":
        fields = call.names.get("state-machine", "").split(":")
        if len(fields) > 7 and not fields[7].isdigit():
            for action, resource in found.permissions:
                found.conditions.add((action, resource, "states:StateMachineQualifier", fields[7]))
    if call.service == "bedrock-runtime":
        profile = next((one for _, one in found.permissions if "inference-profile/" in one), None)
        for action, resource in found.permissions if profile else ():
            if ":foundation-model/" in resource:
                found.conditions.add((action, resource, "bedrock:InferenceProfileArn", profile or ""))
