"""Bearer tokens: known by their hash alone, each for what it may do."""

import hashlib

import pytest
from flask.testing import FlaskClient

from service.trust.bearer import BearerCredential
from service.trust.gate import Gate
from service.trust.refusals import Refused
from service.web.authentication import anybody
from tests.unit.trust.little_service import FHIR, ISSUERS, World, service_behind
from tests.unit.trust.signed_tokens import CALL, EHR, PUBLIC_URL, with_claims

ENGINE, SCRAPER = "integration-engine-Zk3u0sXb1vZ8", "metrics-scraper-7Qm2sYv0"
EVALUATE = "/fhir/$mmn-evaluate"


def credential(name: str, token: str, *may: str) -> BearerCredential:
    return BearerCredential.model_validate(
        {"name": name, "sha256": hashlib.sha256(token.encode()).hexdigest(), "may": may}
    )


CREDENTIALS = (credential("engine", ENGINE, "evaluate"), credential("scraper", SCRAPER, "metrics"))


@pytest.fixture
def gate(world: World) -> Gate:
    return World(world.web, bearer_tokens=CREDENTIALS).gate


@pytest.fixture
def client(gate: Gate) -> FlaskClient:
    return service_behind(gate.client_of, gate.caller_of).test_client()


def status(client: FlaskClient, token: str, path: str = EVALUATE) -> int:
    return client.post(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_the_bundle_endpoint_takes_a_bearer_token_and_the_token_of_a_client(client: FlaskClient) -> None:
    answer = client.post(EVALUATE, headers={"Authorization": f"bearer {ENGINE}"})
    assert answer.get_json() == {"name": "engine", "tenant": "", "fhir": []}
    signed = client.post(EVALUATE, headers={"Authorization": f"Bearer {with_claims(aud=PUBLIC_URL + EVALUATE)}"})
    assert signed.get_json()["name"] == EHR


def test_a_cds_service_takes_no_bearer_token(client: FlaskClient) -> None:
    assert status(client, ENGINE, CALL) == 401


@pytest.mark.parametrize(
    "token",
    [
        SCRAPER,
        ENGINE[:-1],
        f"{ENGINE}x",
        ENGINE.lower(),
        CREDENTIALS[0].sha256,
        "engine",
        hashlib.sha256(ENGINE.encode()).hexdigest().upper(),
    ],
)
def test_no_other_text_is_taken_for_the_token(client: FlaskClient, token: str) -> None:
    assert status(client, token) == 401


def test_metrics_are_for_those_who_may_read_them_and_never_for_a_cds_client(gate: Gate) -> None:
    assert gate.caller_of(f"Bearer {SCRAPER}", "/metrics", needs="metrics").name == "scraper"
    for token in (ENGINE, with_claims(aud=f"{PUBLIC_URL}/metrics")):
        with pytest.raises(Refused):
            gate.caller_of(f"Bearer {token}", "/metrics", needs="metrics")


def test_with_authentication_off_anybody_is_a_caller_for_the_configured_servers() -> None:
    open_to_all = service_behind(anybody((FHIR,))).test_client()
    assert open_to_all.post(CALL).get_json() == {"name": "", "tenant": "", "fhir": [FHIR]}


@pytest.mark.parametrize(
    ("issuers", "credentials"),
    [
        ((*ISSUERS, ISSUERS[0]), ()),
        (ISSUERS, (*CREDENTIALS, CREDENTIALS[1])),
        (ISSUERS, (credential(EHR, ENGINE, "evaluate"),)),
    ],
)
def test_two_callers_never_share_a_name(world: World, issuers: object, credentials: object) -> None:
    with pytest.raises(ValueError, match="stands twice"):
        World(world.web, issuers=issuers, bearer_tokens=credentials)  # type: ignore[arg-type]  # pairs of the table
