"""What is read of an order of a corticosteroid: dose, replacement, one dose, and what explains it."""

from typing import Any

import pytest

from service.domain.facts import Range
from tests.unit.subjects.immunoglobulin.test_order_reading import SUBJECT, amount, coded, facts_of, order

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
Json = dict[str, Any]


def listed(code: str, name: str = "c1", clinical: str = "active", verified: str = "confirmed") -> Json:
    """A condition of the problem list."""
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": SUBJECT,
        "code": coded(ICD, code),
        "clinicalStatus": {"coding": [{"code": clinical}]} if clinical else None,
        "verificationStatus": {"coding": [{"code": verified}]},
    }


def drug(text: str, *doses: tuple[int, Json], **more: Any) -> Json:
    """An order of a steroid by name, each dose in mg with its timing."""
    given = [
        {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": amount(value, "mg")}]}
        for value, repeat in doses
    ]
    return {**order({"text": text}), "dosageInstruction": given, **more}


DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
MONTH = {**DAILY, "count": 30}
ONCE = {"count": 1}


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (listed("J44.9"), "listed"),
        (listed("J44.9", clinical="relapse"), "listed"),
        (listed("G35"), "listed"),
        (listed("Z94.0"), "listed"),
        (listed("J45.909", clinical="resolved"), "none"),
        (listed("J45.909", clinical="inactive"), "none"),
        (listed("J45.909", clinical=""), "none"),
        (listed("J44.9", verified="refuted"), "none"),
        (listed("J44.9", verified="provisional"), "none"),
        (listed("J44.9", verified="entered-in-error"), "none"),
        (listed("Z82.5"), "none"),
        (listed("Z87.09"), "none"),
        (listed("G61.81"), "none"),
        (listed("I10"), "none"),
        # It explains hydrocortisone, and no 60 mg of prednisone.
        (listed("E27.1"), "none"),
    ],
)
def test_a_listed_disease_explains_a_steroid_only_while_it_is_active(condition: Json, reason: str) -> None:
    assert facts_of(drug("prednisone", (60, MONTH)), condition)["steroid_reason"] == reason


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"reasonCode": [{"text": "asthma exacerbation"}]}, "stated"),
        ({"reasonCode": [coded(ICD, "M35.3")]}, "stated"),
        ({"reasonCode": [coded(ICD, "G61.82")]}, "own_disease"),
        ({"reasonCode": [{"text": "neuropathy"}]}, "own_disease"),
        ({"reasonCode": [{"text": "CIDP"}]}, "own_disease"),
        ({"reasonCode": [{"text": "possible asthma"}]}, "another"),
        ({"reasonCode": [coded(ICD, "M54.16")]}, "another"),
        ({"reasonCode": [{"text": "as discussed"}]}, "not_readable"),
        ({}, "listed"),
    ],
)
def test_what_the_order_says_decides_before_the_problem_list(stated: Json, reason: str) -> None:
    assert facts_of(drug("prednisone", (60, MONTH), **stated), listed("J44.9"))["steroid_reason"] == reason


@pytest.mark.parametrize(
    ("ordered", "own", "as_prednisolone"),
    [
        (drug("prednisone 15 mg", (15, MONTH)), 15, 15),
        (drug("dexamethasone", (3, MONTH)), 3, 20),
        (drug("Solu-Medrol", (40, MONTH)), 40, 50),
        (drug("hydrocortisone", (10, DAILY), (5, DAILY), (5, DAILY)), 20, 5),
        (drug("prednisolon", (5, {"frequency": 2, "period": 1, "periodUnit": "d", "count": 60})), 10, 10),
        (drug("cortisone acetate", (25, DAILY)), 25, 5),
    ],
)
def test_the_dose_of_a_day_is_compared_as_prednisolone(ordered: Json, own: int, as_prednisolone: int) -> None:
    facts = facts_of(ordered)
    assert facts["steroid_mg_per_day"] == Range.exactly(own)
    assert facts["prednisolone_mg_per_day"] == Range.exactly(as_prednisolone)


def test_a_dose_that_cannot_be_read_is_not_known() -> None:
    assert facts_of(drug("prednisone"))["steroid_dose_stated"] == "not_known"


@pytest.mark.parametrize(("day", "days"), [("03", 1), ("02", 2)])
def test_another_single_dose_of_the_same_week_is_near(day: str, days: int) -> None:
    alone = drug("dexamethasone", (8, ONCE))
    assert facts_of(alone)["steroid_doses"] == "one"
    assert facts_of(alone)["another_steroid"] == "none"
    other = {**drug("methylprednisolone", (100, ONCE)), "id": "p1", "authoredOn": f"2026-03-{day}"}
    assert facts_of(alone, other)["days_to_another_steroid"] == Range.exactly(days)


