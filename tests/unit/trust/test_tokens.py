"""Tokens over HTTP: what is as it should be is let in, and of 200 forgeries none is, nor told why."""

import logging

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.errors import StoreUnavailable
from service.trust.refusals import Refused
from service.web.request_log import JsonLine
from tests.unit.trust.forged_claims import WRONG_CLAIMS
from tests.unit.trust.forged_headers import KEY_SET_URLS, WRONG_HEADERS
from tests.unit.trust.forged_shapes import WRONG_SHAPES
from tests.unit.trust.little_service import FHIR, World, service_behind
from tests.unit.trust.signed_tokens import (
    ALGORITHMS,
    CALL,
    EHR,
    FORGERS_KEY,
    JWKS_URL,
    KEYS,
    OTHER_EHR,
    OTHER_JWKS_URL,
    OTHER_KEY,
    PUBLIC_URL,
    SECONDS,
    claims,
    header,
    jwk,
    signed,
    with_claims,
    with_header,
)

FORGED = WRONG_HEADERS | WRONG_CLAIMS | WRONG_SHAPES
BODY = (
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login",'
    b'"diagnostics":"A valid token is needed in the Authorization header"}]}'
)
GOOD = {
    **{f"signed with {algorithm}": signed(claims(), algorithm=algorithm) for algorithm in ALGORITHMS},
    "with the registered jku": with_header(jku=JWKS_URL),
    "with its type in lower case": with_header(typ="jwt"),
    "with a key and certificates in its header, which are passed over": with_header(
        jwk=FORGERS_KEY.as_dict(private=False), x5u="https://forger.example/c.pem", x5c=["Q0VSVA=="] * 50, other=[1.5]
    ),
    "with the endpoint among its audiences": with_claims(aud=["https://other.example", PUBLIC_URL + CALL]),
    "issued a second ahead, as the Sandbox does": with_claims(iat=SECONDS + 1),
    "issued a minute ahead": with_claims(iat=SECONDS + 60, nbf=SECONDS + 60),
    "expired 59 seconds ago": with_claims(exp=SECONDS - 59),
    "good for an hour": with_claims(exp=SECONDS + 3600),
    "valid from now": with_claims(nbf=SECONDS),
    "with claims of a vendor": with_claims(sub="somebody", scope=["a"], nested={"x": None}, number=1.25),
    "of a listed tenant": with_claims(tenant="ward-1"),
    "of eight thousand bytes": with_claims(x="x" * 5500),
}
LOG = logging.getLogger("service.trust")


def call(client: FlaskClient, token: str, path: str = CALL) -> TestResponse:
    return client.open(path, method="GET" if path == "/cds-services" else "POST", headers=bearing(token))


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def client(world: World) -> FlaskClient:
    return service_behind(world.gate.client_of, world.gate.caller_of).test_client()


def assert_refused(answer: TestResponse) -> None:
    assert answer.status_code == 401
    assert answer.get_data() == BODY
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/fhir+json"
    assert len(answer.headers["X-Request-Id"]) >= 8


@pytest.mark.conforms("SEC-5", "SEC-6", "SEC-9", "SEC-17")
@pytest.mark.parametrize("token", GOOD.values(), ids=GOOD.keys())
def test_a_good_token_is_let_in_as_its_issuer(client: FlaskClient, world: World, token: str) -> None:
    answer = call(client, token)
    assert answer.status_code == 200
    assert answer.get_json()["name"] == EHR
    assert answer.get_json()["fhir"] == [FHIR]
    assert world.asked == [JWKS_URL]


@pytest.mark.conforms("SEC-3", "SEC-4", "SEC-6", "SEC-8", "SEC-14", "SEC-17", "SEC-18")
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_and_leaves_no_trace(client: FlaskClient, world: World, token: str) -> None:
    """With the keys at hand no connection is made, whatever the token says."""
    call(client, with_claims(jti="the first token fetches the keys"))
    call(client, signed(claims(iss=OTHER_EHR, aud=PUBLIC_URL + CALL), header(kid="other"), OTHER_KEY))
    asked, used = len(world.asked), dict(world.used.seen)
    assert (asked, len(used)) == (2, 2)
    assert_refused(call(client, token))
    assert (len(world.asked), world.used.seen) == (asked, used)


@pytest.mark.conforms("SEC-11")
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_that_comes_first_of_all_makes_nobody_ask_elsewhere(
    client: FlaskClient, world: World, token: str
) -> None:
    assert_refused(call(client, token))
    assert set(world.asked) <= {JWKS_URL, OTHER_JWKS_URL}
    assert not world.used.seen


@pytest.mark.conforms("SEC-11")
@pytest.mark.parametrize("token", KEY_SET_URLS.values(), ids=KEY_SET_URLS.keys())
def test_a_key_set_url_that_is_not_the_registered_one_is_refused_before_any_key_is_looked_up(
    client: FlaskClient, world: World, token: str
) -> None:
    assert_refused(call(client, token))
    assert not world.asked


