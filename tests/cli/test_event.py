"""`lambda-guard event` says what the guard thinks of an event."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lambda_guard.cli import event_files
from lambda_guard.cli.event import event as command

HTTP_API = {
    "version": "2.0",
    "rawPath": "/pets",
    "requestContext": {
        "apiId": "a1b2",
        "http": {"method": "GET"},
        "routeKey": "GET /pets",
        "stage": "$default",
    },
}
AUTHORIZED = {
    **HTTP_API,
    "requestContext": {**HTTP_API["requestContext"], "authorizer": {"jwt": {"claims": {"sub": "u1"}}}},  # type: ignore[dict-item]
}
SQS = {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:x"}]}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAMBDA_TASK_ROOT", raising=False)


def run(*arguments: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=stdin, env=env)


def file(name: str, content: Any) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return name


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_has_one_object_a_line_with_these_keys() -> None:
    result = run(file("a.json", AUTHORIZED), file("b.json", HTTP_API), file("c.json", SQS), "--json")
    assert lines(result) == [
        {
            "file": "a.json",
            "source": "apigw_http_v2",
            "http": True,
            "authorizer": "jwt",
            "authorized": True,
            "decision": "allowed",
            "reason": "a JWT authorizer vouches for the caller",
        },
        {
            "file": "b.json",
            "source": "apigw_http_v2",
            "http": True,
            "authorizer": None,
            "authorized": False,
            "decision": "blocked",
            "reason": "GET /pets: no authorizer vouched for the caller; "
            "attach one to the route, or list the route in public_routes",
        },
        {
            "file": "c.json",
            "source": "sqs",
            "http": False,
            "authorizer": None,
            "authorized": None,
            "decision": "allowed",
            "reason": "sqs has no caller for an authorizer to vouch for",
        },
    ]
    assert result.exit_code == 1


def test_events_that_are_all_allowed_end_with_0() -> None:
    assert run(file("a.json", AUTHORIZED), file("c.json", SQS)).exit_code == 0


def test_a_person_reads_decision_source_and_reason() -> None:
    result = run(file("b.json", HTTP_API))
    assert result.stdout.startswith("blocked     b.json  (apigw_http_v2, no authorizer)\n")
    assert "GET /pets: no authorizer vouched for the caller" in result.stdout


def test_a_file_may_start_with_a_byte_order_mark() -> None:
    result = run(file("bom.json", b"\xef\xbb\xbf" + json.dumps(SQS).encode()), "--json")
    assert lines(result)[0]["source"] == "sqs"


class TestStandardInput:
    def test_has_an_event_a_line(self) -> None:
        stdin = f"{json.dumps(SQS)}\n\n{json.dumps(HTTP_API)}\r\n7\n"
        result = run("-", "--json", stdin=stdin)
        assert [(line["file"], line["source"]) for line in lines(result)] == [
            ("-:1", "sqs"),
            ("-:3", "apigw_http_v2"),
            ("-:4", "direct"),
        ]

    def test_names_a_line_that_is_not_json(self) -> None:
        result = run("-", "--json", stdin=f'{{"a"\n{json.dumps(SQS)}\n')
        assert result.stderr == "-:1:5: not JSON: Expecting ':' delimiter\n"
        assert [line["source"] for line in lines(result)] == ["sqs"]
        assert result.exit_code == 2

    def test_may_hold_events_as_tools_print_them(self) -> None:
        stdin = f"{json.dumps(HTTP_API, indent=2)}\n\n{json.dumps(SQS, indent=4)}\n{json.dumps(SQS)}\n"
        result = run("-", "--json", stdin=stdin)
        second = stdin[: stdin.index("Records")].count("\n")
        assert [(line["file"], line["source"]) for line in lines(result)] == [
            ("-:1", "apigw_http_v2"),
            (f"-:{second}", "sqs"),
            (f"-:{stdin.count(chr(10))}", "sqs"),
        ]

    def test_names_line_and_column_within_an_event_and_judges_the_next(self) -> None:
        result = run("-", "--json", stdin=f'\n{{\n  "a": 1,\n\n  "b" 2\n}}\n{json.dumps(SQS)}\n')
        assert result.stderr == "-:5:7: not JSON: Expecting ':' delimiter\n"
        assert [(line["file"], line["source"]) for line in lines(result)] == [("-:7", "sqs")]
        assert result.exit_code == 2

    def test_may_be_indented_as_a_whole(self) -> None:
        result = run("-", "--json", stdin=f"  {json.dumps(SQS)}\n  {json.dumps(SQS)}\n")
        assert [line["file"] for line in lines(result)] == ["-:1", "-:2"]


class TestAFileThatIsNotJson:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b'{\n "a": 1,\n "b" 2\n}', "bad.json:3:6: not JSON: Expecting ':' delimiter"),
            (b"", "bad.json:1:1: not JSON: Expecting value"),
            (b'{\n "a": "\xff"}', "bad.json:2:8: not JSON: not UTF-8"),
            (b"[" * 100_000, "bad.json:1:1: not JSON: nested too deeply"),
        ],
    )
    def test_is_named_with_line_and_column_and_the_others_are_still_judged(
        self, content: bytes, said: str
    ) -> None:
        result = run(file("bad.json", content), file("good.json", SQS), "--json")
        assert result.stderr == f"{said}\n"
        assert [line["file"] for line in lines(result)] == ["good.json"]
        assert result.exit_code == 2

    def test_may_not_be_there_at_all(self) -> None:
        result = run("none.json", file("good.json", SQS), "--json")
        assert result.stderr == "none.json: cannot be read: No such file or directory\n"
        assert len(lines(result)) == 1
        assert result.exit_code == 2


class TestSettings:
    @pytest.mark.parametrize(
        ("arguments", "event", "decision", "reason"),
        [
            (["--mode", "observe"], HTTP_API, "would_block", "no authorizer vouched"),
            (["--mode", "off"], HTTP_API, "allowed", "the authorizer rule is off"),
            (["--public-routes", "GET /pets"], HTTP_API, "allowed", "GET /pets is in public_routes"),
            (["--authorizers", "iam"], AUTHORIZED, "blocked", "not of an accepted kind"),
            (["--api-ids", "other"], AUTHORIZED, "blocked", "api_ids does not list"),
            (["--event-sources", "apigw_http_v2"], SQS, "blocked", "not among the expected event sources"),
            (["--event-sources", "apigw_http_v2"], {"a": 1}, "blocked", "invoked directly"),
        ],
    )
    def test_are_given_as_options(self, arguments: list[str], event: Any, decision: str, reason: str) -> None:
        (line,) = lines(run(file("e.json", event), "--json", *arguments))
        assert line["decision"] == decision
        assert reason in line["reason"]

    def test_of_the_environment_hold(self) -> None:
        result = run(file("b.json", HTTP_API), "--json", env={"LAMBDA_GUARD_MODE": "observe"})
        assert lines(result)[0]["decision"] == "would_block"

    def test_of_the_file_hold_and_options_go_first(self) -> None:
        Path("lambda_guard.toml").write_text('mode = "observe"\npublic_routes = ["GET /pets"]\n')
        assert lines(run(file("b.json", HTTP_API), "--json"))[0]["decision"] == "allowed"
        result = run("b.json", "--json", "--public-routes", "GET /health")
        assert lines(result)[0]["decision"] == "would_block"

    def test_one_rule_may_be_stricter_than_the_other(self) -> None:
        env = {"LAMBDA_GUARD_EVENT_SOURCE": "observe", "LAMBDA_GUARD_EVENT_SOURCES": "sqs"}
        (line,) = lines(run(file("b.json", HTTP_API), "--json", env=env))
        assert line["decision"] == "blocked"
        assert "no authorizer vouched" in line["reason"]

    def test_an_exemption_lets_through_and_says_so(self) -> None:
        Path("lambda_guard.toml").write_text(
            '[[exemption]]\nrule = "authorizer"\ntarget = "GET /p*"\nreason = "r"\nuntil = 2999-12-31\n'
        )
        (line,) = lines(run(file("b.json", HTTP_API), "--json"))
        assert line["decision"] == "allowed"
        assert line["reason"].startswith("exempt: GET /pets")

    def test_an_expired_exemption_is_named_where_it_would_have_let_through(self) -> None:
        Path("lambda_guard.toml").write_text(
            '[[exemption]]\nrule = "authorizer"\ntarget = "GET /p*"\nreason = "r"\nuntil = 2020-01-31\n'
        )
        (line,) = lines(run(file("b.json", HTTP_API), "--json"))
        assert line["decision"] == "blocked"
        assert line["reason"].startswith("GET /pets: no authorizer vouched")
        assert "the exemption of 'GET /p*' expired: its last day was 2020-01-31" in line["reason"]
        other = {**HTTP_API, "requestContext": {**HTTP_API["requestContext"], "routeKey": "GET /other"}}  # type: ignore[dict-item]
        (line,) = lines(run(file("o.json", other), "--json"))
        assert "exemption" not in line["reason"]

    @pytest.mark.parametrize(
        ("option", "value", "choices"),
        [
            ("--mode", "enforcing", "must be one of: off, observe, enforce"),
            ("--authorizers", "jwt,bogus", "choose from: jwt, cognito"),
            ("--event-sources", "bogus", "choose from: alb, "),
            ("--public-routes", "health", "takes routes such as 'GET /health'"),
            ("--cors-preflight", "bogus", "must be one of: allow, check"),
        ],
    )
    @pytest.mark.parametrize("mode", ["observe", "enforce"])
    def test_that_cannot_be_read_are_wrong_use(self, mode: str, option: str, value: str, choices: str) -> None:
        """In any mode: the option is named as it was given, with what it takes, and no variable that nobody set."""
        result = run(file("c.json", SQS), option, value, env={"LAMBDA_GUARD_MODE": mode})
        assert result.exit_code == 2
        assert f"Invalid value for {option}: '{value}'; it " in result.stderr
        assert choices in result.stderr
        assert "LAMBDA_GUARD_" not in result.stderr
        assert not result.stdout


def test_what_an_event_holds_does_not_steer_the_terminal() -> None:
    event = json.loads(json.dumps(HTTP_API))
    event["requestContext"]["routeKey"] = "GET /\x1b[2Jpets"
    result = run(file("e.json", event))
    assert "\x1b[2J" not in result.stdout
    assert "GET /?[2Jpets" in result.stdout


@pytest.mark.parametrize(
    ("reason", "context"),
    [
        ("WebSocket callers are authorized on CONNECT", {"connectionId": "c", "eventType": "MESSAGE"}),
        ("cors_preflight allows it", {"http": {"method": "OPTIONS"}}),
        ("test console invoked the method", {"resourcePath": "/", "stage": "test-invoke-stage"}),
        ("only verify can prove", {"elb": {}}),
    ],
)
def test_special_cases_are_explained(reason: str, context: dict[str, Any]) -> None:
    headers = {"origin": "https://a", "access-control-request-method": "GET", "x-amzn-oidc-data": "a.b.c"}
    (line,) = lines(run(file("e.json", {"headers": headers, "requestContext": context}), "--json"))
    assert reason in line["reason"]


def test_help_names_every_setting_and_exit_code() -> None:
    said = run("--help").stdout
    for name in (
        "--mode",
        "--authorizers",
        "--public-routes",
        "--api-ids",
        "--event-sources",
        "--cors-preflight",
    ):
        assert name in said
    assert "Exit code" in said


def test_no_file_is_wrong_use() -> None:
    assert run().exit_code == 2


def test_an_empty_input_is_no_success() -> None:
    """A pipe that brought nothing must not look as if all were allowed."""
    result = CliRunner().invoke(command, ["-"], input="\n")
    assert result.exit_code == 2
    assert "no event on standard input" in result.output


class TestSeveralEventsInOneFile:
    @pytest.mark.parametrize(
        ("content", "names"),
        [
            ([SQS, HTTP_API], ["e.json[0]", "e.json[1]"]),
            (f"{json.dumps(SQS)}\n{json.dumps(HTTP_API)}\n".encode(), ["e.json:1", "e.json:2"]),
            (f"\n{json.dumps(SQS)}  {json.dumps(HTTP_API)}".encode(), ["e.json:2", "e.json:2:79"]),
            (f"{json.dumps(SQS, indent=1)}{json.dumps(HTTP_API, indent=1)}".encode(), ["e.json:1", "e.json:8:2"]),
            (f"{json.dumps(SQS)}\n{json.dumps(HTTP_API)}".encode("utf-16"), ["e.json:1", "e.json:2"]),
            (f"[{json.dumps(SQS)}]\n[{json.dumps(HTTP_API)}]".encode(), ["e.json:1[0]", "e.json:2[0]"]),
            (gzip.compress(json.dumps([SQS, HTTP_API]).encode()), ["e.json[0]", "e.json[1]"]),
        ],
        ids=range(7),
    )
    def test_are_judged_one_by_one(self, content: Any, names: list[str]) -> None:
        """An array, one a line, or one behind the other; each is named by its place."""
        result = run(file("e.json", content), "--json")
        assert [(line["file"], line["source"]) for line in lines(result)] == [
            (names[0], "sqs"),
            (names[1], "apigw_http_v2"),
        ]
        assert result.exit_code == 1

    @pytest.mark.parametrize(
        ("event", "source"),
        [
            ([{"info": {"fieldName": "a", "parentTypeName": "Query"}}] * 2, "appsync_batch"),
            ([{"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:x"}] * 2, "eventbridge_pipes"),
            ([], "direct"),
            ([1, 2], "direct"),
        ],
    )
    def test_an_array_that_is_an_event_is_one(self, event: Any, source: str) -> None:
        """AppSync and EventBridge Pipes send arrays."""
        (line,) = lines(run(file("e.json", event), "--json"))
        assert (line["file"], line["source"]) == ("e.json", source)

    def test_one_that_is_not_json_is_named_and_the_others_are_judged(self) -> None:
        """As on standard input."""
        result = run(file("e.jsonl", f'{json.dumps(SQS)}\n{{"a" 1}}\n{json.dumps(SQS)}\n'.encode()), "--json")
        assert [line["file"] for line in lines(result)] == ["e.jsonl:1", "e.jsonl:3"]
        assert result.stderr == "e.jsonl:2:6: not JSON: Expecting ':' delimiter\n"
        assert result.exit_code == 2

    def test_standard_input_takes_an_array_and_gzip_too(self) -> None:
        """What is piped is what files hold."""
        result = run("-", "--json", stdin=gzip.compress(json.dumps([SQS, SQS]).encode()))
        assert [line["file"] for line in lines(result)] == ["-:1[0]", "-:1[1]"]


class TestFolders:
    def test_are_read_with_all_that_is_in_them(self) -> None:
        """Files that are named as events are, in the order of their names."""
        Path("events/more").mkdir(parents=True)
        file("events/b.json", SQS)
        file("events/a.jsonl.gz", gzip.compress(json.dumps(HTTP_API).encode()))
        file("events/more/c.ndjson", SQS)
        file("events/README.md", b"no event")
        result = run("events", "--json")
        assert [line["file"] for line in lines(result)] == [
            "events/a.jsonl.gz",
            "events/b.json",
            "events/more/c.ndjson",
        ]
        assert not result.stderr

    def test_without_events_are_no_success(self) -> None:
        """Whoever names the wrong folder is told what is looked for."""
        Path("empty").mkdir()
        result = run("empty", file("a.json", SQS))
        assert result.stderr.startswith("empty: no events in this folder; they are looked for in *.json")
        assert result.exit_code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"{}")[:-6], "damaged gzip"),
        (b"\x1f\x8b no gzip", "damaged gzip"),
        (b"PK\x03\x04 ...", "a zip archive; unpack it"),
        (gzip.compress(bytes(3 << 20)), "more than 2 MiB when unpacked"),
    ],
    ids=range(4),
)
def test_archives_that_cannot_be_read_are_said_to_be(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with what is wrong, and no traceback."""
    monkeypatch.setattr(event_files, "_MOST_BYTES", 2 << 20)
    result = run(file("a.json.gz", content))
    assert said in result.stderr
    assert result.exit_code == 2
    assert not result.stdout


def test_the_event_in_a_durable_functions_envelope_is_judged() -> None:
    """The envelope says nothing of who sent it; a replay goes on with what was let in."""
    operations: list[Any] = [{"Type": "EXECUTION", "ExecutionDetails": {"InputPayload": json.dumps(HTTP_API)}}]
    event = {"DurableExecutionArn": "arn", "CheckpointToken": "t", "InitialExecutionState": {"Operations": operations}}
    (line,) = lines(run(file("e.json", event), "--json"))
    assert (line["source"], line["decision"]) == ("apigw_http_v2", "blocked")
    operations.append({"Type": "STEP"})
    (line,) = lines(run(file("e.json", event), "--json"))
    assert (line["source"], line["decision"], line["authorized"]) == ("durable_execution", "allowed", None)
    assert "judged in the first" in line["reason"]


def test_names_of_files_do_not_steer_the_terminal() -> None:
    """Nor where they cannot be read."""
    assert "\x1b" not in run("\x1b[2Jnone.json").stderr
