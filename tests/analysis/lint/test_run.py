"""What a run takes in, silences and survives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_guard.analysis import lint
from lambda_guard.analysis.lint import settings
from lambda_guard.analysis.lint.findings import Finding
from lambda_guard.analysis.lint.settings import BadSettings, Settings, Silenced

Judge = Callable[..., list[Finding]]
INVOKE = 'import boto3\nboto3.client("lambda").invoke(FunctionName="stock")\n'
SAM = 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  F:\n    Type: AWS::Lambda::Url\n    Properties:\n'


def ids(findings: list[Finding]) -> list[str]:
    return [finding.id for finding in findings]


class TestPlaces:
    """A finding stands where its cause is written."""

    def test_in_code(self, judge: Judge) -> None:
        """Line and column count from 1."""
        (finding,) = judge({"app.py": "import boto3\nclient = boto3.client('lambda')\n\nx = client.invoke()\n"})
        assert (finding.line, finding.column) == (4, 5)

    def test_in_yaml(self, judge: Judge) -> None:
        """At the key that is at fault."""
        (finding,) = judge({"template.yaml": SAM + "      AuthType: NONE\n"})
        assert (finding.line, finding.column) == (6, 7)

    def test_in_json(self, judge: Judge) -> None:
        """CDK's output as well."""
        text = json.dumps(
            {"Resources": {"F": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE"}}}}, indent=1
        )
        (finding,) = judge({"shop.template.json": text})
        assert '"AuthType"' in text.splitlines()[finding.line - 1]


class TestIgnores:
    """A finding is silenced with a reason, in its line, above it, or in the settings file."""

    @pytest.mark.parametrize(
        "text",
        [
            INVOKE.rstrip() + "  # lambda-guard: ignore[LG201] until the queue is there\n",
            INVOKE.replace("boto3.client", "# lambda-guard: ignore[LG201] until the queue is there\nboto3.client"),
            INVOKE.rstrip() + "  # lambda-guard: ignore[LG201, LG201] twice\n",
        ],
    )
    def test_in_code(self, judge: Judge, text: str) -> None:
        """With a reason, and nothing else is found."""
        assert judge({"app.py": text}) == []

    def test_in_yaml(self, judge: Judge) -> None:
        """As YAML's comments are written."""
        text = SAM + "      AuthType: NONE  # lambda-guard: ignore[LG103] the shop's front door\n"
        assert judge({"template.yaml": text}) == []

    def test_another_rule_stays(self, judge: Judge) -> None:
        """And the ignore is told to be of no use."""
        assert ids(judge({"app.py": INVOKE.rstrip() + "  # lambda-guard: ignore[LG301] x\n"})) == ["LG201", "LG003"]

    def test_in_the_settings(self, judge: Judge) -> None:
        """By id and by file; without a reason, or without effect, it is a finding itself."""
        silenced = Silenced("LG201", "until the queue is there", "legacy/*")
        assert judge({"legacy/app.py": INVOKE}, Settings(ignore=(silenced,))) == []
        found = judge({"app.py": INVOKE}, Settings(ignore=(Silenced("LG201", "", "*app.py"), Silenced("LG301", "x"))))
        assert ids(found) == ["LG002", "LG003"]


class TestSettings:
    """The same file as at run time."""

    def test_public_routes_and_allowed_invokes_are_excepted(self, judge: Judge) -> None:
        """What the guard lets pass when it runs is no finding before."""
        route = "provider: {name: aws}\nfunctions:\n  f:\n    handler: a.b\n    events:\n      - http: GET /health\n"
        assert ids(judge({"serverless.yml": route})) == ["LG101"]
        assert judge({"serverless.yml": route}, Settings(public_routes=("GET /health",))) == []
        assert judge({"serverless.yml": "", "app.py": INVOKE}, Settings(allow_invoke=("sto*",))) == []

    def test_limits(self, judge: Judge) -> None:
        """A team sets its own."""
        text = "def work(): ...\ndef handler(event, context):\n    x = 1\n    y = 2\n    return x + y\n"
        assert judge({"app.py": text}) == []
        assert ids(judge({"app.py": text}, Settings(max_statements=2))) == ["LG402"]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[lint]\nmax_statements = 'x'\n", "whole number"),
            ("[lint]\nmax_lines = 3\n", "max_statements"),
            ("lint = 1\n", "must be a table"),
            ("[[lint.ignore]]\nid = 'LG999'\n", "id of a rule"),
            ("[[lint.ignore]]\nid = 'LG201'\nreasons = 'x'\n", "takes id, reason"),
            ("public_routes = ['health']\n", "takes routes such as"),
            ("[lint\n", "cannot be read"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, tmp_path: Path, text: str, says: str) -> None:
        """By name and place."""
        path = tmp_path / "lambda_guard.toml"
        path.write_text(text)
        with pytest.raises(BadSettings, match=says):
            settings.load(path, {})


class TestMalformed:
    """A clear finding with file and line; the rest is judged still, in bounded time and memory."""

    @pytest.mark.parametrize(
        ("name", "text", "line"),
        [
            ("bad.py", "x = 1\ndef f(:\n", 2),
            ("template.yaml", SAM + "      AuthType: [\n", 7),
            ("template.yaml", "Resources:\n  F: {Type: AWS::Lambda::Url}\n  F: {Type: AWS::Lambda::Url}\n", 2),
            ("template.json", '{"Resources": {"F": {"Type": "AWS::Lambda::Url",\n,}}}', 2),
            ("template.yaml", SAM + "      AuthType: &a [*a]\n", 1),
            ("template.yaml", SAM + "      X: " + "[" * 5000 + "]" * 5000 + "\n", 1),
            ("template.yaml", SAM + "      X: !Bogus\n        <<: 1\n      \tY: 1\n", None),
            ("plan.json", '{"format_version": "1", "planned_values": {' + '"a": {' * 3000, None),
            ("deep.py", "x = " + "(" * 5000 + ")" * 5000, None),
            ("deep.py", "x = " + "-" * 20000 + "1", None),
            ("serverless.yml", "provider: {name: aws}\nfunctions:\n  f: &a\n    g: *a\n\t- x\n", None),
            ("template.yaml", SAM + "      X: \ud800\n", None),
        ],
    )  # fmt: skip
    def test_the_rest_is_judged(self, tmp_path: Path, name: str, text: str, line: int | None) -> None:
        """The finding is LG001, at the line where that is known."""
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        (tmp_path / "app.py").write_text(INVOKE)
        found = lint.run([tmp_path]).findings
        assert "LG201" in ids(found)
        unreadable = [finding for finding in found if finding.id == "LG001"]
        assert [Path(finding.file).name for finding in unreadable] == [name]
        assert name in unreadable[0].message
        assert line is None or unreadable[0].line == line

    def test_a_bomb_of_aliases_is_refused(self, judge: Judge) -> None:
        """Nine levels of nine aliases are 400 million nodes."""
        levels = ["      L0: &l0 [x, x, x, x, x, x, x, x, x]"]
        levels += [f"      L{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
        assert ids(judge({"template.yaml": SAM + "\n".join(levels) + "\n"})) == ["LG001"]

    def test_ten_megabytes_of_yaml_are_not_read(self, judge: Judge) -> None:
        """CloudFormation takes one megabyte; what is no template is passed over whatever its size."""
        big = "      X: y\n" * 950_000
        (finding,) = judge({"template.yaml": SAM + big, "data.yaml": "x: 1\n" + big})
        assert finding.id == "LG001"
        assert "larger than 1 MB" in finding.message

    def test_templates_with_cycles_end(self, judge: Judge) -> None:
        """Resources that refer to each other, and a path of API resources that leads to itself."""
        text = (
            "Resources:\n"
            "  A: {Type: AWS::ApiGateway::Resource, Properties: {PathPart: a, ParentId: !Ref B}}\n"
            "  B: {Type: AWS::ApiGateway::Resource, Properties: {PathPart: b, ParentId: !Ref A}}\n"
            "  M: {Type: AWS::ApiGateway::Method, Properties: {HttpMethod: GET, ResourceId: !Ref A}}\n"
        )
        assert ids(judge({"template.yaml": text})) == ["LG101"]

    def test_code_that_refers_to_itself_ends(self, judge: Judge) -> None:
        """Names, functions, classes and modules in circles."""
        text = (
            "import b\nx = y\ny = x\ndef f(g):\n    return g(f)\ndef h():\n    return h()\nclass A(A): ...\n"
            "f(f).invoke()\nx.invoke()\nh().invoke()\nA().c.invoke()\nb.z.invoke()\n"
        )
        assert judge({"a.py": text, "b.py": "from a import z\n"}) == []

    def test_names_cannot_steer_a_terminal(self, judge: Judge) -> None:
        """Names out of templates are data."""
        text = SAM.replace("  F:", '  "F\\e[2J\\n":') + "      AuthType: NONE\n"
        (finding,) = judge({"template.yaml": text})
        assert finding.message.isprintable()


def test_what_is_nothing_to_judge_is_refused(tmp_path: Path) -> None:
    """By name, where it was named; among other files it is passed over."""
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(lint.NothingToLint, match=r"x\.json is no Python code"):
        lint.run([tmp_path / "x.json"])
    with pytest.raises(lint.NothingToLint, match="There is no"):
        lint.run([tmp_path / "y"])
    assert lint.run([tmp_path]).findings == []


def test_code_is_never_imported(judge: Judge, tmp_path: Path) -> None:
    """It is parsed, and may do what it likes."""
    marker = tmp_path / "ran"
    judge({"app.py": f"open({str(marker)!r}, 'w')\n{INVOKE}"})
    assert not marker.exists()


def test_another_provider_is_not_judged(judge: Judge) -> None:
    """The Serverless Framework deploys to others, too."""
    text = "provider: {name: azure}\nfunctions:\n  f:\n    handler: a.b\n    events:\n      - http: true\n"
    assert judge({"serverless.yml": text}) == []


def test_a_handler_is_found_by_its_template(judge: Judge) -> None:
    """Whatever it is called, and from the folder of its code."""
    template = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src/, Handler: shop.place, Runtime: python3.12}\n"
    )
    code = "import boto3\nt = boto3.client('s3')\ndef place(message, _unused):\n    return t.x()\ndef f(): ...\n"
    assert ids(judge({"template.yaml": template, "src/shop.py": code})) == ["LG401"]
    assert ids(judge({"template.yaml": "", "src/shop.py": code})) == []
