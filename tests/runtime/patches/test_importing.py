"""Waiting for modules: before, after, twice, beside other import hooks, and without importing anything."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.patches import importing
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

NAME = "waited_for.client"


class Patch:
    """Stands for our patch of a module, and notes what is asked of it."""

    def __init__(self) -> None:
        self.applied: list[ModuleType] = []
        self.removed: list[ModuleType] = []
        self.fault: Exception | None = None

    def apply(self, module: ModuleType, guard: Guard) -> None:
        """Note the module, which must have run by now."""
        if self.fault is not None:
            raise self.fault
        assert module.VALUE == 1
        self.applied.append(module)

    def remove(self, module: ModuleType) -> None:
        """Note the module."""
        self.removed.append(module)


@pytest.fixture
def sink() -> Memory:
    """Where the guard of a test writes."""
    return Memory()


@pytest.fixture
def guard(sink: Memory) -> Guard:
    """A guard in observe."""
    config = Config()
    return Guard(config, Journal(config.mode, [sink], dict), None)


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Patch]:
    """A package that is waited for, on the path, and our patch of it."""
    (tmp_path / "waited_for").mkdir()
    (tmp_path / "waited_for" / "__init__.py").write_text("")
    (tmp_path / "waited_for" / "client.py").write_text("import waited_for.inner\nVALUE = 1\n")
    (tmp_path / "waited_for" / "inner.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(importing, "PATCHES", {NAME: "fake"})
    fake = Patch()
    monkeypatch.setattr(importing, "_ours", lambda name: fake)
    yield fake
    importing.disarm()
    for name in [name for name in sys.modules if name.startswith("waited_for")]:
        del sys.modules[name]


def test_before(patch: Patch, guard: Guard) -> None:
    """A module that is imported later is patched once it has run, and keeps the loader that it would have had."""
    importing.arm(guard)
    assert NAME not in sys.modules
    assert importing.armed() == []
    module = importlib.import_module(NAME)
    assert patch.applied == [module]
    assert importing.armed() == [NAME]
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert "exec_module" not in vars(module.__loader__)


def test_after(patch: Patch, guard: Guard) -> None:
    """A module that is there already is patched at once."""
    module = importlib.import_module(NAME)
    importing.arm(guard)
    assert patch.applied == [module]


def test_again(patch: Patch, guard: Guard) -> None:
    """A module that is reloaded, or dropped and imported anew, is patched again."""
    importing.arm(guard)
    module = importlib.import_module(NAME)
    importlib.reload(module)
    assert patch.applied == [module, module]
    del sys.modules[NAME]
    again = importlib.import_module(NAME)
    assert patch.applied[2:] == [again]


def test_disarm(patch: Patch, guard: Guard) -> None:
    """Disarmed, nothing waits any more and each patch is taken out of its module."""
    finders = list(sys.meta_path)
    importing.arm(guard)
    module = importlib.import_module(NAME)
    importing.disarm()
    assert sys.meta_path == finders
    assert patch.removed == [module]
    assert importing.armed() == []
    del sys.modules[NAME]
    importlib.import_module(NAME)
    assert len(patch.applied) == 1


def test_other_modules_are_not_touched(patch: Patch, guard: Guard, tmp_path: Path) -> None:
    """What nobody waits for is found as if the finder were not there."""
    importing.arm(guard)
    assert importing._finder is not None
    assert importing._finder.find_spec("waited_for.inner", [str(tmp_path / "waited_for")]) is None
    assert importing._finder.find_spec("json") is None


def test_missing_module(patch: Patch, guard: Guard, sink: Memory, tmp_path: Path) -> None:
    """A module that is waited for and does not exist is missing in the usual words."""
    (tmp_path / "waited_for" / "client.py").unlink()
    importing.arm(guard)
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'waited_for\.client'$"):
        importlib.import_module(NAME)
    assert sink.records == []


def test_module_that_fails(patch: Patch, guard: Guard, tmp_path: Path) -> None:
    """A module that fails while it runs fails as it would, and is patched once it runs through."""
    path = tmp_path / "waited_for" / "client.py"
    path.write_text("raise RuntimeError('its own')\n")
    importing.arm(guard)
    with pytest.raises(RuntimeError, match="its own"):
        importlib.import_module(NAME)
    assert patch.applied == []
    path.write_text("VALUE = 1  # a longer text, for the cache\n")
    importlib.invalidate_caches()
    assert importlib.import_module(NAME) is patch.applied[0]


def test_patch_that_fails(patch: Patch, guard: Guard, sink: Memory) -> None:
    """A patch that fails leaves the import alone and is an error record."""
    patch.fault = AttributeError("no such class")
    importing.arm(guard)
    assert importlib.import_module(NAME).VALUE == 1
    (error,) = sink.of_kind("error")
    assert (error["where"], error["type"]) == (f"patch {NAME}", "AttributeError")
    assert importing.armed() == []


def test_looked_for_without_import(patch: Patch, guard: Guard) -> None:
    """A spec that is only looked at patches nothing, and does not disturb the import that follows."""
    importing.arm(guard)
    assert importlib.util.find_spec(NAME) is not None
    assert patch.applied == []
    assert importlib.import_module(NAME) is patch.applied[0]


class Chained:
    """A loader that other import hooks put around ours or that we find: it has `exec_module` of its own."""

    def __init__(self, loader: Any, seen: list[str]) -> None:
        self.loader = loader
        self.seen = seen
        self.create_module = loader.create_module
        self.exec_module = self._exec_module

    def _exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        self.seen.append(module.__name__)


class OtherHook:
    """Another library's post-import hook, as wrapt and its users have them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._busy = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find through the others, and put a loader around theirs."""
        if name != NAME or self._busy:
            return None
        self._busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy = False
        if spec is not None:
            spec.loader = Chained(spec.loader, self.seen)  # type: ignore[assignment]
        return spec


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_beside_another_hook(patch: Patch, guard: Guard, first: str) -> None:
    """Another library's import hook has its turn too, whichever of the two came first, and stays in place."""
    other: Any = OtherHook()
    if first == "theirs":
        importing.arm(guard)
    sys.meta_path.insert(0, other)
    if first == "ours":
        importing.arm(guard)
    try:
        module = importlib.import_module(NAME)
        assert patch.applied == [module]
        assert other.seen == [NAME]
        assert hasattr(module.__loader__, "exec_module")
    finally:
        sys.meta_path.remove(other)


def test_beside_wrapt(patch: Patch, guard: Guard) -> None:
    """wrapt's own hooks, which tracers use, run as well."""
    import wrapt

    seen: list[str] = []
    importing.arm(guard)
    wrapt.register_post_import_hook(lambda module: seen.append(module.__name__), NAME)
    assert importlib.import_module(NAME) is patch.applied[0]
    assert seen == [NAME]


def test_loader_of_many_modules(
    patch: Patch, guard: Guard, sink: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a zip all modules share one loader: only the one that is waited for is patched, even if looked for first."""
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("__init__", "client", "inner"):
            file.write(tmp_path / "waited_for" / f"{name}.py", f"waited_for/{name}.py")
    monkeypatch.setattr(sys, "path", [str(archive), *(path for path in sys.path if path != str(tmp_path))])
    importing.arm(guard)
    assert importlib.util.find_spec(NAME) is not None
    importlib.import_module("waited_for.inner")
    assert patch.applied == []
    module = importlib.import_module(NAME)
    assert type(module.__loader__).__name__ == "zipimporter"
    assert module in patch.applied
    assert set(patch.applied) == {module}
    assert sink.records == []
