"""Events that look like others, and contexts that vouch for nobody."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.rules import authorizer, direct_invoke
from lambda_guard.runtime.services.endpoints import Request, is_function_url, region
from lambda_guard.runtime.services.invoke import Function
from lambda_guard.runtime.settings.config import Config

from . import factories as make

CLAIMS = {"sub": "u1"}
OAC = "arn:aws:sts::123456789012:assumed-role/OriginAccessControlRole/OriginAccessSession"


def read(event: Any) -> tuple[str, tuple[str, ...]]:
    """Return the name of an event's source and the kinds that vouch for its caller."""
    source = events.read(event)
    return source.name, source.authorizer(event) if source.authorizer else ()


@pytest.mark.parametrize("label", ["lambda-url", "cell-1-lambda-url", "cell-27-lambda-url"])
def test_function_urls_of_a_cell(label: str) -> None:
    """Some function URLs name the cell that serves them in the host."""
    host = f"a1b2.{label}.us-east-1.on.aws"
    event = make.function_url(authorizer={"iam": {"userArn": make.USER_ARN, "accessKey": "AKIA"}})
    event["requestContext"]["domainName"] = host
    assert read(event) == ("function_url", ("iam",))
    assert is_function_url(host)
    assert region(host) == "us-east-1"
    assert authorizer.check(event, events.read(event), Config(mode="enforce")) is None


@pytest.mark.parametrize("domain", ["api.my-lambda-url.example.com", "lambda-url.example.com", "a.lambda-urls.com"])
def test_a_custom_domain_may_have_any_name(domain: str) -> None:
    """Only the second label of AWS's own form tells a function URL: a JWT vouches for nobody there."""
    event = make.http_api(authorizer={"jwt": {"claims": CLAIMS}}, domainName=domain)
    assert read(event) == ("apigw_http_v2", ("jwt",))


def test_a_function_that_calls_its_own_url_is_told_in_a_cell_too() -> None:
    """The event names the cell and the function's code does not, or the other way round."""
    hosts = ("a1.lambda-url.us-east-1.on.aws", "A1.cell-1-lambda-url.us-east-1.on.aws")
    own = Function("f", None, "123456789012", "us-east-1", "aws")
    for host, own_url in (hosts, hosts[::-1]):
        request = Request("GET", host, "/")
        (finding,) = direct_invoke.check_request(request, own_url, own, Config())
        assert (finding.issue, finding.target) == ("self-invoke", hosts[0])
        (finding,) = direct_invoke.check_request(request, "b2" + own_url[2:], own, Config())
        assert finding.issue == "direct-invoke"
        assert not direct_invoke.check_request(request, None, own, Config(allow_invoke=(hosts[0],)))


def test_origin_access_control_signs_for_everybody() -> None:
    """CloudFront's own signature vouches for no person: it counts only where the settings say so."""
    event = make.function_url(authorizer={"iam": {"userArn": OAC, "accessKey": "ASIA"}})
    source = events.read(event)
    assert read(event) == ("function_url", ("cloudfront_oac",))
    finding = authorizer.check(event, source, Config(mode="enforce"))
    assert finding is not None
    assert (finding.issue, finding.details["authorizer"]) == ("authorizer-kind-not-accepted", "cloudfront_oac")
    accepted = Config(mode="enforce", authorizers=("iam", "cloudfront_oac"))
    assert authorizer.check(event, source, accepted) is None


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (None, ("iam",)),
        ({"amr": None, "identityId": None, "identityPoolId": None}, ("iam",)),
        ({"amr": ["authenticated", "cognito-idp"], "identityId": "i"}, ("iam",)),
        ({"amr": ["unauthenticated"], "identityId": "i"}, ()),
        ({"amr": [], "identityId": "i"}, ()),
        ({"amr": None, "identityId": "i"}, ()),
        ({"identityId": "i"}, ()),
        ({"amr": "authenticated", "identityId": "i"}, ()),
        # AWS's own sample has a placeholder there, beside a user, who is no guest.
        ({"amr": ["foo"], "identityId": "i"}, ("iam",)),
    ],
)
@pytest.mark.parametrize("make_event", [make.http_api, make.function_url])
def test_guests_of_an_identity_pool(make_event: Any, pool: Any, expected: tuple[str, ...]) -> None:
    """An identity of a pool vouches for a caller who logged in, and for nobody else."""
    iam = {"userArn": make.USER_ARN, "accessKey": "ASIA", "cognitoIdentity": pool}
    assert read(make_event(authorizer={"iam": iam}))[1] == expected


