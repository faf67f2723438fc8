"""A diagnosis that bears on an order of immunoglobulin and could not be used reaches the card of the order."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import ICD10, SUBJECT, Json, searched, signed, weight


def status(code: str) -> Json:
    return {"coding": [{"code": code}]}


ACTIVE = {"clinicalStatus": status("active")}
MMN = {"resourceType": "Condition", "id": "mmn", "subject": SUBJECT, **ACTIVE}
MMN["code"] = {"coding": [{"system": ICD10, "code": "G61.82"}]}
RISKS = ("N18.4", "I26.99", "D80.2")  # kidney disease, pulmonary embolism, IgA deficiency
LOST: dict[str, Json] = {
    "a verification that FHIR does not have": {**ACTIVE, "verificationStatus": status("maybe")},
    "a modifier that nobody knows": {**ACTIVE, "modifierExtension": [{"url": "https://x.example/y"}]},
    "a date that is none": {**ACTIVE, "recordedDate": "last spring"},
    "an element that is no list": {**ACTIVE, "bodySite": "left leg"},
}
NOT_LOST: dict[str, Json] = {
    "entered in error": {**ACTIVE, "verificationStatus": status("entered-in-error")},
    "refuted": {**ACTIVE, "verificationStatus": status("refuted")},
}


def details(client: FlaskClient, code: str, more: Json) -> str:
    said: Json = {"resourceType": "Condition", "id": "c", "subject": SUBJECT}
    said |= {"code": {"coding": [{"system": ICD10, "code": code}]}, **more}
    condition = {name: value for name, value in said.items() if value is not None}
    chart = {"findings": searched(weight(80)), "conditions": searched(MMN, condition)}
    made = signed(client, draft(line(32, daily(5))), **chart)
    return "\n".join(card["detail"] for card in made)


def test_a_risk_whose_clinical_status_nobody_understands_counts(client: FlaskClient) -> None:
    assert "IgA deficiency" in details(client, "D80.2", {"clinicalStatus": status("ongoing")})


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", LOST)
def test_a_risk_that_could_not_be_used_is_on_a_card_of_the_order(client: FlaskClient, code: str, name: str) -> None:
    assert "Clarify before the infusion: a diagnosis (" in details(client, code, LOST[name])


NOWHERE: dict[str, Json] = {
    "a urn of nobody": {"subject": {"reference": "urn:uuid:0e5b1c1e-0000-4000-8000-000000000000"}},
    "a conditional reference of no known system": {"subject": {"reference": "Patient?identifier=urn:x|7"}},
    "a contained patient that is not there": {"subject": {"reference": "#pat"}},
    "a type in small letters": {"subject": {"reference": "patient/p1"}},
    "an identifier of another kind": {"subject": {"identifier": {"system": "urn:x", "value": "7"}}},
    "DSTU2": {"subject": None, "patient": SUBJECT, "clinicalStatus": "active", "verificationStatus": "confirmed"},
    "DSTU2 without statuses": {"subject": None, "patient": SUBJECT, "clinicalStatus": None},
    "STU3": {"clinicalStatus": "active", "verificationStatus": "confirmed"},
    "STU3 about nobody": {"subject": None, "clinicalStatus": "active", "verificationStatus": "confirmed"},
}


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", NOWHERE)
def test_a_risk_of_whom_nobody_can_tell_is_on_a_card_of_the_order(client: FlaskClient, code: str, name: str) -> None:
    assert "Clarify before the infusion: a diagnosis (" in details(client, code, {**ACTIVE, **NOWHERE[name]})


@pytest.mark.parametrize("code", RISKS)
def test_a_risk_of_somebody_else_is_on_no_card(client: FlaskClient, code: str) -> None:
    for other in ({"reference": "Patient/p2"}, {"reference": "Group/g1"}):
        assert "Clarify before the infusion" not in details(client, code, {**ACTIVE, "subject": other})


CODES_OF_ANOTHER_SHAPE: dict[str, Callable[[str], object]] = {
    "a text": lambda code: code,
    "a list": lambda code: [{"coding": [{"system": ICD10, "code": code}]}],
    "a coding that is no list": lambda code: {"coding": {"system": ICD10, "code": code}},
    "texts for codings": lambda code: {"coding": [code]},
    "no system": lambda code: {"coding": [{"code": code}]},
    "small letters and spaces": lambda code: {"coding": [{"system": ICD10, "code": f" {code.lower()} "}]},
    "a system that is not known": lambda code: {"coding": [{"system": "urn:hospital:diagnoses", "code": code}]},
    "another element": lambda code: {"codings": [{"system": ICD10, "code": code}]},
}


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", CODES_OF_ANOTHER_SHAPE)
def test_a_risk_whose_code_nobody_can_read_as_it_stands_is_on_a_card(client: FlaskClient, code: str, name: str) -> None:
    written = CODES_OF_ANOTHER_SHAPE[name](code)
    assert "Clarify before the infusion: a diagnosis (" in details(client, code, {**ACTIVE, "code": written})


@pytest.mark.parametrize("subject", [{"display": "Doe"}, "Patient/p1", {"identifier": {"value": "1"}}])
def test_a_risk_of_whom_nobody_says_who_it_is_is_on_a_card(client: FlaskClient, subject: object) -> None:
    told = details(client, "N18.4", {**ACTIVE, "subject": subject})
    # Where the card has no room, the line is told in short.
    assert (
        "Clarify before the infusion: a diagnosis (" in told or "may be a risk of immunoglobulin is left open" in told
    )


def test_a_risk_of_somebody_else_is_not(client: FlaskClient) -> None:
    told = details(client, "N18.4", {**ACTIVE, "subject": {"reference": "Patient/somebody-else"}})
    assert "Clarify before the infusion: " not in told


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", NOT_LOST)
def test_a_risk_that_nobody_claims_is_not(client: FlaskClient, code: str, name: str) -> None:
    assert "Clarify before the infusion: " not in details(client, code, NOT_LOST[name])


@pytest.mark.parametrize("name", LOST)
def test_a_diagnosis_that_is_no_risk_is_not(client: FlaskClient, name: str) -> None:
    assert "Clarify before the infusion: " not in details(client, "G56.01", LOST[name])
