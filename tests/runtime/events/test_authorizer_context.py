"""Who vouches for a caller, by source: the truth table of authorizer context and its traps."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events

from . import factories as make

CLAIMS = {"sub": "u1", "iss": "https://issuer.example"}


def kinds(event: Any) -> tuple[str, ...]:
    source = events.read(event)
    assert source.authorizer is not None
    return source.authorizer(event)


class TestHttpApi:
    @pytest.mark.parametrize(
        ("expected", "authorizer"),
        [
            (("jwt",), {"jwt": {"claims": CLAIMS, "scopes": ["a"]}}),
            (("jwt",), {"jwt": {"claims": CLAIMS, "scopes": None}}),
            ((), {"jwt": {"claims": {}, "scopes": None}}),
            ((), {"jwt": {"claims": None, "scopes": None}}),
            ((), {"jwt": {"claims": "sub=u1"}}),
            ((), {"jwt": None}),
            (("lambda",), {"lambda": {"tenant": "t"}}),
            (("lambda",), {"lambda": {}}),
            (("lambda",), {"lambda": None}),
            ((), {"lambda": False}),
            (("iam",), {"iam": {"userArn": make.USER_ARN, "accessKey": "AKIA", "cognitoIdentity": None}}),
            (
                ("iam",),
                {"iam": {"userArn": make.USER_ARN, "cognitoIdentity": {"amr": ["authenticated", "p"]}}},
            ),
            ((), {"iam": {"userArn": make.USER_ARN, "cognitoIdentity": {"amr": ["unauthenticated"]}}}),
            ((), {"iam": {}}),
            ((), {"iam": None}),
            ((), {"iam": {"userArn": "offlineContext_userArn"}}),
            ((), {"claims": CLAIMS}),
            ((), {"principalId": "u1"}),
            ((), {}),
            ((), None),
            ((), "jwt"),
            ((), ...),
        ],
    )
    def test_authorizer(self, expected: tuple[str, ...], authorizer: Any) -> None:
        assert kinds(make.http_api(authorizer=authorizer)) == expected

    def test_a_client_certificate_is_its_own_kind(self) -> None:
        assert kinds(make.http_api(authentication={"clientCert": make.CERTIFICATE})) == ("mtls",)

    def test_a_client_certificate_comes_after_what_the_authorizer_says(self) -> None:
        authorizer = {"jwt": {"claims": CLAIMS}}
        event = make.http_api(authorizer=authorizer, authentication={"clientCert": make.CERTIFICATE})
        assert kinds(event) == ("jwt", "mtls")

    @pytest.mark.parametrize("authentication", [None, {}, {"clientCert": None}, {"clientCert": {}}, "x"])
    def test_no_client_certificate(self, authentication: Any) -> None:
        assert kinds(make.http_api(authentication=authentication)) == ()

    def test_an_authorization_header_proves_nothing(self) -> None:
        assert kinds(make.http_api(headers={"authorization": "Bearer eyJ"})) == ()

    def test_an_emulator_that_copies_claims_from_any_token_proves_nothing(self) -> None:
        emulated = {"apiId": "offlineContext_apiId", "accountId": "offlineContext_accountId"}
        assert kinds(make.http_api(authorizer={"jwt": {"claims": CLAIMS}}, **emulated)) == ()
        assert kinds(make.http_api(authorizer={"lambda": {"tenant": "t"}}, **emulated)) == ("lambda",)


class TestFunctionUrl:
    def test_iam(self) -> None:
        assert kinds(make.function_url(authorizer={"iam": {"userArn": make.USER_ARN}})) == ("iam",)

    @pytest.mark.parametrize(
        "authorizer",
        [{"iam": {}}, {"jwt": {"claims": CLAIMS}}, {"lambda": {"a": "b"}}, {"lambda": None}, None],
    )
    def test_nothing_else_is_ever_valid(self, authorizer: Any) -> None:
        assert kinds(make.function_url(authorizer=authorizer)) == ()


class TestRestApi:
    @pytest.mark.parametrize(
        ("expected", "authorizer"),
        [
            (("lambda",), {"principalId": "u1", "integrationLatency": 0}),
            (("lambda",), {"principalId": "u1", "tenant": "t"}),
            (("cognito",), {"claims": CLAIMS}),
            (("cognito",), {"claims": CLAIMS, "tenant": "t"}),
            ((), {"claims": "{sub=u1}"}),
            ((), {"claims": {}}),
            ((), {"claims": None, "principalId": ""}),
            ((), {"principalId": None}),
            ((), {"integrationLatency": 12}),
            ((), {"error": "e", "integrationLatency": 12}),
            ((), {"tenant": "t"}),
            ((), {"principalId": "offlineContext_authorizer_principalId"}),
            ((), {"principalId": "offlineContext_authorizer_principalId", "claims": CLAIMS}),
            ((), {"jwt": {"claims": CLAIMS}}),
            ((), {"lambda": {}}),
            ((), {}),
            ((), None),
            ((), ...),
        ],
    )
    def test_authorizer(self, expected: tuple[str, ...], authorizer: Any) -> None:
        assert kinds(make.rest_api(authorizer=authorizer)) == expected

    @pytest.mark.parametrize(
        ("expected", "identity"),
        [
            (("iam",), make.SIGNED),
            (
                ("iam",),
                {**make.SIGNED, "cognitoIdentityId": "i", "cognitoAuthenticationType": "authenticated"},
            ),
            ((), {**make.SIGNED, "cognitoIdentityId": "i", "cognitoAuthenticationType": "unauthenticated"}),
            ((), {**make.SIGNED, "accessKey": None}),
            ((), {**make.SIGNED, "userArn": "offlineContext_userArn"}),
            ((), {"apiKey": "k", "apiKeyId": "id"}),
            (("mtls",), {"clientCert": make.CERTIFICATE}),
            (("iam", "mtls"), {**make.SIGNED, "clientCert": make.CERTIFICATE}),
            ((), {"clientCert": None}),
        ],
    )
    def test_identity(self, expected: tuple[str, ...], identity: Any) -> None:
        assert kinds(make.rest_api(identity=identity)) == expected

    def test_a_console_test_is_its_own_kind_although_the_console_user_signed(self) -> None:
        assert kinds(make.rest_api(identity=make.SIGNED, stage="test-invoke-stage")) == (
            "console_test_invoke",
        )
        identity = {**make.SIGNED, "apiKey": "test-invoke-api-key"}
        assert kinds(make.rest_api(identity=identity)) == ("console_test_invoke",)


class TestHttpApiWithPayload1:
    @pytest.mark.parametrize(
        ("expected", "authorizer"),
        [
            (("jwt",), {"claims": CLAIMS, "scopes": None}),
            (("lambda",), {"principalId": "u1", "integrationLatency": 3}),
            (("lambda",), {"tenant": "t", "integrationLatency": 3}),
            ((), {"claims": None, "scopes": None}),
            ((), {"claims": None, "scopes": None, "integrationLatency": 3}),
            ((), {"integrationLatency": 3}),
            ((), {"tenant": None}),
            ((), {"iam": {}}),
            ((), {"jwt": {"claims": CLAIMS}}),
            ((), {"lambda": {"tenant": "t"}}),
            ((), {"principalId": ""}),
            ((), {}),
            ((), None),
        ],
    )
    def test_authorizer(self, expected: tuple[str, ...], authorizer: Any) -> None:
        assert kinds(make.http_api_v1(authorizer=authorizer)) == expected

    def test_iam(self) -> None:
        assert kinds(make.http_api_v1(identity=make.SIGNED)) == ("iam",)

    def test_a_saved_console_test_is_not_taken_for_a_signed_request(self) -> None:
        event = make.http_api_v1(identity={**make.SIGNED, "apiKey": "test-invoke-api-key"})
        assert kinds(event) == ("console_test_invoke",)


class TestRestApiWithoutProxy:
    """Only the console's passthrough template can be recognised."""

    @pytest.mark.parametrize(
        ("expected", "context"),
        [
            (("lambda",), {"authorizer_principal_id": "u1"}),
            (("iam",), {"user_arn": make.USER_ARN, "caller": "AIDA"}),
            (
                ("console_test_invoke",),
                {"stage": "test-invoke-stage", "user_arn": make.USER_ARN, "caller": "AIDA"},
            ),
            ((), {"api_key": "k"}),
            ((), {}),
        ],
    )
    def test_template(self, expected: tuple[str, ...], context: Any) -> None:
        assert kinds(make.rest_nonproxy(**context)) == expected


