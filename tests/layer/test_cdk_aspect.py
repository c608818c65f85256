"""The Aspect of the CDK example, in an app that is synthesised: whatever makes a Python function, it is guarded."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "layer" / "examples" / "cdk"
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:lambda-guard:3"
GUARDED = {"LAMBDA_GUARD_MODE": "enforce", "LAMBDA_GUARD_DIRECT_INVOKE": "observe"}

APP = """
import sys

from aws_cdk import App, Aspects, CfnResource, Environment, Stack
from aws_cdk import aws_lambda as lambda_

from guard_all import Guarded

way, given, out = sys.argv[1:]
app = App(outdir=out)
stack = Stack(app, "Shop", env=Environment(region="eu-west-1", account="123456789012"))

def function(name, runtime=lambda_.Runtime.PYTHON_3_13, where=stack, **more):
    return lambda_.Function(where, name, runtime=runtime, handler="index.handler",
                            code=lambda_.Code.from_inline("def handler(event, context): pass"), **more)

theirs = [
    lambda_.LayerVersion.from_layer_version_arn(
        stack, f"Layer{n}", f"arn:aws:lambda:eu-west-1:123456789012:layer:theirs{n}:1")
    for n in range(5)
]
function("Plain")
late = function("Late", layers=theirs[:1], environment={"TABLE": "orders"})
late.add_environment("ADDED", "1")
function("Full", layers=theirs)
function("Old", runtime=lambda_.Runtime.PYTHON_3_9)
function("Web", runtime=lambda_.Runtime.NODEJS_22_X)
lambda_.CfnFunction(stack, "Bare", role="arn:aws:iam::123456789012:role/r", runtime="python3.12", handler="a.b",
                    code={"zipFile": "x"}, environment={"variables": {"TABLE": "t"}})
elsewhere = Stack(app, "Elsewhere", env=Environment(region="us-east-1", account="123456789012"))
function("Far", where=elsewhere)
layer = {"layer_arns": {"eu-west-1": given}} if way == "arn" else {"layer_zip": given}
Aspects.of(app).add(Guarded(mode="enforce", settings={"direct_invoke": "observe"}, **layer))
Aspects.of(late).add(Guarded(mode="off", **layer))
app.synth()
"""


def synthesised(way: str, given: str, folder: Path) -> Any:
    """Run the app, and return a template's resources by logical id, and all warnings, of a stack by its name."""
    if importlib.util.find_spec("aws_cdk") is None or shutil.which("node") is None:
        pytest.skip("needs node, and aws-cdk-lib: pip install '.[cdk]'")
    program = folder / "app.py"
    program.write_text(APP)
    out = folder / "cdk.out"
    environ = {**os.environ, "PYTHONPATH": str(EXAMPLE), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, str(program), way, given, str(out)], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]

    def resources(stack: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((out / f"{stack}.template.json").read_text())["Resources"]
        return {name: one["Properties"] for name, one in found.items() if one["Type"].startswith("AWS::Lambda::")}

    said = "\n".join(path.read_text() for path in out.rglob("*.json") if "template" not in path.name)
    return resources, said


def of(resources: dict[str, Any], name: str) -> tuple[list[Any], dict[str, str]]:
    """Return the layers and variables of the function that the app calls so."""
    (found,) = [one for logical, one in resources.items() if logical.startswith(name)]
    return found.get("Layers", []), found.get("Environment", {}).get("Variables", {})


def test_every_python_function_is_guarded_and_keeps_what_it_has(tmp_path: Path) -> None:
    """Functions of both levels; layers and variables of theirs stay; others and what cannot be is left as it was."""
    resources, said = synthesised("arn", ARN, tmp_path)
    shop = resources("Shop")
    assert of(shop, "Plain") == ([ARN], GUARDED)
    layers, variables = of(shop, "Late")
    assert layers == ["arn:aws:lambda:eu-west-1:123456789012:layer:theirs0:1", ARN]
    assert variables == {"TABLE": "orders", "ADDED": "1", **GUARDED, "LAMBDA_GUARD_MODE": "off"}
    assert of(shop, "Bare") == ([ARN], {"TABLE": "t", **GUARDED})
    assert len(of(shop, "Full")[0]) == 5
    for name in ("Full", "Old", "Web"):
        assert not GUARDED.keys() & of(shop, name)[1].keys()
    assert of(resources("Elsewhere"), "Far") == ([], {})
    for words in ("it has 5 layers", "python3.9 is not supported", "no layer for the region of the stack Elsewhere"):
        assert words in said


def test_the_layer_is_published_once_in_a_stack(tmp_path: Path) -> None:
    """From the zip, by a resource that all functions of the stack refer to."""
    layer = tmp_path / "layer.zip"
    layer.write_bytes(b"PK\x05\x06" + bytes(18))
    resources, _ = synthesised("zip", str(layer), tmp_path)
    for stack, name in (("Shop", "Plain"), ("Elsewhere", "Far")):
        found = resources(stack)
        (published,) = [logical for logical, one in found.items() if one.get("LayerName") == "lambda-guard"]
        assert of(found, name) == ([{"Ref": published}], GUARDED)
