"""Practice 1: routes to functions without an authorizer before them, and function URLs that answer everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambda_guard.analysis.lint.templates import openapi
from lambda_guard.analysis.lint.templates.nodes import Place, key_place, mapping, names_in, place, sequence
from lambda_guard.analysis.lint.templates.template import FUNCTIONS, SERVERLESS_FUNCTION, Found, Resource, Template
from lambda_guard.runtime.events.routes import is_public

_PUBLIC = "LAMBDA_GUARD_PUBLIC_ROUTES"
_AUTHENTICATES = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
_V2_VERBS = ("ANY", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*")


def check(template: Template, public: tuple[str, ...]) -> Iterator[Found]:
    """Yield the routes that nobody authorizes. public: the settings' public routes."""
    for where, rule, method, path, function in _open(template):
        patterns = (*public, *_declared(template, function))
        verb = "ANY" if method == "*" else method.upper()
        if not is_public((verb, path, path), patterns):
            yield where, rule, f"route {verb} {path}".strip()
    yield from _urls(template)
    for api in template.of("AWS::AppSync::GraphQLApi"):
        others = [
            template.resolve.text(mapping(one).get("AuthenticationType"))
            for one in template.resolve.items(api.properties.get("AdditionalAuthenticationProviders"))
        ]
        if template.resolve.texts(api.properties.get("AuthenticationType")) == ["API_KEY"] and not others:
            yield key_place(api.properties, "AuthenticationType", api.node), "LG102", f"GraphQL API {api.name}"


_Open = Iterator[tuple[Place, str, str, str, Resource | None]]


def _declared(template: Template, function: Resource | None) -> list[str]:
    """Return the public routes that a function's own environment declares; of a route of no known one, nothing."""
    if function is None:
        return []
    texts = template.resolve.texts(function.variables().get(_PUBLIC))
    return [route.strip() for text in texts for route in text.split(",") if " " in route.strip()]


def _open(template: Template) -> _Open:
    for function in template.of(SERVERLESS_FUNCTION):
        yield from _events(template, function)
    for api in template.of("AWS::ApiGateway::RestApi", "AWS::Serverless::Api"):
        yield from _bodies(template, api, "Body", "DefinitionBody")
    for api in template.of("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi"):
        yield from _bodies(template, api, "Body", "DefinitionBody")
        if api.type == "AWS::ApiGatewayV2::Api" and api.properties.get("Target"):
            key = template.resolve.text(api.properties.get("RouteKey")) or "$default"
            method, path = _split(key)
            where = key_place(api.properties, "Target", api.node)
            yield where, "LG101", method, path, next(iter(template.named(api.properties["Target"], *FUNCTIONS)), None)
    for resource in template.of("AWS::ApiGateway::Method"):
        yield from _method(template, resource)
    for route in template.of("AWS::ApiGatewayV2::Route"):
        yield from _v2_route(template, route)
    for listener in template.of("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule"):
        yield from _listener(template, listener)


def _events(template: Template, function: Resource) -> _Open:
    for name, event in mapping(function.properties.get("Events")).items():
        spec = mapping(mapping(event).get("Properties"))
        kind = mapping(event).get("Type")
        if kind not in ("Api", "HttpApi"):
            continue
        reference = spec.get("RestApiId" if kind == "Api" else "ApiId")
        own_api = next(iter(template.named(reference)), None) if reference is not None else None
        if own_api is None and reference is not None and not template.resolve.texts(reference)[:1]:
            own_api = None
        shared = own_api.properties if own_api is not None else mapping(template.globals.get(kind))
        method, path = template.resolve.text(spec.get("Method")), template.resolve.text(spec.get("Path"))
        if kind == "HttpApi" and not path:
            method, path = "ANY", "$default"
        if method.upper() == "OPTIONS":
            continue
        rule = _sam_rule(template, mapping(spec.get("Auth")), mapping(shared.get("Auth")))
        body = mapping(shared.get("DefinitionBody"))
        if rule and (not body or not openapi.is_closed(body, method, path)):
            where = key_place(mapping(spec.get("Auth")), "Authorizer", name) if spec.get("Auth") else place(name)
            yield where, rule, method, path, function


