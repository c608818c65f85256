"""What a command line starts: the requests of curl, wget and the AWS command line, wherever they stand in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_guard.runtime import attach
from lambda_guard.runtime.patches.programs import clients, commands
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

INVOKE = "/2015-03-31/functions/other/invocations"
URL = "abc123.lambda-url.eu-west-1.on.aws"
AWS = "aws lambda invoke --function-name other"


@pytest.fixture
def sink() -> Memory:
    return Memory()


def judged(sink: Memory, args: object, env: object = None) -> list[str]:
    """Return the targets of what is found in a command line."""
    guard = attach.install(Config(mode="observe"), sinks=[sink])
    commands.judge(guard, commands.read(None, args, env), env, None)
    assert sink.of_kind("error") == []
    return [finding["target"] for finding in sink.of_kind("finding")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"{AWS} out.json", ["other"]),
        ("aws --region us-east-1 lambda invoke-async --function-name=other", ["other"]),
        (f"{AWS} --qualifier live o", ["other:live"]),
        (f"{AWS} --invocation-type DryRun o", []),
        ("aws lambda list-functions", []),
        ("aws lambda get-function --function-name invoke", []),
        ("aws s3 cp lambda invoke", []),
        ("aws", []),
        ("aws --query lambda --output json --no-paginate lambda invoke --function-name other o", ["other"]),
        ("aws --profile lambda --debug lambda --reg us-east-1 invoke --no-cli-pager --f other o", ["other"]),
        ("aws --endpoint-url http://other:1/functions/x lambda invoke --func=other o", ["other"]),
        ("aws --query lambda s3 invoke --function-name other", []),
        (f"{AWS} --q live o", ["other"]),  # the abbreviation is taken for --query
        (f"{AWS} --generate-cli-skeleton", []),
        ("aws lambda invoke help", []),
        ('aws lambda invoke --cli-input-json \'{"FunctionName": "other", "Qualifier": "live"}\' o', ["other:live"]),
        (f'{AWS} --cli-input-json \'{{"FunctionName": "this"}}\' o', ["other"]),
        (f"{AWS} --cli-input-json '{'[' * 100_000}' o", ["other"]),
        (f"curl -s https://{URL}/orders", [URL]),
        (f"curl {URL}", [URL]),
        (f"cd /tmp && FOO=1 timeout 5 /usr/bin/curl -O https://{URL}/ | jq .", [URL]),
        (f"wget -q -O out --post-data '{{}}' http://localhost:8080{INVOKE}", ["other"]),
        (f"wget -O https://{URL} http://localhost/", []),
        (f"curl -d https://{URL}/ https://example.com/", []),
        (f"curl -H 'Referer: https://{URL}/' https://example.com/", []),
        (f"curl --json=https://{URL}/ --proxy https://{URL}/ https://example.com/", []),
        (f"curl --url=https://{URL}/", [URL]),
        (f"curl --url https://{URL}/", [URL]),
        (f"curl 'https://{URL}/?next=https://example.com'", [URL]),
        (f"curl 'https://example.com/?next=https://{URL}/'", []),
        (f"curl ftp://{URL}/", []),
        (f"http POST example.com callback=https://{URL}/ Referer:https://{URL}/", []),
        (f"http --auth a:b POST https://{URL}/ x=1", [URL]),
        ("curl https://example.com/v1/functions/other/invocations", []),
        (f"curl 'https://{URL}", [URL]),
        ("", []),
    ],
)
def test_command_lines_are_read(sink: Memory, line: str, found: list[str]) -> None:
    """What is started tells what it invokes; text that only mentions it does not."""
    assert judged(sink, ["/bin/sh", "-c", line]) == found


@pytest.mark.parametrize(
    "line",
    [
        f"curl -XPOST https://{URL}/", f"curl -d@body.json https://{URL}/", f"curl -sSXPOST -HX:1 https://{URL}/",
        f"curl HTTPS://{URL}/", f"curl --post301 https://{URL}/", f"curl --proxy-insecure https://{URL}/",
        f"curl --proxytunnel --proxy-basic --form-escape https://{URL}/", f"wget --no-proxy -nv https://{URL}/",
        f"if true; then curl https://{URL}/; fi", f"for i in 1; do curl https://{URL}/; done",
        f"! curl https://{URL}/", f"{{ curl https://{URL}/; }}", f"echo \"$(curl https://{URL}/)\"",
        f"X=`curl https://{URL}/`", f"cat <<X\n$(curl https://{URL}/)\nX", f"diff <(curl https://{URL}/) x",
        f"U=https://{URL}/; curl $U", f"U={URL}; curl \"https://${{U}}/x\"", f"curl ${{U:-https://{URL}/}}",
        f"CURL='curl -s'; $CURL https://{URL}/", f"for u in https://{URL}/; do curl $u; done",
        f"sh -c 'sh -c \"curl https://{URL}/\"'", f"timeout 9 sh -c 'curl https://{URL}/'",
        f"timeout -s KILL 9 curl https://{URL}/", f"timeout --signal KILL -k 1 9 curl https://{URL}/",
        f"env -u X -i A=1 bash -ec 'curl https://{URL}/'", f"bash -eo pipefail -c 'curl https://{URL}/'",
        f"sh -c 'curl \"$1\"' _ https://{URL}/", f"sh -c 'curl \"$@\"' _ -s https://{URL}/",
        f"nice -n 5 curl https://{URL}/", f"nice -5 ionice -c 3 curl https://{URL}/", f"busybox wget https://{URL}/",
        f"echo 1 | xargs -n1 -P 4 curl https://{URL}/", f"xargs -I {{}} curl https://{URL}/{{}}",
        f"setsid nohup stdbuf -o L time -f %E curl https://{URL}/", f"eval 'curl' https://{URL}/",
        f"flock -w 5 /tmp/lock curl https://{URL}/", f"command exec -a x curl https://{URL}/ 2>&1 >/dev/null &",
    ],
)  # fmt: skip
def test_nothing_hides_a_url(sink: Memory, line: str) -> None:
    """No option, no word of the shell, no program before it, no shell within it."""
    assert judged(sink, ["/bin/sh", "-c", line]) == [URL]


@pytest.mark.parametrize(
    "line",
    [
        f"command -v curl https://{URL}/", f"curl --ssl-sessions https://{URL}/ e.com",
        f"echo curl https://{URL}/", f"grep {URL} file; ls", f"printf '%s' '{AWS}'", f"timeout 9 echo curl {URL}",
        f"xargs -n 1 echo curl {URL}", f"cat <<X\ncurl https://{URL}/\nX\nls", f"cat <<-'X'\n\t$(curl {URL})\n\tX",
        f"echo hi # curl https://{URL}/", f"echo '$(curl https://{URL}/)'", f"echo '`curl {URL}`'",
        f"sh -c 'echo \"curl {URL}\"'", f"ls > curl; echo {URL}", f"sh curl {URL}", f"env X='curl {URL}' ls",
        f"wget --header 'Origin: https://{URL}/' https://example.com/", f"U=https://{URL}/; echo $U",
        f"curl -s --data-raw \"u=https://{URL}/\" -e https://{URL}/ -b u={URL} https://example.com/",
        f"curl --resolve {URL}:443:127.0.0.1 --request-target /functions/x https://example.com/", f"echo {AWS}",
        f"git log --grep aws lambda invoke {URL}", f"tar cf aws {URL}", f"sudo -u curl ls {URL}",
    ],
)  # fmt: skip
def test_text_is_no_command(sink: Memory, line: str) -> None:
    """Nothing that is only written, searched for, sent along or commented out."""
    assert judged(sink, ["/bin/sh", "-c", line]) == []


@pytest.mark.parametrize(
    ("command", "option", "at_least"),
    [
        (("curl", "--help", "all"), r"^ *(?:-(\S), +)?--([^\s=]+)( [\[<]\S+)?", 200),
        (("wget", "--help"), r"^ *(?:-(\S), +)?--([^\s=\[]+)(=\S+)?", 100),
    ],
    ids=["curl", "wget"],
)
def test_the_options_are_those_of_the_installed_program(command: tuple[str, ...], option: str, at_least: int) -> None:
    """Each option that takes a value is known to, and no other; a newer version may have a few more."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    text = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    options = re.findall(option, text, re.MULTILINE)
    assert len(options) > at_least

    known = set(clients.HTTP[command[0]].split())
    # The URL itself; a value that is in the same word only; two whose value wget's help does not mention.
    others = {"url", "backups", "max-redirect", "hsts-file"}
    valued = {word for letter, name, value in options if value for word in (letter, name) if word} - others
    flags = {word for letter, name, value in options if not value for word in (letter, name) if word} - others
    assert known & flags == set()
    assert len(valued - known) <= 5, valued - known