def test_a_steroid_that_runs_is_near_whenever_it_was_written() -> None:
    running = {**drug("prednisone", (40, DAILY)), "id": "r1", "status": "active", "authoredOn": "2025-11-01"}
    assert facts_of(drug("dexamethasone", (8, ONCE)), running)["days_to_another_steroid"] == Range.exactly(0)


@pytest.mark.parametrize(
    ("told", "infusion", "expected"),
    [
        ("premedication", "rituximab", "present"),
        ("premedication", "paracetamol", "absent"),
        ("in the morning", "rituximab", "absent"),
    ],
)
def test_premedication_needs_an_infusion_of_the_same_day(told: str, infusion: str, expected: str) -> None:
    dose = {**drug("methylprednisolone", (100, ONCE)), "authoredOn": "2026-03-04"}
    dose["dosageInstruction"][0]["text"] = told
    other = {**order({"text": infusion}, "i1"), "authoredOn": "2026-03-04"}
    assert facts_of(dose, other)["premedication"] == expected


def test_a_steroid_without_timing_beside_immunoglobulin_is_premedication() -> None:
    dose = {**order({"text": "methylprednisolone 100 mg"}), "dosageInstruction": [{"text": "before the infusion"}]}
    assert facts_of(dose, order({"text": "Privigen"}, "i1"))["premedication"] == "present"


def said_in(**more: Any) -> Json:
    """An order of 20 mg of prednisone with a text in its instruction, its reason or a note."""
    made = drug("prednisone", (20, MONTH))
    if "sig" in more:
        made["dosageInstruction"][0]["text"] = more.pop("sig")
    return {**made, **more}


@pytest.mark.parametrize(
    ("ordered", "adrenal", "reason"),
    [
        (said_in(sig="Addison"), "named", "another"),
        (said_in(sig="replacement"), "named", "another"),
        (said_in(sig="10-5-5 Substitution"), "named", "another"),
        (said_in(reasonCode=[{"text": "Substitution bei NNR-Insuffizienz"}]), "named", "another"),
        (said_in(reasonCode=[{"text": "physiologic replacement"}]), "named", "another"),
        (said_in(note=[{"text": "steroid replacement therapy"}]), "named", "another"),
        (said_in(sig="known Addison's disease"), "named", "another"),
        (said_in(sig="replacement", reasonCode=[{"text": "MMN"}]), "named", "own_disease"),
        (said_in(sig="no Addison's disease"), "not_named", "none"),
        (said_in(sig="mother has Addison's disease"), "not_named", "none"),
        (said_in(sig="in the morning"), "not_named", "none"),
    ],
)
def test_an_order_that_speaks_of_the_adrenals_or_of_replacement_is_for_that(
    ordered: Json, adrenal: str, reason: str
) -> None:
    facts = facts_of(ordered)
    assert (facts["adrenal_reason"], facts["steroid_reason"]) == (adrenal, reason)


@pytest.mark.parametrize(
    ("ordered", "reason"),
    [
        (said_in(reasonCode=[{"text": "bei Polymyalgie"}]), "stated"),
        (said_in(reasonCode=[{"text": "Bell palsy"}]), "stated"),
        (said_in(reasonCode=[{"text": "Fazialisparese"}]), "stated"),
        (said_in(reasonCode=[{"text": "Arteriitis temporalis"}]), "stated"),
        (said_in(sig="20 mg daily for asthma"), "stated"),
        (said_in(sig="bei Polymyalgie"), "stated"),
        (said_in(note=[{"text": "gegen Asthma"}]), "stated"),
        (said_in(reasonReference=[{"display": "polymyalgia rheumatica"}]), "stated"),
        (said_in(sig="20 mg daily, PMR"), "another"),
        (said_in(note=[{"text": "Polymyalgia rheumatica"}]), "another"),
        (said_in(sig="call if nausea or an allergic reaction appear"), "none"),
        (said_in(sig="no asthma"), "none"),
        (said_in(sig="PMR", reasonCode=[{"text": "MMN"}]), "own_disease"),
    ],
)
def test_another_reason_is_read_wherever_an_order_gives_it(ordered: Json, reason: str) -> None:
    assert facts_of(ordered)["steroid_reason"] == reason
