"""Serverless Framework files, written as the resources that the framework makes of them.

https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import Resolver, mapping, sequence
from lambda_guard.analysis.lint.templates.template import FUNCTIONS, Resource, Template


def load(text: str) -> Any:
    """Decode YAML as cfn-lint does, lines and all, but with empty values, which this framework takes."""
    from cfnlint.decode.cfn_yaml import CfnFullLoader, _guard_alias_expansion, multi_constructor

    class Loader(CfnFullLoader):  # type: ignore[misc]
        pass

    Loader.add_multi_constructor("!", multi_constructor)
    document = Loader(text, "serverless").get_single_data()
    _guard_alias_expansion(document, "serverless")
    return document


def read(path: Path, document: dict[str, Any]) -> Template:
    """Read a decoded file: its functions, routes, roles and own resources."""
    provider = mapping(document.get("provider"))
    own = {}
    for part in sequence(document.get("resources")):
        own.update(mapping(mapping(part).get("Resources")))
    resources = {
        str(name): Resource(str(name), node["Type"], mapping(node.get("Properties")), name)
        for name, node in own.items()
        if isinstance(node, dict) and isinstance(node.get("Type"), str)
    }
    functions: dict[str, Any] = {}
    for part in sequence(document.get("functions")):
        functions.update(mapping(part))
    for name, node in functions.items():
        if isinstance(node, dict):
            for resource in _function(str(name), name, node, provider):
                resources[resource.name] = resource
    for resource in _roles(provider, functions):
        resources[resource.name] = resource
    return Template(path, resources, Resolver({}, {}))


def _function(name: str, key: Any, node: dict[str, Any], provider: dict[str, Any]) -> Iterator[Resource]:
    logical = _logical(name) + "LambdaFunction"
    variables = {**mapping(provider.get("environment")), **mapping(node.get("environment"))}
    properties: dict[str, Any] = {
        "Handler": node.get("handler"),
        "Runtime": node.get("runtime", provider.get("runtime")),
        "FunctionName": node.get("name", f"${{self:service}}-${{sls:stage}}-{name}"),
        "Environment": {"Variables": variables},
        "VpcConfig": node.get("vpc", provider.get("vpc")),
        "SlsName": name,
    }
    yield Resource(logical, FUNCTIONS[0], properties, key)
    url = node.get("url")
    if url:
        kind = mapping(url).get("authorizer")
        auth = "AWS_IAM" if kind == "aws_iam" else "NONE"
        made = {"AuthType": auth, "TargetFunctionArn": {"Ref": logical}}
        yield Resource(f"{logical}Url", "AWS::Lambda::Url", made, _key(node, "url"))
    for number, event in enumerate(sequence(node.get("events"))):
        yield from (
            Resource(f"{logical}Event{number}", kind, made, place_of)
            for kind, made, place_of in _event(mapping(event), logical, provider)
        )
    statements = node.get("iamRoleStatements")
    if statements:
        yield _role(f"{logical}Role", statements, _key(node, "iamRoleStatements"))


def _event(event: dict[str, Any], function: str, provider: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for kind, value in event.items():
        spec, target = mapping(value), {"Fn::GetAtt": [function, "Arn"]}
        if kind == "http":
            method, path = _route(value, spec)
            api = mapping(provider.get("apiGateway"))
            yield (
                "AWS::ApiGateway::Method",
                {
                    "HttpMethod": method,
                    "RoutePath": path,
                    "AuthorizationType": _authorization(spec.get("authorizer"), "CUSTOM"),
                    "ApiKeyRequired": spec.get("private", False) is True or bool(api.get("private")),
                    "Integration": {"Uri": target},
                },
                kind,
            )
        elif kind == "httpApi":
            method, path = _route(value, spec)
            authorizer = spec.get("authorizer", mapping(provider.get("httpApi")).get("authorizer"))
            auth = _authorization(authorizer, "JWT")
            key = "$default" if path in ("*", "/*") and method == "*" else f"{method} {path}"
            made = {"RouteKey": key, "AuthorizationType": auth, "Target": target}
            yield "AWS::ApiGatewayV2::Route", made, kind
        elif kind == "websocket":
            route = spec.get("route", value)
            auth = _authorization(spec.get("authorizer"), "CUSTOM")
            made = {"RouteKey": route, "AuthorizationType": auth, "Target": target}
            yield "AWS::ApiGatewayV2::Route", made, kind
        elif kind == "alb":
            actions: list[Any] = [{"Type": "authenticate-oidc"}] if spec.get("authorizer") else []
            forward: dict[str, Any] = {"Type": "forward", "Lambda": target}
            paths = sequence(mapping(spec.get("conditions")).get("path"))
            listener: dict[str, Any] = {"Actions": [*actions, forward]}
            listener["Conditions"] = [{"Field": "path-pattern", "Values": paths}]
            yield "AWS::ElasticLoadBalancingV2::ListenerRule", listener, kind


def _route(value: Any, spec: dict[str, Any]) -> tuple[str, str]:
    if isinstance(value, str):
        method, _, path = value.partition(" ")
    else:
        method, path = str(spec.get("method", "*")), str(spec.get("path", "*"))
    return method.upper(), path if path.startswith(("/", "*")) else f"/{path}"


def _authorization(authorizer: Any, otherwise: str) -> str:
    return "NONE" if not authorizer else "AWS_IAM" if _is_iam(authorizer) else otherwise


def _is_iam(authorizer: Any) -> bool:
    kind = authorizer if isinstance(authorizer, str) else mapping(authorizer).get("type")
    return isinstance(kind, str) and kind.lower() == "aws_iam"


def _roles(provider: dict[str, Any], functions: dict[str, Any]) -> Iterator[Resource]:
    role = mapping(mapping(provider.get("iam")).get("role"))
    for holder, key in ((role, "statements"), (provider, "iamRoleStatements")):
        if holder.get(key):
            yield _role(f"IamRole{key}", holder[key], _key(holder, key))
    for holder, key in ((role, "managedPolicies"), (provider, "iamManagedPolicies")):
        if holder.get(key):
            made = {"AssumeRolePolicyDocument": _ASSUMED, "ManagedPolicyArns": holder[key]}
            yield Resource(f"IamRole{key}", "AWS::IAM::Role", made, _key(holder, key))


def _role(name: str, statements: Any, node: Any) -> Resource:
    policies: list[Any] = [{"PolicyName": "own", "PolicyDocument": {"Statement": statements}}]
    return Resource(name, "AWS::IAM::Role", {"AssumeRolePolicyDocument": _ASSUMED, "Policies": policies}, node)


_ASSUMED: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}


def _key(holder: dict[str, Any], name: str) -> Any:
    return next((key for key in holder if key == name), holder)


def _logical(name: str) -> str:
    """Name a function's resource as the framework does: Dash for -, Underscore for _."""
    text = name.replace("-", "Dash").replace("_", "Underscore")
    return text[:1].upper() + text[1:]
