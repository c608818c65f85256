"""attach to detach, end to end: what the command did to a configuration runs in AWS's emulator."""

from __future__ import annotations

import io
import os
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lambda_guard.cli import main

from ..analysis.fleet.lambda_api import ACCOUNT, LambdaApi
from .conftest import Start

APP = """
import os

def handler(event, context):
    return os.environ.get("TABLE")
"""
REGION = "eu-west-1"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaApi]:
    """Start a Lambda API that holds one function, and lead the command line to it."""
    settings = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": REGION}
    served = LambdaApi()
    for name, value in {**settings, "AWS_ENDPOINT_URL": served.url, "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("lambda_guard.analysis.fleet.apply.PAUSE", lambda _seconds: None)
    reset = urllib.request.Request(f"{served.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    served.client("iam").create_role(RoleName="end-to-end", AssumeRolePolicyDocument="{}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", APP)
    served.client().create_function(
        FunctionName="end-to-end", Runtime="python3.12", Handler="app.handler", Code={"ZipFile": code.getvalue()},
        Role=f"arn:aws:iam::{ACCOUNT}:role/end-to-end", Environment={"Variables": {"TABLE": "orders"}},
    )  # fmt: skip
    yield served
    served.stop()


def laid_out(api: LambdaApi, folder: Path) -> tuple[Path | None, dict[str, str]]:
    """Return what stands for /opt, as the function's layers have it, and its environment."""
    found = api.client().get_function_configuration(FunctionName="end-to-end")
    layers = found.get("Layers", ())
    for layer in layers:
        with zipfile.ZipFile(io.BytesIO(api.published[layer["Arn"]])) as archive:
            archive.extractall(folder)
        (folder / "lambda-guard").chmod(0o755)
    variables: dict[str, str] = found.get("Environment", {}).get("Variables", {})
    return (folder if layers else None), variables


def call(*arguments: str) -> None:
    """Call the command line."""
    done = CliRunner().invoke(main, [*arguments, "--yes"])
    assert done.exit_code == 0, done.output


def test_attached_set_and_detached(api: LambdaApi, start: Start, tmp_path: Path) -> None:
    """The function is guarded in the mode that the command says, and afterwards it is not."""

    def modes(what: str) -> list[Any]:
        opt, environ = laid_out(api, tmp_path / what)
        function = start(APP, layer=opt or False, environ=environ)
        assert function.invoke({}) == "orders"
        return [(record["mode"], record["way"]) for record in function.of_kind("attached")]

    call("attach", "end-to-end", "--mode", "observe")
    assert modes("attached") == [("observe", "pth")]
    call("set", "end-to-end", "mode=enforce")
    assert modes("enforced") == [("enforce", "pth")]
    call("detach", "end-to-end")
    assert modes("detached") == []


def test_behind_anothers_wrapper(api: LambdaApi, start: Start, tmp_path: Path) -> None:
    """Where another layer's wrapper sets PYTHONPATH, the guard comes by its own wrapper, which runs that one."""
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/theirs", "TABLE": "orders"}
    api.client().update_function_configuration(FunctionName="end-to-end", Environment={"Variables": variables})
    call("attach", "end-to-end")
    opt, environ = laid_out(api, tmp_path / "wrapped")
    assert opt is not None
    theirs = opt / "theirs"
    theirs.write_text('#!/bin/sh\nexport THEIRS=1\nexec "$@"\n')
    theirs.chmod(0o755)
    lead = {name: value.replace("/opt/", f"{opt}/") for name, value in environ.items()}
    function = start(APP, layer=opt, environ=lead)
    assert function.invoke({}) == "orders"
    assert [record["way"] for record in function.of_kind("attached")] == ["exec_wrapper"]