def test_variables_of_the_environment_are_known(sink: Memory) -> None:
    """Of that which the child is given, as text or as bytes; or of the function's own."""
    for env in ({"U": f"https://{URL}/"}, {b"U": f"https://{URL}/".encode()}):
        assert [each.host for each in commands.read(None, 'curl "$U"', env).requests] == [URL]
    assert commands.read(None, 'curl "$U"', {}).requests == []
    os.environ["U"] = URL
    try:
        assert judged(sink, "curl $U") == [URL]
    finally:
        del os.environ["U"]


def test_lists_and_lines_are_read_alike() -> None:
    """Words in bytes, an executable of another name, a line by itself."""
    line = f"curl {URL}"
    for executable, args in (
        (None, line), (None, line.encode()), (None, ["curl", URL]), (b"/usr/bin/curl", ["x", URL]),
        ("/bin/bash", [b"/bin/bash", b"-ec", line.encode()]), (None, ("env", "X=1", "sh", "-c", line)),
    ):  # fmt: skip
        assert [each.host for each in commands.read(executable, args).requests] == [URL], args


@pytest.mark.parametrize(
    "option", ["--cli-input-json file://x", "--cli-input-yaml file://x", "--function-name file://x"]
)
def test_an_invoke_from_a_file_is_reported(sink: Memory, tmp_path: Path, option: str) -> None:
    """The line does not tell which function: it passes, in enforce as well, and is said; a Python program is asked."""
    line = f"aws lambda invoke {option} o"
    env = {"PATH": str(tmp_path)}
    (tmp_path / "aws").write_bytes(b"\x7fELF")
    (tmp_path / "aws").chmod(0o755)

    guard = attach.install(Config(mode="enforce"), sinks=[sink])
    commands.judge(guard, commands.read(None, line, env), env, None)

    (finding,) = sink.of_kind("finding")
    assert (finding["issue"], finding["target"], finding["decision"]) == ("unguarded-child", "aws", "allowed")
    (tmp_path / "aws").write_text("#!/usr/bin/python3\n")
    started = commands.read(None, line, env)
    assert (started.untold, len(started.children)) == (False, 1)


@given(st.lists(st.sampled_from(
    ["sh", "-c", "env", "-u", "xargs", "timeout", "eval", "aws", "lambda", "invoke", "--cli-input-json", "{}", "--f",
     "curl", "-d", "--url", "python3", "-W", "PYTHONPATH=x", "$(", "\udcff", "\0", "--", "-", "", "a=", "'", "https://["]
)), st.booleans())  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_odd_words_do_not_raise(words: list[str], as_line: bool) -> None:
    """Whatever the words, in whatever order; each request is one that can be judged."""
    started = commands.read(None, " ".join(words) if as_line else words, {"PATH": "/nowhere"})

    assert all(each.method == "POST" for each in started.requests)


@pytest.mark.parametrize(
    "piece", ["env ", "sh -c ", "eval ", "sh -c x;", "p;", "sh -c '$@$@' a b;", "xargs ", "aws ", "a=1 "]
)
def test_a_long_line_looks_for_few_programs(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names it holds."""
    looked: list[str] = []
    monkeypatch.setattr(commands, "python_options", lambda program, *_: looked.append(program))
    commands.read(None, piece * (100_000 // len(piece)) + ";".join(f"p{index}" for index in range(1000)), {})

    assert len(looked) <= 50
