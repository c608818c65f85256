"""Practices 2 and 3: what a template lets a function do: invoke others, and more of data services than it uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lambda_guard.analysis.lint.templates import policies
from lambda_guard.analysis.lint.templates.policies import Statement
from lambda_guard.analysis.lint.templates.template import SERVERLESS_FUNCTION, Found, Resource, Template
from lambda_guard.runtime.match import any_matches, matches

_HOLE = re.compile(r"\$\{[^}]*\}")
# Of a function: what its code is seen to call, (service, method) pairs; None where that is not known.
Calls = Callable[[Resource], set[tuple[str, str]] | None]
_INVOKES = ("lambda:invokefunction", "lambda:invokeasync", "lambda:invokefunctionurl")
DATA_SERVICES = frozenset(
    {
        "aoss", "athena", "cassandra", "dax", "docdb-elastic", "dsql", "dynamodb", "elasticache", "es", "events",
        "firehose", "kinesis", "kms", "memorydb", "neptune-db", "qldb", "rds", "rds-data", "rds-db", "redshift",
        "redshift-data", "s3", "s3express", "s3tables", "secretsmanager", "sns", "sqs", "ssm", "timestream",
    }
)  # fmt: skip
# Actions that have no resource to be limited to.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_WITHOUT_RESOURCE = re.compile(
    r"(?:List[A-Za-z]*|Describe(?:Limits|Endpoints|Parameters|ReservedCapacity\w*|AccountLimits|DBEngineVersions)"
    r"|GetRandomPassword|GenerateRandom|GetAccountPublicAccessBlock|CreateKey|ListAllMyBuckets|BatchGetSecretValue"
    r"|(?:Confirm|)Unsubscribe|ConfirmSubscription|CheckIfPhoneNumberIsOptedOut|OptInPhoneNumber|.*SMS\w*)$"
)
_MANAGED_BROAD = re.compile(r"^(?:AdministratorAccess|PowerUserAccess|SecretsManagerReadWrite)$")
_MANAGED_DATA = re.compile(
    r"^(?:Amazon|AWS)(?:DynamoDB|S3|SQS|SNS|RDS|RDSData|Kinesis|KinesisFirehose|ElastiCache|OpenSearchService|ES"
    r"|EventBridge|Redshift|RedshiftData|SSM|DocDB|DocDBElastic|MemoryDB|Timestream|Athena|Keyspaces|KeyManagementService"
    r"|AuroraDSQL|Neptune)(?:Full|ReadOnly|PowerUser|ReadWrite)(?:Access|Console)?(?:_?[vV]\d)?$"
)
_MANAGED_INVOKES = ("AWSLambda_FullAccess", "AWSLambdaFullAccess", "AWSLambdaRole")
_READS = {
    "dynamodb": re.compile(r"(?:batch_)?get_|transact_get|query|scan|describe_|list_|batch_get|load$|item_count|get"),
    "s3": re.compile(r"get_|head_|list_|download|select_|filter|all$"),
}
# SAM policy template -> service, the template for reads alone, the one for writes alone.
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
_WIDE = {
    "DynamoDBCrudPolicy": ("dynamodb", "DynamoDBReadPolicy", "DynamoDBWritePolicy"),
    "DynamoDBReconfigurePolicy": ("dynamodb", "DynamoDBReadPolicy", "DynamoDBWritePolicy"),
    "S3CrudPolicy": ("s3", "S3ReadPolicy", "S3WritePolicy"),
    "S3FullAccessPolicy": ("s3", "S3ReadPolicy", "S3CrudPolicy"),
}


def check(template: Template, allowed: tuple[str, ...], calls: Calls) -> Iterator[Found]:
    """Yield what functions' roles allow too much of. allowed: the functions that may be invoked."""
    for statement in policies.statements(template):
        yield from _invokes(statement, allowed)
        yield from _wildcards(statement)
    for name, where, owner in policies.managed(template):
        if name in _MANAGED_INVOKES:
            yield where, "LG203", f"{name} on {owner.name}"
        elif _MANAGED_BROAD.match(name) or _MANAGED_DATA.match(name):
            yield where, "LG304", f"{name} on {owner.name}"
    for function in template.of(SERVERLESS_FUNCTION):
        for name, value, where in policies.policy_templates(function, template):
            if name == "LambdaInvokePolicy" and not _allowed(_target(template, value), allowed):
                yield where, "LG203", f"{name} on {function.name}"
            elif name in _WIDE and (narrower := _narrower(name, calls(function))):
                yield where, "LG305", f"{name} on {function.name}, where {narrower} is enough"


