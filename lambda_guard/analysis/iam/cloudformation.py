"""Roles in CloudFormation and SAM templates. What only the deployment knows stays a variable: `${Orders.Arn}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambda_guard.analysis.iam import grammar
from lambda_guard.analysis.iam.current import Existing, unread
from lambda_guard.analysis.iam.grammar import Twice, UnreadablePolicy
from lambda_guard.analysis.iam.holders import HeldRole

_ROLE = "AWS::IAM::Role"
_FUNCTION = "AWS::Serverless::Function"
_LAMBDA = "AWS::Lambda::Function"
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
_NO_VALUE = "${AWS::NoValue}"


def is_one(found: Any) -> bool:
    """Tell whether something parsed is a template, or a folder's templates, or what `get-template` prints."""
    return isinstance(found, dict) and any(_resources(template) for template in _templates(found))


def roles(found: Any) -> list[HeldRole]:
    """Return the roles of the templates. Raises UnreadablePolicy: a policy in them is not in IAM's language."""
    return [role for template in _templates(found) for role in _Template(template).roles()]


def from_fragment(name: str, document: Mapping[str, Any]) -> list[Existing] | None:
    """Return the statements of a policy that was cut out of a template; None where no function is in it."""
    if not _has_function(document):
        return None
    role = HeldRole([name])
    _put(role, document, name, document)
    return role.statements


def loader() -> Any:
    """Return a YAML loader that reads the short forms of functions, and dates as the texts that they are."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        yaml_implicit_resolvers = {
            first: [(tag, form) for tag, form in found if tag != "tag:yaml.org,2002:timestamp"]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    def short(load: Any, tag: str, node: Any) -> Any:
        kinds = {
            yaml.ScalarNode: load.construct_scalar,
            yaml.SequenceNode: lambda it: load.construct_sequence(it, deep=True),
        }
        value = kinds.get(type(node), lambda it: load.construct_mapping(it, deep=True))(node)
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}

    def mapping(load: Any, node: Any) -> Any:
        load.flatten_mapping(node)
        pairs = load.construct_pairs(node, deep=True)
        found = {str(key): value for key, value in pairs}
        if len(found) == len(pairs):
            return found
        keys = [str(key) for key, _ in pairs]
        doubled = Twice(found)
        doubled.names = tuple(key for key in found if keys.count(key) > 1)
        return doubled

    Loader.add_multi_constructor("!", short)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


def _templates(found: Mapping[str, Any]) -> list[Any]:
    if "templates" in found:
        return list(found["templates"])
    body = found.get("TemplateBody", found)
    if isinstance(body, str):
        import yaml

        try:
            body = yaml.load(body, loader())
        except yaml.YAMLError:
            raise UnreadablePolicy("TemplateBody holds neither JSON nor YAML.") from None
    return [body]


def _resources(template: Any) -> dict[str, Any]:
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict):
        return {}
    return {name: body for name, body in resources.items() if isinstance(body, dict) and "Type" in body}


class _Template:
    """One template, and the roles in it by logical id."""

    def __init__(self, template: Any) -> None:
        self._resources = _resources(template)
        self._globals = _properties((template.get("Globals") or {}).get("Function"), whole=True)
        self._roles: dict[str, HeldRole] = {}

    def roles(self) -> list[HeldRole]:
        """Return them with everything that the template attaches to each."""
        for name, resource in self._of(_ROLE):
            self._add_role(name, _properties(resource))
        for name, resource in self._of(_FUNCTION):
            self._add_function(name, {**self._globals, **_properties(resource)})
        for name, resource in self._of(_LAMBDA):
            self._name(_properties(resource), name)
        for name, resource in self._of(*_POLICIES):
            self._attach(name, _properties(resource))
        return list(self._roles.values())

    def _of(self, *types: str) -> Iterator[tuple[str, Any]]:
        return ((name, body) for name, body in self._resources.items() if body["Type"] in types)

    def _add_role(self, name: str, properties: Mapping[str, Any]) -> None:
        role = self._roles.setdefault(name, HeldRole([name]))
        role.names += _literal(properties.get("RoleName"))
        for policy in _items(properties.get("Policies")):
            _put(role, policy, f"{name}, {_shown(_member(policy, 'PolicyName'))}", _member(policy, "PolicyDocument"))
        for arn in _items(properties.get("ManagedPolicyArns")):
            self._attach_managed(role, arn)
        if properties.get("PermissionsBoundary"):
            role.statements.append(unread(f"boundary {_shown(properties['PermissionsBoundary'])}"))

    def _add_function(self, name: str, properties: Mapping[str, Any]) -> None:
        """SAM makes a role for each function that names none, and ignores the policies of one that does."""
        if properties.get("Role"):
            self._name(properties, name)
            return
        role = self._roles.setdefault(f"{name}Role", HeldRole([f"{name}Role", name]))
        role.names += _literal(properties.get("FunctionName"))
        found = properties.get("Policies")
        for number, policy in enumerate(found if isinstance(found, list) else [found] if found else [], 1):
            if isinstance(policy, dict) and "Statement" in policy:
                _put(role, policy, f"{name}, policy {number}", policy)
            elif isinstance(policy, dict) and len(policy) == 1 and "Ref" in policy:
                self._attach_managed(role, policy)
            else:
                # A policy template of SAM's, the name of a managed policy, or a function.
                shown = next(iter(policy)) if isinstance(policy, dict) and policy else policy
                role.statements.append(unread(f"{name}, {_shown(shown)}"))

    def _name(self, properties: Mapping[str, Any], function: str) -> None:
        role = self._roles.get(_target(properties.get("Role")))
        if role is not None:
            role.names += [function, *_literal(properties.get("FunctionName"))]

    def _attach(self, name: str, properties: Mapping[str, Any]) -> None:
        """Attach a policy resource to the roles that it names."""
        for target in [*_items(properties.get("Roles")), properties.get("RoleName")]:
            by_name = next((role for role in self._roles.values() if target in role.names), None)
            role = self._roles.get(_target(target)) or by_name
            if role is not None:
                _put(role, properties, name, properties.get("PolicyDocument"))

    def _attach_managed(self, role: HeldRole, arn: Any) -> None:
        resource = self._resources.get(_target(arn), {})
        if resource.get("Type") == "AWS::IAM::ManagedPolicy":
            _put(role, resource, _target(arn), _properties(resource).get("PolicyDocument"))
        elif _shown(arn) != _NO_VALUE:
            role.statements.append(unread(_shown(arn)))


def _put(role: HeldRole, holder: Any, name: str, document: Any) -> None:
    """Add a document's statements; what a function of the template decides alone cannot be read."""
    if not isinstance(holder, dict) or not isinstance(document, dict) or _function(document):
        role.statements.append(unread(name))
        return
    grammar.statements(name, document if isinstance(document, Twice) else {**document, "Statement": []})
    found = document.get("Statement")
    for number, body in enumerate(found if isinstance(found, list) else [found], 1):
        grammar.refuse_doubled(name, number, body)
        statement = _resolved(body)
        undecided = isinstance(body, dict) and (
            _function(body)
            or isinstance(statement.get("Condition"), str)
            or any("${" in text for text in _texts([statement.get(key) for key in ("Effect", "Action")]))
        )
        if undecided or (isinstance(found, dict) and _function(found)):
            role.statements.append(unread(f"{name}, statement {number}"))
            continue
        grammar.check(name, number, statement)
        role.statements.append(Existing(name, "template", number, statement))


