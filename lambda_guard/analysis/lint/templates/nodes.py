"""Nodes of a decoded template: where they stand, and what text their intrinsic functions may come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[int, int]
START: Place = (1, 1)
_MOST_TEXTS = 8
_DEEPEST = 12
_MOST_NODES = 20_000
_HOLE = re.compile(r"\$\{\s*([^!}][^}]*?)\s*\}")
_NO_VALUE = "AWS::NoValue"


def place(*nodes: Any) -> Place:
    """Return line and column, from 1, of the first node that knows its own."""
    for node in nodes:
        mark = getattr(node, "start_mark", None)
        if mark is not None:
            return int(mark.line) + 1, int(mark.column) + 1
    return START


def key_place(mapping: Any, key: str, *otherwise: Any) -> Place:
    """Return the place of a mapping's key, which is where its value is written."""
    found = next((name for name in mapping if name == key), None) if isinstance(mapping, dict) else None
    return place(found, mapping.get(key) if isinstance(mapping, dict) else None, *otherwise, mapping)


def mapping(node: Any) -> dict[str, Any]:
    """Return a node where it is a mapping, and an empty one where it is anything else."""
    return node if isinstance(node, dict) else {}


def sequence(node: Any) -> list[Any]:
    """Return a node where it is a list, else a list of it alone; nothing of None."""
    return node if isinstance(node, list) else [] if node is None else [node]


def walk(node: Any) -> Iterator[Any]:
    """Yield a node and those in it, each object once: aliases and cycles end."""
    waiting: list[Any] = [node]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_NODES:
        current = waiting.pop()
        if isinstance(current, dict | list):
            if id(current) in seen:
                continue
            seen.add(id(current))
            waiting.extend(current.values() if isinstance(current, dict) else current)
        yield current


class Resolver:
    """Resolves intrinsic functions with a template's parameters and mappings; what stays unknown is `${Name}`."""

    def __init__(self, parameters: Mapping[str, Any], mappings: Mapping[str, Any]) -> None:
        """Take the template's own sections."""
        self._defaults = {
            name: str(value["Default"])
            for name, value in parameters.items()
            if isinstance(value, dict) and isinstance(value.get("Default"), str | int | float)
        }
        self._mappings = mappings

    def texts(self, node: Any, depth: int = 0) -> list[str]:
        """Return the texts that a node may come to: several where a condition decides, none where it is no text."""
        if isinstance(node, bool) or node is None or depth > _DEEPEST:
            return []
        if isinstance(node, str | int | float):
            return [str(node)]
        if not isinstance(node, dict) or len(node) != 1:
            return []
        ((name, value),) = node.items()
        return self._function(str(name), value, depth + 1)[:_MOST_TEXTS]

    def text(self, node: Any) -> str:
        """Return the first text that a node may come to; empty without one."""
        return next(iter(self.texts(node)), "")

    def options(self, node: Any, depth: int = 0) -> list[Any]:
        """Return what a node may be where conditions decide; AWS::NoValue is nothing."""
        if isinstance(node, dict) and len(node) == 1 and depth <= _DEEPEST:
            if "Fn::If" in node:
                return [one for part in sequence(node["Fn::If"])[1:] for one in self.options(part, depth + 1)]
            if node.get("Ref") == _NO_VALUE:
                return []
        return [node]

    def items(self, node: Any) -> list[Any]:
        """Return what a list may hold, through conditions around it and in it; a node alone is a list of one."""
        found = [one for option in self.options(node) for one in sequence(option)]
        return [one for item in found for one in self.options(item)]

    def _function(self, name: str, value: Any, depth: int) -> list[str]:
        match name:
            case "Ref":
                return [] if value == _NO_VALUE else [self._defaults.get(str(value), f"${{{value}}}")]
            case "Fn::GetAtt":
                parts = value.split(".") if isinstance(value, str) else sequence(value)
                return [f"${{{'.'.join(str(part) for part in parts)}}}"]
            case "Fn::Sub":
                return self._sub(value, depth)
            case "Fn::Join" if isinstance(value, list) and len(value) == 2:
                parts = [next(iter(self.texts(part, depth)), "") for part in sequence(value[1])]
                return [str(value[0]).join(parts)]
            case "Fn::If" if isinstance(value, list):
                return [text for part in value[1:] for text in self.texts(part, depth)]
            case "Fn::FindInMap" if isinstance(value, list) and len(value) >= 3:
                return self._find(value, depth)
            case "Fn::Select" if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
                index = str(value[0])
                if index.isdigit() and int(index) < len(value[1]):
                    return self.texts(value[1][int(index)], depth)
            case "Refs":  # of a plan: what is known, or what is referred to
                return [text for part in sequence(value) for text in self.texts(part, depth)]
            case "Fn::ImportValue":
                return ["${import}"]
        return []

    def _sub(self, value: Any, depth: int) -> list[str]:
        pattern, given = (value[0], mapping(value[1])) if isinstance(value, list) and len(value) == 2 else (value, {})
        if not isinstance(pattern, str):
            return []

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in given:
                return next(iter(self.texts(given[name], depth)), match[0])
            return self._defaults.get(name, f"${{{name}}}")

        return [_HOLE.sub(fill, pattern)]

    def _find(self, value: list[Any], depth: int) -> list[str]:
        top = mapping(self._mappings.get(next(iter(self.texts(value[0], depth)), "")))
        first, second = ([text for text in self.texts(part, depth) if "${" not in text] for part in value[1:3])
        rows = [top[key] for key in first if key in top] or list(top.values())
        return [
            text
            for row in rows
            for key, cell in mapping(row).items()
            if not second or key in second
            for text in self.texts(cell, depth)
        ]


def names_in(node: Any) -> set[str]:
    """Return the logical names that the intrinsic functions in a node refer to."""
    found: set[str] = set()
    for part in walk(node):
        if not isinstance(part, dict):
            continue
        for key, value in part.items():
            if key == "Ref" and isinstance(value, str):
                found.add(value)
            elif key == "Fn::GetAtt":
                found.add(str(value).split(".")[0] if isinstance(value, str) else str(sequence(value)[:1] and value[0]))
            elif key == "Fn::Sub":
                text = value[0] if isinstance(value, list) and value else value
                found.update(name.split(".")[0] for name in _HOLE.findall(text if isinstance(text, str) else ""))
    return found
