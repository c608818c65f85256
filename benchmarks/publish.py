"""The table and the plots of benchmarks/README.md, and the small table of the project's README, from the results."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .figures import Figure

START, END = "<!-- bench:start -->", "<!-- bench:end -->"
OURS, EVERY_RULE = "guard, observe", "guard, every rule"
COLUMNS = (OURS, "Powertools event_source", "wrapt 2.5.2 alone", "X-Ray SDK", "OpenTelemetry", "Datadog")
# group, case, what the table calls it
ROWS = (
    ("cold start", "without boto3", "cold start without boto3"),
    ("cold start", "with boto3", "cold start with boto3, first call"),
    ("start in a process", "without boto3", "the same in a process, no emulator around it: without boto3"),
    ("start in a process", "with boto3", "with boto3, first call"),
    ("instructions", "start without boto3", "instructions of a start without boto3"),
    ("instructions", "start with boto3", "instructions of a start with boto3, first call"),
    ("around a call", "GetItem", "around a DynamoDB call, the SDK's own work taken out"),
    ("invocation", "HTTP API", "invocation, HTTP API event"),
    ("invocation", "REST, 6 MB", "invocation, REST event of 6 MB"),
    ("AWS call", "GetItem", "DynamoDB GetItem"),
    ("AWS call", "TransactWriteItems, 100 items", "TransactWriteItems, 100 items"),
)
# What the project's README shows of it.
BRIEF_COLUMNS = (OURS, "X-Ray SDK", "OpenTelemetry", "Datadog")
BRIEF_ROWS = (
    ("start in a process", "without boto3", "cold start, without the emulator's noise"),
    ("cold start", "without boto3", "cold start, in AWS's emulator"),
    ("invocation", "HTTP API", "invocation, HTTP API event"),
    ("around a call", "GetItem", "around a DynamoDB call"),
    ("AWS call", "GetItem", "DynamoDB call, as a whole"),
)
_NOISE = "within the noise"
_MEMORY = ("memory", "without boto3", OURS)


def line(figure: Figure) -> str:
    """Return a figure as one line of text."""
    head = f"{figure['group']:20} {figure['case']:32} {figure['variant']:24}"
    if "value" in figure:
        return f"{head} {figure['value']:12,.2f} {figure['unit']}"
    low, high = figure["spread"]
    return (
        f"{head} {figure['added']:+12,.2f} {figure['unit']}  [{low:+,.2f} {high:+,.2f}]"
        f"  bare {figure['bare']:,.2f}, {figure['rounds']} rounds"
    )


def publish(results: dict[str, Any], folder: Path, readme: Path, page: Path) -> None:
    """Write `cold-start.svg` and `growth.svg` into a folder, and tables between the markers of two files.

    readme: the project's, with what matters most. page: benchmarks/README.md, with all. Without markers, a file stays
    as it is.
    """
    figures = results["figures"]
    (folder / "cold-start.svg").write_text(_bars(figures))
    (folder / "growth.svg").write_text(_curves(figures))
    for path, text in ((readme, brief(results)), (page, section(results))):
        content = path.read_text() if path.is_file() else ""
        before, start, rest = content.partition(START)
        _, end, after = rest.partition(END)
        if start and end:
            path.write_text(f"{before}{START}\n{text}\n{END}{after}")


def brief(results: dict[str, Any]) -> str:
    """Return what stands between the markers of the project's README: nothing in it could as well be nothing."""
    figures = results["figures"]
    return "\n".join(
        [
            "What each adds to the same function without it, as medians; no figure where the quartiles lie on both",
            "sides of nothing.",
            "",
            *_rows(figures, BRIEF_COLUMNS, BRIEF_ROWS, _plain),
            "",
            f"Measured {results['machine']['date'][:10]}: all figures, how, and what was tried are in",
            "[benchmarks](benchmarks/README.md). `make bench` measures it again.",
        ]
    )


