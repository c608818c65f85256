"""What settings there are: a row each of `SETTINGS`, with how its value is read and what it is by default."""

from __future__ import annotations

from ..types import Mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    # name -> (value, where it came from)
    Values = dict[str, tuple[Any, str]]

PREFIX = "LAMBDA_GUARD_"
FILE_NAME = "lambda_guard.toml"
RULES = ("authorizer", "event_source", "direct_invoke", "connection")
AUTHORIZER_KINDS = ("jwt", "cognito", "lambda", "iam", "mtls", "alb_oidc", "cloudfront_oac")
SINKS = ("stdout", "xray", "otel")
MODES = ("off", "observe", "enforce")


class BadValue(ValueError):
    """A value that a setting cannot take; says what it can."""


def _choice(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if isinstance(value, str) and value.strip().lower() in choices:
            return value.strip().lower()
        raise BadValue(f"must be one of: {', '.join(choices)}")

    return parse


def _names(*choices: str) -> Callable[[object], tuple[str, ...]]:
    """Read a list of names: an array in a file, comma-separated in the environment."""

    def parse(value: object) -> tuple[str, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise BadValue("must be a list of names")
        names = tuple(name for item in items if (name := item.strip()))
        unknown = [name for name in names if choices and name not in choices]
        if unknown:
            raise BadValue(f"does not know {', '.join(unknown)!r}; choose from: {', '.join(choices)}")
        return names

    return parse


def _sources(value: object) -> tuple[str, ...]:
    from ..events.names import NAMES

    return _names(*sorted(NAMES))(value)


def _routes(value: object) -> tuple[str, ...]:
    routes = _names()(value)
    for route in routes:
        method, _, path = route.partition(" ")
        if not method.isupper() or not path.strip().startswith("/"):
            raise BadValue(f"takes routes such as 'GET /health' or 'ANY /hooks/*', not {route!r}")
    return routes


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue("must be text")
    return value.strip()


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise BadValue("must be true or false")


def _verify(value: object) -> Mapping[str, Any]:
    """Read [verify.jwt] and [verify.alb] of a file; docs/settings.md says what their keys mean."""
    from .verification import settings

    try:
        return settings(value)
    except ValueError as error:
        raise BadValue(str(error)) from None


_any_names = _names()

# name -> (how it is read, default). A default of None means "not restricted", or "follows mode".
SETTINGS: Mapping[str, tuple[Callable[[object], Any], Any]] = {
    "mode": (_choice(*MODES), "observe"),
    "authorizer": (_choice(*MODES), None),
    "event_source": (_choice(*MODES), None),
    "direct_invoke": (_choice(*MODES), None),
    "connection": (_choice(*MODES), None),
    "usage": (_choice("on", "off"), "on"),
    "allow_invoke": (_any_names, ()),
    "event_sources": (_sources, None),
    "authorizers": (_names(*AUTHORIZER_KINDS), None),
    "public_routes": (_routes, ()),
    "api_ids": (_any_names, None),
    "cors_preflight": (_choice("allow", "check"), "allow"),
    "cors_allow_origin": (_text, None),
    "on_error": (_choice("open", "closed"), "closed"),
    "sinks": (_names(*SINKS), None),
    "strict": (_switch, False),
    "verify": (_verify, None),
    "handler": (_text, None),
    "next_wrapper": (_text, None),
    "attach": (_choice("auto", "manual"), "auto"),
}


def rule_mode(rule: str, value: object, mode: Mode) -> Mode:
    """Return the mode of a rule whose setting has a value; None for one that follows the mode of all."""
    if value is not None:
        return Mode(value)
    if rule == "connection" and mode is Mode.ENFORCE:
        return Mode.OBSERVE  # never enforced unless said so
    return mode
