"""Settings are read once, from three places, and a typo never switches the guard off."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.runtime.errors import ConfigurationError
from lambda_guard.runtime.settings.config import Config, load
from lambda_guard.runtime.settings.files import holds
from lambda_guard.runtime.settings.table import RULES, SETTINGS
from lambda_guard.runtime.types import Exemption, Mode


def read(tmp_path: Path, *, function: str = "", organisation: str = "", **environ: str) -> Config:
    """Load settings from texts of the two files and LAMBDA_GUARD_ variables named without their prefix."""
    files = {"function": function, "organisation": organisation}
    for name, text in files.items():
        if text:
            (tmp_path / f"{name}.toml").write_text(text)
    variables = {f"LAMBDA_GUARD_{name}": value for name, value in environ.items()}
    return load(variables, str(tmp_path / "function.toml"), str(tmp_path / "organisation.toml"))


def test_without_settings_everything_is_observed(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert {config.rule_mode(rule) for rule in ("mode", *RULES)} == {Mode.OBSERVE}
    assert config.usage
    assert not config.problems


def test_rules_follow_the_mode_except_connection_which_is_never_enforced_unless_said_so(tmp_path: Path) -> None:
    config = read(tmp_path, MODE="enforce")
    assert (config.authorizer, config.event_source, config.direct_invoke) == (Mode.ENFORCE,) * 3
    assert config.connection is Mode.OBSERVE
    assert read(tmp_path, MODE="enforce", CONNECTION="enforce").connection is Mode.ENFORCE
    assert read(tmp_path, MODE="off").connection is Mode.OFF


def test_mode_off_switches_everything_off_and_one_rule_can_stay(tmp_path: Path) -> None:
    assert read(tmp_path, MODE="off").off
    assert not read(tmp_path, MODE="off").usage
    assert not read(tmp_path, MODE="off", DIRECT_INVOKE="enforce").off


def test_the_environment_wins_over_the_functions_file_which_wins_over_the_organisations(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        organisation='mode = "observe"\nallow_invoke = ["a"]\nstrict = true',
        function='mode = "enforce"\nallow_invoke = ["b"]',
        ALLOW_INVOKE="c, d*",
    )
    assert config.mode is Mode.ENFORCE
    assert config.allow_invoke == ("c", "d*")
    assert config.strict
    assert config.origin["allow_invoke"] == "environment"


@pytest.mark.parametrize("value", ["enforced", "purple", "", "on", "0"])
def test_a_mode_that_cannot_be_read_stops_the_function_and_the_message_names_the_choices(
    tmp_path: Path, value: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, MODE=value)
    for part in ("LAMBDA_GUARD_MODE", repr(value), "off", "observe", "enforce"):
        assert part in str(error.value)


def test_a_mode_in_a_file_that_cannot_be_read_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"function\.toml"):
        read(tmp_path, function="mode = 3")


def test_case_and_space_around_a_mode_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, MODE=" Enforce ").mode is Mode.ENFORCE


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DIRECT_INVOKE", "no", "off, observe, enforce"),
        ("USAGE", "yes", "on, off"),
        ("ON_ERROR", "ajar", "open, closed"),
        ("SINKS", "stdout,kafka", "kafka"),
        ("AUTHORIZERS", "jwt,password", "password"),
        ("PUBLIC_ROUTES", "/health", "GET /health"),
        ("EVENT_SOURCES", "sqs,apigw", "apigw"),
        ("STRICT", "maybe", "true or false"),
    ],
)
def test_another_bad_value_runs_on_its_default_in_observe_and_stops_the_function_in_enforce(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    (problem,) = read(tmp_path, **{variable: value}).problems
    assert f"LAMBDA_GUARD_{variable}" in problem
    assert says in problem
    with pytest.raises(ConfigurationError, match=variable):
        read(tmp_path, MODE="enforce", **{variable: value})


def test_one_enforced_rule_is_enough_for_a_bad_value_to_stop_the_function(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ON_ERROR"):
        read(tmp_path, AUTHORIZER="enforce", ON_ERROR="ajar")


def test_an_unknown_setting_is_reported_with_the_one_that_was_meant(tmp_path: Path) -> None:
    config = read(tmp_path, MDOE="enforce", function="alow_invoke = []")
    assert any("LAMBDA_GUARD_MDOE; did you mean LAMBDA_GUARD_MODE?" in problem for problem in config.problems)
    assert any("alow_invoke; did you mean allow_invoke?" in problem for problem in config.problems)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MODES", "MODE"),
        ("AUTHORISER", "AUTHORIZER"),
        ("EVENTSOURCES", "EVENT_SOURCES"),
        ("DIRECT_INVOCATION", "DIRECT_INVOKE"),
        ("ALLOWED_INVOKES", "ALLOW_INVOKE"),
        ("PUBLIC_ROUTE", "PUBLIC_ROUTES"),
        ("API_ID", "API_IDS"),
        ("CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ORIGIN"),
        ("ONERROR", "ON_ERROR"),
        ("SINK", "SINKS"),
        ("STRICT_MODE", "STRICT"),
    ],
)
def test_the_near_name_is_the_right_one(tmp_path: Path, written: str, meant: str) -> None:
    """All variables begin alike; that makes no two of them near."""
    (problem,) = read(tmp_path, **{written: "x"}).problems
    assert problem == f"unknown setting LAMBDA_GUARD_{written}; did you mean LAMBDA_GUARD_{meant}?"
    (problem,) = read(tmp_path, function=f'{written.lower()} = "x"').problems
    assert problem.endswith(f"function.toml: unknown setting {written.lower()}; did you mean {meant.lower()}?")


@pytest.mark.parametrize("written", ["LOG_LEVEL", "DEBUG", "ENFORCE", "AUTH", ""])
def test_where_no_name_is_near_none_is_proposed(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, **{written: "1"}).problems == (f"unknown setting LAMBDA_GUARD_{written}",)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('LAMBDA_GUARD_ALLOW_INVOKE = "a"', "allow_invoke"),
        ('direct-invoke = "off"', "direct_invoke"),
        ('[[exemptions]]\nrule = "x"', "exemption"),
        ('[floors]\nmode = "x"', "floor"),
    ],
)
def test_in_a_file_the_near_name_is_one_that_a_file_may_hold(tmp_path: Path, line: str, meant: str) -> None:
    (problem,) = read(tmp_path, function=line).problems
    assert problem.endswith(f"; did you mean {meant}?")


def test_what_only_a_file_can_say_is_reported_in_the_environment(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, VERIFY="x").problems
    assert problem == "LAMBDA_GUARD_VERIFY has no effect in the environment; set it in lambda_guard.toml"


def test_malformed_toml_names_file_and_line_and_stops_where_the_mode_is_not_known_otherwise(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"function\.toml is not valid TOML: .*line 2"):
        read(tmp_path, function='mode = "observe"\nallow_invoke = [')


def test_malformed_toml_is_reported_where_the_environment_says_observe(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, function="= 1", MODE="observe").problems
    assert "line 1" in problem
    with pytest.raises(ConfigurationError, match="line 1"):
        read(tmp_path, function="= 1", MODE="enforce")


def test_a_file_that_is_not_text_is_a_bad_file_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "function.toml").write_bytes(b'mode = "\xff"')
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        read(tmp_path)


class TestFloor:
    """Nothing below the organisation's file weakens a rule that it gives a floor."""

    def test_a_weaker_mode_has_no_effect_and_is_reported(self, tmp_path: Path) -> None:
        config = read(tmp_path, organisation='[floor]\ndirect_invoke = "enforce"', DIRECT_INVOKE="observe")
        assert config.direct_invoke is Mode.ENFORCE
        assert "direct_invoke = observe from environment" in config.weakened[0]

    def test_a_rule_that_only_follows_a_weaker_mode_is_raised_without_a_finding(self, tmp_path: Path) -> None:
        config = read(tmp_path, organisation='[floor]\ndirect_invoke = "enforce"', MODE="observe")
        assert config.direct_invoke is Mode.ENFORCE
        assert config.authorizer is Mode.OBSERVE
        assert not config.weakened

    def test_mode_off_does_not_get_below_it(self, tmp_path: Path) -> None:
        config = read(tmp_path, organisation='[floor]\nmode = "observe"\nauthorizer = "enforce"', MODE="off")
        assert config.mode is Mode.OBSERVE
        assert config.authorizer is Mode.ENFORCE
        assert len(config.weakened) == 1

    def test_a_stricter_setting_is_free_to_be(self, tmp_path: Path) -> None:
        config = read(tmp_path, organisation='[floor]\nmode = "observe"', MODE="enforce")
        assert config.mode is Mode.ENFORCE
        assert not config.weakened

    def test_a_floored_rules_allow_list_is_the_organisations_alone(self, tmp_path: Path) -> None:
        organisation = 'allow_invoke = ["shared"]\n[floor]\ndirect_invoke = "enforce"'
        config = read(tmp_path, organisation=organisation, ALLOW_INVOKE="shared,mine")
        assert config.allow_invoke == ("shared",)
        assert "'mine'" in config.weakened[0]

    def test_a_list_in_the_floor_bounds_what_functions_may_list(self, tmp_path: Path) -> None:
        organisation = '[floor]\nauthorizer = "enforce"\npublic_routes = ["GET /health"]'
        config = read(tmp_path, organisation=organisation, function='public_routes = ["GET /health", "ANY /admin"]')
        assert config.public_routes == ("GET /health",)
        assert len(config.weakened) == 1

    def test_a_functions_narrower_list_stands(self, tmp_path: Path) -> None:
        config = read(tmp_path, organisation='[floor]\nauthorizer = "enforce"', AUTHORIZERS="jwt")
        assert config.authorizers == ("jwt",)
        assert not config.weakened

    def test_exemptions_of_a_floored_rule_come_from_the_organisation_only(self, tmp_path: Path) -> None:
        row = '[[exemption]]\nrule = "direct_invoke"\ntarget = "{}"\nreason = "r"\nuntil = 2030-01-01\n'
        organisation = row.format("ours") + '[floor]\ndirect_invoke = "enforce"'
        config = read(tmp_path, organisation=organisation, function=row.format("mine"))
        assert [exemption.target for exemption in config.exemptions] == ["ours"]
        assert "'mine'" in config.weakened[0]

    def test_a_functions_file_has_no_floor(self, tmp_path: Path) -> None:
        config = read(tmp_path, function='[floor]\nmode = "off"', MODE="observe")
        assert "organisation's file" in config.problems[0]


