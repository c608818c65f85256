"""Who invokes whom as a picture: SVG, laid out in columns from callers to what they invoke."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable

import networkx

from lambda_guard.analysis.report.invokes import ALLOWED, BLOCKED, ORDER, WOULD_BLOCK, Edge

MOST = 400  # edges; a larger graph is no picture any more
_WIDTH = 1200
_BOX, _COLUMN, _ROW = 190, 262, 36
_SWEEPS = 6
_WORDS = {ALLOWED: "allowed", WOULD_BLOCK: "would be blocked", BLOCKED: "blocked"}

# A function, or where an edge passes a column on its way: caller, callee and column.
Node = str | tuple[str, str, int]
Places = dict[Node, tuple[int, int]]


def drawing(edges: Iterable[Edge]) -> str:
    """Return the graph as SVG; empty where there is nothing to draw. Names are escaped.

    The heaviest edges are drawn where there are too many for a picture; the table beside it has all.
    """
    drawn = sorted(edges, key=lambda edge: -edge.count)[:MOST]
    if not drawn:
        return ""
    graph = networkx.DiGraph()
    graph.add_edges_from((edge.caller, edge.callee) for edge in sorted(drawn, key=lambda edge: edge.caller))
    places = _shelves([_layers(graph.subgraph(part)) for part in networkx.weakly_connected_components(graph)])
    passes: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for node, place in places.items():
        if not isinstance(node, str):
            passes[node[:2]].append(place)
    width = max(x for x, _ in places.values()) + _BOX + 50
    height = max(y for _, y in places.values()) + 42
    parts = [
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-labelledby="invokes-title"><title id="invokes-title">Which function invokes which</title><defs>'
    ]
    parts += [
        f'<marker id="arrow-{outcome}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="head {outcome}" d="M0 0L8 4L0 8z"/></marker>'
        for outcome in ORDER
    ]
    parts.append("</defs>")
    parts += [_line(edge, places, passes[edge.caller, edge.callee]) for edge in drawn]
    for name, (x, y) in places.items():
        if not isinstance(name, str):
            continue
        shown = name if len(name) <= 26 else f"{name[:12]}\u2026{name[-13:]}"
        parts.append(
            f'<g class="node"><title>{html.escape(name)}</title>'
            f'<rect x="{x}" y="{y}" width="{_BOX}" height="28" rx="5"/>'
            f'<text x="{x + _BOX // 2}" y="{y + 18}" text-anchor="middle">{html.escape(shown)}</text></g>'
        )
    return "".join([*parts, "</svg>"])


def _layers(graph: networkx.DiGraph) -> Places:
    """Lay out functions that belong together: each as far to the right as its longest chain of callers.

    Functions that call each other in a circle stand in one column. Where an edge passes a column, it has a place of its
    own, so that it is not drawn over a function.
    """
    circles = networkx.condensation(graph)
    column: dict[str, int] = {}
    for depth, generation in enumerate(networkx.topological_generations(circles)):
        for circle in generation:
            column.update(dict.fromkeys(circles.nodes[circle]["members"], depth))
    for name in graph:  # who is not called stands next to what it calls
        if not graph.in_degree(name):
            column[name] = min(column[callee] for callee in graph.successors(name)) - 1
    stepped = networkx.DiGraph()
    for caller, callee in graph.edges:
        between = range(column[caller] + 1, column[callee])
        networkx.add_path(stepped, [caller, *((caller, callee, depth) for depth in between), callee])
    columns: dict[int, list[Node]] = {}
    for node in stepped:
        columns.setdefault(column[node] if isinstance(node, str) else node[2], []).append(node)
    rows: dict[Node, float] = {}
    for _ in range(_SWEEPS):
        rows = _rows(stepped, [columns[depth] for depth in sorted(columns)], rows)
    return {
        node: (depth * _COLUMN, round(rows[node] * _ROW)) for depth in sorted(columns) for node in columns[depth]
    }


def _rows(graph: networkx.DiGraph, columns: list[list[Node]], before: dict[Node, float]) -> dict[Node, float]:
    """Place nodes as near to the middle of their callers as there is room, in an order that crosses few edges.

    before: the rows of an earlier sweep, which order those that nobody calls.
    """
    rows: dict[Node, float] = {}

    def middle(node: Node) -> tuple[float, str]:
        known = [rows[caller] for caller in graph.predecessors(node) if caller in rows]
        known = known or [before[callee] for callee in graph.successors(node) if callee in before]
        return sum(known) / len(known) if known else 0.0, str(node)

    for nodes in columns:
        last = -1.0
        for node, (wanted, _) in sorted(((node, middle(node)) for node in nodes), key=lambda one: one[1]):
            last = rows[node] = max(last + 1, wanted) if graph.in_degree(node) else last + 1
    return rows


def _shelves(groups: list[Places]) -> Places:
    """Put groups side by side and below each other, the largest first, as words are put into lines."""
    places: Places = {}
    left = top = below = 0
    for group in sorted(groups, key=lambda group: (-_height(group), min(map(str, group)))):
        width = max(x for x, _ in group.values()) + _BOX + 50
        if left and left + width > _WIDTH:
            left, top = 0, below + 14
        for name, (x, y) in group.items():
            places[name] = (10 + left + x, 10 + top + y)
        below = max(below, top + _height(group))
        left += width
    return places


def _height(group: Places) -> int:
    return max(y for _, y in group.values()) + _ROW


def _line(edge: Edge, places: Places, passes: list[tuple[int, int]]) -> str:
    """Draw an edge. passes: where it passes the columns between its ends, from left to right."""
    title = html.escape(f"{edge.caller} invokes {edge.callee}: {edge.count:,} times, {_WORDS[edge.outcome]}")
    (x1, y1), (x2, y2) = places[edge.caller], places[edge.callee]
    if x2 > x1:
        x, y = x1 + _BOX, y1 + 14
        path = f"M{x} {y}"
        bend = (_COLUMN - _BOX) // 2
        for to_x, to_y in [*passes, (x2, y2)]:
            end = to_x - 2 if to_x == x2 else to_x
            path += f"C{x + bend} {y} {to_x - bend} {to_y + 14} {end} {to_y + 14}"
            x, y = to_x + _BOX, to_y + 14
            if to_x != x2:
                path += f"H{x}"
    else:  # back, or to itself: around the right side
        bow = max(x1, x2) + _BOX + 36
        path = f"M{x1 + _BOX} {y1 + 9}C{bow} {y1 + 9 - 14} {bow} {y2 + 19 + 14} {x2 + _BOX + 2} {y2 + 19}"
    return (
        f'<path class="edge {edge.outcome}" d="{path}" marker-end="url(#arrow-{edge.outcome})">'
        f"<title>{title}</title></path>"
    )
