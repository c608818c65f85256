"""A Lambda API with functions of all kinds."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis import layer as building

from .lambda_api import LambdaApi

ROLE = "arn:aws:iam::123456789012:role/r"


def zipped(**files: str) -> bytes:
    """Return a zip of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaApi]:
    """Start an empty Lambda API, and let everything in this process talk to it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    served = LambdaApi()
    monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{served.url}/moto-api/reset", method="POST")).read()
    iam = served.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    yield served
    served.stop()


@pytest.fixture
def create(api: LambdaApi) -> Callable[..., str]:
    """Make a function; its name comes back."""

    def make(name: str, **more: Any) -> str:
        region = more.pop("region", "eu-west-1")
        given = {"Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": zipped(app="")}, **more}
        api.client(region=region).create_function(FunctionName=name, Role=ROLE, **given)
        return name

    return make


@pytest.fixture
def layer(api: LambdaApi) -> Callable[..., str]:
    """Publish a layer of somebody else's, or a version of the guard's own; its ARN comes back."""

    def publish(name: str = "theirs", region: str = "eu-west-1") -> str:
        made = api.client(region=region).publish_layer_version(
            LayerName=name, Content={"ZipFile": zipped(**{"python/x.py": ""})}
        )
        arn: str = made["LayerVersionArn"]
        return arn

    return publish


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    path = tmp_path_factory.mktemp("layer") / "layer.zip"
    return path, building.build(path)


@pytest.fixture
def built_before(_built: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attach take the layer that was built once for all tests, which is what it would build."""

    def build(path: Path) -> Any:
        shutil.copy(_built[0], path)
        return _built[1]

    monkeypatch.setattr(building, "build", build)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no time that passes elsewhere."""
    monkeypatch.setattr("lambda_guard.analysis.fleet.apply.PAUSE", lambda _seconds: None)