class TestExemptions:
    """An exemption carries a reason and an end date."""

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            ('rule = "direct_invoke"\ntarget = "x"\nuntil = 2030-01-01', "reason"),
            ('rule = "direct_invoke"\ntarget = "x"\nreason = "r"', "end date"),
            ('rule = "direct_invoke"\ntarget = "x"\nreason = "r"\nuntil = "soon"', "end date"),
            ('rule = "other"\ntarget = "x"\nreason = "r"\nuntil = 2030-01-01', "must be one of"),
        ],
    )
    def test_an_incomplete_one_does_not_hold_and_is_reported(self, tmp_path: Path, row: str, says: str) -> None:
        config = read(tmp_path, function=f"[[exemption]]\n{row}")
        assert not config.exemptions
        assert says in config.problems[0]

    def test_it_holds_through_its_last_day_in_utc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from datetime import date

        exemption = Exemption("direct_invoke", "x", "r", date(2027, 1, 31))
        end = 1801440000  # 2027-02-01T00:00:00Z
        monkeypatch.setattr("lambda_guard.runtime.settings.files.time", lambda: end - 1)
        assert holds(exemption)
        monkeypatch.setattr("lambda_guard.runtime.settings.files.time", lambda: end)
        assert not holds(exemption)


def test_a_config_cannot_be_changed() -> None:
    config = Config()
    with pytest.raises(AttributeError, match="cannot be changed"):
        config.mode = Mode.OFF


