"""The report as one HTML file: nothing is fetched, and it works with a keyboard, a screen reader and on paper."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

import jinja2
from markupsafe import Markup

from lambda_guard.analysis.report.drawing import MOST, drawing
from lambda_guard.analysis.report.overview import Overview
from lambda_guard.runtime.types import printable


def render(overview: Overview, title: str = "lambda_guard report") -> str:
    """Return the page of a report. Every name is escaped: autoescape is on, and drawings escape their own."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_part),
    )  # fmt: skip
    environment.filters |= {"when": _when, "day": _day, "number": "{:,}".format, "plain": _plain, "words": _words}
    return environment.get_template("report.html.j2").render(
        report=overview,
        title=title,
        senders={function for _, function, _ in overview.sources},
        drawn=MOST,
        drawing=Markup(drawing(overview.edges)),
        style=Markup(_part("style.css")),
        script=Markup(_part("script.js")),
    )


def _part(name: str) -> str:
    return files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")


def _when(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else ""


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time else "?"


def _plain(text: str) -> str:
    """Return a name without what does not print: it may turn the direction of text, or hide it."""
    return printable(text, 400)


def _words(outcome: str) -> str:
    return printable(outcome.replace("_", " "), 40)
