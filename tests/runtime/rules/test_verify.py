"""With `verify` on, the token behind a context must be genuine, and whatever prevents the check is a finding."""

from __future__ import annotations

import base64
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lambda_guard.runtime import events
from lambda_guard.runtime.errors import ConfigurationError
from lambda_guard.runtime.rules import authorizer, verify
from lambda_guard.runtime.settings import verification
from lambda_guard.runtime.settings.config import Config, load
from lambda_guard.runtime.types import Finding

from ..events import factories as make

ISSUER = "https://issuer.example"
SIGNER = "arn:aws:elasticloadbalancing:us-east-2:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALB_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(autouse=True)
def _nothing_fetched() -> Iterator[None]:
    verify._cache.clear()
    yield
    verify._cache.clear()


class Keys:
    """A server of keys on this machine: path -> content, and what was asked for."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.asked: list[str] = []
        keys = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keys.asked.append(self.path)
                content = keys.content.get(self.path)
                self.send_response(404 if content is None else 200)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def keys() -> Iterator[Keys]:
    keys = Keys()
    keys.content["/jwks.json"] = jwks(k1=KEY)
    thread = Thread(target=keys.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield keys
    keys.server.shutdown()
    thread.join()
    keys.server.server_close()


def jwks(**keys: rsa.RSAPrivateKey) -> bytes:
    algorithm = jwt.algorithms.RSAAlgorithm
    rows = [{**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in keys.items()]
    return json.dumps({"keys": rows}).encode()


def token(
    *, key: Any = KEY, kid: str = "k1", algorithm: str = "RS256", headers: Any = None, **claims: Any
) -> str:
    now = int(time.time())
    known = {"sub": "u1", "iss": ISSUER, "aud": "app", "iat": now, "exp": now + 60}
    payload = {name: value for name, value in {**known, **claims}.items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid, **(headers or {})})


def request(bearer: str | None = None, **claims: Any) -> dict[str, Any]:
    headers = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
    context = {"jwt": {"claims": {"sub": "u1", "iss": ISSUER, **claims}, "scopes": None}}
    return make.http_api(authorizer=context, headers=headers)


def settings(place: str, **more: Any) -> dict[str, Any]:
    table = {"issuer": ISSUER, "audience": ["app", "client"], "jwks": place, **more}
    return {"jwt": table}


def check(event: Any, tables: dict[str, Any]) -> Finding | None:
    config = Config(mode="enforce", verify=verification.settings(tables))
    return authorizer.check(event, events.read(event), config)


def issue(event: Any, tables: dict[str, Any]) -> str | None:
    finding = check(event, tables)
    return finding.issue if finding else None


class TestJwt:
    def test_a_genuine_token_passes(self, keys: Keys) -> None:
        assert check(request(token()), settings(f"{keys.url}/jwks.json")) is None

    def test_keys_may_be_a_file_in_the_functions_root(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "jwks.json").write_bytes(jwks(k1=KEY))
        monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
        assert check(request(token()), settings("jwks.json")) is None

    def test_other_places_for_claims_and_tokens(self, keys: Keys) -> None:
        tables = settings(f"{keys.url}/jwks.json")
        claims = {"sub": "u1", "iss": ISSUER}
        headers = {"Authorization": f"Bearer {token()}"}
        assert check(make.rest_api(authorizer={"claims": claims}, headers=headers), tables) is None
        graphql = make.appsync(identity={"claims": claims, "username": "u1"})
        graphql["request"]["headers"]["authorization"] = token()
        assert check(graphql, tables) is None
        elsewhere = make.http_api(authorizer={"jwt": {"claims": claims}}, headers={"x-token": token()})
        assert check(elsewhere, settings(f"{keys.url}/jwks.json", header="x-token")) is None

    def test_a_token_without_audience_may_name_its_client(self, keys: Keys) -> None:
        tables = settings(f"{keys.url}/jwks.json")
        assert check(request(token(aud=None, client_id="client")), tables) is None
        assert issue(request(token(aud=None, client_id="other")), tables) == "token-not-verified"

    @pytest.mark.parametrize(
        "bearer",
        [
            token(key=OTHER_KEY),
            token(exp=int(time.time()) - 60),
            token(exp=None),
            token(iss="https://other.example"),
            token(aud="other"),
            token(aud=None),
            token(sub="somebody else"),
            token(sub=None),
            token(kid="unknown"),
            token(algorithm="HS256", key="k" * 64),
            token(key="", algorithm="none"),
            "not-a-token",
            "",
            None,
        ],
    )
    def test_anything_else_does_not(self, keys: Keys, bearer: str | None) -> None:
        finding = check(request(bearer), settings(f"{keys.url}/jwks.json"))
        assert finding is not None
        assert finding.issue == "token-not-verified"
        assert finding.details["status"] == 401

    def test_a_public_key_is_no_shared_secret(self, keys: Keys) -> None:
        """The classic confusion: HS256 with the public key as its secret."""
        pem = KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signed = ".".join(token(algorithm="HS256", key="k" * 64).split(".")[:2])
        signature = hmac.digest(pem, signed.encode(), "sha256")
        forged = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        assert issue(request(forged), settings(f"{keys.url}/jwks.json")) == "token-not-verified"

    def test_a_claim_that_the_token_does_not_make_is_not_proven(self, keys: Keys) -> None:
        event = request(token(), admin="true")
        assert issue(event, settings(f"{keys.url}/jwks.json")) == "token-not-verified"

    def test_claims_that_api_gateway_reformats_are_not_compared(self, keys: Keys) -> None:
        bearer = token(groups=["a", "b"], auth_time=1718636404)
        event = request(bearer, groups="[a b]", auth_time="Mon Jun 17 15:00:04 UTC 2024")
        assert check(event, settings(f"{keys.url}/jwks.json")) is None

    def test_contexts_without_a_token_are_taken_as_they_are(self) -> None:
        assert check(make.http_api(authorizer={"lambda": None}), settings("missing.json")) is None

    def test_the_finding_holds_neither_token_nor_claim(self, keys: Keys) -> None:
        bearer = token(key=OTHER_KEY, sub="alice")
        finding = check(request(bearer, sub="alice"), settings(f"{keys.url}/jwks.json"))
        assert finding is not None
        said = f"{finding.target} {finding.message} {dict(finding.details)}"
        assert bearer not in said
        assert "alice" not in said


class TestFetchedKeys:
    def test_are_fetched_once(self, keys: Keys) -> None:
        for _ in range(3):
            assert check(request(token()), settings(f"{keys.url}/jwks.json")) is None
        assert keys.asked == ["/jwks.json"]

    def test_are_fetched_again_when_their_life_is_over(
        self, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tables = settings(f"{keys.url}/jwks.json", max_age=300)
        assert check(request(token()), tables) is None
        keys.content["/jwks.json"] = jwks(k2=OTHER_KEY)
        now = time.time()
        monkeypatch.setattr(verify, "time", lambda: now + 301)
        assert issue(request(token()), tables) == "token-not-verified"
        assert keys.asked == ["/jwks.json"] * 2

    def test_a_rotated_key_is_found_before_that_but_not_looked_for_each_time(
        self, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tables = settings(f"{keys.url}/jwks.json")
        assert check(request(token()), tables) is None
        keys.content["/jwks.json"] = jwks(k1=KEY, k2=OTHER_KEY)
        rotated = request(token(key=OTHER_KEY, kid="k2"))
        assert issue(rotated, tables) == "token-not-verified"
        now = time.time()
        monkeypatch.setattr(verify, "time", lambda: now + 11)
        assert check(rotated, tables) is None
        assert keys.asked == ["/jwks.json"] * 2

    @pytest.mark.parametrize("content", [None, b"", b"[]", b'{"keys": 7}', b"\xff"])
    def test_that_cannot_be_read_let_nobody_in(self, keys: Keys, content: bytes | None) -> None:
        keys.content.clear()
        if content is not None:
            keys.content["/jwks.json"] = content
        finding = check(request(token()), settings(f"{keys.url}/jwks.json"))
        assert finding is not None
        assert finding.details["status"] == 401

    def test_that_cannot_be_reached_are_not_asked_for_each_time(self, keys: Keys) -> None:
        keys.content.clear()
        for _ in range(3):
            assert issue(request(token()), settings(f"{keys.url}/jwks.json")) == "verification-impossible"
        assert keys.asked == ["/jwks.json"]

    def test_key_ids_that_clients_make_up_do_not_pile_up(self, keys: Keys) -> None:
        for number in range(100):
            issue(oidc(kid=f"{number}"), alb(keys))
        assert len(verify._cache) <= 64


def test_without_pyjwt_nobody_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    finding = check(request(token_made_before), settings("jwks.json"))
    assert finding is not None
    assert finding.issue == "verification-impossible"
    assert finding.details["cause"] == "ModuleNotFoundError"


token_made_before = token()


def oidc(
    *, kid: str = "7b2a", signer: str = SIGNER, identity: str = "u1", key: Any = ALB_KEY, **claims: Any
) -> dict[str, Any]:
    """Build a request as the load balancer does, with the base64 padding that JWTs leave out."""
    plain = token(key=ALB_KEY, kid=kid, algorithm="ES256", headers={"signer": signer}, **claims)
    signed = ".".join(part + "=" * (-len(part) % 4) for part in plain.split(".")[:2])
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(signed.encode(), key)
    data = f"{signed}.{base64.urlsafe_b64encode(signature).decode()}"
    return make.load_balancer(headers={"x-amzn-oidc-data": data, "x-amzn-oidc-identity": identity})


def alb(keys: Keys) -> dict[str, Any]:
    keys.content["/7b2a"] = ALB_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"alb": {"signer": SIGNER, "keys": keys.url}}


class TestAlb:
    def test_a_genuine_header_passes(self, keys: Keys) -> None:
        assert check(oidc(), alb(keys)) is None

    @pytest.mark.parametrize(
        "event",
        [
            oidc(key=ec.generate_private_key(ec.SECP256R1())),
            oidc(signer=SIGNER.replace("123456789012", "666666666666")),
            oidc(exp=int(time.time()) - 60),
            oidc(identity="somebody else"),
            oidc(kid="../7b2a"),
            make.load_balancer(headers={"x-amzn-oidc-data": "a.b.c"}),
        ],
    )
    def test_anything_else_does_not(self, keys: Keys, event: Any) -> None:
        assert issue(event, alb(keys)) == "token-not-verified"

    def test_an_unknown_key_lets_nobody_in(self, keys: Keys) -> None:
        assert issue(oidc(kid="0000"), alb(keys)) == "verification-impossible"

    def test_the_keys_of_the_signers_region_are_used_by_default(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def read(place: str) -> bytes:
            asked.append(place)
            return b""

        monkeypatch.setattr(verify, "_read", read)
        issue(oidc(), {"alb": {"signer": [SIGNER]}})
        assert asked == ["https://public-keys.auth.elb.us-east-2.amazonaws.com/7b2a"]


class TestSettings:
    def test_are_read_from_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "lambda_guard.toml"
        file.write_text(
            f'mode = "enforce"\n[verify.jwt]\nissuer = "{ISSUER}"\naudience = "app"\njwks = "https://i/jwks.json"\n'
        )
        config = load({}, str(file), str(tmp_path / "none.toml"))
        assert config.verify == {
            "jwt": {
                "issuer": ISSUER,
                "audience": ("app",),
                "jwks": "https://i/jwks.json",
                "header": "authorization",
                "algorithms": ("RS256", "ES256"),
                "max_age": 3600,
            }
        }

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('verify = "jwt"', "[verify.jwt] with issuer, audience, jwks"),
            ("[verify]", "[verify.jwt] with issuer, audience, jwks"),
            ("[verify.saml]", "[verify.jwt] with issuer, audience, jwks"),
            ('[verify.jwt]\nissuer = "i"', "needs verify.jwt.audience"),
            ('[verify.jwt]\nissuer = "i"\naudience = "a"\njwks = "http://x/j"', "start with https://"),
            ('[verify.jwt]\nisuer = "i"', "takes in [verify.jwt]: issuer, audience, jwks"),
            (
                '[verify.jwt]\nissuer = "i"\naudience = "a"\njwks = "j"\nalgorithms = ["HS256"]',
                "takes as verify.jwt.algorithms: RS256",
            ),
            (
                '[verify.jwt]\nissuer = "i"\naudience = "a"\njwks = "j"\nmax_age = 0',
                "verify.jwt.max_age in seconds",
            ),
            ("[verify.alb]", "verify.alb"),
        ],
    )
    def test_that_are_wrong_stop_enforce_and_say_what_is_right(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        file = tmp_path / "lambda_guard.toml"
        file.write_text(f'mode = "enforce"\n{text}\n')
        with pytest.raises(ConfigurationError) as raised:
            load({}, str(file), str(tmp_path / "none.toml"))
        assert said in str(raised.value)


def test_pyjwt_is_not_imported_unless_it_is_needed() -> None:
    code = (
        "import sys; from lambda_guard.runtime import events; from lambda_guard.runtime.settings.config import Config;"
        "from lambda_guard.runtime.rules import authorizer; event = {'requestContext': {'http': {}}};"
        "assert authorizer.check(event, events.read(event), Config()); assert 'jwt' not in sys.modules;"
        "assert 'lambda_guard.runtime.rules.verify' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