def test_a_config_made_in_code_refuses_what_is_no_setting() -> None:
    with pytest.raises(ConfigurationError, match="no setting 'mod'"):
        Config(mod="off")


@pytest.mark.parametrize("name", SETTINGS)
def test_no_value_of_any_type_crashes_the_reading_of_a_setting(tmp_path: Path, name: str) -> None:
    for literal in ("1", "1.5", "true", '""', '"x"', "[]", "[1]", "[[]]", "{}", "{a = 1}", "2027-01-31"):
        if name == "mode":
            with pytest.raises(ConfigurationError):
                read(tmp_path, function=f"{name} = {literal}")
        else:
            assert read(tmp_path, function=f"{name} = {literal}").mode is Mode.OBSERVE


def test_what_is_shown_of_the_settings_holds_modes_and_what_is_not_on_its_default(tmp_path: Path) -> None:
    shown: dict[str, Any] = read(tmp_path, MODE="enforce", ALLOW_INVOKE="a").in_force()
    assert shown == {
        "mode": "enforce",
        "authorizer": "enforce",
        "event_source": "enforce",
        "direct_invoke": "enforce",
        "connection": "observe",
        "allow_invoke": ["a"],
    }


@pytest.mark.parametrize("name", ["handler", "next_wrapper"])
def test_what_only_the_environment_can_say_is_reported_in_a_file(tmp_path: Path, name: str) -> None:
    config = read(tmp_path, function=f'{name} = "app.handler"')
    assert f"set LAMBDA_GUARD_{name.upper()}" in config.problems[0]
    assert getattr(config, name) is None