@pytest.mark.parametrize("methods", [["cognito-identity.amazonaws.com"], ["foo"], [None], [[]]])
def test_a_role_of_an_identity_pool_says_that_its_caller_logged_in(methods: Any) -> None:
    """Guests and users of a pool come as roles; what does not say `authenticated` is a guest."""
    arn = "arn:aws:sts::123456789012:assumed-role/Pool/CognitoIdentityCredentials"
    iam = {"userArn": arn, "accessKey": "ASIA", "cognitoIdentity": {"amr": methods, "identityId": "i"}}
    event = make.http_api(authorizer={"iam": iam})
    assert read(event)[1] == ()
    finding = authorizer.check(event, events.read(event), Config(mode="enforce"))
    assert finding is not None
    assert (finding.issue, finding.details["status"]) == ("guest-identity", 403)
    iam["cognitoIdentity"] = {"amr": ["authenticated", *methods], "identityId": "i"}
    assert read(event)[1] == ("iam",)


@pytest.mark.parametrize("token", ["..", "a..c", ".b.c", "a.b.", "a.b", "a.b.c.d", "", "."])
def test_a_token_of_the_load_balancer_has_three_parts(token: str) -> None:
    """A header that cannot be a token vouches for nobody."""
    assert read(make.load_balancer(headers={"x-amzn-oidc-data": token}))[1] == ()
    assert read(make.load_balancer(headers={"x-amzn-oidc-data": "a.b.c"}))[1] == ("alb_oidc",)


def serverless(*, claims: Any = None, principal: str = "", identity: Any = None, stage: str = "dev") -> dict[str, Any]:
    """Return what the Serverless Framework's template makes of a request; what is not known is empty."""
    empty = dict.fromkeys(("cognitoIdentityId", "accountId", "caller", "apiKey", "userArn", "accessKey", "user"), "")
    return {
        "body": {},
        "method": "POST",
        "principalId": principal,
        "stage": stage,
        "cognitoPoolClaims": {"sub": "", **(claims or {})},
        "enhancedAuthContext": {"principalId": principal} if principal else {},
        "headers": {"Host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"},
        "query": {},
        "path": {"id": "7"},
        "identity": {**empty, "sourceIp": "192.0.2.1", **(identity or {})},
        "stageVariables": {},
        "requestPath": "/orders/{id}",
    }


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (serverless(), ()),
        (serverless(principal="user|7"), ("lambda",)),
        (serverless(claims=CLAIMS), ("cognito",)),
        (serverless(claims={"client_id": "machine"}), ("cognito",)),
        (serverless(identity=make.SIGNED), ("iam",)),
        (serverless(identity={"apiKey": "k"}), ()),
        (serverless(identity={**make.SIGNED, "cognitoIdentityId": "i"}), ()),
        (serverless(principal="user|7", stage="test-invoke-stage"), ("console_test_invoke",)),
        (serverless(principal="offlineContext_authorizer_principalId"), ()),
        (serverless(claims=CLAIMS, identity={"accountId": "offlineContext_accountId"}), ()),
    ],
)
def test_the_serverless_frameworks_own_template(event: Any, expected: tuple[str, ...]) -> None:
    """It is a REST API without proxy integration, not a direct invoke, and says who authorized it."""
    assert read(event) == ("apigw_rest_nonproxy", expected)
    source = events.read(event)
    assert source.route(event) == ("POST", "/orders/{id}", "/orders/{id}")
    finding = authorizer.check(event, source, Config(mode="enforce"))
    assert (finding is None) == (bool(expected) and expected != ("console_test_invoke",))


@pytest.mark.parametrize(
    "missing",
    [("enhancedAuthContext",), ("enhancedAuthContext", "requestPath"), ("cognitoPoolClaims",), ("principalId",)],
)
def test_the_template_of_other_versions(missing: tuple[str, ...]) -> None:
    """Older ones map less, and users' own are often the framework's with a line less."""
    event = {key: value for key, value in serverless(principal="user|7").items() if key not in missing}
    assert read(event) == ("apigw_rest_nonproxy", ("lambda",))
    unknown = {key: value for key, value in serverless().items() if key not in missing}
    assert read(unknown) == ("apigw_rest_nonproxy", ())


