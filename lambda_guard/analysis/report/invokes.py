"""Who invokes whom: the graph of functions, as data, Mermaid, DOT and a drawing."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

import networkx

from lambda_guard.analysis.report.fleet import Fleet
from lambda_guard.runtime.services.invoke import parse
from lambda_guard.runtime.types import printable

ALLOWED, WOULD_BLOCK, BLOCKED = "allowed", "would_block", "blocked"
# The worst of what an edge's calls met is what it is shown as.
_ORDER = (ALLOWED, WOULD_BLOCK, BLOCKED)
_MOST_DRAWN = 400  # edges; a larger graph is no picture any more


@dataclass(frozen=True)
class Edge:
    """One function invokes another: how often, and what the guard makes of it."""

    caller: str
    callee: str
    count: int
    outcome: str
    places: tuple[str, ...] = ()


def edges(fleet: Fleet) -> list[Edge]:
    """Return the edges of a fleet, from findings and from the recorded calls that the allow-list lets pass."""
    found: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for function in fleet.functions:
        for one in function.findings:
            if one.rule == "direct_invoke" and one.issue in ("direct-invoke", "self-invoke"):
                place = f"{one.site.file}:{one.site.line}" if one.site else ""
                found.setdefault((function.name, _name(one.target)), []).append((one.count, one.decision, place))
        for called in function.usage.calls if function.usage else ():
            name = (called.entry.get("resource") or {}).get("name")
            if called.entry.get("service") == "lambda" and name and called.count:
                key = (function.name, _name(name))
                if key not in found:  # what has findings is counted by them
                    found[key] = [(called.count, ALLOWED, "")]
    return [
        Edge(
            caller,
            callee,
            sum(count for count, _, _ in calls),
            max((outcome for _, outcome, _ in calls), key=lambda one: _ORDER.index(one) if one in _ORDER else 0),
            tuple(sorted({place for _, _, place in calls if place})),
        )
        for (caller, callee), calls in sorted(found.items())
    ]


def _name(target: str) -> str:
    return printable(parse(target).name)


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


def drawing(all_edges: list[Edge]) -> str:
    """Return the graph as SVG, callers to the left of what they invoke; empty where there is nothing to draw.

    The heaviest edges are drawn where there are too many for a picture; the table beside it has all.
    """
    drawn = sorted(all_edges, key=lambda edge: -edge.count)[:_MOST_DRAWN]
    if not drawn:
        return ""
    graph = networkx.DiGraph()
    graph.add_edges_from((edge.caller, edge.callee) for edge in drawn)
    places = _places(graph)
    width = max(x for x, _ in places.values()) + 210
    height = max(y for _, y in places.values()) + 50
    parts = [
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-labelledby="invokes-title"><title id="invokes-title">Which function invokes which</title><defs>'
    ]
    parts += [
        f'<marker id="arrow-{outcome}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path class="head {outcome}" d="M0 0L8 4L0 8z"/></marker>'
        for outcome in _ORDER
    ]
    parts.append("</defs>")
    parts += [_line(edge, places) for edge in drawn]
    for name, (x, y) in places.items():
        shown = name if len(name) <= 26 else f"{name[:25]}…"
        parts.append(
            f'<g class="node"><title>{html.escape(name)}</title>'
            f'<rect x="{x}" y="{y}" width="190" height="28" rx="5"/>'
            f'<text x="{x + 95}" y="{y + 18}" text-anchor="middle">{html.escape(shown)}</text></g>'
        )
    return "".join([*parts, "</svg>"])


def _places(graph: networkx.DiGraph) -> dict[str, tuple[int, int]]:
    """Lay functions out in columns: each as far to the right as its longest chain of callers, circles together."""
    circles = networkx.condensation(graph)
    column: dict[str, int] = {}
    for depth, generation in enumerate(networkx.topological_generations(circles)):
        for circle in generation:
            column.update(dict.fromkeys(circles.nodes[circle]["members"], depth))
    places: dict[str, tuple[int, int]] = {}
    rows: dict[str, float] = {}
    for depth in range(max(column.values()) + 1):
        members = [name for name in graph if column[name] == depth]

        def middle(name: str) -> tuple[float, str]:
            callers = [rows[caller] for caller in graph.predecessors(name) if caller in rows]
            return (sum(callers) / len(callers) if callers else 0.0, name)

        for row, name in enumerate(sorted(members, key=middle)):
            rows[name] = row
            places[name] = (10 + depth * 270, 10 + row * 40)
    return places


def _line(edge: Edge, places: dict[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = places[edge.caller], places[edge.callee]
    words = {ALLOWED: "allowed", WOULD_BLOCK: "would be blocked", BLOCKED: "blocked"}
    title = html.escape(f"{edge.caller} invokes {edge.callee}: {edge.count:,} times, {words[edge.outcome]}")
    if x2 > x1:
        path = f"M{x1 + 190} {y1 + 14}C{x1 + 235} {y1 + 14} {x2 - 45} {y2 + 14} {x2 - 2} {y2 + 14}"
    else:  # back, or to itself: around the right side
        bow = x1 + 230
        path = f"M{x1 + 190} {y1 + 10}C{bow} {y1 - 6} {bow} {y2 + 30} {x2 + 192} {y2 + 20}"
    return (
        f'<path class="edge {edge.outcome}" d="{path}" marker-end="url(#arrow-{edge.outcome})">'
        f"<title>{title}</title></path>"
    )