@pytest.mark.conforms("SEC-1")
@pytest.mark.parametrize(
    "value",
    [None, "", "Bearer", "Bearer ", "Bearer  ", "Basic dXNlcjpwYXNz", GOOD["of a listed tenant"], "Bearer: x"],
)
def test_without_a_bearer_token_nobody_is_let_in(client: FlaskClient, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    assert_refused(client.post(CALL, headers=headers))
    assert_refused(client.get("/cds-services", headers=headers))
    assert_refused(client.post(f"{CALL}/feedback", headers=headers))
    assert_refused(client.post("/fhir/$mmn-evaluate", headers=headers))


@pytest.mark.parametrize("scheme", ["Basic", "Token", "JWT", "Bearer:", ""])
def test_a_good_token_under_another_scheme_is_refused(client: FlaskClient, scheme: str) -> None:
    assert_refused(client.post(CALL, headers={"Authorization": f"{scheme} {with_claims()}"}))


def test_a_token_in_the_query_is_no_token(client: FlaskClient) -> None:
    assert_refused(client.post(f"{CALL}?access_token={with_claims()}"))


PATHS = ["/cds-services", CALL, f"{CALL}/feedback", "/fhir/$mmn-evaluate"]


@pytest.mark.conforms("DIS-13", "FB-7", "SEC-2", "SEC-7")
@pytest.mark.parametrize("path", PATHS)
def test_each_endpoint_takes_tokens_for_itself_alone(client: FlaskClient, path: str) -> None:
    for other in PATHS:
        answer = call(client, with_claims(aud=PUBLIC_URL + other, jti=other), path)
        assert answer.status_code == (200 if path == other else 401)


@pytest.mark.conforms("SEC-7")
def test_the_host_that_the_caller_names_does_not_count(client: FlaskClient) -> None:
    forged = with_claims(aud=f"https://forger.example{CALL}")
    proxied = {"Host": "forger.example", "X-Forwarded-Host": "forger.example", "X-Forwarded-Proto": "https"}
    assert_refused(client.post(CALL, headers=bearing(forged) | proxied))
    assert client.post(CALL, headers=bearing(with_claims()) | proxied).status_code == 200


def test_a_browser_that_asks_first_needs_no_token(client: FlaskClient) -> None:
    assert client.options(CALL).status_code == 200


def test_a_tenant_that_is_no_text_is_refused_though_any_tenant_is_good(client: FlaskClient) -> None:
    assert_refused(call(client, signed(claims(iss=OTHER_EHR, tenant=7), header(kid="other"), OTHER_KEY)))


@pytest.mark.conforms("SEC-13")
def test_the_tenant_is_told_and_one_without_a_list_may_be_any(client: FlaskClient) -> None:
    assert call(client, with_claims(tenant="ward-1")).get_json()["tenant"] == "ward-1"
    other = signed(claims(iss=OTHER_EHR, tenant="any"), header(kid="other"), OTHER_KEY)
    assert call(client, other).get_json() == {"name": OTHER_EHR, "tenant": "any", "fhir": []}


@pytest.mark.conforms("SEC-5")
def test_an_algorithm_that_is_not_on_the_issuers_list_is_refused_whatever_keys_it_publishes(
    client: FlaskClient, world: World
) -> None:
    """The other EHR may use ES384 and RS384 only, and publishes a key for RS256 all the same."""
    world.web.replace("GET", OTHER_JWKS_URL, json={"keys": [jwk(KEYS["RS256"], "RS256")]})
    assert_refused(call(client, signed(claims(iss=OTHER_EHR), algorithm="RS256")))


def test_a_store_that_cannot_be_reached_lets_nobody_in(client: FlaskClient, world: World) -> None:
    world.used.out_of_order = StoreUnavailable("The database cannot be reached")
    assert call(client, with_claims()).status_code == 503


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ("a megabyte", "size"),
        ("four parts", "shape"),
        ("issuer unknown", "issuer"),
        ("crit", "critical header"),
        ("no type", "type"),
        ("algorithm 'none' with a signature", "algorithm"),
        ("ES384 where the key is RSA", "algorithm of the key"),
        ("jku of another host", "key set URL"),
        ("key id of another issuer", "key id"),
        ("signed by the forger", "signature"),
        ("audience another service", "claim aud"),
        ("good for two hours", "life too long"),
        ("tenant unlisted", "tenant"),
    ],
)
def test_whoever_runs_the_service_is_told_the_reason(world: World, forgery: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        world.gate.client_of(f"Bearer {FORGED[forgery]}", CALL)
    assert refused.value.reason == reason


@pytest.mark.conforms("SEC-15")
def test_the_log_gets_the_reason_and_what_was_proven_and_never_the_token(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stale = with_claims(exp=SECONDS - 600, jti="token-17")
    answer = client.post(CALL, headers=bearing(stale) | {"X-Request-Id": "correlate-me"})
    call(client, signed(claims(jti="token-18"), header(), FORGERS_KEY))
    lines = [JsonLine().format(record) for record in caplog.records if record.name == LOG.name]
    expired, forged = lines
    assert '"reason":"claim exp"' in expired
    assert f'"issuer":"{EHR}"' in expired
    assert '"jti":"token-17"' in expired
    assert f'"correlation_id":"{answer.headers["X-Request-Id"]}"' in expired
    assert '"reason":"signature"' in forged
    assert EHR not in forged
    assert "token-18" not in forged
    everything = caplog.text + "".join(lines)
    assert not any(part in everything for part in stale.split("."))