@pytest.mark.parametrize("event", [{"requestPath": "/a", "method": "GET"}, {"cognitoPoolClaims": {}}])
def test_one_name_of_the_template_is_not_the_template(event: Any) -> None:
    """A direct invoke may use such a name too."""
    assert read(event)[0] == "direct"


OFFLINE = {"apiId": "offlineContext_apiId", "accountId": "offlineContext_accountId"}
OVERRIDE = {"sls-offline-authorizer-override": "{}"}


@pytest.mark.parametrize(
    ("expected", "event"),
    [
        (("lambda",), make.http_api(authorizer={"lambda": {"user": "7"}, "jwt": {"claims": CLAIMS}}, **OFFLINE)),
        ((), make.http_api(authorizer={"lambda": {}, "jwt": {"claims": CLAIMS}}, **OFFLINE)),
        ((), make.http_api(authorizer={"lambda": {}}, **OFFLINE)),
        ((), make.http_api(authorizer={"lambda": {"user": "7"}}, headers=OVERRIDE, **OFFLINE)),
        ((), make.http_api(authorizer={"iam": {"userArn": make.USER_ARN}}, headers=OVERRIDE, **OFFLINE)),
        # In AWS that header says nothing.
        (("lambda",), make.http_api(authorizer={"lambda": {"user": "7"}}, headers=OVERRIDE)),
    ],
)
def test_serverless_offline(expected: tuple[str, ...], event: Any) -> None:
    """Only what an authorizer function returned there vouches: tokens are not checked, and headers may override it."""
    assert read(event) == ("apigw_http_v2", expected)


def test_the_emulators_of_rest_apis() -> None:
    """serverless-offline takes a context from a header, chalice's local server claims from any token."""
    event = make.rest_api(authorizer={"principalId": "u1"})
    event["requestContext"]["apiId"] = "offlineContext_apiId"
    assert read(event)[1] == ("lambda",)
    event["requestContext"]["authorizer"]["claims"] = CLAIMS
    assert read(event)[1] == ("lambda",)
    event["headers"] = {"SLS-Offline-Authorizer-Override": "{}"}
    assert read(event)[1] == ()
    event["requestContext"]["apiId"] = "offline"
    assert read(event)[1] == ()
    event["version"] = "1.0"
    assert read(event) == ("apigw_http_v1", ())
    local = {"httpMethod": "GET", "resourcePath": "/", "identity": {"sourceIp": "127.0.0.1"}, "path": "/"}
    chalice = {"requestContext": {**local, "authorizer": {"claims": CLAIMS, "principalId": "u1"}}, "headers": {}}
    assert read({**chalice, "path": "/", "httpMethod": "GET"}) == ("apigw_rest_v1", ())
    assert read(make.rest_api(authorizer={"claims": CLAIMS}))[1] == ("cognito",)


@pytest.mark.parametrize("query", ["queryString", "queryDocument", "operationName", "variables"])
def test_an_appsync_authorizers_input(query: str) -> None:
    """Whatever the query is called, and where there is none."""
    event = {"authorizationToken": "t", "requestContext": {"apiId": "a", "accountId": "1", query: "query { a }"}}
    assert read(event)[0] == "appsync_authorizer"


@pytest.mark.parametrize(
    ("source", "detail_type", "expected"),
    [
        ("aws.events", "Scheduled Event", "eventbridge_scheduled"),
        ("aws.scheduler", "Scheduled Event", "eventbridge_scheduled"),
        ("aws.scheduler", "Nightly report", "eventbridge_scheduled"),
        ("aws.events", "Nightly report", "eventbridge_scheduled"),
        ("aws.ec2", "EC2 Instance State-change Notification", "eventbridge"),
        ("shop", "Order placed", "eventbridge"),
        ("aws.events", "AWS API Call via CloudTrail", "eventbridge"),
        ("aws.scheduler", "AWS API Call via CloudTrail", "eventbridge"),
        (7, 7, "eventbridge"),
    ],
)
def test_schedules(source: str, detail_type: str, expected: str) -> None:
    """A schedule may name its events itself."""
    assert read({"source": source, "detail-type": detail_type, "detail": {}})[0] == expected


def test_a_schedule_is_told_by_its_arn() -> None:
    """Its input may have a source of its own as well."""
    event = {"source": "shop", "detail-type": "Nightly", "detail": {}, "resources": []}
    assert read(event)[0] == "eventbridge"
    event["resources"] = ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/nightly"]
    assert read(event)[0] == "eventbridge_scheduled"
