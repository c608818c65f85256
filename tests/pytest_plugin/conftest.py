"""Runs of pytest in a process of their own, with the plugin and without."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONFTEST = """
import boto3, pytest
from moto import mock_aws

@pytest.fixture
def table():
    with mock_aws():
        database = boto3.resource("dynamodb", "eu-west-1")
        database.create_table(
            TableName="orders", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        yield database.Table("orders")
"""
APP = """
import boto3

def stock():
    return boto3.client("lambda", "eu-west-1").invoke(FunctionName="stock")  # the line

def quietly():
    try:
        stock()
    except Exception:
        pass

def handler(event, context):
    return {"statusCode": 200}
"""


class Runner:
    """Runs tests that are given as text, in a fresh process."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.folder = pytester.path
        self._pytester = pytester
        pytester.makeconftest(CONFTEST)
        pytester.makepyfile(app=APP)

    def __call__(self, source: str, *options: str, plugin: bool = True) -> pytest.RunResult:
        """Run one file of tests."""
        self._pytester.makepyfile(test_it=source)
        # By name and not by entry point: the package may be installed here or not.
        names = ("xdist.plugin", "anyio.pytest_plugin", *(("lambda_guard.pytest_plugin",) if plugin else ()))
        loaded = [word for name in names for word in ("-p", name)]
        return self._pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *loaded, *options)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run tests of a project with a table and a function that invokes another."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(pytester.path)]))
    return Runner(pytester)
