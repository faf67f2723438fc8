"""Orders as hospitals of other countries write them: what warns, and what is for local use and stays silent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
Json = dict[str, Any]


def mmn() -> Json:
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G61.82"}]}
    confirmed = {"coding": [{"code": "confirmed"}]}
    active = {"coding": [{"code": "active"}]}
    made = {"resourceType": "Condition", "id": "mmn", "code": coded, "subject": SUBJECT}
    return {**made, "verificationStatus": confirmed, "clinicalStatus": active}


def told(drug: str, route: str = "", sig: str = "") -> list[str]:
    dosage: Json = ({"route": {"text": route}} if route else {}) | ({"text": sig} if sig else {})
    order: Json = {
        "resourceType": "MedicationRequest",
        "id": "d",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
    }
    order |= {"medicationCodeableConcept": {"text": drug}} | ({"dosageInstruction": [dosage]} if dosage else {})
    return cards_of(order, mmn())


def cards_of(order: Json, *chart: Json) -> list[str]:
    """The cards on a draft beside what a chart holds, each as "indicator: summary"."""
    drafts, beside = Drafts([(None, order)], frozenset()), [(None, each) for each in chart]
    found = EVALUATOR.evaluate_orders("p", None, beside, drafts, AS_OF).cards
    return [f"{card['indicator']}: {card['summary']}" for card in found]


@pytest.mark.parametrize(
    ("drug", "route"),
    [
        ("Prednisolon 60 mg Tbl.", ""),
        ("Decortin H 50 mg", "per os"),
        ("Cortancyl 20 mg comprimé", "orale"),
        ("Metilprednisolona 1 g", "intravenosa"),
        ("Metilprednisolone 1 g", "e.v."),
        ("Dexamethason 8 mg", ""),
    ],
)
def test_a_steroid_for_the_whole_body_warns(drug: str, route: str) -> None:
    assert any(line.startswith("warning: Corticosteroids") for line in told(drug, route))


@pytest.mark.parametrize(
    ("drug", "route", "sig"),
    [
        ("Prednisolon Augentropfen 1 %", "", ""),
        ("Prednisolon-Augentropfen", "", ""),
        ("Dexamethason Augensalbe", "", ""),
        ("Betamethason Creme 0,1 %", "", ""),
        ("Dexaméthasone collyre", "", ""),
        ("Hydrocortisone pommade", "", ""),
        ("Betametasona crema", "", ""),
        ("Desametasone collirio", "", ""),
        ("Budesonid Rektalschaum", "", ""),
        ("Triamcinolon 40 mg", "intraartikulär", ""),
        ("Prednisolon", "", "3x täglich 1 Tropfen ins rechte Auge"),
    ],
)
def test_a_steroid_for_local_use_stays_silent(drug: str, route: str, sig: str) -> None:
    assert not any("orticosteroid" in line for line in told(drug, route, sig))


@pytest.mark.parametrize("drug", ["Privigen 100 mg/ml Infusion", "Immunoglobuline humaine normale", "Ig Vena 50 g/l"])
def test_an_immunoglobulin_is_judged(drug: str) -> None:
    assert any("mmunoglobulin" in line for line in told(drug))
    assert not any("not recognised" in line for line in told(drug))
