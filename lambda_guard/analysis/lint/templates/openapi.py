"""OpenAPI bodies of APIs: which operations have no security that authenticates a caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import Place, key_place, mapping, place, sequence

_METHODS = ("get", "put", "post", "delete", "patch", "head", "trace", "x-amazon-apigateway-any-method")
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTH = "x-amazon-apigateway-auth"


def open_operations(body: dict[str, Any]) -> Iterator[tuple[Place, str, str, str, Any]]:
    """Yield place, rule, method, path and integration of each operation that nobody authorizes."""
    for path, item in mapping(body.get("paths")).items():
        for method, operation in mapping(item).items():
            if str(method).lower() not in _METHODS or not isinstance(operation, dict):
                continue
            integration = mapping(operation.get(_INTEGRATION))
            if str(integration.get("type", "")).lower() == "mock":
                continue
            rule = _rule(body, operation)
            if rule:
                verb = "*" if str(method).startswith("x-") else str(method).upper()
                where = key_place(operation, "security", method) if "security" in operation else place(method)
                yield where, rule, verb, str(path), integration.get("uri")


def is_closed(body: dict[str, Any], method: str, path: str) -> bool:
    """Tell whether a body has an operation, and an authorizer before it."""
    operations = mapping(mapping(body.get("paths")).get(path))
    wanted = method.lower() if method.lower() != "any" else _METHODS[-1]
    found = operations.get(wanted, operations.get(_METHODS[-1]))
    return isinstance(found, dict) and not _rule(body, found)


def _rule(body: dict[str, Any], operation: dict[str, Any]) -> str:
    """Return LG101 or LG102 for an operation that breaks it; empty for none."""
    auth = mapping(operation.get(_AUTH)).get("type", mapping(body.get(_AUTH)).get("type"))
    if isinstance(auth, str) and auth.upper() != "NONE":
        return ""
    required = operation.get("security", body.get("security"))
    names = [[str(name) for name in mapping(one)] for one in sequence(required)]
    if not names or any(not one for one in names):
        return "LG101"
    schemes = {
        **mapping(mapping(body.get("components")).get("securitySchemes")),
        **mapping(body.get("securityDefinitions")),
    }
    weak = [one for one in names if all(_is_key(schemes.get(name)) for name in one)]
    return "LG102" if weak else ""


def _is_key(scheme: Any) -> bool:
    """Tell an API key of a usage plan from an authorizer, which Swagger also writes as `apiKey`."""
    scheme = mapping(scheme)
    if scheme.get("type") != "apiKey":
        return False
    extended = any(str(name).startswith("x-amazon-apigateway-auth") for name in scheme)
    return not extended and str(scheme.get("name", "")).lower() == "x-api-key"
