"""A text with the character NUL, which one of the stores keeps and the other does not, is let in by no door."""

from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from service.store.database import Database
from tests.bench import bodies
from tests.shipped import shipped

JSON = {"Content-Type": "application/json"}
NUL = "before\0after"
RESOURCES = bodies.mmn_resources(12)
CALL = orjson.loads(bodies.as_hook_call(RESOURCES))
ENTRY = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
REASON = {"system": "http://example.org/reasons", "code": "other"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    store = tmp_path_factory.mktemp("store") / "store.sqlite"
    Database(f"sqlite:///{store}").migrate()
    return create_app(Settings(profile="local", store=f"sqlite:///{store}"), shipped()).test_client()


def feedback(**changes: object) -> dict[str, object]:
    return {"feedback": [{**ENTRY, **changes}]}


def bundle(**changes: object) -> dict[str, object]:
    return {**orjson.loads(bodies.as_bundle(RESOURCES)), **changes}


PATIENT_VIEW, FEEDBACK, EVALUATE = (
    "/cds-services/mmn-patient-view",
    "/cds-services/mmn-patient-view/feedback",
    "/fhir/$mmn-evaluate",
)
DOORS = {
    "a comment in feedback": (FEEDBACK, feedback(overrideReason={"userComment": NUL})),
    "the code of a reason": (FEEDBACK, feedback(overrideReason={"reason": {**REASON, "code": NUL}})),
    "the system of a reason": (FEEDBACK, feedback(overrideReason={"reason": {**REASON, "system": NUL}})),
    "a field of feedback that is not read": (FEEDBACK, feedback(note=NUL)),
    "a key of feedback": (FEEDBACK, feedback(**{NUL: 1})),
    "the user of a call": (PATIENT_VIEW, {**CALL, "context": {**CALL["context"], "userId": NUL}}),
    "a field of a call that is not read": (PATIENT_VIEW, {**CALL, "extension": {"x": NUL}}),
    "a prefetched resource": (
        PATIENT_VIEW,
        {**CALL, "prefetch": {**CALL["prefetch"], "patient": {"resourceType": "Patient", "id": NUL}}},
    ),
    "the identifier of a Bundle": (EVALUATE, bundle(identifier={"value": NUL})),
    "one resource": (EVALUATE, {"resourceType": "Patient", "id": "p", "name": [{"family": NUL}]}),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_body_with_nul_is_refused_and_the_character_named(client: FlaskClient, door: str) -> None:
    path, body = DOORS[door]
    answer = client.post(path, data=orjson.dumps(body), headers=JSON)
    assert answer.status_code == 400
    assert "NUL" in answer.get_json()["issue"][0]["diagnostics"]


def test_the_line_with_nul_is_named(client: FlaskClient) -> None:
    lines = b"\n".join(orjson.dumps(each) for each in (RESOURCES[0], {"resourceType": "Basic", "id": NUL}))
    answer = client.post(EVALUATE, data=lines, headers={"Content-Type": "application/fhir+ndjson"})
    assert answer.status_code == 400
    assert "Line 2" in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("query", ["?subject=Patient/a%00", "?asOf=2026-03-04T10:20:00Z%00", "?%00=1", "?_format=%00"])
def test_nul_in_an_address_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.post(f"{EVALUATE}{query}", data=bodies.as_bundle(RESOURCES), headers=JSON)
    assert answer.status_code in (400, 406, 422)
