"""The settings in force: environment, then the function's file, then the organisation's, read once into a `Config`."""

from __future__ import annotations

import os

from ..types import Mode
from .reader import Reader
from .table import FILE_NAME, PREFIX, RULES, SETTINGS, rule_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..types import Exemption


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
            from ..errors import ConfigurationError

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
        package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
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
    if reader.fatal or (reader.bad_values and any(config.rule_mode(rule) is Mode.ENFORCE for rule in ("mode", *RULES))):
        from ..errors import ConfigurationError

        raise ConfigurationError("; ".join(reader.fatal or reader.bad_values))
    return config
