"""MMN that is only asked about, or whose entry could not be used: what may harm in it is told as a question."""

from typing import Any

import pytest

from tests.test_orders_in_other_languages import SUBJECT, cards_of, mmn
from tests.test_plasma_exchange_for_another_disease import exchange

Json = dict[str, Any]
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
IF_MMN = "if this is MMN"


def said(text: str) -> Json:
    """A diagnosis of the problem list in words only."""
    return {**mmn(), "code": {"text": text}}


def status(code: str) -> Json:
    return {**mmn(), "verificationStatus": {"coding": [{"code": code}]}}


def coded(*codings: object, **more: object) -> Json:
    return {**mmn(), "code": {"coding": list(codings), **more}}


def steroid(**more: Any) -> Json:
    dose = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "count": 30}}}
    dose["doseAndRate"] = [{"doseQuantity": {"value": 60, "unit": "mg"}}]  # type: ignore[assignment]
    return _order("prednisone", dose, **more)


def immunoglobulin(grams: int) -> Json:
    dose = {"timing": {"repeat": {"count": 1}}, "doseAndRate": [{"doseQuantity": {"value": grams, "unit": "g"}}]}
    return _order("Privigen", dose)


def _order(drug: str, dose: object, **more: Any) -> Json:
    made: Json = {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order"}
    return made | {"medicationCodeableConcept": {"text": drug}, "dosageInstruction": [dose], "subject": SUBJECT, **more}


QUESTIONS = [
    *(status("unconfirmed"), status("differential")),
    *map(said, ("probable MMN", "possible MMN", "likely MMN", "V. a. MMN", "suspected MMN", "DD MMN", "MMN?", "?MMN")),
    *map(said, ("MMN möglich", "MMN, wahrscheinlich", "MMN (provisional)", "MMN probabile", "fragliche MMN")),
    *map(said, ("suspicion de neuropathie motrice multifocale", "sospecha de neuropatía motora multifocal")),
    *map(said, ("sospetta neuropatia motoria multifocale", "rule out MMN", "MMN vs ALS", "MMN not confirmed")),
    coded({"system": ICD, "code": "G61.82"}, text="possible MMN"),
]
NOT_USABLE = [
    {**mmn(), "code": "Multifocal motor neuropathy"},
    {**mmn(), "code": [{"coding": [{"system": ICD, "code": "G61.82"}]}]},
    {**mmn(), "code": {"text": ["Multifocal motor neuropathy"]}},
    {**mmn(), "code": {"text": {"value": "MMN"}}},
    {**mmn(), "code": {"coding": {"system": ICD, "code": "G61.82"}}},
    {**mmn(), "code": {"codings": [{"system": ICD, "code": "G61.82"}]}},
    *(coded({"code": code}) for code in ("G61.82", " g61.82 ", "230591002")),
    *(coded({"system": system, "code": "G61.82"}) for system in ("urn:hospital:diagnoses", "ICD-10", "ICD-10-CM")),
    coded("G61.82"),
    *({**mmn(), "subject": subject} for subject in ({"display": "Doe"}, "Patient/p", {"reference": "p"}, None)),
    {**mmn(), "subject": {"identifier": {"system": "urn:mrn", "value": "1"}}},
    *({**mmn(), "clinicalStatus": wrong} for wrong in ("active", [{"coding": [{"code": "active"}]}], 5)),
    *({**mmn(), "verificationStatus": wrong} for wrong in ("confirmed", {"coding": [{"code": "comfirmed"}]})),
    {**mmn(), "modifierExtension": [{"url": "https://x.example/y"}]},
]
SILENT = [
    *(status("refuted"), status("entered-in-error")),
    *map(
        said, ("no MMN", "MMN excluded", "MMN ausgeschlossen", "family history of MMN", "Mutter: MMN", "hypertension")
    ),
    {**mmn(), "subject": {"reference": "Patient/somebody-else"}},
    coded({"system": "urn:hospital:diagnoses", "code": "G61.82", "display": "Knee pain"}),
    coded({"code": "A17"}),
]


@pytest.mark.parametrize("entry", [*QUESTIONS, *NOT_USABLE])
def test_what_may_harm_in_mmn_is_told_as_a_question(entry: Json) -> None:
    for order in (steroid(), {**exchange(), "subject": SUBJECT}):
        told = cards_of(order, entry)
        assert any(IF_MMN in card for card in told), told
        assert not any(card.startswith("warning") for card in told)


@pytest.mark.parametrize("entry", [*QUESTIONS, *NOT_USABLE])
def test_a_dose_far_out_of_any_range_is_named_whatever_the_diagnosis(entry: Json) -> None:
    assert any("check dose and unit" in card for card in cards_of(immunoglobulin(1600), entry))


@pytest.mark.parametrize("entry", SILENT)
def test_where_nobody_asks_for_mmn_nothing_is_told(entry: Json) -> None:
    for order in (steroid(), {**exchange(), "subject": SUBJECT}, immunoglobulin(1600)):
        assert cards_of(order, entry) == []


def test_an_order_for_another_disease_is_not_asked_about_where_mmn_is_in_question() -> None:
    assert cards_of(steroid(reasonCode=[{"text": "asthma"}]), status("unconfirmed")) == []
    asthma = {**said("asthma"), "id": "asthma"}
    assert not any(IF_MMN in card for card in cards_of(steroid(), status("unconfirmed"), asthma))


def test_an_order_for_mmn_is_warned_of_though_the_entry_asks() -> None:
    told = cards_of(steroid(reasonCode=[{"text": "MMN"}]), status("unconfirmed"))
    assert any(card.startswith("warning: Corticosteroids") for card in told)
    assert not any(IF_MMN in card for card in told)


def test_what_was_refuted_later_is_settled() -> None:
    earlier = {**said("V. a. MMN"), "id": "asked", "recordedDate": "2024-01-05"}
    assert cards_of(steroid(), earlier, {**status("refuted"), "recordedDate": "2025-01-05"}) == []


def test_what_was_asked_later_is_open() -> None:
    later = {**said("V. a. MMN"), "id": "asked", "recordedDate": "2026-01-05"}
    told = cards_of(steroid(), later, {**status("refuted"), "recordedDate": "2025-01-05"})
    assert any(IF_MMN in card for card in told)
