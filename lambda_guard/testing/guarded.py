"""The guard around one test: on while the test runs, fully off after it."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from lambda_guard.runtime import attach
from lambda_guard.runtime.bootstrap import wrap
from lambda_guard.runtime.errors import ConfigurationError, GuardError
from lambda_guard.runtime.settings.config import Config, load
from lambda_guard.runtime.settings.table import PREFIX, SETTINGS
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.testing.context import LambdaContext

_NOT_IN_TESTS = ("handler", "next_wrapper", "attach", "sinks", "verify")


class BadSetting(ValueError):
    """A setting that a marker cannot have; says which there are."""


@dataclass(frozen=True)
class Call:
    """Calls of one operation on one resource. resource: as the record names it; empty for none."""

    service: str
    operation: str
    resource: str
    count: int


class Guarded:
    """One test's guard.

    settings: by the names of lambda_guard.toml. Raises BadSetting.
    """

    def __init__(self, test: str, settings: Mapping[str, Any]) -> None:
        self.test = test
        self._config = _config(settings)
        self._memory = Memory()
        self._expected = 0
        self._read = False
        self._undo: list[Callable[[], object]] = []

    @property
    def mode(self) -> str:
        """The mode in force."""
        return self._config.mode.value

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was found so far, as the records have it: rule, issue, decision, target, site, and so on.

        A test that reads them judges them by itself: in enforce, it does not also fail for what was blocked.
        """
        self._read = True
        return self._memory.of_kind("finding")

    @property
    def usage(self) -> list[Call]:
        """The AWS calls so far, those of one operation and resource as one."""
        self._write_usage()
        counts: dict[object, Call] = {}
        for record in self._memory.of_kind("usage"):
            for entry in record.get("calls", []):
                call = Call(entry["service"], entry["operation"], _resource(entry), entry["count"])
                # Later records hold totals of what earlier ones began.
                counts[repr({name: entry[name] for name in entry if name not in _COUNTS})] = call
        return list(counts.values())

    @property
    def records(self) -> list[Any]:
        """All that the guard would have printed."""
        return self._memory.records

    def invoke(self, handler: Callable[[Any, Any], Any], event: Any, context: Any = None) -> Any:
        """Run a handler as Lambda would, the guard around it: the event is judged too. Returns what it answers."""
        guard = attach._installed
        if guard is None:
            raise RuntimeError("lambda_guard.invoke works while the test itself runs, not in a fixture")
        plain = getattr(handler, "__wrapped__", handler) if _is_ours(handler) else handler
        return wrap(plain, guard)(event, LambdaContext() if context is None else context)

    def start(self) -> None:
        """Put the guard in; one that code under test installed for the whole process goes out for good."""
        attach.uninstall()
        expecting = _expecting(self._note)
        expecting.__enter__()
        self._undo.append(lambda: expecting.__exit__(None, None, None))
        attach.install(self._config, sinks=[self._memory])

    def stop(self) -> None:
        """Take the guard out."""
        self._write_usage()
        attach.uninstall()
        while self._undo:
            self._undo.pop()()

    def unexpected(self) -> str:
        """Return what to fail the test with: what was blocked, and neither expected nor read; empty for nothing."""
        if self._expected or self._read:
            return ""
        blocked = [finding for finding in self._memory.of_kind("finding") if finding["decision"] == "blocked"]
        lines = [f"lambda_guard blocked {describe(finding)}" for finding in blocked]
        return "\n".join(dict.fromkeys(lines))

    def _note(self) -> None:
        self._expected += 1

    def _write_usage(self) -> None:
        guard = attach._installed
        if guard is not None and guard.usage is not None and guard.usage.totals()["calls"]:
            guard.journal.next_totals = 0
            guard.journal.usage(guard.usage)


_COUNTS = ("count", "refused", "errors", "in_handler")


def _resource(entry: Mapping[str, Any]) -> str:
    value = entry.get("resource", entry.get("resources", ""))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def describe(finding: Mapping[str, Any]) -> str:
    """Say what a finding is about, and on which line of the user's."""
    site = finding.get("site")
    where = f"{site['file']}:{site['line']}: " if site else ""
    return f"{where}{finding['rule']} {finding['target']}: {finding['message']}"


def _config(settings: Mapping[str, Any]) -> Config:
    known = sorted(name for name in SETTINGS if name not in _NOT_IN_TESTS)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # In production a connection is only stopped where the settings say so; a test that asks to enforce means both.
    for name, value in {"connection": settings["mode"], **settings}.items():
        if name not in known:
            raise BadSetting(f"there is no setting {name}; there are: {', '.join(known)}")
        environ[PREFIX + name.upper()] = _text(value)
    try:
        config = load(environ)
    except ConfigurationError as error:
        raise BadSetting(str(error)) from None
    if config.problems:
        raise BadSetting("; ".join(config.problems))
    return config


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(map(str, value))
    return str(getattr(value, "value", value))


def _is_ours(handler: object) -> bool:
    code = getattr(handler, "__code__", None)
    return code is not None and code.co_filename == wrap.__code__.co_filename


@contextmanager
def _expecting(note: Callable[[], None]) -> Iterator[None]:
    """Tell of the blocks that a test expects, with `pytest.raises` or `assertRaises`."""
    context: Any = unittest.case._AssertRaisesContext
    owners: list[Any] = [pytest.RaisesExc, context]

    def watch(original: Any) -> Any:
        def leave(self: Any, kind: Any, error: Any, trace: Any) -> Any:
            if isinstance(error, GuardError) or isinstance(getattr(error, "__cause__", None), GuardError):
                note()
            return original(self, kind, error, trace)

        return leave

    patches = [mock.patch.object(owner, "__exit__", watch(owner.__exit__)) for owner in owners]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
