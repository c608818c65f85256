"""The page on settings names all that there is, and its examples are read as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_guard.analysis.lint import settings as lint
from lambda_guard.runtime.errors import ConfigurationError
from lambda_guard.runtime.settings import config, files, table, verification

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text()
ROWS = {cells[0].strip(" `"): cells[1:] for line in PAGE.splitlines() if len(cells := line.strip("|").split("|")) > 2}
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("name", table.SETTINGS)
def test_every_setting_has_a_row_with_its_variable(name: str) -> None:
    """Name, variable, values and default; a setting that only files have says so."""
    variable, values, default = ROWS[name]
    if name == "verify":
        assert variable.strip() == "in files only"
    else:
        assert variable.split(",")[0].strip(" `") == table.PREFIX + name.upper()
        assert ("not in files" in variable) == (name in files._ENVIRONMENT_ONLY)
    assert len(values.strip()) > 3
    usual = table.SETTINGS[name][1]
    if isinstance(usual, str):
        assert f"`{usual}`" in default


@pytest.mark.parametrize("kind", [*table.AUTHORIZER_KINDS, *table.MODES, *table.SINKS])
def test_every_choice_is_named(kind: str) -> None:
    """Kinds of authorizer, modes and sinks."""
    assert f"`{kind}`" in PAGE


def test_every_key_of_verify_has_a_row_and_there_is_no_other() -> None:
    """With the default of each that has one."""
    known = {
        f"verify.{name}.{key}"
        for name, required in verification._REQUIRED.items()
        for key in (*required, *verification._DEFAULTS[name])
    }
    assert {name for name in ROWS if name.startswith("verify.")} == known


def test_every_setting_of_lint_has_a_row() -> None:
    """As the command line's own reader takes them."""
    rows = {name.removeprefix("lint.") for name in ROWS if name.startswith("lint.")}
    assert rows == set(lint.Settings.__dataclass_fields__) - {"public_routes", "allow_invoke", "place"}


def test_the_floor_takes_what_the_page_says() -> None:
    """Names of modes and switches, and which list loosens which rule."""
    paragraph = PAGE.partition("It takes `mode`, the rules,")[2].partition("\n## ")[0]
    assert {*table.RULES, "mode"} <= files._STRICTNESS.keys()
    for name in files._STRICTNESS.keys() - {"mode", *table.RULES} | files._LOOSENS.keys():
        assert f"`{name}`" in paragraph


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_read_without_a_word(example: str, tmp_path: Path) -> None:
    """As an organisation's file, which may hold all of it."""
    path = tmp_path / table.FILE_NAME
    path.write_text(example)
    found = config.load({}, str(tmp_path / "none"), str(path))
    assert not found.problems
    assert not found.weakened
    assert found.origin or found.exemptions


def test_the_warnings_are_true(tmp_path: Path) -> None:
    """An empty mode stops a function, and an empty list lets nothing count."""
    nowhere = str(tmp_path / "none")
    with pytest.raises(ConfigurationError, match="must be one of"):
        config.load({"LAMBDA_GUARD_MODE": ""}, nowhere, nowhere)
    assert config.load({"LAMBDA_GUARD_AUTHORIZERS": ""}, nowhere, nowhere).authorizers == ()
