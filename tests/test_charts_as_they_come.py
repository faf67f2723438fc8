"""Whole calls with charts as hospitals have them: several codes, other names of systems, words, dates and units."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.shipped import shipped
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import ICD10, PREDNISONE, SUBJECT, Json, order, searched, signed, summaries, weight

SNOMED = "http://snomed.info/sct"
USUAL = draft(line(32, daily(5)), reasonCode=[{"coding": [{"system": ICD10, "code": "G61.82"}]}])
LETTER = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
KIDNEY, THROMBOSIS, STEROID = "Kidney risk", "hrombosis risk", "Corticosteroids are not recommended"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()


def condition(*codes: tuple[str, str], text: str = "", extension: object = None, **more: Any) -> Json:
    codings: list[Json] = [{"system": system, "code": code} for system, code in codes]
    if extension:
        codings[0]["extension"] = extension
    code = {"coding": codings, **({"text": text} if text else {})}
    return {"resourceType": "Condition", "id": "c1", "code": code, "subject": SUBJECT, **more}


def told(client: FlaskClient, ordered: Json, **prefetch: object) -> str:
    """Summaries and details of all cards on an order."""
    cards = signed(client, ordered, **{"findings": searched(weight(80)), **prefetch})
    return "\n".join(f"{summary}\n{card['detail']}" for summary, card in zip(summaries(cards), cards, strict=True))


@pytest.mark.parametrize(
    "codes",
    [
        [(ICD10, "E11.22"), (ICD10, "N18.31")],
        [("urn:oid:2.16.840.1.113883.6.90", "N18.31")],
        [("http://hl7.org/fhir/sid/icd-10", "N18.31")],
        [("https://snomed.info/sct/731000124108/version/20240901", "709044004")],
    ],
)
def test_a_kidney_disease_is_a_risk_however_it_is_coded(client: FlaskClient, codes: list[tuple[str, str]]) -> None:
    assert KIDNEY in told(client, USUAL, conditions=searched(condition(*codes)))


@pytest.mark.parametrize(
    "codes", [[(SNOMED, "230591002"), (ICD10, "G61.89")], [("urn:oid:2.16.840.1.113883.6.96", "230591002")]]
)
def test_mmn_is_known_by_any_of_its_codes_and_systems(client: FlaskClient, codes: list[tuple[str, str]]) -> None:
    assert STEROID in told(client, order(PREDNISONE), conditions=searched(condition(*codes)))


@pytest.mark.parametrize(
    ("chart", "is_named"),
    [
        (condition((ICD10, "I82.409"), text="DVT ruled out"), True),
        (condition((ICD10, "I82.409"), (ICD10, "Z03.89")), True),
        (condition((ICD10, "I82.409"), extension=[{"url": LETTER, "valueCode": "V"}]), True),
        (condition((ICD10, "I82.409"), extension=[{"url": LETTER, "valueCode": "A"}]), False),
        (condition((ICD10, "I82.409"), (ICD10, "Z82.49")), False),
    ],
)
def test_a_thrombosis_that_is_left_open_is_asked_about(client: FlaskClient, chart: Json, *, is_named: bool) -> None:
    said = told(client, USUAL, conditions=searched(chart))
    assert ("Clarify before the infusion" in said) is is_named


def test_a_thrombosis_of_the_past_is_a_risk(client: FlaskClient) -> None:
    past = condition((ICD10, "I82.409"), (ICD10, "Z86.718"))
    assert THROMBOSIS in told(client, USUAL, conditions=searched(past))


@pytest.mark.parametrize(
    ("text", "is_contraindicated"),
    [
        ("No known allergy to immunoglobulin", False),
        ("Denies reaction to IVIG", False),
        ("No known food allergies; anaphylaxis to IVIG", True),
        ("No known allergies except immunoglobulin", True),
    ],
)
def test_only_an_allergy_that_is_there_contraindicates(
    client: FlaskClient, text: str, *, is_contraindicated: bool
) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": SUBJECT, "code": {"text": text}}
    assert ("Contraindicated" in told(client, USUAL, allergies=searched(allergy))) is is_contraindicated


def test_a_draft_goes_back_with_the_names_that_its_sender_gave(client: FlaskClient) -> None:
    mine = "urn:oid:2.16.840.1.113883.6.8"
    dose = {"doseQuantity": {"value": 80, "unit": "g", "system": mine, "code": "g"}}
    cards = signed(client, draft(line(dose, daily(5))), findings=searched(weight(80)))
    (sent_back,) = [
        action["resource"] for card in cards for each in card.get("suggestions", []) for action in each["actions"]
    ]
    quantity = sent_back["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
    assert (quantity["system"], quantity["value"] < 80) == (mine, True)


def test_a_kidney_disease_of_the_past_is_a_risk_and_mmn_of_the_past_is_not_active(client: FlaskClient) -> None:
    kidney = condition((ICD10, "N18.4"), (ICD10, "Z87.448"))
    assert KIDNEY in told(client, USUAL, conditions=searched(kidney))
    assert KIDNEY not in told(client, USUAL)
    assert STEROID not in told(
        client, order(PREDNISONE), conditions=searched(condition((ICD10, "G61.82"), (ICD10, "Z86.69")))
    )
