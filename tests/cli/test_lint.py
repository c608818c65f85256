"""`lambda-guard lint` and `lambda-guard rules`, as they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lambda_guard.analysis.lint.rules import RULES
from lambda_guard.cli import main

INVOKE = 'import boto3\nboto3.client("lambda").invoke(FunctionName="stock")\n'
URL = "Resources:\n  U:\n    Type: AWS::Lambda::Url\n    Properties: {AuthType: NONE}\n"


def lint(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["lint", str(folder), *arguments])


def test_exit_codes(tmp_path: Path) -> None:
    """0 without findings, 1 with, 2 for wrong use."""
    (tmp_path / "app.py").write_text("x = 1\n")
    assert lint(tmp_path).exit_code == 0
    (tmp_path / "app.py").write_text(INVOKE)
    assert lint(tmp_path).exit_code == 1
    assert lint(tmp_path / "nothing").exit_code == 2
    assert lint(tmp_path, "--format", "bogus").exit_code == 2
    (tmp_path / "bad.toml").write_text("[lint]\nbogus = 1\n")
    assert lint(tmp_path, "--config", str(tmp_path / "bad.toml")).exit_code == 2


def test_the_settings_file_of_run_time_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the folder that the command is called in; the same file attaches a function without a word of [lint]."""
    from lambda_guard.runtime.settings.config import load

    (tmp_path / "app.py").write_text(INVOKE)
    text = '[[lint.ignore]]\nid = "LG201"\nreason = "until the queue is there"\n'
    (tmp_path / "lambda_guard.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert lint(Path("app.py")).exit_code == 0
    assert load({}, str(tmp_path / "lambda_guard.toml"), "/nowhere").problems == ()


def test_templates_need_the_extra_and_say_so(tmp_path: Path) -> None:
    """Code is judged without cfn-lint; a template is wrong use then, with what to install."""
    (tmp_path / "template.yaml").write_text(URL)
    code = "import sys; sys.modules['cfnlint'] = None; from lambda_guard.cli import main; main()"
    command = [sys.executable, "-c", code, "lint", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'lambda-guard[lint]'" in done.stderr
    (tmp_path / "template.yaml").unlink()
    (tmp_path / "app.py").write_text(INVOKE)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_rules_lists_all() -> None:
    """As text and as JSON."""
    text = CliRunner().invoke(main, ["rules"]).output
    assert all(f"{rule.id} {rule.name}: {rule.why}" in text for rule in RULES.values())
    rows = json.loads(CliRunner().invoke(main, ["rules", "--format", "json"]).output)
    assert [row["id"] for row in rows] == list(RULES)


def test_template_rules_are_rules_of_cfn_lint(tmp_path: Path) -> None:
    """By its own command: id, line and column of the same finding."""
    (tmp_path / "template.yaml").write_text(URL)
    code = "from cfnlint.runner.cli import main; main()"
    options = ["--append-rules", "lambda_guard.analysis.lint.cfn_rules", "--format", "json", "-t", "template.yaml"]
    done = subprocess.run(
        [sys.executable, "-c", code, *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [match for match in json.loads(done.stdout) if match["Rule"]["Id"] == "W9103"]
    assert [match["Location"]["Start"] for match in found] == [{"LineNumber": 4, "ColumnNumber": 18}]
