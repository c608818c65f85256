"""What a command line starts: searched for invokes, through whatever a shell's line is made of."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_guard.runtime import attach
from lambda_guard.runtime.patches.programs import commands
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

INVOKE = "/2015-03-31/functions/other/invocations"
URL = "abc123.lambda-url.eu-west-1.on.aws"
AWS = "aws lambda invoke --function-name other"


@pytest.fixture
def sink() -> Memory:
    return Memory()


def judged(sink: Memory, args: object) -> list[str]:
    """Return the targets of what is found in a command line."""
    guard = attach.install(Config(mode="observe"), sinks=[sink])
    commands.judge(guard, commands.read(None, args), None)
    assert sink.of_kind("error") == []
    return [finding["target"] for finding in sink.of_kind("finding")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"{AWS} out.json", ["other"]),
        ("aws --region us-east-1 lambda invoke-async --function-name=other", ["other"]),
        (f"{AWS} --qualifier live o", ["other:live"]),
        (f"{AWS} --invocation-type DryRun o", []),
        (f"{AWS} --dry-run o", []),
        ("aws lambda list-functions", []),
        ("aws lambda get-function --function-name invoke", []),
        ("aws lambda update-function-code --function-name other --zip-file fileb://invoke", []),
        ("aws s3 cp lambda invoke", []),
        ("aws", []),
        ("aws --query lambda --output json --no-paginate lambda invoke --function-name other o", ["other"]),
        ("aws --profile lambda --debug lambda --reg us-east-1 invoke --no-cli-pager --f other o", ["other"]),
        ("aws --endpoint-url http://other:1/functions/x lambda invoke --func=other o", ["other"]),
        ("aws --query lambda s3 invoke --function-name other", []),
        (f"{AWS} --generate-cli-skeleton", []),
        ("aws lambda invoke help", []),
        ('aws lambda invoke --cli-input-json \'{"FunctionName": "other"}\' o', ["other"]),
        (f"curl -s https://{URL}/orders", [URL]),
        (f"curl {URL}", [URL]),
        (f"cd /tmp && FOO=1 timeout 5 /usr/bin/curl -O https://{URL}/ | jq .", [URL]),
        (f"wget -q -O out --post-data '{{}}' http://localhost:8080{INVOKE}", ["other"]),
        (f"curl --url=https://{URL}/", [URL]),
        (f"curl --url https://{URL}/", [URL]),
        (f"curl 'https://{URL}/?next=https://example.com'", [URL]),
        (f"curl 'https://example.com/?next=https://{URL}/'", []),
        (f"http POST example.com callback=https://{URL}/ Referer:https://{URL}/", []),
        (f"http --auth a:b POST https://{URL}/ x=1", [URL]),
        ("curl https://example.com/v1/functions/other/invocations", []),
        ("", []),
    ],
)
def test_command_lines_are_searched(sink: Memory, line: str, found: list[str]) -> None:
    """What is started tells what it invokes; text that only mentions it does not."""
    assert judged(sink, ["/bin/sh", "-c", line]) == found


@pytest.mark.parametrize(
    "line",
    [
        f"curl -XPOST https://{URL}/", f"curl -d@body.json https://{URL}/", f"curl -sSXPOST -HX:1 https://{URL}/",
        f"curl HTTPS://{URL}/", f"curl --post301 https://{URL}/", f"curl --proxy-insecure https://{URL}/",
        f"if true; then curl https://{URL}/; fi", f"for i in 1; do curl https://{URL}/; done",
        f"! curl https://{URL}/", f"{{ curl https://{URL}/; }}", f"echo \"$(curl https://{URL}/)\"",
        f"echo \"$(curl \"https://{URL}/\")\"", f"X=`curl https://{URL}/`", f"diff <(curl https://{URL}/) x",
        f"U=https://{URL}/; curl $U", f"U={URL}; curl \"https://${{U}}/x\"", f"curl ${{U:-https://{URL}/}}",
        f"CURL='curl -s'; $CURL https://{URL}/", f"for u in https://{URL}/; do curl $u; done",
        f"sh -c 'sh -c \"curl https://{URL}/\"'", f"timeout 9 sh -c 'curl https://{URL}/'",
        f"timeout -s KILL 9 curl https://{URL}/", f"env -u X -i A=1 bash -ec 'curl https://{URL}/'",
        f"nice -n 5 curl https://{URL}/", f"nice -5 ionice -c 3 curl https://{URL}/", f"busybox wget https://{URL}/",
        f"echo 1 | xargs -n1 -P 4 curl https://{URL}/", f"xargs -I {{}} curl https://{URL}/{{}}",
        f"echo https://{URL}/ | xargs curl", f"curl $(echo https://{URL}/)", f"eval 'curl' https://{URL}/",
        f"setsid nohup stdbuf -o L time -f %E curl https://{URL}/", f"(curl https://{URL}/)",
        f"flock -w 5 /tmp/lock curl https://{URL}/", f"command exec -a x curl https://{URL}/ 2>&1 >/dev/null &",
    ],
)  # fmt: skip
def test_nothing_hides_a_url(sink: Memory, line: str) -> None:
    """No option, no word of the shell, no program before it, no shell within it; nor in a line by itself."""
    assert judged(sink, ["/bin/sh", "-c", line]) == [URL]
    assert len(commands.read(None, line.encode()).requests) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"echo curl https://{URL}/", f"grep {URL} file; ls", f"printf '%s' '{AWS}'", f"timeout 9 echo curl {URL}",
        f"xargs -n 1 echo curl {URL}", f"cat <<X\ncurl https://{URL}/\nX\nls", f"cat <<-'X'\n\t$(curl {URL})\n\tX",
        f"echo hi # curl https://{URL}/", f"# curl https://{URL}/", f"echo '$(curl https://{URL}/)'",
        f"sh -c 'echo \"curl {URL}\"'", f"ls > curl; echo {URL}", f"sh curl {URL}", f"env X='curl {URL}' ls",
        f"wget --header 'Origin: https://{URL}/' https://example.com/", f"U=https://{URL}/; echo $U",
        f"curl -s --data-raw \"u=https://{URL}/\" -e https://{URL}/ -b u={URL} https://example.com/",
        f"curl -d https://{URL}/ -H 'Referer: https://{URL}/' --json=https://{URL}/ --proxy https://{URL}/ e.com",
        f"curl --resolve {URL}:443:127.0.0.1 https://example.com/", f"echo {AWS}", f"echo '`curl {URL}`'",
        f"git log --grep aws lambda invoke {URL}", f"tar cf aws {URL}", f"git clone https://{URL}/",
        f"python3 -c pass; echo {URL}",
    ],
)  # fmt: skip
def test_text_is_no_command(line: str) -> None:
    """Nothing that is only written, searched for, sent along or commented out."""
    assert commands.read(None, ["/bin/sh", "-c", line]).requests == []


def test_words_and_executables(sink: Memory) -> None:
    """Words in bytes, an executable of another name."""
    assert judged(sink, [b"curl", b"-s", f"https://{URL}/".encode()]) == [URL]
    assert len(commands.read("/usr/bin/curl", ["x", f"https://{URL}/"]).requests) == 1
    assert commands.read("/usr/bin/ls", ["curl", f"https://{URL}/"]).requests == []


@pytest.mark.parametrize(
    ("words", "is_python"),
    [
        ([sys.executable, "app.py"], True), (["python3.13", "-u", "-c", "print()"], True), (["python", "-I"], True),
        (["env", "-u", "X", "A=1", "python3", "app.py"], True), (["sh", "-c", "cd /tmp && timeout 5 python3 x"], True),
        (["tool"], False), (["echo", "python3"], False), (["sh", "-c", "which python3"], False),
    ],
)  # fmt: skip
def test_a_python_program_is_said_to_be_unguarded(sink: Memory, words: list[str], is_python: bool) -> None:
    """It passes, and is told once; nothing of the caller's is changed to follow it."""
    assert judged(sink, words) == (["python"] if is_python else [])


