"""Charts of people who come for something else stay silent, whoever asks: a card nobody needs is never read again."""

from collections import defaultdict
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.bench import bodies
from tests.population.ordinary import ordinary
from tests.shipped import shipped

Json = dict[str, Any]
CHARTS = 600
MMN: list[Json] = orjson.loads(orjson.dumps(bodies.mmn_resources(12)))
_KEY_OF = {
    "Condition": "conditions",
    "MedicationRequest": "treatments",
    "Observation": "laboratory",
    "DocumentReference": "documents",
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    settings = Settings(profile="local", store="sqlite:///:memory:", audit=False)
    return create_app(settings, shipped()).test_client()


def prefetched(chart: list[Json]) -> Json:
    """What an EHR that asks by type hands over: searches that found all there is, or nothing."""
    found = defaultdict(list)
    for resource in chart[1:]:
        found[_KEY_OF.get(resource["resourceType"], "")].append(resource)
    keys = (*_KEY_OF.values(), "nerveStudies", "findings", "allergies", "statements", "examinations", "medications")
    searches = {key: searchset(found[key]) for key in keys}
    return {"patient": chart[0], **searches}


def searchset(found: list[Json]) -> Json:
    entry = [{"resource": resource, "search": {"mode": "match"}} for resource in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entry}


def cards(client: FlaskClient, service: str, chart: list[Json], **context: Any) -> list[Json]:
    call = {
        "hook": service.removeprefix("mmn-"),
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": {"patientId": chart[0]["id"], "userId": "Practitioner/example", **context},
        "prefetch": prefetched(chart),
    }
    answer = client.post(
        f"/cds-services/{service}", data=orjson.dumps(call), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    made: list[Json] = answer.get_json()["cards"]
    return made


def drafts(chart: list[Json]) -> Json:
    """The drugs of the chart, ordered anew."""
    ordered = [each for each in chart if each["resourceType"] == "MedicationRequest"]
    entry = [{"resource": {**each, "id": f"new-{each['id']}", "status": "draft"}} for each in ordered]
    return {"resourceType": "Bundle", "type": "collection", "entry": entry}


def test_the_chart_of_an_ordinary_patient_that_is_opened_stays_silent(client: FlaskClient) -> None:
    assert cards(client, "mmn-patient-view", MMN)
    spoken = {}
    for number in range(CHARTS):
        if made := cards(client, "mmn-patient-view", list(ordinary(number, seed=3))):
            spoken[number] = [card["summary"] for card in made]
    assert spoken == {}


def test_ordinary_drugs_that_are_ordered_stay_silent(client: FlaskClient) -> None:
    spoken = {}
    for number in range(CHARTS):
        chart = list(ordinary(number, seed=3))
        ordered = drafts(chart)
        if ordered["entry"] and (made := cards(client, "mmn-order-sign", chart, draftOrders=ordered)):
            spoken[number] = [card["summary"] for card in made]
    assert spoken == {}


def coded(kind: str, system: str, code: str, **elements: Any) -> Json:
    concept = {"coding": [{"system": system, "code": code}]}
    return {"resourceType": kind, "id": "x", "code": concept, "subject": {"reference": "Patient/o3-1"}, **elements}


WRONG = {"effectiveDateTime": "2026-01-05", "status": "final", "valueQuantity": {"value": "much", "unit": 3}}


@pytest.mark.parametrize(
    "spoiled",
    [
        coded("Observation", bodies.LOINC, "29463-7", **WRONG),
        coded("Observation", bodies.LOINC, "2160-0", **WRONG),
        coded("Observation", bodies.LOINC, "33914-3", **WRONG),
        coded("Condition", "http://hl7.org/fhir/sid/icd-10-cm", "I50.9", onsetDateTime="no date"),
    ],
    ids=["a weight", "a creatinine", "an eGFR", "a heart failure"],
)
def test_what_only_bears_on_a_treatment_and_cannot_be_used_raises_no_question_alone(
    client: FlaskClient, spoiled: Json
) -> None:
    chart = list(ordinary(1, seed=3))
    assert cards(client, "mmn-patient-view", [*chart, spoiled]) == []


def test_a_finding_that_cannot_be_used_does(client: FlaskClient) -> None:
    chart, spoiled = list(ordinary(1, seed=3)), coded("Observation", bodies.BEDSIDE, "asymmetric-limb-weakness")
    (card,) = cards(
        client, "mmn-patient-view", [*chart, {**spoiled, "status": "final", "effectiveDateTime": "no date"}]
    )
    assert card["source"]["topic"]["code"] == "mmnDiagnosisUnusable"
