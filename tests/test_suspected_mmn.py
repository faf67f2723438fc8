"""MMN that is suspected and was not refuted: enough to warn of what does harm where it is true, and no proof of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from tests.shipped import shipped

Json = dict[str, Any]
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
CM, GM = "http://hl7.org/fhir/sid/icd-10-cm", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
LETTER = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


def entry(verified: str | None = "confirmed", clinical: str = "active", **code: Any) -> Json:
    named = code or {"coding": [{"system": CM, "code": "G61.82"}]}
    status = {"verificationStatus": {"coding": [{"code": verified}]}} if verified else {}
    kept = {"resourceType": "Condition", "id": "c1", "subject": SUBJECT, "code": named}
    return {**kept, **status, "clinicalStatus": {"coding": [{"code": clinical}]}}


def lettered(letter: str) -> Json:
    extension = [{"url": LETTER, "valueCoding": {"code": letter}}]
    coding = {"system": GM, "code": "G61.8", "extension": extension}
    return entry(None, coding=[coding], text="Multifokale motorische Neuropathie")


def draft(text: str, kind: str = "MedicationRequest") -> Json:
    made: Json = {"resourceType": kind, "id": "d1", "status": "draft", "intent": "order", "subject": SUBJECT}
    if kind == "ServiceRequest":
        return {**made, "code": {"text": text}}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 30}
    dose = {"doseQuantity": {"value": 60, "unit": "mg", "code": "mg", "system": "http://unitsofmeasure.org"}}
    dosage = [{"timing": {"repeat": repeat}, "doseAndRate": [dose]}]
    return {**made, "medicationCodeableConcept": {"text": text}, "dosageInstruction": dosage}


def told(chart: Json, order: Json) -> list[str]:
    sent: list[tuple[str | None, Any]] = [(None, PATIENT), (None, chart)]
    answer = shipped().evaluate_orders("p", None, sent, Drafts([(None, order)], frozenset()), AS_OF)
    return [f"{card['indicator']}: {card['summary']}" for card in answer.cards]


@pytest.mark.parametrize("order", [draft("prednisone"), draft("plasma exchange", "ServiceRequest")])
@pytest.mark.parametrize(
    ("chart", "warns"),
    [
        (entry(), True),
        (entry("provisional"), True),
        (entry("differential"), True),
        (entry("unconfirmed"), True),
        (lettered("V"), True),
        (lettered("G"), True),
        (lettered("A"), False),
        (entry("refuted"), False),
        (entry("entered-in-error"), False),
        (entry("unconfirmed", clinical="resolved"), False),
        (entry("unconfirmed", coding=[{"system": CM, "code": "G62.9"}]), False),
    ],
)
def test_a_suspicion_that_nobody_refuted_warns_of_a_steroid_and_of_plasma_exchange(
    chart: Json, warns: bool, order: Json
) -> None:
    said = told(chart, order)
    assert any(each.startswith("warning: ") and "not recommended in MMN" in each for each in said) is warns, said


def test_a_suspicion_is_no_proof_of_mmn() -> None:
    assert told(entry("unconfirmed"), draft("Immune globulin")) == []
