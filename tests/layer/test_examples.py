"""The examples are what their tools accept, attach the layer, and observe in staging and enforce in production."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.demo import shop
from lambda_guard.runtime.settings.config import load

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "layer" / "examples"
SAM = EXAMPLES / "sam" / "template.yaml"
CDK = EXAMPLES / "cdk" / "app.py"
TERRAFORM = EXAMPLES / "terraform" / "main.tf"
SERVERLESS = EXAMPLES / "serverless.yml"
ZIP = ROOT / "dist" / "lambda-guard-layer.zip"
MODES = {"staging": "observe", "production": "enforce"}

# What the policies in the examples allow; tests/layer/test_example_policies.py holds them to what `suggest` writes.
ACTIONS = {action for action, _ in shop.NEEDS}


def yaml_with_tags(path: Path) -> Any:
    """Read YAML with CloudFormation's short forms, such as !Ref; each becomes its argument."""
    yaml = pytest.importorskip("yaml")

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        pass

    def argument(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        return loader.construct_sequence(node, deep=True)

    Loader.add_multi_constructor("!", argument)
    return yaml.load(path.read_text(), Loader)


def terraform() -> dict[str, Any]:
    """Read the Terraform example as its parser does."""
    hcl2 = pytest.importorskip("hcl2")
    with TERRAFORM.open() as file:
        found: dict[str, Any] = hcl2.load(file)
    return found


def statements(policies: list[Any]) -> Iterator[str]:
    """Yield the actions of a function's inline policies."""
    for policy in policies:
        for statement in policy["Statement"]:
            actions = statement["Action"]
            yield from [actions] if isinstance(actions, str) else actions


def test_the_sam_template_passes_cfn_lint() -> None:
    """cfn-lint transforms it with the SAM translator, and finds nothing in what comes of it."""
    api = pytest.importorskip("cfnlint.api")
    assert [str(match) for match in api.lint_file(SAM)] == []


def test_the_sam_template_attaches_the_layer_in_the_mode_of_its_stage() -> None:
    """All functions have the layer, whose zip `make layer` writes, and their mode from the stage."""
    template = yaml_with_tags(SAM)
    function = template["Globals"]["Function"]
    layer = template["Resources"]["LambdaGuardLayer"]["Properties"]
    assert function["Layers"] == ["LambdaGuardLayer"]
    assert (SAM.parent / layer["ContentUri"]).resolve() == ZIP
    assert function["Environment"]["Variables"] == {"LAMBDA_GUARD_MODE": ["Guard", "Stage", "Mode"]}
    assert {stage: entry["Mode"] for stage, entry in template["Mappings"]["Guard"].items()} == MODES
    assert set(statements(template["Resources"]["OrdersFunction"]["Properties"]["Policies"])) == ACTIONS


def test_the_serverless_file_attaches_the_layer_in_the_mode_of_its_stage() -> None:
    """Any stage observes, and production enforces; the code of each function is packaged from this folder."""
    service = yaml_with_tags(SERVERLESS)
    provider = service["provider"]
    assert provider["layers"] == ["LambdaGuardLambdaLayer"]
    assert list(service["layers"]) == ["lambdaGuard"]
    assert (EXAMPLES / service["layers"]["lambdaGuard"]["package"]["artifact"]).resolve() == ZIP
    assert provider["environment"]["LAMBDA_GUARD_MODE"] == "${param:guardMode}"
    assert service["params"] == {
        "default": {"guardMode": MODES["staging"]},
        "production": {"guardMode": MODES["production"]},
    }
    assert set(statements([{"Statement": provider["iam"]["role"]["statements"]}])) == ACTIONS
    for function in service["functions"].values():
        assert (EXAMPLES / function["handler"]).with_suffix(".py").is_file()


def test_the_serverless_file_says_what_the_file_beside_the_function_says() -> None:
    """The api function's own settings are not at the root of its package there: the environment has them."""
    environment = yaml_with_tags(SERVERLESS)["functions"]["api"]["environment"]
    by_environment = load(environment, "/nowhere", "/nowhere")
    by_file = load({}, str(EXAMPLES / "shop" / "api" / "lambda_guard.toml"), "/nowhere")
    assert by_file.event_sources == ("apigw_http_v2",)
    assert by_file.public_routes == ("GET /health",)
    assert (by_environment.event_sources, by_environment.public_routes) == (
        by_file.event_sources,
        by_file.public_routes,
    )


def test_the_terraform_file_parses_and_attaches_the_layer_in_the_mode_of_its_stage() -> None:
    """HCL's parser reads it; the functions have the layer and the mode of the stage."""
    kinds = {kind.strip('"') for block in terraform()["resource"] for kind in block}
    assert {"aws_lambda_layer_version", "aws_lambda_function"} <= kinds
    text = TERRAFORM.read_text()
    assert 'guard_mode = { staging = "observe", production = "enforce" }[var.stage]' in text
    assert "layers = [aws_lambda_layer_version.lambda_guard.arn]" in text
    assert "LAMBDA_GUARD_MODE = local.guard_mode" in text
    (zip_path,) = re.findall(r'layer_zip\s+= "\$\{path\.module\}/(.+)"', text)
    assert (TERRAFORM.parent / zip_path).resolve() == ZIP
    policies = "".join((TERRAFORM.parent / name).read_text() for name in ("orders.tf", "api.tf"))
    assert set(re.findall(r'"((?:dynamodb|sqs):\w+)"', policies)) == ACTIONS


def test_every_reference_in_the_terraform_file_is_to_something_in_it() -> None:
    """What `terraform validate` would find first: a resource that was renamed in one place only."""
    text = "".join(path.read_text() for path in sorted(TERRAFORM.parent.glob("*.tf")))
    defined = {f"{kind}.{name}" for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)}
    data = {f"data.{kind}.{name}" for kind, name in re.findall(r'^data "(\w+)" "(\w+)"', text, re.MULTILINE)}
    variables = {f"var.{name}" for name in re.findall(r'^variable "(\w+)"', text, re.MULTILINE)}
    used = set(re.findall(r"(?<![.\w])((?:data\.)?aws_\w+\.\w+|data\.archive_file\.\w+|var\.\w+)", text))
    assert used <= defined | data | variables
    assert variables <= used
    assert data <= used


