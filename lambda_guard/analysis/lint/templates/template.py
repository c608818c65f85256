"""One template as the rules see it: resources by name, as CloudFormation and SAM write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambda_guard.analysis.lint.templates.nodes import Place, Resolver, mapping, names_in, place, sequence

SERVERLESS_FUNCTION = "AWS::Serverless::Function"
FUNCTIONS = ("AWS::Lambda::Function", SERVERLESS_FUNCTION)
_GLOBALS = {
    SERVERLESS_FUNCTION: "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
}
Found = tuple[Place, str, str]


@dataclass(eq=False)
class Resource:
    """One resource. properties: with what SAM's Globals add. asset: folder of its code, as CDK notes it."""

    name: str
    type: str
    properties: dict[str, Any]
    node: Any
    asset: str = ""

    @property
    def place(self) -> Place:
        """Where the resource stands."""
        return place(self.node)

    def variables(self) -> dict[str, Any]:
        """A function's environment variables."""
        return mapping(mapping(self.properties.get("Environment")).get("Variables"))


@dataclass(eq=False)
class Template:
    """One template. globals: SAM's; folder: what the paths in it start from."""

    path: Path
    resources: dict[str, Resource]
    resolve: Resolver
    globals: dict[str, Any] = field(default_factory=dict)

    def of(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types."""
        return (resource for resource in self.resources.values() if resource.type in types)

    def named(self, node: Any, *types: str) -> list[Resource]:
        """Return the resources of some types that a node refers to, also by the plain name."""
        names = names_in(node) | {text for text in self.resolve.texts(node) if text in self.resources}
        names |= {text[2:-1].split(".")[0] for text in self.resolve.texts(node) if text[:2] == "${" and text[-1] == "}"}
        found = (self.resources[name] for name in sorted(names) if name in self.resources)
        return [resource for resource in found if not types or resource.type in types]

    @property
    def functions(self) -> list[Resource]:
        """The Lambda functions."""
        return list(self.of(*FUNCTIONS))


def from_document(path: Path, document: Any) -> Template:
    """Read a decoded template of CloudFormation or SAM."""
    document = mapping(document)
    shared = mapping(document.get("Globals"))
    resources = {}
    for name, node in mapping(document.get("Resources")).items():
        kind = mapping(node).get("Type")
        if isinstance(name, str) and isinstance(kind, str):
            properties = _with_globals(mapping(node.get("Properties")), mapping(shared.get(_GLOBALS.get(kind, ""))))
            asset = mapping(node.get("Metadata")).get("aws:asset:path")
            resources[str(name)] = Resource(str(name), kind, properties, name, asset if isinstance(asset, str) else "")
    resolver = Resolver(mapping(document.get("Parameters")), mapping(document.get("Mappings")))
    return Template(path, resources, resolver, shared)


def _with_globals(own: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Lay properties over SAM's Globals: mappings are merged, lists joined, all else replaced."""
    merged = dict(shared)
    for name, value in own.items():
        below = shared.get(name)
        if isinstance(value, dict) and isinstance(below, dict) and not any(str(key)[:4] == "Fn::" for key in value):
            merged[name] = _with_globals(value, below)
        elif isinstance(value, list) and isinstance(below, list):
            merged[name] = [*below, *value]
        else:
            merged[name] = value
    return merged if shared else own


def handler_of(template: Template, function: Resource) -> tuple[list[Path], str, str] | None:
    """Return where a function's code may lie, the path of its handler's module, and the handler; None if not Python."""
    resolve = template.resolve
    runtime = resolve.text(function.properties.get("Runtime"))
    handler = resolve.text(function.properties.get("Handler"))
    if (runtime and not runtime.startswith(("python", "${"))) or "." not in handler or "${" in handler:
        return None
    code = function.properties.get("CodeUri", function.properties.get("Code"))
    texts = [function.asset, *(text for part in sequence(code) for text in resolve.texts(part)), ""]
    module, _, name = handler.rpartition(".")
    folders = [template.path.parent / text for text in texts if "${" not in text and "://" not in text]
    return folders, module.replace(".", "/") + ".py", name
