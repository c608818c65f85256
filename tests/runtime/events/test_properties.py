"""Whatever an event holds, reading and judging it never fails, and only what AWS defines decides."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_guard.runtime import events
from lambda_guard.runtime.errors import UnauthorizedEvent
from lambda_guard.runtime.events import CONTEXT_TABLE, TABLE
from lambda_guard.runtime.events.rejections import refuse
from lambda_guard.runtime.rules import authorizer, event_source
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.types import Finding

from . import factories as make

# Keys that mean something somewhere, so that odd values meet the code that reads them.
_KEYS = sorted(
    {key for key, _ in (*TABLE, *CONTEXT_TABLE)}
    | {
        *("authorizer", "identity", "claims", "principalId", "jwt", "lambda", "iam", "userArn", "accessKey"),
        *("authentication", "clientCert", "cognitoIdentity", "amr", "headers", "multiValueHeaders", "path"),
        *("method", "version", "type", "eventType", "routeKey", "stage", "apiId", "domainName", "resource"),
        *(
            "eventSource",
            "EventSource",
            "Sns",
            "TopicArn",
            "cf",
            "bucket",
            "s3",
            "parentTypeName",
            "identity",
        ),
        *("channelNamespace", "channel", "operation", "resolverContext", "cognitoIdentityId", "source"),
        *("http-method", "user-arn", "queryString", "apiKey", "scopes", "arguments", "typeName", "principal"),
        *("eventSourceARN", "eventSourceArn", "invocationId", "applicationArn", "namespace", "payload", "window"),
    }
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(
        [
            "CONNECT",
            "$connect",
            "OPTIONS",
            "TOKEN",
            "REQUEST",
            "1.0",
            "arn:aws:x",
            "aws:sqs",
            "/a/../b",
            "/",
            "AWS_IAM",
        ]
    )
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)
_REQUESTS = st.fixed_dictionaries(
    {"requestContext": _JSON}, optional={key: _JSON for key in _KEYS if key != "requestContext"}
)
_SETTINGS = st.sampled_from(
    [
        Config(mode="enforce"),
        Config(mode="enforce", event_sources=("apigw_http_v2",), api_ids=("a",), cors_preflight="check"),
        Config(mode="enforce", public_routes=("ANY /*",), authorizers=("mtls", "jwt")),
    ]
)


def judge(event: Any, config: Config) -> Finding | None:
    source = events.read(event)
    return event_source.check(event, source, config) or authorizer.check(event, source, config)


@settings(max_examples=250, deadline=None)
@given(event=_JSON | _REQUESTS, config=_SETTINGS)
def test_no_json_value_makes_the_guard_fail(event: Any, config: Config) -> None:
    """Everything that the Guard does with an event is done, with everything that may be in one."""
    before = copy.deepcopy(event)
    source = events.read(event)
    assert source.arn(event) is None or isinstance(source.arn(event), str)
    for check in (event_source.check, authorizer.check):
        finding = check(event, source, config)
        if finding is not None:
            assert finding.details["status"] in (401, 403)
            assert finding.target
            try:
                assert refuse(event, source, 401, config)
            except UnauthorizedEvent:
                assert source.rejection is None
    assert event == before


AUTHORIZED = {
    "jwt": make.http_api(authorizer={"jwt": {"claims": {"sub": "u1"}, "scopes": None}}),
    "lambda": make.http_api(authorizer={"lambda": None}),
    "iam": make.http_api(authorizer={"iam": {"userArn": make.USER_ARN}}),
    "url iam": make.function_url(authorizer={"iam": {"userArn": make.USER_ARN}}),
    "jwt and certificate": make.http_api(
        authorizer={"jwt": {"claims": {"sub": "u1"}}}, authentication={"clientCert": make.CERTIFICATE}
    ),
    "rest lambda": make.rest_api(authorizer={"principalId": "u1"}),
    "rest cognito": make.rest_api(authorizer={"claims": {"sub": "u1"}}),
    "1.0 jwt": make.http_api_v1(authorizer={"claims": {"sub": "u1"}, "scopes": None}),
    "1.0 lambda": make.http_api_v1(authorizer={"tenant": "t"}),
    "websocket": make.websocket(authorizer={"principalId": "u1"}),
}
UNAUTHORIZED = {
    "http api": make.http_api(),
    "function url": make.function_url(authorizer={"iam": {}}),
    "rest api": make.rest_api(authorizer={"integrationLatency": 1}),
    "1.0": make.http_api_v1(authorizer={"claims": None, "scopes": None}),
    "websocket": make.websocket(),
    "load balancer": make.load_balancer(),
    "lattice 1": make.lattice_v1(),
    "lattice 2": make.lattice_v2(),
    "nonproxy": make.rest_nonproxy(),
    "appsync": make.appsync(),
}


@pytest.mark.parametrize("name", AUTHORIZED)
def test_an_authorized_event_is_let_in(name: str) -> None:
    assert judge(AUTHORIZED[name], Config(mode="enforce")) is None


@pytest.mark.parametrize("name", AUTHORIZED)
@pytest.mark.parametrize("instead", [..., None, {}], ids=["absent", "null", "empty"])
def test_without_its_authorizer_an_authorized_event_is_not(name: str, instead: Any) -> None:
    event = copy.deepcopy(AUTHORIZED[name])
    del event["requestContext"]["authorizer"]
    if instead is not ...:
        event["requestContext"]["authorizer"] = instead
    finding = judge(event, Config(mode="enforce"))
    assert finding is not None
    assert finding.rule == "authorizer"


@settings(max_examples=150, deadline=None)
@given(
    event=st.sampled_from([*AUTHORIZED.values(), *UNAUTHORIZED.values()]),
    key=st.text(min_size=1, max_size=8).map(lambda text: f"x-not-aws-{text}"),
    value=_JSON,
    data=st.data(),
)
def test_keys_that_aws_does_not_define_change_nothing(
    event: dict[str, Any], key: str, value: Any, data: Any
) -> None:
    """They are added at the top, or anywhere in the context except in what an authorizer returned."""
    config = Config(mode="enforce")
    changed = copy.deepcopy(event)
    context = changed.get("requestContext", {})
    places = [
        changed,
        context,
        context.get("http"),
        context.get("identity"),
        context.get("elb"),
        changed.get("info"),
    ]
    data.draw(st.sampled_from([place for place in places if isinstance(place, dict)]))[key] = value
    before, after = judge(event, config), judge(changed, config)
    assert events.read(changed) is events.read(event)
    assert (before and before.issue) == (after and after.issue)