class TestWebSocket:
    @pytest.mark.parametrize(
        ("expected", "parts"),
        [
            (("lambda",), {"authorizer": {"principalId": "u1"}}),
            (("iam",), {"identity": {"userArn": make.USER_ARN, "accessKey": "AKIA"}}),
            ((), {"authorizer": {"claims": CLAIMS}}),
            ((), {"authorizer": None}),
            ((), {"identity": {"apiKey": "k"}}),
            ((), {}),
        ],
    )
    def test_connect(self, expected: tuple[str, ...], parts: Any) -> None:
        assert kinds(make.websocket(**parts)) == expected

    @pytest.mark.parametrize(
        ("settled", "parts"),
        [
            (False, {"event_type": "CONNECT"}),
            (False, {"event_type": "MESSAGE", "route_key": "$connect"}),
            (True, {"event_type": "MESSAGE"}),
            (True, {"event_type": "DISCONNECT"}),
        ],
    )
    def test_only_a_connection_is_judged(self, settled: bool, parts: Any) -> None:
        event = make.websocket(**parts)
        source = events.read(event)
        assert source.settled is not None
        assert source.settled(event) is settled


class TestLoadBalancer:
    VERIFIED = {"x-amzn-mtls-clientcert-leaf": "-----BEGIN", "x-amzn-mtls-clientcert-subject": "CN=a"}

    @pytest.mark.parametrize("multi_value", [False, True])
    @pytest.mark.parametrize(
        ("expected", "headers"),
        [
            (("alb_oidc",), {"x-amzn-oidc-data": "a.b.c"}),
            (("alb_oidc",), {"X-Amzn-Oidc-Data": "a.b.c"}),
            ((), {"x-amzn-oidc-data": "a"}),
            ((), {"x-amzn-oidc-identity": "u1"}),
            (("mtls",), VERIFIED),
            ((), {"x-amzn-mtls-clientcert": "-----BEGIN"}),
            ((), {"user-agent": "ELB-HealthChecker/2.0"}),
            ((), {}),
        ],
    )
    def test_headers(self, expected: tuple[str, ...], headers: Any, multi_value: bool) -> None:
        assert kinds(make.load_balancer(headers=headers, multi_value=multi_value)) == expected


