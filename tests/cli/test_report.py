"""`lambda-guard report`, `readiness` and `baseline`, as a person runs them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lambda_guard.cli import main

STOCK = "arn:aws:lambda:eu-west-1:111122223333:function:stock"
ROUTE = {"rule": "authorizer", "issue": "missing-authorizer", "target": "GET /orders/*"}
INVOKE = {"rule": "direct_invoke", "issue": "direct-invoke", "target": STOCK}
LITTLE = ("--days", "0", "--invocations", "5", "--cold-starts", "1", "--quiet", "0")


def record(kind: str, seq: int, function: str, **content: Any) -> str:
    body: dict[str, Any] = {"v": 1, "kind": kind, "function": function, "version": "7", "region": "eu-west-1"}
    body |= {"account": "111122223333", "sandbox": f"{function}-1", "seq": seq, "mode": "observe", **content}
    return json.dumps({"level": "INFO", "timestamp": f"2026-11-0{seq}T10:00:00.000Z", "lambda_guard": body})


def function(name: str, *findings: dict[str, str]) -> list[str]:
    settings = dict.fromkeys(("mode", "authorizer", "event_source", "direct_invoke", "connection"), "observe")
    attached = {"way": "pth", "python": "3.13", "awslambdaric": "4", "lambda_guard": "0.1.0", "settings": settings}
    lines = [record("attached", 1, name, **attached, patches=[], uncovered_sdks=[])]
    told = {"decision": "would_block", "message": "m", "site": None, "swallowed": False, "exemption": None}
    lines += [record("finding", 2 + n, name, **told, **one, details={}) for n, one in enumerate(findings)]
    usage = {"invocations": 9, "dropped": 0, "sources": [], "calls": [], "findings": []}
    return [*lines, record("usage", len(lines) + 1, name, **usage)]


Log = Callable[..., str]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Write records of `orders`, with these findings, and of `stock` to a file; return its name."""
    monkeypatch.chdir(tmp_path)

    def write(*findings: dict[str, str], more: str = "") -> str:
        (tmp_path / "app.log").write_text("\n".join([*function("orders", *findings), *function("stock"), more]))
        return "app.log"

    return write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_report_in_a_terminal_says_what_to_do_first(log: Log) -> None:
    result = run("report", log(ROUTE))
    assert result.exit_code == 0
    assert "1. 1 route lets in callers whom nobody authorized" in result.stdout


def test_report_writes_a_page_and_says_where(log: Log) -> None:
    result = run("report", log(ROUTE), "--html", "pages/report.html")
    assert (result.exit_code, result.stdout) == (0, "pages/report.html: 2 functions\n")
    assert Path("pages/report.html").read_text().startswith("<!doctype html>")


