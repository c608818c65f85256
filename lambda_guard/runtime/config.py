"""The settings: environment, then the function's file, then the organisation's, read once into a `Config`.

A setting is a row of `SETTINGS`. What files may hold beyond that is in `files.py`, for most functions have none.
"""

from __future__ import annotations

import os

from .types import Mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .types import Exemption

    # name -> (value, where it came from)
    Values = dict[str, tuple[Any, str]]

PREFIX = "LAMBDA_GUARD_"
FILE_NAME = "lambda_guard.toml"
RULES = ("authorizer", "event_source", "direct_invoke", "connection")
AUTHORIZER_KINDS = ("jwt", "cognito", "lambda", "iam", "mtls", "alb_oidc")
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
    from .events.names import NAMES

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
    """Read [verify.jwt] and [verify.alb] of a file; `rules/verify.py` says what their keys mean."""
    from .rules.verify import settings

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

class Config:
    """The settings in force: one attribute for each row of `SETTINGS`, immutable once read.

    origin:     setting -> where its value came from, for those that are not defaults.
    exemptions: from both files; whether each still holds is decided when it is used.
    problems:   settings that could not be read and run on their default (observe only).
    weakened:   attempts to go below the organisation's floor, which had no effect.
    """

    mode: Mode
    authorizer: Mode
    event_source: Mode
    direct_invoke: Mode
    connection: Mode
    usage: bool
    allow_invoke: tuple[str, ...]
    event_sources: tuple[str, ...] | None
    authorizers: tuple[str, ...] | None
    public_routes: tuple[str, ...]
    api_ids: tuple[str, ...] | None
    cors_preflight: str
    cors_allow_origin: str | None
    on_error: str
    sinks: tuple[str, ...] | None
    strict: bool
    verify: Mapping[str, Any] | None
    handler: str | None
    next_wrapper: str | None
    attach: str
    exemptions: tuple[Exemption, ...]
    origin: Mapping[str, str]
    problems: tuple[str, ...]
    weakened: tuple[str, ...]

    __slots__ = (*SETTINGS, "exemptions", "origin", "problems", "weakened")

    def __init__(self, **settings: Any) -> None:
        """Take settings as a file would give them (text, lists); what is not given has its default."""
        unknown = settings.keys() - set(self.__slots__)
        if unknown:
            from .errors import ConfigurationError

            raise ConfigurationError(f"lambda_guard has no setting {', '.join(sorted(unknown))!r}")
        values = {name: settings.get(name, default) for name, (_, default) in SETTINGS.items()}
        values["mode"] = mode = Mode(values["mode"])
        for rule in RULES:
            values[rule] = rule_mode(rule, values[rule], mode)
        values["usage"] = values["usage"] in ("on", True) and mode is not Mode.OFF
        for name in ("exemptions", "problems", "weakened"):
            values[name] = settings.get(name, ())
        values["origin"] = settings.get("origin", {})
        for name, value in values.items():
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Config cannot be changed; {name} was read once, at the start")

    def rule_mode(self, rule: str) -> Mode:
        """Return the mode of a rule by its name."""
        value: Mode = getattr(self, rule, self.mode)
        return value

    def in_force(self) -> dict[str, object]:
        """Return the settings as a record shows them: modes, and what is not on its default."""
        shown: dict[str, object] = {rule: self.rule_mode(rule).value for rule in ("mode", *RULES)}
        for name in self.origin:
            if name not in shown and name != "verify":
                value = getattr(self, name)
                shown[name] = list(value) if isinstance(value, tuple) else value
        if self.verify is not None:
            shown["verify"] = True
        return shown

    @property
    def off(self) -> bool:
        """Whether nothing at all is to be done."""
        return self.mode is Mode.OFF and all(getattr(self, rule) is Mode.OFF for rule in RULES)


def rule_mode(rule: str, value: object, mode: Mode) -> Mode:
    """Return the mode of a rule whose setting has a value; None for one that follows the mode of all."""
    if value is not None:
        return Mode(value)
    if rule == "connection" and mode is Mode.ENFORCE:
        return Mode.OBSERVE  # never enforced unless said so
    return mode


