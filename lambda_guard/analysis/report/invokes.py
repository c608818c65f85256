"""Who invokes whom: the graph of functions, as data, Mermaid and DOT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lambda_guard.analysis.report.fleet import Fleet
from lambda_guard.analysis.report.passing import INVOKES
from lambda_guard.runtime.services.invoke import CHECKPOINT, parse
from lambda_guard.runtime.services.invoke import INVOKES as _INVOKES
from lambda_guard.runtime.types import printable

ALLOWED, WOULD_BLOCK, BLOCKED = "allowed", "would_block", "blocked"
# The worst of what an edge's calls met is what it is shown as.
ORDER = (ALLOWED, WOULD_BLOCK, BLOCKED)


@dataclass(frozen=True)
class Edge:
    """One function invokes another: how often, and what the guard makes of it."""

    caller: str
    callee: str
    count: int
    outcome: str
    places: tuple[str, ...] = ()


def edges(fleet: Fleet) -> list[Edge]:
    """Return the edges of a fleet, from findings and from the recorded calls that no finding is about."""
    found: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for function in fleet.functions:
        for one in function.findings:
            if one.issue in INVOKES:
                key = _shown(function.name), _shown(parse(one.target).name)
                place = f"{one.site.file}:{one.site.line}" if one.site else ""
                found.setdefault(key, []).append((one.count, one.decision, place))
    told = set(found)
    for function in fleet.functions:
        for called in function.usage.calls if function.usage else ():
            key = _shown(function.name), _invoked(called.entry)
            if key[1] and called.count and key not in told:
                found.setdefault(key, []).append((called.count, ALLOWED, ""))
    return [
        Edge(
            caller,
            callee,
            sum(count for count, _, _ in calls),
            max((outcome for _, outcome, _ in calls), key=lambda one: ORDER.index(one) if one in ORDER else 0),
            tuple(sorted({place for _, _, place in calls if place})),
        )
        for (caller, callee), calls in sorted(found.items())
    ]


def _invoked(entry: dict[str, Any]) -> str:
    """Return the function that a recorded call invokes; empty for any other call."""
    resource = entry.get("resource")
    if entry.get("service") != "lambda" or entry.get("operation") not in (*_INVOKES, CHECKPOINT):
        return ""
    if not isinstance(resource, dict) or resource.get("kind") != "function":
        return ""
    return _shown(parse(str(resource.get("name") or "")).name)


def _shown(name: str) -> str:
    return printable(name, 300)


def mermaid(all_edges: Iterable[Edge]) -> str:
    """Return the graph as a Mermaid flowchart. Names are data: each is quoted and its signs are entities."""
    names: dict[str, str] = {}
    lines = ["flowchart LR"]
    styles = []
    for number, edge in enumerate(all_edges):
        for name in (edge.caller, edge.callee):
            if name not in names:
                names[name] = f"f{len(names)}"
                lines.append(f'    {names[name]}["{_entities(name)}"]')
        arrow = "-->" if edge.outcome == ALLOWED else "-.->" if edge.outcome == WOULD_BLOCK else "--x"
        lines.append(f'    {names[edge.caller]} {arrow}|"{edge.count:,}"| {names[edge.callee]}')
        if edge.outcome != ALLOWED:
            color = "#b45309" if edge.outcome == WOULD_BLOCK else "#b91c1c"
            styles.append(f"    linkStyle {number} stroke:{color}")
    return "\n".join([*lines, *styles]) + "\n"


def _entities(text: str) -> str:
    """Write everything but letters, digits and what names hold as Mermaid's entities."""
    return "".join(one if one.isalnum() or one in "-_. " else f"#{ord(one)};" for one in printable(text))


def dot(all_edges: Iterable[Edge]) -> str:
    """Return the graph in Graphviz's language."""
    lines = ["digraph invokes {", "    rankdir=LR;", '    node [shape=box, fontname="sans-serif"];']
    styles = {ALLOWED: "color=gray40", WOULD_BLOCK: "color=orange, style=dashed", BLOCKED: "color=red"}
    for edge in all_edges:
        style = styles.get(edge.outcome, "")
        lines.append(f'    {_quoted(edge.caller)} -> {_quoted(edge.callee)} [label="{edge.count:,}", {style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