def section(results: dict[str, Any]) -> str:
    """Return what stands between the markers of benchmarks/README.md."""
    machine = results["machine"]
    loads = f"{results['load_before'][0]:.1f} before and {results['load_after'][0]:.1f} after"
    words = (
        "What each adds to the same function without it: the median of differences within one run, with the first and",
        "the third quartile. Less is better; a figure around 0 is nothing that can be measured.",
    )
    where = (
        f"Measured {machine['date'][:10]} on {machine['cores']} cores ({machine.get('cpu_model_name', 'unknown')}),",
        f"Python {machine['python']}, load average {loads}; cold starts in AWS's own emulator and runtime client.",
        "All figures, versions and the rest of the machine: `benchmarks/results/latest.json`.",
    )
    plots = (
        "![What a start costs, beside others](results/cold-start.svg)",
        "",
        "![What a call and an invocation cost as their number grows](results/growth.svg)",
    )
    figures = results["figures"]
    lines = [*_rows(figures, COLUMNS, ROWS, _cell), "", *counts(figures)]
    return "\n".join([*words, "", *lines, "", *plots, "", *where])


def _rows(
    figures: list[Figure],
    columns: Sequence[str],
    rows: Sequence[tuple[str, str, str]],
    cell: Callable[[Figure | None], str],
) -> list[str]:
    found = {(each["group"], each["case"], each["variant"]): each for each in figures}
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for group, case, name in rows:
        lines.append(f"| {name} | " + " | ".join(cell(found.get((group, case, variant))) for variant in columns) + " |")
    return lines


def counts(figures: list[Figure]) -> list[str]:
    """Return what is counted rather than timed, in a sentence each."""
    sizes = {(each["group"], each["unit"]): each["value"] for each in figures if "value" in each}
    memory = [each for each in figures if (each["group"], each["case"], each["variant"]) == _MEMORY]
    if not memory or ("layer", "KiB zipped") not in sizes:
        return []
    return [
        f"Memory: +{memory[0]['added']:.1f} MiB. The layer: {sizes['layer', 'KiB zipped']:.0f} KiB zipped for every"
        f" Python and both architectures. Lines printed by a million equal invocations: {_lines(figures)}.",
    ]


def _lines(figures: list[Figure]) -> str:
    printed = [each["value"] for each in figures if each["group"] == "growth" and each["unit"] == "lines"]
    million = [each["value"] for each in figures if each["case"] == "1,000,000 invocations" and each["unit"] == "lines"]
    return f"{(million or printed or [0])[0]:.0f}"


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    (low, high), unit = figure["spread"], figure["unit"]
    digits = 0 if abs(figure["added"]) >= 20 else 1
    return f"{figure['added']:+.{digits}f} {unit} <sub>{low:+.{digits}f}…{high:+.{digits}f}</sub>"


def _plain(figure: Figure | None) -> str:
    if figure is None:
        return ""
    low, high = figure["spread"]
    return _NOISE if low <= 0 <= high else _cell(figure).partition(" <sub>")[0]


