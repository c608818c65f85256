"""Events of every source, as the guard reads them."""

from __future__ import annotations

import json

import pytest

from lambda_guard.runtime.events import read
from lambda_guard.runtime.events.names import NAMES
from lambda_guard.runtime.rules import authorizer as rule
from lambda_guard.runtime.settings.config import Config
from lambda_guard.testing.context import LambdaContext
from lambda_guard.testing.events import ALIASES, SOURCES, lambda_event

# Source -> the kinds of authorizer that it may have.
AUTHORIZERS = {
    "apigw_http_v2": ("jwt", "cognito", "lambda", "iam", "mtls"),
    "apigw_http_v1": ("jwt", "lambda", "iam", "mtls"),
    "apigw_rest_v1": ("cognito", "lambda", "iam", "mtls"),
    "apigw_rest_nonproxy": ("lambda", "iam"),
    "apigw_websocket": ("lambda", "iam"),
    "function_url": ("iam",),
    "alb": ("alb_oidc", "mtls"),
    "vpc_lattice_v1": ("iam",),
    "vpc_lattice_v2": ("iam",),
}
CONFIG = Config(authorizers=["jwt", "cognito", "lambda", "iam", "mtls", "alb_oidc"])


def test_there_is_one_for_every_source_of_the_table() -> None:
    """A source that is added to the table needs an event here."""
    assert set(SOURCES) == set(NAMES)
    assert set(ALIASES.values()) <= set(NAMES)


@pytest.mark.parametrize("source", sorted([*SOURCES, *ALIASES]))
def test_it_is_read_as_its_source(source: str) -> None:
    """By the code that reads events in the function; JSON holds it."""
    event = json.loads(json.dumps(lambda_event(source)))
    assert read(event).name == ALIASES.get(source, source)


@pytest.mark.parametrize(("source", "kind"), [(source, kind) for source in AUTHORIZERS for kind in AUTHORIZERS[source]])
def test_an_authorizer_vouches_for_the_caller(source: str, kind: str) -> None:
    """With it nothing is found, without it the same event is."""
    for authorizer, found in ((kind, False), (None, True)):
        event = lambda_event(source, authorizer=authorizer)
        assert (rule.check(event, read(event), CONFIG) is not None) is found


def test_events_are_new_each_time() -> None:
    """A test may change its own."""
    lambda_event("sqs")["Records"].clear()
    assert lambda_event("sqs")["Records"]


@pytest.mark.parametrize(("source", "authorizer"), [("nothing", None), ("sqs", "jwt"), ("http_api", "bogus")])
def test_what_there_is_not_is_refused_by_name(source: str, authorizer: str | None) -> None:
    """The error lists what there is."""
    with pytest.raises(ValueError, match=r"there are: |no authorizer"):
        lambda_event(source, authorizer=authorizer)


def test_the_context_tells_what_a_handler_asks() -> None:
    """As Lambda's own does."""
    context = LambdaContext(function_name="orders")
    assert context.invoked_function_arn.endswith(":function:orders")
    assert 0 < context.get_remaining_time_in_millis() <= 30_000
