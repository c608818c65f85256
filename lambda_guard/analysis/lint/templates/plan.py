"""Terraform plans (`terraform show -json`), written as the resources that CloudFormation would have.

What only AWS will know is absent from a plan's values; the configuration in it still tells what refers to what.
https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import Resolver, mapping, sequence
from lambda_guard.analysis.lint.templates.template import Resource, Template

_INDEX = re.compile(r"\[[^\]]*\]")
_DEEPEST = 30
_DATABASES = {
    "aws_db_instance": "AWS::RDS::DBInstance",
    "aws_rds_cluster": "AWS::RDS::DBCluster",
    "aws_docdb_cluster": "AWS::DocDB::DBCluster",
    "aws_neptune_cluster": "AWS::Neptune::DBCluster",
    "aws_redshift_cluster": "AWS::Redshift::Cluster",
    "aws_db_proxy": "AWS::RDS::DBProxy",
}


class _Planned:
    """One planned resource. values: as planned; written: its expressions in the configuration."""

    def __init__(self, node: dict[str, Any], module: str, written: dict[str, Any], documents: dict[str, Any]) -> None:
        self.node = node
        self.module = module
        self.values = mapping(node.get("values"))
        self.written = written
        self._documents = documents

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def refers(self, name: str) -> Any:
        """Return what an attribute refers to as intrinsic functions would; its value where that is planned."""
        value = self.values.get(name)
        found = [{"Ref": target} for target in self._references(self.written.get(name))]
        return {"Refs": [*found, *sequence(value)]} if found else value

    def policy(self, name: str) -> Any:
        """Return a policy document: as planned, or as far as the configuration tells."""
        value = self.values.get(name)
        if isinstance(value, str):
            return _json(value)
        statements = [
            statement
            for target in self._references(self.written.get(name))
            for statement in self._documents.get(target, [])
        ]
        return {"Statement": statements} if statements else None

    def _references(self, expression: Any) -> list[str]:
        found = []
        for name in _references(expression):
            parts = name.split(".")
            size = 3 if parts[0] == "data" else 2
            if len(parts) >= size and parts[0] not in ("var", "local", "each", "count", "path", "self", "module"):
                found.append(self.module + ".".join(_INDEX.sub("", part) for part in parts[:size]))
        return list(dict.fromkeys(found))


def _references(expression: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(expression, list):
        for part in expression:
            yield from _references(part, depth + 1)
    elif isinstance(expression, dict):
        for key, part in expression.items():
            if key == "references" and isinstance(part, list):
                yield from (name for name in part if isinstance(name, str))
            elif key != "constant_value":
                yield from _references(part, depth + 1)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read(path: Path, document: dict[str, Any]) -> Template:
    """Read a decoded plan."""
    written: dict[str, Any] = {}
    documents: dict[str, Any] = {}
    _configuration(mapping(mapping(document.get("configuration")).get("root_module")), "", written, documents, 0)
    resources: dict[str, Resource] = {}
    root = mapping(mapping(document.get("planned_values")).get("root_module"))
    for node, module in _resources(root, "", 0):
        address, kind = node.get("address"), node.get("type")
        convert = _CONVERTERS.get(kind) if isinstance(kind, str) else None
        if not isinstance(address, str) or convert is None or node.get("mode") == "data":
            continue
        plain = _INDEX.sub("", address)
        planned = _Planned(node, module, mapping(written.get(plain)), documents)
        for made, properties in convert(planned):
            # References name no index: the first of several stands for all; the others are kept under their own.
            name = plain if plain not in resources else address
            resources[name if name not in resources else f"{name} {made}"] = Resource(
                plain, made, properties, _place_of(node)
            )
    return Template(path, resources, Resolver({}, {}))


def _place_of(node: dict[str, Any]) -> Any:
    return next((key for key in node if key == "address"), node)


def _resources(module: dict[str, Any], name: str, depth: int) -> Iterator[tuple[dict[str, Any], str]]:
    if depth > _DEEPEST:
        return
    for node in sequence(module.get("resources")):
        if isinstance(node, dict):
            yield node, name
    for child in sequence(module.get("child_modules")):
        address = _INDEX.sub("", str(mapping(child).get("address", "")))
        yield from _resources(mapping(child), f"{address}." if address else "", depth + 1)


def _configuration(
    module: dict[str, Any], name: str, written: dict[str, Any], documents: dict[str, Any], depth: int
) -> None:
    if depth > _DEEPEST:
        return
    for node in sequence(module.get("resources")):
        address, expressions = f"{name}{mapping(node).get('address')}", mapping(mapping(node).get("expressions"))
        written[address] = expressions
        if mapping(node).get("type") == "aws_iam_policy_document":
            documents[address] = [_statement(mapping(part)) for part in sequence(expressions.get("statement"))]
    for key, call in mapping(module.get("module_calls")).items():
        inner = mapping(mapping(call).get("module"))
        _configuration(inner, f"{name}module.{key}.", written, documents, depth + 1)


def _statement(part: dict[str, Any]) -> dict[str, Any]:
    def constant(name: str) -> Any:
        return mapping(part.get(name)).get("constant_value")

    made = {"Effect": constant("effect") or "Allow", "Action": constant("actions") or []}
    resources = constant("resources")
    made["Resource"] = resources if resources else "${unknown}"
    if part.get("condition"):
        made["Condition"] = {"unknown": {}}
    return made


Converted = Iterator[tuple[str, dict[str, Any]]]


def _function(planned: _Planned) -> Converted:
    variables = dict(mapping(mapping(next(iter(sequence(planned.get("environment"))), {})).get("variables")))
    for part in sequence(planned.written.get("environment")):
        for number, target in enumerate(planned._references(mapping(part).get("variables"))):
            variables.setdefault(f"(variable {number + 1})", {"Ref": target})
    network = mapping(next(iter(sequence(planned.get("vpc_config"))), {}))
    yield (
        "AWS::Lambda::Function",
        {
            "Handler": planned.get("handler"),
            "Runtime": planned.get("runtime"),
            "FunctionName": planned.get("function_name"),
            "Environment": {"Variables": variables},
            "VpcConfig": network or bool(sequence(planned.written.get("vpc_config"))) or None,
            "Role": planned.refers("role"),
        },
    )


def _url(planned: _Planned) -> Converted:
    yield (
        "AWS::Lambda::Url",
        {"AuthType": planned.get("authorization_type"), "TargetFunctionArn": planned.refers("function_name")},
    )


def _permission(planned: _Planned) -> Converted:
    yield (
        "AWS::Lambda::Permission",
        {
            "Principal": planned.get("principal"),
            "SourceArn": planned.refers("source_arn"),
            "SourceAccount": planned.refers("source_account"),
            "PrincipalOrgID": planned.refers("principal_org_id"),
            "EventSourceToken": planned.get("event_source_token"),
            "FunctionUrlAuthType": planned.get("function_url_auth_type"),
            "FunctionName": planned.refers("function_name"),
        },
    )


def _method(planned: _Planned) -> Converted:
    yield (
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": planned.get("http_method"),
            "AuthorizationType": planned.get("authorization"),
            "ApiKeyRequired": planned.get("api_key_required"),
            "ResourceId": planned.refers("resource_id"),
            "RestApiId": planned.refers("rest_api_id"),
        },
    )


def _api_resource(planned: _Planned) -> Converted:
    made = {"PathPart": planned.get("path_part"), "ParentId": planned.refers("parent_id")}
    yield "AWS::ApiGateway::Resource", made


def _route(planned: _Planned) -> Converted:
    yield (
        "AWS::ApiGatewayV2::Route",
        {
            "RouteKey": planned.get("route_key"),
            "AuthorizationType": planned.get("authorization_type"),
            "ApiKeyRequired": planned.get("api_key_required"),
            "ApiId": planned.refers("api_id"),
        },
    )


def _http_api(planned: _Planned) -> Converted:
    yield (
        "AWS::ApiGatewayV2::Api",
        {
            "ProtocolType": planned.get("protocol_type"),
            "Body": _json(body) if isinstance(body := planned.get("body"), str) else None,
            "RouteKey": planned.get("route_key"),
            "Target": planned.refers("target"),
        },
    )


def _rest_api(planned: _Planned) -> Converted:
    body = planned.get("body")
    made = {"Body": _json(body) if isinstance(body, str) else None, "Policy": planned.policy("policy")}
    yield "AWS::ApiGateway::RestApi", made


def _resource_policy(kind: str) -> Callable[[_Planned], Converted]:
    def convert(planned: _Planned) -> Converted:
        yield kind, {"Policy": planned.policy("policy"), "PolicyDocument": planned.policy("policy")}

    return convert


def _role(planned: _Planned) -> Converted:
    policies = [
        {"PolicyDocument": _json(text)}
        for part in sequence(planned.get("inline_policy"))
        if isinstance(text := mapping(part).get("policy"), str)
    ]
    yield (
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": planned.policy("assume_role_policy"),
            "Policies": policies,
            "ManagedPolicyArns": planned.get("managed_policy_arns"),
        },
    )


def _role_policy(planned: _Planned) -> Converted:
    yield "AWS::IAM::Policy", {"PolicyDocument": planned.policy("policy"), "Roles": [planned.refers("role")]}


def _policy(planned: _Planned) -> Converted:
    yield "AWS::IAM::ManagedPolicy", {"PolicyDocument": planned.policy("policy")}


def _attachment(planned: _Planned) -> Converted:
    roles = [planned.refers("role" if "role" in planned.written or planned.get("role") else "roles")]
    yield "Attachment", {"Roles": roles, "ManagedPolicyArns": [planned.refers("policy_arn")]}


def _listener(planned: _Planned) -> Converted:
    actions = []
    name = "action" if "action" in planned.values or "action" in planned.written else "default_action"
    written = sequence(planned.written.get(name))
    for number, action in enumerate(sequence(planned.get(name))):
        targets = planned._references(written[number] if number < len(written) else None)
        kind = mapping(action).get("type")
        actions.append({"Type": kind, "TargetGroupArn": {"Refs": [{"Ref": target} for target in targets]}})
    yield "AWS::ElasticLoadBalancingV2::ListenerRule", {"Actions": actions}


def _target_group(planned: _Planned) -> Converted:
    yield "AWS::ElasticLoadBalancingV2::TargetGroup", {"TargetType": planned.get("target_type")}


def _database(kind: str) -> Callable[[_Planned], Converted]:
    def convert(planned: _Planned) -> Converted:
        yield kind, {"EnableHttpEndpoint": planned.get("enable_http_endpoint")}

    return convert


_LISTENERS = ("aws_lb_listener", "aws_lb_listener_rule", "aws_alb_listener", "aws_alb_listener_rule")
_CONVERTERS: dict[str, Callable[[_Planned], Converted]] = {
    "aws_lambda_function": _function,
    "aws_lambda_function_url": _url,
    "aws_lambda_permission": _permission,
    "aws_api_gateway_method": _method,
    "aws_api_gateway_resource": _api_resource,
    "aws_apigatewayv2_route": _route,
    "aws_apigatewayv2_api": _http_api,
    "aws_api_gateway_rest_api": _rest_api,
    "aws_api_gateway_rest_api_policy": _resource_policy("AWS::ApiGateway::RestApi"),
    "aws_sqs_queue_policy": _resource_policy("AWS::SQS::QueuePolicy"),
    "aws_sns_topic_policy": _resource_policy("AWS::SNS::TopicPolicy"),
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_iam_policy": _policy,
    "aws_iam_role_policy_attachment": _attachment,
    "aws_iam_policy_attachment": _attachment,
    **dict.fromkeys(_LISTENERS, _listener),
    **dict.fromkeys(("aws_lb_target_group", "aws_alb_target_group"), _target_group),
    **{name: _database(kind) for name, kind in _DATABASES.items()},
}