def test_the_cdk_app_is_python_and_attaches_the_layer_in_the_mode_of_its_stage() -> None:
    """It compiles; the table of modes is the one, and the orders function is allowed what it needs."""
    tree = ast.parse(CDK.read_text(), str(CDK))
    (modes,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "GUARD_MODE"
    ]
    assert modes == MODES
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    (function,) = [call for call in calls if ast.unparse(call.func) == "lambda_.Function"]
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in function.keywords}
    assert given["layers"] == "[self.guard]"
    assert "'LAMBDA_GUARD_MODE': self.guard_mode" in given["environment"]
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert {"orders_function_policies", "api_function_policies"} <= imported
    for name in ("orders", "api"):
        written = ast.parse((CDK.parent / f"{name}_policies.py").read_text())
        (makes,) = [node for node in written.body if isinstance(node, ast.FunctionDef)]
        (call,) = [call for call in calls if ast.unparse(call.func) == makes.name]
        wanted = {argument.arg for argument in makes.args.args} - {"scope"}
        assert {keyword.arg for keyword in call.keywords} == wanted


@pytest.mark.parametrize("name", sorted(shop.FUNCTIONS))
def test_the_functions_know_nothing_of_the_guard(name: str) -> None:
    """A function of the shop is what its authors wrote: no import, no name, no setting of the guard's in it."""
    code = (EXAMPLES / "shop" / name / "app.py").read_text()
    functions = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    assert "handler" in functions
    assert "guard" not in code.lower()


def test_the_settings_of_the_api_function_can_be_read() -> None:
    """Its file is TOML, and every setting in it is one that the guard has."""
    path = EXAMPLES / "shop" / "api" / "lambda_guard.toml"
    assert set(tomllib.loads(path.read_text())) == {"event_sources", "public_routes"}
    assert load({"LAMBDA_GUARD_MODE": "enforce"}, str(path), "/nowhere").problems == ()