def test_a_mode_is_one_of_three() -> None:
    """Modes compare by identity, also after a copy; a name that is none names the choices."""
    assert [Mode(name) for name in ("off", "observe", "enforce")] == [Mode.OFF, Mode.OBSERVE, Mode.ENFORCE]
    for mode in (Mode.OFF, Mode.OBSERVE, Mode.ENFORCE):
        assert Mode(mode) is mode
        assert copy.deepcopy(mode) is pickle.loads(pickle.dumps(mode)) is mode
    for wrong in ("enforced", "", None, 1):
        with pytest.raises(ValueError, match="off, observe, enforce"):
            Mode(wrong)


def test_settings_in_the_environment_read_no_file_format() -> None:
    """A function without files pays for none, nor for what finds near names: it is not even loaded."""
    code = (
        "import sys; from lambda_guard.runtime.settings.config import load; "
        "assert load({'LAMBDA_GUARD_MODE': 'enforce'}, '/nowhere', '/nowhere').mode.value == 'enforce'; "
        "assert not {'tomllib', 'difflib', 'lambda_guard.runtime.settings.files'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("value", ["0", "true", "1.5", '"x"', "2027-01-01", "[1]"])
def test_exemptions_that_are_no_tables_are_refused(tmp_path: Path, value: str) -> None:
    """An enforcing function does not start with a file that says something else than was meant."""
    with pytest.raises(ConfigurationError, match="exemption"):
        read(tmp_path, function=f'mode = "enforce"\nexemption = {value}\n')
    assert "exemption" in read(tmp_path, function=f'mode = "observe"\nexemption = {value}\n').problems[0]


def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    """It may hold the mode: unless the environment does, the function does not start."""
    folder = tmp_path / "lambda_guard.toml"
    folder.mkdir()  # root may read any file, but no folder
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load({}, str(folder), "/nowhere")
    assert "cannot be read" in load({"LAMBDA_GUARD_MODE": "observe"}, str(folder), "/nowhere").problems[0]
    assert load({}, str(tmp_path / "none" / "x.toml"), str(tmp_path / "other")).problems == ()


@pytest.mark.parametrize(
    "content",
    [
        "a" + ".a" * 100_000 + " = 1",
        "[verify" + ".a" * 100_000 + "]",
        "mode" + ' . "a"' * 100_000 + " = 1",
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 100_000,
        "# " + "x" * 2_000_000,
    ],
    ids=range(6),
)
def test_a_file_that_no_settings_file_looks_like(tmp_path: Path, content: str) -> None:
    """Keys and brackets without end are refused before they take the memory of the whole sandbox."""
    file = tmp_path / "lambda_guard.toml"
    file.write_text(content)
    config = load({"LAMBDA_GUARD_MODE": "observe"}, str(file), "/nowhere")
    (problem,) = config.problems
    assert str(file) in problem
    with pytest.raises(ConfigurationError):
        load({"LAMBDA_GUARD_MODE": "enforce"}, str(file), "/nowhere")


def test_keys_with_dots_and_values_with_many(tmp_path: Path) -> None:
    """What has many dots and is no key of many parts is read."""
    file = tmp_path / "lambda_guard.toml"
    routes = ", ".join(f'"GET /files/{number}.a.b.c"' for number in range(100))
    file.write_text(f"public_routes = [{routes}]\nverify.alb.signer = ['arn']\n")
    config = load({}, str(file), "/nowhere")
    assert (len(config.public_routes), config.problems) == (100, ())
