"""Today's findings as exemptions: what is written, what of a file stays, and what is said of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lambda_guard.analysis.report.baseline import Baseline, write
from lambda_guard.analysis.report.fleet import Fleet
from lambda_guard.analysis.report.passing import UnreadableFile
from lambda_guard.runtime.match import matches
from lambda_guard.runtime.settings.files import combine
from lambda_guard.runtime.settings.reader import Reader

TODAY = date(2026, 11, 20)
STOCK = "arn:aws:lambda:eu-west-1:111122223333:function:stock"
Write = Callable[..., Baseline]


@pytest.fixture
def made() -> Write:
    """Write the baseline of a fleet over an existing file."""

    def make(fleet: Fleet, existing: str = "", **more: Any) -> Baseline:
        return write(fleet, fleet.functions, existing, TODAY, "2 functions", **more)

    return make


def exemptions(text: str) -> list[tuple[str, str]]:
    return [(row["rule"], row["target"]) for row in tomllib.loads(text).get("exemption", [])]


def test_each_target_that_enforce_would_refuse_becomes_an_exemption_with_a_date(
    lines: Any, read: Any, made: Write
) -> None:
    lines.found("orders", target="GET /a", line=3)
    lines.found("stock", target="GET /a", line=4)
    lines.found("orders", "event_source", "unexpected-source", "sqs", "blocked")
    lines.found("orders", "direct_invoke", "unguarded-child", "python", "allowed")
    lines.found("orders", "settings", "below-floor", "mode = off", "blocked")
    lines.found("orders", "authorizer", "guard-fault", "unknown", "blocked")
    text = made(read(lines)).text
    assert exemptions(text) == [("authorizer", "GET /a"), ("event_source", "sqs")]
    first = tomllib.loads(text)["exemption"][0]
    assert first["until"] == date(2027, 2, 18)
    assert first["reason"].strip()
    for part in ("2 functions", "2026-11-01", "2 times in orders, stock", "/var/task/app.py:3", "to end it: attach an"):
        assert part in text


def test_the_function_reads_the_file_without_a_complaint(lines: Any, read: Any, made: Write) -> None:
    lines.found("orders")
    reader = Reader(mode_is_known=True)
    _, read_back = combine(reader, ("", b""), ("f", made(read(lines)).text.encode()), {})
    assert (reader.problems, len(read_back)) == ([], 1)


def test_a_target_with_a_star_is_let_pass_and_no_other(lines: Any, read: Any, made: Write) -> None:
    """Routes without a template are told as `GET /orders/*`: as a glob that would be all of them."""
    lines.found("orders", target="GET /orders/*")
    ((_, glob),) = exemptions(made(read(lines)).text)
    assert matches(glob, "GET /orders/*")
    assert not matches(glob, "GET /orders/admin/*")


def test_connections_are_written_where_they_are_asked_for(lines: Any, read: Any, made: Write) -> None:
    """Enforce does not refuse them unless that is said, and an exemption would only hide them."""
    lines.found("orders", "connection", "connection-in-handler", "postgresql/rds:5432")
    lines.found("orders")
    fleet = read(lines)
    assert exemptions(made(fleet).text) == [("authorizer", "GET /orders")]
    assert exemptions(made(fleet, rules=["connection"]).text) == [("connection", "postgresql/rds:5432")]


FILE = """\
# ours
mode = "enforce"  # since May
allow_invoke = ["audit-*"]

# about the bill
[[exemption]]
rule = "direct_invoke"
target = "*:function:st*"   # the stock
reason = "moves to a queue"
until = 2027-03-31

[[exemption]]
rule = "authorizer"
target = "GET /gone"
reason = "was there"
until = 2027-01-31

[verify.jwt]
issuer = "https://idp.example/"
"""


def test_running_it_again_keeps_what_people_wrote_and_adds_what_is_new(lines: Any, read: Any, made: Write) -> None:
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK)
    lines.found("orders", target="GET /new")
    again = made(read(lines), FILE)
    assert again.added == ("authorizer GET /new",)
    assert again.kept == ("direct_invoke *:function:st*",)
    assert again.ended == ("authorizer GET /gone",)
    was, now = tomllib.loads(FILE), tomllib.loads(again.text)
    assert now["exemption"][:2] == was["exemption"]
    assert [row["target"] for row in now["exemption"][2:]] == ["GET /new"]
    assert {name: value for name, value in now.items() if name != "exemption"} == {
        name: value for name, value in was.items() if name != "exemption"
    }
    for comment in ("# ours", "# since May", "# about the bill", "# the stock"):
        assert comment in again.text


@pytest.mark.parametrize("existing", ["", FILE, "mode = 'observe'\n[floor]\nusage = 'on'\n"])
def test_a_second_run_over_the_same_evidence_changes_nothing(
    lines: Any, read: Any, made: Write, existing: str
) -> None:
    for target in ("GET /a", "GET /b/*", "ANY /{id+}"):
        lines.found("orders", target=target)
    once = made(read(lines), existing)
    twice = made(read(lines), once.text)
    assert (twice.text, twice.added, len(twice.kept)) == (once.text, (), 3)


def test_what_an_exemption_lets_pass_by_now_is_still_needed(lines: Any, read: Any, made: Write) -> None:
    """In place, the finding is allowed; taking the exemption out would refuse it."""
    exemption = {"reason": "moves", "until": "2027-03-31", "expired": False}
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK, "allowed", exemption=exemption)
    again = made(read(lines), FILE)
    assert (again.added, again.kept) == ((), ("direct_invoke *:function:st*",))


def test_a_date_that_has_passed_is_said_and_left_to_people(lines: Any, read: Any, made: Write) -> None:
    lines.found("orders", "direct_invoke", "direct-invoke", STOCK)
    again = made(read(lines), FILE.replace("2027-03-31", "2026-11-19"))
    assert (again.over, again.kept, again.added) == (("direct_invoke *:function:st*",), (), ())
    assert "2026-11-19" in again.text


@pytest.mark.parametrize(
    ("existing", "said"),
    [("mode = ", "not valid TOML"), ("exemption = 3", "no list"), ("[exemption]\nrule = 'x'", "no list")],
)
def test_a_file_that_cannot_be_edited_is_left_alone(
    lines: Any, read: Any, made: Write, existing: str, said: str
) -> None:
    lines.found("orders")
    with pytest.raises(UnreadableFile, match=said):
        made(read(lines), existing)


def test_hostile_names_stay_strings_and_comments(
    hostile: Any, read: Any, names: tuple[str, ...], made: Write
) -> None:
    fleet = read(hostile)
    made_of = made(fleet, rules=["authorizer"])
    document = tomllib.loads(made_of.text)
    assert set(document) == {"exemption"}
    globs = [row["target"] for row in document["exemption"]]
    assert len(globs) == len(names)
    assert all(any(matches(glob, name) for glob in globs) for name in names)
    assert all(row.keys() == {"rule", "target", "reason", "until"} for row in document["exemption"])
    again = made(fleet, made_of.text, rules=["authorizer"])
    assert (again.text, len(again.kept)) == (made_of.text, len(names))
    assert all(one.isprintable() or one == "\n" for one in made_of.text)
