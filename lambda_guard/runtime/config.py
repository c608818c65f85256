"""The settings: environment, then the function's file, then the organisation's, read once into a `Config`.

A setting is a row of `SETTINGS`. The organisation's file may hold a `[floor]`: nothing below it weakens a rule.
"""

from __future__ import annotations

import os
from time import time

from .types import Exemption, Mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from typing import Any

PREFIX = "LAMBDA_GUARD_"
FILE_NAME = "lambda_guard.toml"
RULES = ("authorizer", "event_source", "direct_invoke", "connection")
AUTHORIZER_KINDS = ("jwt", "cognito", "lambda", "iam", "mtls", "alb_oidc")
SINKS = ("stdout", "xray", "otel")
_MODES = ("off", "observe", "enforce")


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
    "mode": (_choice(*_MODES), "observe"),
    "authorizer": (_choice(*_MODES), None),
    "event_source": (_choice(*_MODES), None),
    "direct_invoke": (_choice(*_MODES), None),
    "connection": (_choice(*_MODES), None),
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

# Read before any file is, by the runtime or by the exec wrapper.
_ENVIRONMENT_ONLY = ("handler", "next_wrapper")

# Values in rising strictness, for the floor.
_STRICTNESS: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(("mode", *RULES), _MODES),
    "usage": ("off", "on"),
    "cors_preflight": ("allow", "check"),
    "on_error": ("open", "closed"),
    "strict": (False, True),
    "attach": ("manual", "auto"),
}
# A list that loosens a rule: where the rule has a floor, only the organisation's own entries count.
_LOOSENS: Mapping[str, str] = {
    "allow_invoke": "direct_invoke",
    "public_routes": "authorizer",
    "authorizers": "authorizer",
    "api_ids": "authorizer",
    "event_sources": "event_source",
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
            values[rule] = _rule_mode(rule, values[rule], mode)
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


def _rule_mode(rule: str, value: object, mode: Mode) -> Mode:
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
    reader = _Reader(PREFIX + "MODE" in environ)
    organisation = reader.file(organisation_file)
    floor = organisation.pop("floor", {})
    function = reader.file(function_file) if function_file != organisation_file else {}
    if "floor" in function:
        del function["floor"]
        reader.problem(f"{function_file}: [floor] belongs in the organisation's file")
    exemptions = reader.exemptions(organisation, organisation_file)
    function_exemptions = reader.exemptions(function, function_file)
    values = reader.merge(
        reader.table(organisation, organisation_file),
        reader.table(function, function_file),
        reader.environment(environ),
    )
    if isinstance(floor, dict):
        reader.apply_floor(reader.table(floor, f"{organisation_file} [floor]"), values)
        for exemption in function_exemptions:
            if exemption.rule in floor:
                reader.weakened.append(f"exemption of {exemption.target!r} from {exemption.rule}")
            else:
                exemptions.append(exemption)
    elif floor:
        reader.problem(f"{organisation_file}: floor must be a table")
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


class _Reader:
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

    def file(self, path: str) -> dict[str, Any]:
        try:
            stream = open(path, "rb")  # noqa: SIM115 - opened first so that a missing file costs nothing more
        except OSError:
            return {}
        import tomllib

        with stream:
            content = stream.read()
        try:
            return tomllib.loads(content.decode())
        except ValueError as error:  # of TOML, or of UTF-8
            last = content.count(b"\n") + 1
            end = "" if "line" in str(error) else f", which is line {last}"
            text = f"{path} is not valid TOML: {error}{end}"
            if self.mode_is_known:
                self.problem(text)
            else:
                self.fatal.append(text)  # it may have held the mode: nobody knows what was meant
            return {}

    def table(self, table: Mapping[str, object], path: str) -> dict[str, tuple[Any, str]]:
        found = {}
        for name, value in table.items():
            if name not in SETTINGS:
                self.problems.append(f"{path}: {_unknown(name, SETTINGS)}")
            elif name in _ENVIRONMENT_ONLY:
                self.problems.append(f"{path}: {name} has no effect in a file; set {PREFIX}{name.upper()}")
            elif (parsed := self.parse(name, value, f"{name} in {path}")) is not None:
                found[name] = (parsed, path)
        return found

    def environment(self, environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
        found = {}
        for variable, value in environ.items():
            if not variable.startswith(PREFIX):
                continue
            name = variable[len(PREFIX) :].lower()
            if name not in SETTINGS or name == "verify":
                self.problems.append(_unknown(variable, [PREFIX + known.upper() for known in SETTINGS]))
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

    def merge(self, *layers: dict[str, tuple[Any, str]]) -> dict[str, tuple[Any, str]]:
        """Lay the later layers over the earlier ones; the first stays known as the organisation's."""
        self.organisation = layers[0]
        merged: dict[str, tuple[Any, str]] = {}
        for layer in layers:
            merged.update(layer)
        return merged

    def apply_floor(self, floor: Mapping[str, tuple[Any, str]], values: dict[str, tuple[Any, str]]) -> None:
        for name, (least, place) in floor.items():
            if name not in _STRICTNESS:
                continue
            order = _STRICTNESS[name]
            value, origin = values.get(name, (SETTINGS[name][1], "default"))
            if value is None:  # a rule that follows the mode
                value = _rule_mode(name, None, Mode(values.get("mode", ("observe", ""))[0])).value
            if order.index(value) < order.index(least):
                if origin != "default":
                    self.weakened.append(f"{name} = {value} from {origin}, below the floor {least}")
                values[name] = (least, place)
        for name, rule in _LOOSENS.items():
            if rule in floor and name in values:
                self._bound(name, floor.get(name, self.organisation.get(name)), values)

    def _bound(self, name: str, bound: tuple[Any, str] | None, values: dict[str, tuple[Any, str]]) -> None:
        """Keep only the entries that the organisation names, where it names any or the list opens a rule."""
        entries, origin = values[name]
        allowed = SETTINGS[name][1] if bound is None else bound[0]
        if allowed is None or origin == (bound and bound[1]):
            return
        kept = tuple(entry for entry in entries if entry in allowed)
        self.weakened.extend(
            f"{name} entry {entry!r} from {origin}, not in the organisation's list"
            for entry in entries
            if entry not in allowed
        )
        values[name] = (kept, origin)

    def exemptions(self, table: dict[str, Any], path: str) -> list[Exemption]:
        rows = table.pop("exemption", ())
        return [exemption for row in rows if (exemption := self._exemption(row, path)) is not None]

    def _exemption(self, row: object, path: str) -> Exemption | None:
        if not isinstance(row, dict):
            self.problem(f"{path}: write exemptions as [[exemption]] tables")
            return None
        rule, target, reason, until = (row.get(key) for key in ("rule", "target", "reason", "until"))
        if rule not in RULES:
            self.problem(f"{path}: an exemption's rule must be one of: {', '.join(RULES)}")
        elif not (isinstance(target, str) and target and isinstance(reason, str) and reason.strip()):
            self.problem(f"{path}: an exemption from {rule} needs a target and a reason")
        elif until is None or not hasattr(until, "toordinal"):
            self.problem(f"{path}: the exemption of {target!r} needs an end date, such as until = 2027-01-31")
        else:
            return Exemption(rule, target, reason, until)
        return None


def holds(exemption: Exemption) -> bool:
    """Tell whether an exemption's last day, in UTC, is not over yet."""
    until = exemption.until
    end = _days(until) + 1
    return time() < end * 86400


def _days(day: date) -> int:
    return day.toordinal() - 719163  # 1970-01-01


def _unknown(name: str, known: Any) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"unknown setting {name}" + (f"; did you mean {near[0]}?" if near else "")
