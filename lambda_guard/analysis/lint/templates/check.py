"""All that the rules find in one template."""

from __future__ import annotations

from collections.abc import Iterator

from lambda_guard.analysis.lint.findings import Finding, printable
from lambda_guard.analysis.lint.settings import Settings
from lambda_guard.analysis.lint.templates import callers, roles, routes, wiring
from lambda_guard.analysis.lint.templates.roles import Calls
from lambda_guard.analysis.lint.templates.template import Resource, Template


def unknown(_function: Resource) -> None:
    """Know nothing of a function's code."""


def check(template: Template, settings: Settings, calls: Calls = unknown) -> Iterator[Finding]:
    """Yield the findings in a template; calls: what a function's code is seen to call."""
    seen = set()
    for (line, column), rule, what in (
        *routes.check(template, settings.public_routes),
        *callers.check(template),
        *roles.check(template, settings.allow_invoke, calls),
        *wiring.check(template, settings.allow_invoke),
    ):
        finding = Finding(str(template.path), line, column, rule, printable(what))
        if finding not in seen:
            seen.add(finding)
            yield finding