def test_report_as_json_is_one_object_beside_a_page(log: Log) -> None:
    result = run("report", log(ROUTE), "--json", "--html", "report.html")
    shown = json.loads(result.stdout)
    assert [row["function"] for row in shown["rows"]] == ["orders", "stock"]
    assert shown["first"] == "2026-11-01T10:00:00"
    assert result.stderr == "report.html: 2 functions\n"


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart LR\n"), ("dot", "digraph invokes {\n")])
def test_report_as_a_graph_is_only_the_graph(log: Log, form: str, start: str) -> None:
    result = run("report", log(INVOKE), "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(start)
    assert "stock" in result.stdout


def test_what_is_not_known_to_be_all_ends_with_1(log: Log) -> None:
    damaged = '{"lambda_guard":{"v":1,"kind":"finding'
    for command in (["report"], ["readiness", *LITTLE], ["baseline"]):
        assert run(command[0], log(more=damaged), *command[1:]).exit_code == 1, command


def test_readiness_is_0_when_all_are_ready_and_1_when_not(log: Log) -> None:
    assert run("readiness", log(), *LITTLE).exit_code == 0
    not_ready = run("readiness", log(ROUTE), *LITTLE)
    assert not_ready.exit_code == 1
    assert "orders (eu-west-1)  authorizer: not ready" in not_ready.stdout
    assert run("readiness", log(ROUTE), *LITTLE, "--function", "stock").exit_code == 0
    assert run("readiness", log(ROUTE), *LITTLE, "--rule", "direct_invoke").exit_code == 0
    assert "seen for" in run("readiness", log()).stdout


@pytest.mark.parametrize("form", ["text", "json", "junit", "markdown"])
def test_readiness_has_its_forms(log: Log, form: str) -> None:
    result = run("readiness", log(ROUTE), *LITTLE, "--format", form)
    assert result.exit_code == 1
    assert "GET /orders/" in result.stdout
    assert not result.stdout.endswith("\n\n")


def test_from_not_ready_over_the_baseline_to_ready(log: Log) -> None:
    evidence = log(ROUTE, INVOKE)
    assert run("readiness", evidence, *LITTLE).exit_code == 1
    written = run("baseline", evidence, "-o", "settings")
    assert (written.exit_code, written.stdout) == (
        0, "settings/lambda_guard.toml: 2 new, 0 still needed, 0 no longer needed\n",
    )  # fmt: skip
    for place in ("settings", "settings/lambda_guard.toml"):
        assert run("readiness", evidence, *LITTLE, "--baseline", place).exit_code == 0
    again = run("baseline", log(ROUTE), "-o", "settings").stdout.splitlines()
    assert again == [
        "settings/lambda_guard.toml: 0 new, 1 still needed, 1 no longer needed",
        f"  no longer needed: direct_invoke {STOCK}",
    ]


def test_baseline_writes_a_file_for_each_function_that_is_named(log: Log) -> None:
    assert run("baseline", log(ROUTE), "--function", "orders", "--function", "stock", "-o", "s").exit_code == 0
    orders, stock = (tomllib.loads(Path(f"s/{name}/lambda_guard.toml").read_text()) for name in ("orders", "stock"))
    assert [row["target"] for row in orders["exemption"]] == ["GET /orders/?"]
    assert stock == {}


def test_baseline_says_whose_date_has_passed(log: Log) -> None:
    old = "[[exemption]]\nrule = 'authorizer'\ntarget = 'GET *'\nreason = 'r'\nuntil = 2020-01-01\n"
    Path("lambda_guard.toml").write_text(old)
    result = run("baseline", log(ROUTE))
    assert "past its date, so refused in enforce; give it a new one or end it: authorizer GET *" in result.stdout
    assert Path("lambda_guard.toml").read_text() == old


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "nothing-here.log"], "nothing-here.log"),
        (["report", "empty.log"], "No lambda_guard record"),
        (["report", "app.log", "--json", "--format", "dot"], "give one of them"),
        (["report", "app.log", "--html", "a-file/report.html"], "a-file/report.html cannot be written"),
        (["report", "app.log", "--format", "svg"], "svg"),
        (["report"], "EVIDENCE"),
        (["readiness", "app.log", "--function", "order"], "The evidence is of: orders, stock."),
        (["readiness", "app.log", "--rule", "none"], "none"),
        (["readiness", "app.log", "--baseline", "no-file"], "no-file"),
        (["readiness", "app.log", "--baseline", "broken"], "is not valid TOML"),
        (["baseline", "app.log", "-o", "broken"], "is not valid TOML"),
        (["baseline", "app.log", "-o", "latin"], "latin/lambda_guard.toml is not in UTF-8"),
        (["baseline", "app.log", "-o", "a-file"], "a-file"),
        (["baseline", "app.log", "--function", "../up"], "No record is of function ../up"),
    ],
)
def test_wrong_use_says_what_to_do_and_ends_with_2(log: Log, arguments: list[str], said: str) -> None:
    log(ROUTE)
    Path("empty.log").write_text("hello\n")
    Path("a-file").write_text("")
    for folder, content in (("broken", b"[[exemption"), ("latin", b"# \xe9\n")):
        Path(folder).mkdir()
        (Path(folder) / "lambda_guard.toml").write_bytes(content)
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["../../up", "a/b", "..", "\0"])
def test_a_hostile_functions_name_writes_no_file_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    Path("app.log").write_text("\n".join(function(name, ROUTE)))
    result = run("baseline", "app.log", "--function", name, "-o", "settings")
    assert (result.exit_code, "cannot name a folder" in result.stderr) == (2, True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "here" / "below" / "app.log"]