def _target(template: Template, value: object) -> list[str]:
    node = value.get("FunctionName") if isinstance(value, dict) else None
    return template.resolve.texts(node)


def _allowed(names: list[str], allowed: tuple[str, ...]) -> bool:
    plain = [name.partition(":function:")[2] or name for name in names]
    return bool(names) and all(any_matches(allowed, (full, name)) for full, name in zip(names, plain, strict=True))


def _invokes(statement: Statement, allowed: tuple[str, ...]) -> Iterator[Found]:
    if _allowed([text for text, _ in statement.resources], allowed):
        return
    for action, where in statement.actions:
        lowered = action.lower()
        if lowered.startswith("lambda:") and any(matches(lowered, name) for name in _INVOKES):
            yield where, "LG203", f"{action} in {statement.owner.name}"


def _wildcards(statement: Statement) -> Iterator[Found]:
    narrow = []
    for action, where in statement.actions:
        service, _, name = action.partition(":")
        if action == "*" or (service.lower() in DATA_SERVICES and "*" in name):
            yield where, "LG303", f"action {action} in {statement.owner.name}"
        elif service.lower() in DATA_SERVICES and not _WITHOUT_RESOURCE.match(name):
            narrow.append(action)
    if not narrow or statement.conditional:
        return
    for resource, where in statement.resources:
        # A statement may list resources of several services, for the actions of each.
        of = _HOLE.sub("x", resource).split(":")[2:3]
        actions = [action for action in narrow if of in ([], ["*"], [action.partition(":")[0].lower()])]
        if actions and _is_everything(resource):
            yield where, "LG303", f"resource {resource} for {actions[0]} in {statement.owner.name}"


def _is_everything(resource: str) -> bool:
    """Tell whether a resource is all of a service's: `*`, `arn:aws:dynamodb:*:*:table/*`, `arn:aws:s3:::*`."""
    if resource.strip("*") == "":
        return bool(resource)
    parts = _HOLE.sub("x", resource).split(":", 5)
    if len(parts) < 6:
        return False
    name = parts[5]
    if parts[2] == "dynamodb":
        return re.match(r"(?:\*|table/\*)(?:$|/)", name) is not None
    if parts[2] == "s3":
        return name in ("*", "*/*")
    kind, separator, rest = name.partition("/") if "/" in name else name.partition(":")
    return kind == "*" or (bool(separator) and ":" not in kind and rest.strip("*:/") == "" and rest != "")


def _narrower(name: str, calls: set[tuple[str, str]] | None) -> str:
    service, reads, writes = _WIDE[name]
    methods = {method for of, method in calls or () if of == service}
    if not methods:
        return ""
    pattern = _READS[service]
    reading = {method for method in methods if pattern.match(method)}
    if reading == methods:
        return reads
    if not reading and not any(method in ("execute_statement", "transact_write_items") for method in methods):
        return writes if name != "DynamoDBReconfigurePolicy" else "DynamoDBWritePolicy"
    if name == "DynamoDBReconfigurePolicy":
        return "DynamoDBCrudPolicy"
    return "S3CrudPolicy" if name == "S3FullAccessPolicy" and not any("acl" in method for method in methods) else ""