def _resolved(value: Any) -> Any:
    """Return a value with every function as a variable: what it stands for is not known before the deployment."""
    if isinstance(value, list):
        found = [_resolved(item) for item in value]
        return [item for item in found if item != _NO_VALUE]
    if not isinstance(value, dict):
        return value
    if (name := _function(value)) is None:
        resolved = {key: _resolved(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item != _NO_VALUE}
    argument = value[name]
    if name == "Ref":
        return f"${{{argument}}}"
    if name == "Fn::GetAtt":
        return f"${{{'.'.join(map(str, argument)) if isinstance(argument, list) else argument}}}"
    if name == "Fn::Sub":
        return _text(argument[0] if isinstance(argument, list) and argument else argument)
    if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        return str(argument[0]).join(_text(_resolved(item)) for item in argument[1])
    return f"${{{name}}}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else "${?}"


def _function(value: Mapping[str, Any]) -> str | None:
    """Return the function that an object is; None where it is an object."""
    name = next(iter(value), None) if len(value) == 1 else None
    return name if name == "Ref" or (name or "").startswith("Fn::") else None


def _has_function(value: Any) -> bool:
    if isinstance(value, dict):
        return _function(value) is not None or any(map(_has_function, value.values()))
    return isinstance(value, list) and any(map(_has_function, value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value if isinstance(value, list) else ():
        yield from _texts(item)


def _properties(resource: Any, whole: bool = False) -> dict[str, Any]:
    found = resource if whole else (resource or {}).get("Properties")
    return found if isinstance(found, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _literal(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else []


def _target(value: Any) -> str:
    """Return the logical id that a reference is to."""
    if not isinstance(value, dict):
        return ""
    found = value.get("Ref") or value.get("Fn::GetAtt")
    return str(found[0]) if isinstance(found, list) and found else str(found or "").partition(".")[0]


def _shown(value: Any) -> str:
    return _text(_resolved(value))
