"""The name of a request's route, and whether a setting makes it public: for when something is amiss."""

from __future__ import annotations

from ..match import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Route

# Dot segments, plain or encoded: a framework behind a greedy route may resolve them to another path.
_DUBIOUS = ("..", "%2e", "%2f", "%5c", "%25", "\\")


def route_name(route: Route) -> str:
    """Name a route by the API's own template, else by method and the first segment of the path.

    A path is the client's and may hold names and ids; its first segment is kept where it is a word.
    """
    method, path, template = route
    verb = method.upper() if isinstance(method, str) and method.isalpha() and len(method) <= 24 else ""
    if isinstance(template, str) and template and (template != "$default" or path is None):
        return f"{verb} {template}".lstrip()[:200] if template.startswith("/") else template[:200]
    return f"{verb} {_outline(path)}".strip() if isinstance(path, str) else verb or "unknown route"


def _outline(path: str) -> str:
    first, _, rest = path.lstrip("/").partition("/")
    if first and not (first.replace("-", "_").isidentifier() and len(first) <= 40):
        return "/*"
    return f"/{first}/*" if rest else f"/{first}"


def is_public(route: Route, patterns: tuple[str, ...]) -> bool:
    """Tell whether a route fits a pattern such as `GET /health` or `ANY /hooks/*`, by path or template."""
    method, path, template = route
    paths = [path] if isinstance(path, str) else []
    if any(mark in candidate.lower() for candidate in paths for mark in _DUBIOUS):
        return False
    if isinstance(template, str) and "/" in template:
        paths.append(template[template.index("/") :])
    verb = method.upper() if isinstance(method, str) else ""
    for pattern in patterns:
        wanted, _, glob = pattern.partition(" ")
        if wanted in ("ANY", verb) and any(matches(glob.strip(), candidate) for candidate in paths):
            return True
    return False
