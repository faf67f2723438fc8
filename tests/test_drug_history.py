"""A first course is offered only where every drug ordered or given could be read and none is immunoglobulin."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.bench import bodies
from tests.test_order_hooks import condition, summaries, weight

Json = dict[str, Any]
SUBJECT = {"reference": f"Patient/{bodies.PATIENT}"}
FIRST, UNREAD = "Consider intravenous immunoglobulin as first treatment", "No immunoglobulin was found, but a drug"
LOCAL: Json = {"coding": [{"system": "https://hospital.example.org/drugs", "code": "4711"}]}
PCS = "http://hl7.org/fhir/sid/icd-10-pcs"


def given(kind: str, status: str | None = "completed", **more: Any) -> Json:
    made = {"resourceType": kind, "id": "g1", "status": status, "subject": SUBJECT, "effectiveDateTime": "2025-11-02"}
    if kind == "MedicationRequest":
        made |= {"intent": "order", "authoredOn": made.pop("effectiveDateTime")}
    return {**made, **more}


def named(text: str) -> Json:
    return {"medicationCodeableConcept": {"text": text}}


POINTER: Json = {"medicationReference": {"reference": "Medication/nowhere"}}
WHAT_IS_LEFT_OPEN: dict[str, Json] = {
    "an administration without a drug": given("MedicationAdministration"),
    "an administration whose drug did not come": given("MedicationAdministration", **POINTER),
    "a statement with a code of the hospital": given("MedicationStatement", medicationCodeableConcept=LOCAL),
    "a running request whose drug did not come": given("MedicationRequest", "active", **POINTER),
    "an old request with a code of the hospital": given(
        "MedicationRequest", "stopped", medicationCodeableConcept=LOCAL
    ),
    "an administration as R5 writes it": given("MedicationAdministration", medication={"concept": LOCAL}),
    "a dispense whose drug did not come": given("MedicationDispense", **POINTER),
    "a usage of R5": given("MedicationUsage", "recorded", medication={"concept": LOCAL}),
    "immunoglobulin of R5": given("MedicationStatement", medication={"concept": {"text": "Privigen"}}),
    "immunoglobulin without a status": given("MedicationAdministration", None, **named("Privigen")),
}
WHAT_IS_NO_QUESTION: dict[str, Json] = {
    "another drug by its name": given("MedicationAdministration", **named("pantoprazole 40 mg")),
    "another drug as R5 writes it": given("MedicationStatement", medication={"concept": {"text": "pantoprazole"}}),
    "another drug of which only the reference tells the name": given(
        "MedicationStatement", medicationReference={"reference": "Medication/nowhere", "display": "ramipril"}
    ),
    "an administration that did not take place": given("MedicationAdministration", "not-done"),
    "a request entered in error": given("MedicationRequest", "entered-in-error", **POINTER),
    "a drug of somebody else": given("MedicationAdministration", subject={"reference": "Patient/somebody-else"}),
    "a procedure of another kind": given("Procedure", code=LOCAL),
}


def cards(client: FlaskClient, *further: Json) -> list[Json]:
    """The cards on a whole chart of somebody with definite MMN that was found lately, and what else it holds."""
    subject = {"subject": SUBJECT}
    chart = [*bodies.mmn_resources(12), {**weight(80), **subject}, {**condition("G61.82", "mmn"), **subject}, *further]
    content = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in chart]}
    answer = client.post("/fhir/$mmn-evaluate", json=content)
    made: list[Json] = answer.get_json()["cards"]
    return made


@pytest.mark.parametrize("resource", WHAT_IS_LEFT_OPEN.values(), ids=WHAT_IS_LEFT_OPEN)
def test_a_drug_that_nobody_can_read_is_asked_about_and_nothing_is_first(client: FlaskClient, resource: Json) -> None:
    made = cards(client, resource)
    told = "\n".join(summaries(made))
    assert (FIRST in told, UNREAD in told) == (False, True)
    assert not any("suggestions" in card for card in made)


@pytest.mark.parametrize("resource", WHAT_IS_NO_QUESTION.values(), ids=WHAT_IS_NO_QUESTION)
def test_what_cannot_be_immunoglobulin_of_this_patient_leaves_the_first_course(
    client: FlaskClient, resource: Json
) -> None:
    told = "\n".join(summaries(cards(client, resource)))
    assert (FIRST in told, UNREAD in told) == (True, False)


@pytest.mark.parametrize("code", ["30233S1", "30243S1"])
def test_a_transfusion_of_globulin_is_immunoglobulin_given(client: FlaskClient, code: str) -> None:
    done = given("Procedure", code={"coding": [{"system": PCS, "code": code}]}, performedDateTime="2025-11-02")
    told = "\n".join(summaries(cards(client, done)))
    assert (FIRST in told, UNREAD in told) == (False, False)


STATUSES: dict[str, tuple[Json, bool]] = {
    "of another version": ({"clinicalStatus": "active"}, False),
    # It does not resolve: the diagnosis or the status is wrong.
    "resolved": ({"clinicalStatus": {"coding": [{"code": "resolved"}]}}, False),
    "refuted": ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, True),
    "entered in error": ({"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}, True),
}


@pytest.mark.parametrize(("status", "is_offered"), STATUSES.values(), ids=STATUSES.keys())
def test_als_in_an_entry_that_cannot_be_used_withholds_the_first_course(
    client: FlaskClient, status: Json, is_offered: bool
) -> None:
    als = {**condition("G12.21", "als"), "subject": SUBJECT, **status}
    told = "\n".join(summaries(cards(client, als)))
    assert (FIRST in told, "names motor neuron disease in an entry" in told) == (is_offered, not is_offered)
