"""Practices 2 and 3: functions that are told of other functions, and functions beside a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import key_place, mapping, names_in
from lambda_guard.analysis.lint.templates.template import FUNCTIONS, Found, Resource, Template
from lambda_guard.runtime.match import any_matches
from lambda_guard.runtime.services.endpoints import host_kind, is_function_url

_DATABASES = (
    "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster", "AWS::Neptune::DBInstance", "AWS::Redshift::Cluster",
)  # fmt: skip
_PROXY = "AWS::RDS::DBProxy"
_ALIASES = ("AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::Url")
_URL_OWNER = {"AWS::Lambda::Url": "TargetFunctionArn"}


def check(template: Template, allowed: tuple[str, ...]) -> Iterator[Found]:
    """Yield the variables that name functions, and the functions beside a database without a proxy."""
    names = _names(template)
    for function in template.functions:
        variables = function.variables()
        for name in variables:
            target = _named_function(template, variables[name], function, names)
            if target and not any_matches(allowed, (target,)):
                yield key_place(variables, name, function.node), "LG204", f"{name} of {function.name} names {target}"
        if _has_network(function) and (database := _database(template, function)):
            where = key_place(function.properties, "VpcConfig", function.node)
            yield where, "LG306", f"{function.name} beside {database}"


def _names(template: Template) -> dict[str, str]:
    """Return the functions' own names -> their logical names."""
    return {
        text: function.name
        for function in template.functions
        for text in template.resolve.texts(function.properties.get("FunctionName"))
    }


def _named_function(template: Template, node: Any, function: Resource, names: dict[str, str]) -> str:
    for name in sorted(names_in(node)):
        found = template.resources.get(name) or template.resources.get(name.partition(".")[0])
        if found is None:
            continue
        if found.type in _ALIASES:
            owner = found.properties.get(_URL_OWNER.get(found.type, "FunctionName"))
            found = next(iter(template.named(owner, *FUNCTIONS)), found)
        if (found.type in (*FUNCTIONS, *_ALIASES)) and found is not function:
            return found.name
    for text in template.resolve.texts(node):
        if is_function_url(text.partition("://")[2].partition("/")[0]):
            return "a function URL"
        plain = text.partition(":function:")[2].partition(":")[0] or text
        if names.get(plain, function.name) != function.name:
            return names[plain]
        if ":lambda:" in text and ":function:" in text and plain not in names and text.startswith("arn:"):
            return plain
        if text.startswith("${self:functions.") and text.endswith(".name}"):
            return text[17:-6]
    return ""


def _has_network(function: Resource) -> bool:
    config = function.properties.get("VpcConfig")
    return bool(config) if not isinstance(config, dict) else bool(mapping(config))


def _database(template: Template, function: Resource) -> str:
    if next(template.of(_PROXY), None) is not None:
        return ""
    for database in template.of(*_DATABASES):
        # With the Data API, the function needs no connection.
        if str(database.properties.get("EnableHttpEndpoint")).lower() != "true":
            return database.name
    for name, node in function.variables().items():
        for text in template.resolve.texts(node):
            host = text.rpartition("@")[2].rpartition("//")[2].partition("/")[0]
            if host_kind(host) in ("rds", "documentdb", "redshift", "neptune"):
                return f"the host in {name}"
    return ""
