"""A diagnosis that a visit, an impression or a problem as an Observation names is a question, and never silent."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.posted_charts import SUBJECT, answered, bundled, chart, entries
from tests.test_lost_risks import ACTIVE, details
from tests.test_order_hooks import Json

ALS = {"coding": [{"system": "http://snomed.info/sct", "code": "86044005"}]}
ALS_BY_ICD = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G12.21"}]}
CARD = "The chart holds motor neuron disease (in question) and MMN: settle which is right before treatment"


def visit(reason: Json, status: str = "finished") -> Json:
    dated = {"class": {"code": "IMP"}, "period": {"start": "2026-02-01"}, "reasonCode": [reason]}
    return {"resourceType": "Encounter", "id": "x", "status": status, "subject": SUBJECT, **dated}


def impression(**more: Any) -> Json:
    sent = {"status": "completed", "subject": SUBJECT, "date": "2026-02-01"}
    return {"resourceType": "ClinicalImpression", "id": "x", **sent, **more}


def problem(value: Json, code: str = "11450-4", status: str = "final") -> Json:
    named = {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueCodeableConcept": value}
    dated = {"status": status, "subject": SUBJECT, "effectiveDateTime": "2026-02-01"}
    return {"resourceType": "Observation", "id": "x", **dated, **named}


ASKED: dict[str, Json] = {
    "the reason of a visit": visit(ALS_BY_ICD),
    "the reason of a visit in words": visit({"text": "Amyotrophic lateral sclerosis"}),
    "what an impression finds": impression(finding=[{"itemCodeableConcept": ALS}]),
    "what an impression finds last of many": impression(
        finding=[
            *({"itemCodeableConcept": {"text": f"finding {number}"}} for number in range(30)),
            {"itemCodeableConcept": ALS},
        ]
    ),
    "the summary of an impression": impression(summary="Likely ALS, clonus"),
    "a problem as an Observation": problem(ALS),
    "a diagnosis as an Observation": problem(ALS_BY_ICD, "29308-4"),
}
SILENT: dict[str, Json] = {
    "a visit that was cancelled": visit(ALS_BY_ICD, "cancelled"),
    "a visit for something else": visit({"text": "Fracture of the wrist"}),
    "an impression that denies it": impression(summary="No evidence of ALS"),
    "an impression of a relative's disease": impression(summary="Mother had ALS"),
    "an impression that was withdrawn": impression(summary="ALS", status="entered-in-error"),
    "a problem that was withdrawn": problem(ALS, status="entered-in-error"),
    "a family history as an Observation": problem(ALS, "10157-6"),
}


def summaries(client: FlaskClient, *more: Json) -> list[str]:
    answer = answered(client, bundled("collection", entries(*chart(), *more)))
    return [str(card["summary"]) for card in answer["cards"]]


@pytest.mark.parametrize("resource", ASKED.values(), ids=ASKED.keys())
def test_motor_neuron_disease_that_is_named_elsewhere_is_asked_about(client: FlaskClient, resource: Json) -> None:
    assert CARD in summaries(client, resource)


@pytest.mark.parametrize("resource", SILENT.values(), ids=SILENT.keys())
def test_what_names_no_disease_of_this_patient_asks_nothing(client: FlaskClient, resource: Json) -> None:
    assert CARD not in summaries(client, resource)


ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"


@pytest.mark.parametrize("code", ["415.19", "453.40", "585.4", "428.0", "279.01"])
def test_a_risk_by_icd_9_alone_is_on_a_card_of_the_order(client: FlaskClient, code: str) -> None:
    coded = {"code": {"coding": [{"system": ICD9, "code": code}]}}
    assert "Clarify before the infusion: a diagnosis (" in details(client, "N18.4", {**ACTIVE, **coded})


@pytest.mark.parametrize("code", ["401.9", "585.1", "250.00", "416.0"])
def test_another_disease_by_icd_9_is_on_no_card(client: FlaskClient, code: str) -> None:
    coded = {"code": {"coding": [{"system": ICD9, "code": code}]}}
    assert "Clarify before the infusion" not in details(client, "N18.4", {**ACTIVE, **coded})


def form(question: str) -> Json:
    item = {"linkId": "1", "text": question, "answer": [{"valueString": "extensor left"}]}
    sent = {"status": "completed", "questionnaire": "http://x.example/other", "authored": "2026-02-25", "item": [item]}
    return {"resourceType": "QuestionnaireResponse", "id": "qr", "subject": SUBJECT, **sent}


@pytest.mark.parametrize("question", ["Plantar response", "Babinski", "Sensory examination", "Muscle strength"])
def test_an_examination_in_another_form_is_named_and_not_read(client: FlaskClient, question: str) -> None:
    answer = answered(client, bundled("collection", entries(*chart(), form(question))))
    assert any("not read: examination of 2026-02-25" in card["detail"] for card in answer["cards"])


@pytest.mark.parametrize("question", ["Smoking status", "Pain score"])
def test_another_form_is_not_named(client: FlaskClient, question: str) -> None:
    answer = answered(client, bundled("collection", entries(*chart(), form(question))))
    assert not any("not read: examination" in card["detail"] for card in answer["cards"])
