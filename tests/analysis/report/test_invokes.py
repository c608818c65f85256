"""Who invokes whom: edges from findings and recorded calls, as Mermaid, DOT and a drawing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from lambda_guard.analysis.report.drawing import MOST, drawing
from lambda_guard.analysis.report.invokes import Edge, dot, edges, mermaid
from lambda_guard.runtime.types import printable

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:"


def called(name: str | None, operation: str = "Invoke", count: int = 5, **more: Any) -> dict[str, Any]:
    entry = {"service": "lambda", "operation": operation, "region": "eu-west-1", "partition": "aws", "count": count}
    return {**entry, **({"resource": {"kind": "function", "name": name}} if name else {}), **more}


def test_findings_tell_what_enforce_makes_of_an_edge_and_calls_what_is_allowed(lines: Any, read: Any) -> None:
    """The worst of an edge is what it is shown as; calls that findings are about are not counted twice."""
    lines.found("orders", "direct_invoke", "direct-invoke", f"{ARN}stock:live", line=9)
    lines.found("orders", "direct_invoke", "direct-invoke", f"{ARN}stock", "blocked", line=4)
    lines.found("orders", "direct_invoke", "self-invoke", f"{ARN}orders")
    lines.found("orders", "direct_invoke", "chained-invoke", f"{ARN}mail")
    lines.found("orders", "direct_invoke", "unguarded-child", "python", "allowed")
    lines.found("orders", "direct_invoke", "lambda-endpoint", "lambda.eu-west-1.amazonaws.com", "allowed")
    lines.found("stock", "direct_invoke", "direct-invoke", "abc.lambda-url.eu-west-1.on.aws")
    lines.usage("orders", calls=[called("stock"), called("audit", count=7), called(f"{ARN}audit:1", count=2)])
    assert edges(read(lines)) == [
        Edge("orders", "audit", 9, "allowed"),
        Edge("orders", "mail", 1, "would_block"),
        Edge("orders", "orders", 1, "would_block"),
        Edge("orders", "stock", 2, "blocked", ("/var/task/app.py:4", "/var/task/app.py:9")),
        Edge("stock", "abc.lambda-url.eu-west-1.on.aws", 1, "would_block"),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        called("stock", "GetFunctionConfiguration"),
        called(None),
        called("stock", count=0, refused=3),
        called("layer", resource={"kind": "layer", "name": "layer"}),
        {**called("stock"), "service": "iot-data"},
    ],
)
def test_a_call_that_invokes_nothing_is_no_edge(lines: Any, read: Any, entry: dict[str, Any]) -> None:
    lines.usage("orders", calls=[entry])
    assert edges(read(lines)) == []


GRAPH = [
    Edge("orders", "stock", 1200, "would_block", ("/var/task/app.py:9",)),
    Edge("orders", "audit", 5, "allowed"),
    Edge("stock", "orders", 2, "blocked"),
]


def test_mermaid_tells_allowed_and_blocked_edges_apart() -> None:
    """By the kind of the line as well as by colour."""
    assert mermaid(GRAPH).splitlines() == [
        "flowchart LR", '    f0["orders"]', '    f1["stock"]', '    f0 -.->|"1,200"| f1', '    f2["audit"]',
        '    f0 -->|"5"| f2', '    f1 --x|"2"| f0', "    linkStyle 0 stroke:#b45309", "    linkStyle 2 stroke:#b91c1c",
    ]  # fmt: skip


@pytest.fixture
def parsed() -> Callable[[str], list[tuple[str, str, dict[str, str]]]]:
    """Read a graph with Graphviz: caller, what it invokes, and how the edge is drawn."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not here: install Debian's graphviz")

    def parse(text: str) -> list[tuple[str, str, dict[str, str]]]:
        done = subprocess.run([program, "-Tdot_json"], input=text, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        graph = json.loads(done.stdout)
        names = {node["_gvid"]: node["name"] for node in graph["objects"]}
        return [(names[edge["tail"]], names[edge["head"]], edge) for edge in graph["edges"]]

    return parse


def test_dot_tells_allowed_and_blocked_edges_apart(parsed: Any) -> None:
    first, second, third = parsed(dot(GRAPH))
    assert first[:2] == ("orders", "stock")
    assert (first[2]["label"], first[2]["color"], first[2]["style"]) == ("1,200", "orange", "dashed")
    assert (second[2]["color"], third[2]["color"]) == ("gray40", "red")


def test_hostile_names_stay_one_node_each_in_dot(parsed: Any, names: tuple[str, ...]) -> None:
    """A backslash stands for itself in a label, where it is doubled."""
    found = parsed(dot(Edge("a", name, 1, "allowed") for name in names))
    assert [callee.replace("\\\\", "\\") for _, callee, _ in found] == [printable(name) for name in names]


SVG = "{http://www.w3.org/2000/svg}"


def drawn(edges: list[Edge]) -> ElementTree.Element:
    """Parse a drawing; in XML a name that is not escaped breaks it."""
    return ElementTree.fromstring(drawing(edges).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def boxes(svg: ElementTree.Element) -> dict[str, tuple[int, int]]:
    return {
        group.findtext(f"{SVG}title", ""): (int(box.attrib["x"]), int(box.attrib["y"]))
        for group in svg.iter(f"{SVG}g")
        for box in group.iter(f"{SVG}rect")
    }


def test_callers_stand_to_the_left_of_what_they_invoke() -> None:
    chain = [Edge("a", "b", 1, "allowed"), Edge("b", "c", 1, "blocked"), Edge("a", "c", 1, "would_block")]
    places = boxes(drawn(chain))
    assert places["a"][0] < places["b"][0] < places["c"][0]


def test_an_edge_passes_beside_the_functions_between_its_ends() -> None:
    chain = [Edge("a", "b", 1, "allowed"), Edge("b", "c", 1, "allowed"), Edge("a", "c", 1, "blocked")]
    svg = drawn(chain)
    (left, top) = boxes(svg)["b"]
    (path,) = [path.attrib["d"] for path in svg.iter(f"{SVG}path") if path.attrib["class"] == "edge blocked"]
    (end,) = re.findall(r"H(\d+)", path)
    assert int(end) == left + 190
    height = int(re.findall(r" (\d+)H", path)[0])
    assert not top <= height <= top + 28


def test_edges_are_told_apart_and_say_what_they_are() -> None:
    paths = [path for path in drawn(GRAPH).iter(f"{SVG}path") if path.attrib["class"].startswith("edge")]
    assert {(path.attrib["class"], path.findtext(f"{SVG}title")) for path in paths} == {
        ("edge would_block", "orders invokes stock: 1,200 times, would be blocked"),
        ("edge allowed", "orders invokes audit: 5 times, allowed"),
        ("edge blocked", "stock invokes orders: 2 times, blocked"),
    }


def test_no_two_functions_stand_in_the_same_place(large: Any) -> None:
    svg = drawn(edges(large))
    places = boxes(svg)
    assert len(places) > 150
    for name, (x, y) in places.items():
        assert not [
            other for other, (left, top) in places.items()
            if other != name and abs(left - x) < 190 and abs(top - y) < 28
        ]  # fmt: skip
    width, height = int(svg.attrib["width"]), int(svg.attrib["height"])
    assert all(0 <= x <= width - 190 and 0 <= y <= height - 28 for x, y in places.values())


def test_circles_and_functions_that_invoke_themselves_are_drawn() -> None:
    circle = [Edge("a", "b", 1, "allowed"), Edge("b", "a", 1, "allowed"), Edge("c", "c", 1, "blocked")]
    assert set(boxes(drawn(circle))) == {"a", "b", "c"}


def test_the_most_used_edges_are_drawn_where_there_are_too_many() -> None:
    many = [Edge("hub", f"f{number}", number, "allowed") for number in range(MOST + 50)]
    names = set(boxes(drawn(many)))
    assert len(names) == MOST + 1
    assert f"f{MOST + 49}" in names
    assert "f0" not in names


def test_hostile_names_are_text_in_the_drawing(names: tuple[str, ...]) -> None:
    shown = [printable(name) for name in names]
    svg = drawn([Edge("a", name, 1, "allowed") for name in shown])
    assert set(boxes(svg)) == {"a", *shown}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {
        "svg", "title", "defs", "marker", "path", "g", "rect", "text",
    }  # fmt: skip


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawing([]) == ""