class TestLattice:
    @pytest.mark.parametrize(
        ("expected", "identity"),
        [
            (("iam",), {"type": "AWS_IAM", "principal": "arn:aws:iam::1:role/r"}),
            ((), {"type": "AWS_IAM"}),
            ((), {"principal": "arn:aws:iam::1:role/r"}),
            ((), {"x509SanDns": "example.com"}),
            ((), {}),
        ],
    )
    def test_version_2(self, expected: tuple[str, ...], identity: Any) -> None:
        assert kinds(make.lattice_v2(identity=identity)) == expected

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            (("iam",), "Principal=arn:aws:iam::1:role/r;SessionName=s"),
            (("iam",), "PrincipalOrgID=o-1; Principal=arn:aws:iam::1:role/r"),
            ((), "PrincipalOrgID=o-1"),
            ((), "Principal="),
            ((), ""),
        ],
    )
    def test_version_1_says_it_in_a_header(self, expected: tuple[str, ...], value: str) -> None:
        assert kinds(make.lattice_v1(headers={"x-amzn-lattice-identity": value})) == expected


class TestAppSync:
    @pytest.mark.parametrize(
        ("expected", "identity"),
        [
            (("cognito",), make.COGNITO_IDENTITY),
            (("jwt",), {"sub": "u1", "issuer": "https://i", "claims": CLAIMS}),
            (("lambda",), {"resolverContext": {"tenant": "t"}}),
            (("lambda",), {"resolverContext": None}),
            (("iam",), {"userArn": make.USER_ARN, "accountId": "1", "sourceIp": ["192.0.2.1"]}),
            (
                ("iam",),
                {
                    "userArn": make.USER_ARN,
                    "cognitoIdentityId": "i",
                    "cognitoIdentityAuthType": "authenticated",
                },
            ),
            (
                (),
                {
                    "userArn": make.USER_ARN,
                    "cognitoIdentityId": "i",
                    "cognitoIdentityAuthType": "unauthenticated",
                },
            ),
            ((), {"sub": "u1", "username": "u1"}),
            ((), "None"),
            ((), {}),
            ((), None),
        ],
    )
    def test_identity(self, expected: tuple[str, ...], identity: Any) -> None:
        assert kinds(make.appsync(identity=identity)) == expected
        assert kinds(make.appsync_events(identity=identity)) == expected
        assert kinds({"context": make.appsync(identity=identity)}) == expected

    def test_a_batch_needs_it_in_every_item(self) -> None:
        known, unknown = make.appsync(identity=make.COGNITO_IDENTITY), make.appsync()
        assert kinds([known, known]) == ("cognito",)
        assert kinds([known, unknown]) == ()
        assert kinds([known, 7]) == ()