# Plots are plain SVG. The colours follow the reader's scheme, which works on GitHub too, where SVG may hold CSS.
_STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.quiet { fill: #57606a; font-size: 11px }
.title { font-weight: 600; font-size: 14px }
.ours { fill: #0969da; stroke: #0969da } .other { fill: #8c959f; stroke: #8c959f }
.second { fill: #bf5700; stroke: #bf5700 }
.axis { stroke: #d0d7de; stroke-width: 1; fill: none } .spread { stroke: #24292f; stroke-width: 1.5 }
polyline { fill: none !important; stroke-width: 2 } circle { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #8b949e }
  .ours { fill: #4493f8; stroke: #4493f8 } .other { fill: #6e7681; stroke: #6e7681 }
  .second { fill: #f0883e; stroke: #f0883e } .axis { stroke: #30363d } .spread { stroke: #e6edf3 }
}
</style>"""


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join([f'{head} role="img" aria-label="{escape(label)}">', _STYLE, *parts, "</svg>", ""])


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _bars(figures: list[Figure]) -> str:
    """Draw what each adds to a cold start, without boto3 and with it."""
    left, right, row = 210, 660, 22
    parts, y = [], 24
    chosen = [each for each in figures if each["group"] == "cold start"]
    most = max((each["spread"][1] for each in chosen), default=1.0)

    def x(number: float) -> float:
        return left + (right - left) * max(number, 0) / most

    for case in ("without boto3", "with boto3"):
        parts.append(_text(8, y, f"Cold start, function {case}: milliseconds added", "title"))
        y += 10
        for each in sorted((each for each in chosen if each["case"] == case), key=lambda each: float(each["added"])):
            low, high = each["spread"]
            middle, kind = y + row / 2, "ours" if each["variant"].startswith("guard") else "other"
            width = max(x(each["added"]) - left, 1)
            parts += [
                _text(left - 8, middle + 4, each["variant"], anchor="end"),
                f'<rect x="{left}" y="{y + 4}" width="{width:.1f}" height="14" class="{kind}"/>',
                f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{middle}" y2="{middle}" class="spread"/>',
                _text(x(high) + 8, middle + 4, f"{each['added']:+.1f}"),
            ]
            y += row
        y += 32
    legend = "Bars: medians. Lines: first to third quartile of the differences to the bare function."
    parts.append(_text(8, y - 10, legend, "quiet"))
    return _svg(740, y, "Milliseconds that each adds to a cold start", parts)


def _curves(figures: list[Figure]) -> str:
    """Draw what a call costs as tables grow, and an invocation as invocations grow."""
    left, right, top, bottom = 50, 700, 50, 260
    lines = {
        "a recorded call, after so many tables": ("ours", _points(figures, "tables")),
        "an invocation, after so many": ("second", _points(figures, "invocations")),
    }
    points = [point for _, each in lines.values() for point in each]
    highest = max(1.0, *(each["added"] for _, each in points)) * 1.25 if points else 1.0
    widest = max((math.log10(load) for load, _ in points), default=1.0) or 1.0

    def place(load: int, number: float) -> tuple[float, float]:
        height = (bottom - top) * min(max(number, 0), highest) / highest
        return left + (right - left) * math.log10(load) / widest, bottom - height

    parts = [_text(8, 20, "Costs do not grow: microseconds added, by what the sandbox has seen", "title")]
    parts += [f'<path class="axis" d="M{left} {top}V{bottom}H{right}"/>']
    for tick in range(int(highest) + 1):
        _, y = place(1, tick)
        parts.append(_text(left - 6, y + 4, str(tick), "quiet", "end"))
    for power in range(round(widest) + 1):
        x, _ = place(10**power, 0)
        parts.append(_text(x, bottom + 16, f"{10**power:,}", "quiet", "middle"))
    for number, (name, (kind, each)) in enumerate(lines.items()):
        path = " ".join("{:.1f},{:.1f}".format(*place(load, figure["added"])) for load, figure in each)
        parts.append(f'<polyline class="{kind}" points="{path}"/>')
        for load, figure in each:
            x, y = place(load, figure["added"])
            (_, low), (_, high) = (place(load, quartile) for quartile in figure["spread"])
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" class="spread"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{kind}"/>')
        parts.append(f'<circle cx="{left + 16}" cy="{36 + 16 * number}" r="4" class="{kind}"/>')
        parts.append(_text(left + 26, 40 + 16 * number, name))
    parts.append(_text(8, bottom + 40, "Points: medians. Lines: first to third quartile.", "quiet"))
    return _svg(740, bottom + 52, "Microseconds added per call and per invocation as their number grows", parts)


def _points(figures: list[Figure], load: str) -> list[tuple[int, Figure]]:
    found = [each for each in figures if each["group"] == "growth" and each["unit"] == "µs"]
    return [
        (int(each["case"].split(" ")[0].replace(",", "")), each) for each in found if each["case"].endswith(f" {load}")
    ]