def test_an_invoke_whose_function_is_not_told(sink: Memory) -> None:
    """That is said, and passes."""
    assert judged(sink, "aws lambda invoke --cli-input-json file://x o") == ["aws"]


def test_a_python_child_gets_what_it_is_given(sink: Memory, tmp_path: Path) -> None:
    """Neither the dict, nor the process's environment, nor what is read of the child, is any other."""
    import os

    attach.install(Config(mode="observe"), sinks=[sink])
    env, before = {"A": "1"}, dict(os.environ)
    code = "import os, sys; print(sorted(os.environ), [n for n in sys.modules if 'guard' in n])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert env == {"A": "1"}
    assert dict(os.environ) == before
    assert re.fullmatch(r"\['A'(, '[A-Z_]+')*\] \[\]\n", done.stdout), done.stdout
    assert [found["issue"] for found in sink.of_kind("finding")] == ["unguarded-child"]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="curl $(){}`'\"\\\n;&|<-#=aX/.:@", max_size=60))
def test_any_line_can_be_searched(text: str) -> None:
    """Whatever stands in it, and whether a shell could read it or not."""
    commands.read(None, f"curl lambda {text}")
    commands.read(None, ["sh", "-c", f"curl lambda {text}"])


PIECES = ("$(", "`", "'", '"', "(", ")", "$a:-", "a=$a ", "${a", "curl https://", "'\"", "\\", "curl @", "<<X\n", "#")


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_grows_no_faster_than_the_line(piece: str) -> None:
    """By counting the lines of Python that run."""

    def steps(times: int) -> int:
        count = 0

        def trace(_frame: object, _event: str, _argument: object) -> object:
            nonlocal count
            count += 1
            return trace

        sys.settrace(trace)  # type: ignore[arg-type]
        try:
            commands.read(None, "curl lambda " + piece * times)
        finally:
            sys.settrace(None)
        return count

    assert steps(2000) <= 4.5 * steps(500) + 1000
