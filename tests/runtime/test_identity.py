"""Calls with credentials that are not the function's are kept apart, by the role's name where it was assumed here."""

from __future__ import annotations

import gc
import json
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config as ClientConfig
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from lambda_guard.runtime import attach
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory

OWN, THEIRS = "ASIAOWN", "ASIATHEIRS"
ROLE = "arn:aws:iam::210987654321:role/teams/reader"
SETTINGS: dict[str, Any] = {
    "region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:9",
    "config": ClientConfig(retries={"max_attempts": 0}),
}  # fmt: skip


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """A guard in a function's environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OWN)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return attach.install(Config(), sinks=[Memory()])


def call(client: Any) -> None:
    """Make a call that reaches nothing."""
    with pytest.raises(EndpointConnectionError):
        client.describe_table(TableName="orders")


def lines(guard: Guard) -> list[tuple[str | None, str | None, int]]:
    """Return the lines of the one operation."""
    assert guard.usage is not None
    calls = guard.usage.totals()["calls"]
    assert not {OWN, THEIRS, "secret"} & set(json.dumps(calls).split('"'))
    return [
        (call.get("credentials"), call.get("role"), call["count"]) for call in calls
        if call["operation"] == "DescribeTable"
    ]  # fmt: skip


def explicit(key: str) -> Any:
    """Return a client that is given its credentials."""
    return boto3.client("dynamodb", aws_access_key_id=key, aws_secret_access_key="secret", **SETTINGS)


def test_own_and_other_credentials(guard: Guard) -> None:
    """The function's own are so however they come; others are other, and are no part of its own line."""
    for client in (boto3.client("dynamodb", **SETTINGS), explicit(OWN), explicit(THEIRS), explicit(THEIRS)):
        call(client)
    assert lines(guard) == [(None, None, 2), ("other", None, 2)]


def test_a_role_that_was_assumed_here_is_named(guard: Guard) -> None:
    """STS gave the key for a role, in this process: the role is named, and nothing else of the answer is kept."""
    sts = boto3.client("sts", **SETTINGS)
    answer = {
        "Credentials": {
            "AccessKeyId": f"{THEIRS}PADDED", "SecretAccessKey": "secret", "SessionToken": "token",
            "Expiration": "2030-01-01T00:00:00Z",
        }
    }  # fmt: skip
    with Stubber(sts) as stub:
        stub.add_response("assume_role", answer)
        given = sts.assume_role(RoleArn=ROLE, RoleSessionName="a-person")["Credentials"]
    call(explicit(given["AccessKeyId"]))
    assert lines(guard) == [("other", ROLE, 1)]


def test_credentials_are_not_fetched_by_looking(guard: Guard) -> None:
    """Credentials that refresh themselves do so when botocore signs, once, whoever they are."""
    fetched = []

    def fetch() -> dict[str, str]:
        fetched.append(1)
        return {"access_key": THEIRS, "secret_key": "s", "token": "t", "expiry_time": "2099-01-01T00:00:00Z"}

    session = botocore.session.get_session()
    session._credentials = RefreshableCredentials.create_from_metadata(fetch(), fetch, "sts-assume-role")
    fetched.clear()
    call(boto3.Session(botocore_session=session).client("dynamodb", **SETTINGS))
    assert fetched == []
    assert lines(guard) == [("other", None, 1)]


def test_credentials_of_an_address_are_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SnapStart the environment holds an address instead of keys."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/credentials")
    guard = attach.install(Config(), sinks=[Memory()])
    session = botocore.session.get_session()
    data = {"access_key": "A", "secret_key": "s", "token": "t", "expiry_time": "2099-01-01T00:00:00Z"}
    session._credentials = RefreshableCredentials.create_from_metadata(data, dict, "container-role")
    call(boto3.Session(botocore_session=session).client("dynamodb", **SETTINGS))
    call(explicit(THEIRS))
    assert lines(guard) == [(None, None, 1), ("other", None, 1)]


def test_nobody_can_tell_outside_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment holds no credentials, none are called other."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    guard = attach.install(Config(), sinks=[Memory()])
    call(explicit(THEIRS))
    assert lines(guard) == [(None, None, 1)]


def test_credentials_are_not_kept(guard: Guard) -> None:
    """A client's credentials go when it goes, and so does what is known of them."""
    client = boto3.Session(aws_access_key_id=OWN, aws_secret_access_key="secret").client("dynamodb", **SETTINGS)
    call(client)
    assert guard.identity is not None
    assert len(guard.identity.own) == 1
    del client
    gc.collect()
    assert guard.identity.own == {}
