"""A diagnosis that bears on an order of immunoglobulin and could not be used reaches the card of the order."""

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
    condition = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, **more}
    condition["code"] = {"coding": [{"system": ICD10, "code": code}]}
    chart = {"findings": searched(weight(80)), "conditions": searched(MMN, condition)}
    made = signed(client, draft(line(32, daily(5))), **chart)
    return "\n".join(card["detail"] for card in made)


def test_a_risk_whose_clinical_status_nobody_understands_counts(client: FlaskClient) -> None:
    assert "IgA deficiency" in details(client, "D80.2", {"clinicalStatus": status("ongoing")})


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", LOST)
def test_a_risk_that_could_not_be_used_is_on_a_card_of_the_order(client: FlaskClient, code: str, name: str) -> None:
    assert "Clarify before the infusion: a diagnosis (" in details(client, code, LOST[name])


@pytest.mark.parametrize("code", RISKS)
@pytest.mark.parametrize("name", NOT_LOST)
def test_a_risk_that_nobody_claims_is_not(client: FlaskClient, code: str, name: str) -> None:
    assert "Clarify before the infusion: " not in details(client, code, NOT_LOST[name])


@pytest.mark.parametrize("name", LOST)
def test_a_diagnosis_that_is_no_risk_is_not(client: FlaskClient, name: str) -> None:
    assert "Clarify before the infusion: " not in details(client, "G56.01", LOST[name])