def _sam_rule(template: Template, own: dict[str, Any], shared: dict[str, Any]) -> str:
    """Return the rule that a SAM event breaks by its own Auth and its API's; empty for none."""
    authorizer = own.get("Authorizer", shared.get("DefaultAuthorizer"))
    texts = template.resolve.texts(authorizer)
    authorizers = mapping(shared.get("Authorizers"))
    if authorizer is not None and "NONE" not in texts and texts != [""]:
        return "" if not _is_empty(texts, authorizers) else "LG101"
    key = own.get("ApiKeyRequired", shared.get("ApiKeyRequired"))
    return "LG102" if str(key).lower() == "true" else "LG101"


def _is_empty(texts: list[str], authorizers: dict[str, Any]) -> bool:
    """Tell of an authorizer that is named, and written in the API's list as nothing at all."""
    return any(text in authorizers and not authorizers[text] for text in texts)


def _bodies(template: Template, api: Resource, *names: str) -> _Open:
    shared = mapping(api.properties.get("Auth"))
    if shared.get("DefaultAuthorizer"):
        return
    websocket = template.resolve.text(api.properties.get("ProtocolType")) == "WEBSOCKET"
    events = {
        (template.resolve.text(mapping(spec).get("Path")), template.resolve.text(mapping(spec).get("Method")).upper())
        for function in template.of(SERVERLESS_FUNCTION)
        for event in mapping(function.properties.get("Events")).values()
        for spec in [mapping(event).get("Properties")]
    }
    for name in names:
        body = api.properties.get(name)
        if body is None or websocket:
            continue
        for where, rule, method, path, uri in openapi.open_operations(mapping(body)):
            if (path, method.upper()) not in events:  # judged where the function says so
                function = next(iter(template.named(uri, *FUNCTIONS)), None)
                yield where, rule, method, path, function


def _method(template: Template, method: Resource) -> _Open:
    properties = method.properties
    verb = template.resolve.text(properties.get("HttpMethod")).upper()
    integration = mapping(properties.get("Integration"))
    if verb == "OPTIONS" or template.resolve.text(integration.get("Type")).upper() == "MOCK":
        return
    kinds = template.resolve.texts(properties.get("AuthorizationType"))
    if properties.get("AuthorizationType") is None or "NONE" in kinds:
        keyed = str(properties.get("ApiKeyRequired")).lower() == "true"
        function = next(iter(template.named(integration.get("Uri"), *FUNCTIONS)), None)
        where = key_place(properties, "AuthorizationType", method.node)
        path = template.resolve.text(properties.get("RoutePath")) or _path(template, properties.get("ResourceId"))
        yield where, "LG102" if keyed else "LG101", "*" if verb == "ANY" else verb, path, function


def _path(template: Template, node: Any) -> str:
    parts: list[str] = []
    for _ in range(30):
        found = _of_type(template, node, "AWS::ApiGateway::Resource")
        if found is None:
            break
        parts.append(template.resolve.text(found.properties.get("PathPart")))
        node = found.properties.get("ParentId")
    return "/" + "/".join(reversed(parts))


def _of_type(template: Template, node: Any, *types: str) -> Resource | None:
    found = [template.resources[name] for name in sorted(names_in(node)) if name in template.resources]
    return next((resource for resource in found if resource.type in types), None)


def _v2_route(template: Template, route: Resource) -> _Open:
    properties = route.properties
    key = template.resolve.text(properties.get("RouteKey"))
    api = _of_type(template, properties.get("ApiId"), "AWS::ApiGatewayV2::Api")
    protocol = template.resolve.text(api.properties.get("ProtocolType")) if api is not None else ""
    method, path = _split(key)
    if method == "OPTIONS" or (protocol == "WEBSOCKET" and key != "$connect"):
        return
    if key != "$connect" and key != "$default" and method not in _V2_VERBS:
        return  # of a WebSocket API: who is connected was authorized at $connect
    kinds = template.resolve.texts(properties.get("AuthorizationType"))
    if properties.get("AuthorizationType") is None or "NONE" in kinds:
        keyed = str(properties.get("ApiKeyRequired")).lower() == "true"
        target = properties.get("Target")
        function = next(iter(template.named(target, *FUNCTIONS)), None)
        if function is None and (integration := _of_type(template, target, "AWS::ApiGatewayV2::Integration")):
            function = next(iter(template.named(integration.properties.get("IntegrationUri"), *FUNCTIONS)), None)
        where = key_place(properties, "AuthorizationType", route.node)
        yield where, "LG102" if keyed else "LG101", method, path, function