def load(
    environ: Mapping[str, str] | None = None,
    function_file: str | None = None,
    organisation_file: str | None = None,
) -> Config:
    """Read the settings of this process.

    function_file:     default `lambda_guard.toml` in LAMBDA_TASK_ROOT.
    organisation_file: default `lambda_guard.toml` beside the package, as the layer build puts it there.
    Raises ConfigurationError for a mode that cannot be read, and in enforce for any other bad setting.
    """
    environ = os.environ if environ is None else environ
    if function_file is None:
        function_file = os.path.join(environ.get("LAMBDA_TASK_ROOT") or os.getcwd(), FILE_NAME)
    if organisation_file is None:
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        organisation_file = os.path.join(os.path.dirname(package), FILE_NAME)
    reader = Reader(PREFIX + "MODE" in environ)
    values = reader.environment(environ)
    exemptions: list[Exemption] = []
    organisation = reader.content(organisation_file)
    function = reader.content(function_file) if function_file != organisation_file else None
    if organisation is not None or function is not None:
        from .files import combine

        files = (organisation_file, organisation or b""), (function_file, function or b"")
        try:
            values, exemptions = combine(reader, *files, values)
        except Exception as fault:
            reader.unread(f"{organisation_file} or {function_file} could not be read: {type(fault).__name__}: {fault}")
    config = Config(
        **{name: value for name, (value, _) in values.items()},
        exemptions=tuple(exemptions),
        origin={name: place for name, (_, place) in values.items()},
        problems=tuple(reader.problems),
        weakened=tuple(reader.weakened),
    )
    if reader.fatal or (
        reader.bad_values and any(config.rule_mode(rule) is Mode.ENFORCE for rule in ("mode", *RULES))
    ):
        from .errors import ConfigurationError

        raise ConfigurationError("; ".join(reader.fatal or reader.bad_values))
    return config


class Reader:
    """Collects settings and what is wrong with them, so that everything wrong is said at once."""

    def __init__(self, mode_is_known: bool) -> None:
        self.mode_is_known = mode_is_known
        self.problems: list[str] = []
        self.bad_values: list[str] = []
        self.fatal: list[str] = []
        self.weakened: list[str] = []

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.bad_values.append(text)

    def unread(self, text: str) -> None:
        """Note a file that cannot be read: where only it can have held the mode, nobody knows what was meant."""
        if self.mode_is_known:
            self.problem(text)
        else:
            self.fatal.append(text)

    def content(self, path: str) -> bytes | None:
        """Return what is in a file; None where there is none, which costs a start nothing more."""
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.unread(f"{path} cannot be read: {error.strerror}; its modes in the deployment package may be wrong")
            return None

    def environment(self, environ: Mapping[str, str]) -> Values:
        found: Values = {}
        for variable, value in environ.items():
            if not variable.startswith(PREFIX):
                continue
            name = variable[len(PREFIX) :].lower()
            if name == "verify":
                self.problems.append(f"{variable} has no effect in the environment; set it in {FILE_NAME}")
            elif name not in SETTINGS:
                self.problems.append(unknown(variable, PREFIX))
            elif (parsed := self.parse(name, value, variable)) is not None:
                found[name] = (parsed, "environment")
        return found

    def parse(self, name: str, value: object, place: str) -> Any:
        try:
            return SETTINGS[name][0](value)
        except BadValue as error:
            text = f"{place} is {value!r}, but {error}"
            if name == "mode":
                self.fatal.append(text)
            else:
                self.problem(text)
            return None


def unknown(name: str, prefix: str = "") -> str:
    """Say that a setting is unknown, and which one may have been meant. prefix: what names have in that place."""
    from difflib import get_close_matches

    # Compared without the prefix, which makes any two variables alike; in a file, it may be what is wrong.
    plain = name.upper().removeprefix(PREFIX).lower().replace("-", "_")
    known = SETTINGS if prefix else [*SETTINGS, "exemption", "floor"]
    near = get_close_matches(plain, known, 1, 0.65)
    meant = [f"; did you mean {prefix}{one.upper() if prefix else one}?" for one in near]
    return f"unknown setting {name}{''.join(meant)}"
