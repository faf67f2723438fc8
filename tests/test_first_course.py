"""The first course of immunoglobulin that a card offers has passed the checks of an order, or is not offered."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient

from tests.bench import bodies
from tests.test_order_hooks import condition, patient_view, searched, signed, weight

Json = dict[str, Any]
SUBJECT = {"reference": f"Patient/{bodies.PATIENT}"}
ANAPHYLAXIS = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "patient": SUBJECT,
    "code": {"text": "Immune globulin"},
    "reaction": [{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}],
}


def result(code: str, name: str, **value: object) -> Json:
    coding = {"coding": [{"system": "http://loinc.org", "code": code}]}
    made = {"resourceType": "Observation", "id": name, "status": "final", "code": coding, "subject": SUBJECT}
    return {**made, "effectiveDateTime": "2026-01-05", **value}


def grams_per_litre(value: float) -> Json:
    return {"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}


def of(resource: Json) -> Json:
    return {**resource, "subject": SUBJECT}


def offered(client: FlaskClient, *further: Json, **prefetch: object) -> Json:
    """The card on the first treatment."""
    found = patient_view(client, weight(80), *further, **{"allergies": searched(), **prefetch})
    (card,) = [each for each in found if "mmunoglobulin" in each["summary"]]
    return card


def test_without_a_contraindication_the_draft_is_offered_and_says_its_grams(client: FlaskClient) -> None:
    (suggestion,) = offered(client)["suggestions"]
    assert suggestion["label"] == "Draft IVIG 162.5 g over 5 days"
    assert suggestion["actions"][0]["description"] == (
        "Draft a first course of immunoglobulin: 32.5 g a day for 5 days, 162.5 g in all"
    )


def test_after_anaphylaxis_no_draft_is_offered_and_the_card_says_why(client: FlaskClient) -> None:
    card = offered(client, allergies=searched(ANAPHYLAXIS))
    assert (card["indicator"], "suggestions" in card) == ("warning", False)
    assert "contraindication" in card["summary"]
    assert "severity: severe" in card["detail"]


def test_in_iga_deficiency_with_antibodies_no_draft_is_offered(client: FlaskClient) -> None:
    iga = result("2458-8", "iga", valueQuantity=grams_per_litre(0.03))
    antibodies = result("44584-1", "anti", interpretation=[{"coding": [{"code": "POS"}]}], valueString="positive")
    card = offered(client, iga, antibodies)
    assert (card["indicator"], "suggestions" in card) == ("warning", False)
    assert "antibodies to IgA" in card["detail"]


def test_risks_are_named_beside_the_draft(client: FlaskClient) -> None:
    risks = searched(of(condition("N18.5", "c2")), of(condition("I26.99", "c3")))
    card = offered(client, conditions=risks)
    assert card["indicator"] == "warning"
    assert "Kidney risk, Sucrose not ruled out, Thrombosis risk" in card["summary"]
    assert "sucrose" in card["detail"]
    assert "suggestions" in card


@pytest.mark.parametrize("allergies", ["left out", {"resourceType": "OperationOutcome", "issue": []}, {"entry": []}])
def test_allergies_that_did_not_come_are_said_to_be_unchecked(client: FlaskClient, allergies: object) -> None:
    card = offered(client, allergies=allergies)
    assert "Allergies: the list did not come" in card["detail"]
    assert "suggestions" in card


def test_an_allergy_list_that_came_empty_is_not_called_unchecked_and_not_taken_for_none(client: FlaskClient) -> None:
    detail = offered(client)["detail"]
    assert "the list did not come" not in detail
    assert "Allergies: the record holds no entry" in detail
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
    none_known = {"resourceType": "AllergyIntolerance", "id": "n1", "patient": SUBJECT, "code": coded}
    assert "Allergies:" not in offered(client, allergies=searched(none_known))["detail"]


def test_a_page_of_allergies_speaks_against_a_draft_though_its_next_page_cannot_be_had(client: FlaskClient) -> None:
    paged = {**searched(ANAPHYLAXIS), "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]}
    card = offered(client, allergies=paged)
    assert (card["indicator"], "suggestions" in card) == ("warning", False)
    assert "severe" in card["detail"]
    assert "Allergies: the list did not come, or not to its end" in card["detail"]


def test_a_page_without_an_allergy_claims_nothing_of_the_next(client: FlaskClient) -> None:
    nut = {**ANAPHYLAXIS, "code": {"text": "Peanut"}}
    paged = {**searched(nut), "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]}
    assert "Allergies: the list did not come, or not to its end" in offered(client, allergies=paged)["detail"]


def test_discovery_asks_for_allergies_at_patient_view(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    assert all("allergies" in service["prefetch"] for service in services)


def test_without_a_weight_the_draft_has_no_grams_and_asks(client: FlaskClient) -> None:
    found = patient_view(client, allergies=searched())
    (card,) = [each for each in found if each["summary"].startswith("Consider")]
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    assert suggestion["label"] == "Draft IVIG 2 g/kg over 5 days, dose after weighing"
    assert "weigh first" in action["description"]
    get_fhir_model_class("MedicationRequest").model_validate(action["resource"])
    (instruction,) = action["resource"]["dosageInstruction"]
    assert "doseAndRate" not in instruction
    assert "recent weight" in instruction["text"]


def test_the_draft_without_grams_is_asked_about_when_it_is_signed(client: FlaskClient) -> None:
    found = patient_view(client, allergies=searched())
    (card,) = [each for each in found if each["summary"].startswith("Consider")]
    draft = card["suggestions"][0]["actions"][0]["resource"]
    cards = signed(client, {**draft, "id": "d1", "subject": {"reference": "Patient/p1"}})
    assert any("dose" in each["summary"] for each in cards)


@pytest.mark.parametrize(("kilograms", "is_drafted"), [(199, True), (200, False), (300, False)])
def test_no_course_is_drafted_by_a_very_high_weight_that_stands_alone(
    client: FlaskClient, kilograms: int, is_drafted: bool
) -> None:
    cards = patient_view(client, weight(kilograms), allergies=searched())
    drafted = [each for card in cards for each in card.get("suggestions", ()) if "IVIG" in each["label"]]
    assert bool(drafted) is is_drafted, [card["summary"] for card in cards]
    asked = f"Weight {kilograms} kg, the only one on record: weigh again"
    assert any(card["summary"].startswith(asked) for card in cards) is not is_drafted