def _split(key: str) -> tuple[str, str]:
    method, space, path = key.partition(" ")
    return (method.upper(), path) if space else ("", key)


def _listener(template: Template, listener: Resource) -> _Open:
    properties = listener.properties
    name = "Actions" if "Actions" in properties else "DefaultActions"
    kinds = [template.resolve.text(mapping(action).get("Type")) for action in sequence(properties.get(name))]
    if any(kind in _AUTHENTICATES for kind in kinds):
        return
    for action in sequence(properties.get(name)):
        function = _lambda_target(template, mapping(action))
        if function is not None:
            values = _path_patterns(template, properties)
            where = key_place(properties, name, listener.node)
            yield where, "LG101", "*", values[0] if values else "/*", function if function.type in FUNCTIONS else None


def _lambda_target(template: Template, action: dict[str, Any]) -> Resource | None:
    if "Lambda" in action:
        return next(iter(template.named(action["Lambda"], *FUNCTIONS)), None)
    for name in sorted(names_in(action)):
        group = template.resources.get(name)
        if group is None or group.type != "AWS::ElasticLoadBalancingV2::TargetGroup":
            continue
        if template.resolve.text(group.properties.get("TargetType")) == "lambda":
            return next(iter(template.named(group.properties.get("Targets"), *FUNCTIONS)), group)
    return None


def _path_patterns(template: Template, properties: dict[str, Any]) -> list[str]:
    return [
        text
        for condition in sequence(properties.get("Conditions"))
        if mapping(condition).get("Field") == "path-pattern"
        for node in sequence(condition.get("Values", mapping(condition.get("PathPatternConfig")).get("Values")))
        for text in template.resolve.texts(node)
    ]


def _urls(template: Template) -> Iterator[Found]:
    for url in template.of("AWS::Lambda::Url"):
        properties = url.properties
        target = properties.get("TargetFunctionArn")
        function = next(iter(template.named(target, *FUNCTIONS)), None)
        kinds = template.resolve.texts(properties.get("AuthType"))
        if properties.get("AuthType") is not None and "NONE" not in kinds:
            continue
        if not _is_public_url(template, function) and not _behind_cloudfront(template, function):
            yield key_place(properties, "AuthType", url.node), "LG103", f"URL of {_name(function, url)}"
    for function in template.of(SERVERLESS_FUNCTION):
        config = mapping(function.properties.get("FunctionUrlConfig"))
        kinds = template.resolve.texts(config.get("AuthType"))
        # SAM itself adds the permission for everybody to such a URL, so nothing before it closes it.
        if config and (config.get("AuthType") is None or "NONE" in kinds) and not _is_public_url(template, function):
            yield key_place(config, "AuthType", function.node), "LG103", f"URL of {function.name}"


def _name(function: Resource | None, url: Resource) -> str:
    return function.name if function is not None else url.name


def _is_public_url(template: Template, function: Resource | None) -> bool:
    return is_public(("ANY", "/", "/"), tuple(_declared(template, function)))


def _behind_cloudfront(template: Template, function: Resource | None) -> bool:
    """Tell of CloudFront with origin access control, whose distribution alone may invoke the URL."""
    controls = [
        mapping(control.properties.get("OriginAccessControlConfig"))
        for control in template.of("AWS::CloudFront::OriginAccessControl")
    ]
    if not any(template.resolve.text(control.get("OriginAccessControlOriginType")) == "lambda" for control in controls):
        return False
    scoped = False
    for permission in template.of("AWS::Lambda::Permission"):
        if function is not None and function not in template.named(permission.properties.get("FunctionName")):
            continue
        principal = template.resolve.text(permission.properties.get("Principal"))
        if principal == "*":
            return False
        scoped = scoped or (principal == "cloudfront.amazonaws.com" and bool(permission.properties.get("SourceArn")))
    return scoped
