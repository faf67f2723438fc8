"""From a Bundle to the facts of its orders: drugs, routes, premedication, indication, weight, strength, rate."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.domain.facts import Fact, OrderFacts, Range
from service.fhir.intake.bundle import records_from_bundle
from service.fhir.mappings.agents import agent_table
from service.subjects.reader import SubjectReader
from tests.shipped import shipped

EVALUATOR = shipped()
READER = SubjectReader(EVALUATOR.mappings, EVALUATOR.knowledge)
AGENTS = agent_table(EVALUATOR.mappings)
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
RXNORM, ATC, SCT = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc", "http://snomed.info/sct"
SUBJECT = {"reference": "Patient/p1"}


def coded(system: str, code: str, **more: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **more}]}


@pytest.mark.parametrize(
    ("concept", "agent"),
    [
        (coded(RXNORM, "1426680"), "ivig"),
        (coded("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J1569"), "ivig"),
        (coded("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J1559"), "scig"),
        (coded(ATC, "J06BA02"), "ivig"),
        (coded(ATC, "J06BB04"), "hyperimmune_globulin"),
        (coded(ATC, "H02AB06"), "corticosteroid"),
        (coded(ATC, "L04AA06"), "mycophenolate"),
        (coded(ATC, "N02BE01"), "other_drug"),
        ({"text": "Gammagard Liquid 10 %"}, "ivig"),
        ({"text": "Hizentra 20 %"}, "scig"),
        ({"text": "Hepatitis B immune globulin"}, "hyperimmune_globulin"),
        ({"text": "Rabies immunoglobulin"}, "hyperimmune_globulin"),
        ({"text": "Anti-thymocyte globulin (rabbit) immunoglobulin"}, "other_immunosuppressant"),
        ({"text": "methylPREDNISolone 4 MG Oral Tablet"}, "corticosteroid"),
        ({"text": "Empasiprubart or placebo"}, "empasiprubart"),
        ({"text": "Efgartigimod alfa"}, "fcrn_blocker"),
        ({"text": "Paracetamol 500 mg"}, "other_drug"),
        ({"text": "amoxicillin, then prednisone"}, "corticosteroid"),
        ({"text": "MMR vaccine live"}, "live_vaccine"),
        (coded("http://hl7.org/fhir/sid/cvx", "03"), "live_vaccine"),
        (coded(RXNORM, "999999999", display="rituximab-xyz injection"), "rituximab"),
        (coded(RXNORM, "999999999"), None),
        (coded("https://example.org", "8640"), None),
        ({"coding": [{}]}, None),
        ({"coding": 7, "text": []}, None),
        (None, None),
    ],
)
def test_a_drug_is_recognised_by_code_class_or_name_or_stays_unknown(concept: object, agent: str | None) -> None:
    assert AGENTS.of(concept).name == agent


def test_codes_of_different_drugs_leave_it_unknown() -> None:
    both = {"coding": [*coded(RXNORM, "8640")["coding"], *coded(RXNORM, "3002")["coding"]]}
    assert AGENTS.of(both).name is None


def order(drug: object, name: str = "d1", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": drug,
        **changes,
    }


def weighed(value: object, day: str | None = "2026-03-01", unit: str = "kg", name: str = "w1") -> dict[str, Any]:
    made = {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": coded("http://loinc.org", "29463-7"),
        "subject": SUBJECT,
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }
    return {**made, "effectiveDateTime": day} if day else made


def read(*resources: dict[str, Any]) -> tuple[dict[str, Fact], tuple[OrderFacts, ...]]:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-03-05"}
    entries = [{"resource": each} for each in (patient, *resources)]
    (record,) = records_from_bundle(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, AS_OF, EVALUATOR.mappings, 100
    ).patients
    found = READER.read(record, AS_OF)
    return dict(found.facts), found.orders


def facts_of(*resources: dict[str, Any], name: str = "d1") -> dict[str, Any]:
    """The values of the facts of one order."""
    _, orders = read(*resources)
    (found,) = [each for each in orders if each.reference.endswith(f"/{name}")]
    return {fact: known.value for fact, known in found.facts.items()}


ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
STEROID = coded(RXNORM, "6902", display="methylprednisolone")
IVIG = coded(RXNORM, "1426680")


@pytest.mark.parametrize(
    ("changes", "use"),
    [
        ({}, "systemic"),
        ({"dosageInstruction": [{"route": coded(SCT, "26643006")}]}, "systemic"),
        ({"dosageInstruction": [{"route": coded(SCT, "12130007")}]}, "local"),
        ({"dosageInstruction": [{"route": {"text": "Intra-articular"}}]}, "local"),
        ({"dosageInstruction": [{"text": "2 puffs inhaled twice a day"}]}, "local"),
        ({"medicationCodeableConcept": {"text": "Prednisolone 1 % eye drops"}}, "local"),
        ({"medicationCodeableConcept": coded(ATC, "R03BA02")}, "local"),
        ({"medicationCodeableConcept": {"text": "Hydrocortisone cream"}}, "local"),
    ],
)
def test_local_use_of_a_steroid_is_told_from_systemic_use(changes: dict[str, Any], use: str) -> None:
    assert facts_of({**order(STEROID), **changes})["systemic"] == use


def once(day: str | None = None) -> list[dict[str, Any]]:
    if day is None:
        return [{"timing": {"repeat": {"count": 1}}}]
    return [{"timing": {"event": [day]}}]


@pytest.mark.parametrize(
    ("own", "infusion", "expected"),
    [
        ("2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z", "present"),
        ("2026-03-05T08:00:00Z", "2026-03-06T08:00:01Z", "absent"),
        ("2026-03-06T08:00:00Z", "2026-03-05T08:00:00Z", "present"),
        ("2026-03-05", "2026-03-06", "present"),
        ("2026-03-05", "2026-03-20", "absent"),
    ],
)
def test_a_single_dose_within_a_day_of_an_infusion_is_premedication(own: str, infusion: str, expected: str) -> None:
    steroid = order(STEROID, dosageInstruction=once(own))
    assert facts_of(steroid, order(IVIG, "i1", dosageInstruction=once(infusion)))["premedication"] == expected


def test_a_course_of_steroid_beside_an_infusion_is_no_premedication() -> None:
    course = [{"timing": {"repeat": {"count": 5, "frequency": 1, "period": 1, "periodUnit": "d"}}}]
    assert facts_of(order(STEROID, dosageInstruction=course), order(IVIG, "i1"))["premedication"] == "absent"


def test_a_single_dose_during_running_immunoglobulin_is_not_shown_to_be_premedication() -> None:
    running = order(IVIG, "i1", status="active", authoredOn="2025-12-01")
    assert facts_of(order(STEROID, dosageInstruction=once()), running)["premedication"] == "absent"


def test_an_undated_treatment_far_back_does_not_break_anything() -> None:
    given = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": IVIG,
    }
    assert facts_of(order(STEROID, dosageInstruction=once()), given)["premedication"] == "present"


@pytest.mark.parametrize(
    ("reason", "indication"),
    [
        ({}, "none_coded"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "G61.82")]}, "mmn"),
        ({"reasonCode": coded("http://hl7.org/fhir/sid/icd-10-cm", "G61.81")}, "cidp"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "J45.901")]}, "other"),
        ({"reasonCode": [coded(SCT, "26544005")]}, "neuropathy"),
        ({"reasonCode": [{"text": "as discussed"}]}, "not_readable"),
        ({"reasonCode": [coded("https://hospital.example/reasons", "17")]}, "not_readable"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "R53.1")]}, "none_coded"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "G62.9")]}, "neuropathy"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "Z79.52")]}, "none_coded"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "Z94.0")]}, "other"),
        # By its text or the instructions, whichever names most of what MMN is.
        ({"reasonCode": [{"text": "asthma exacerbation"}]}, "other"),
        ({"reasonCode": [{"text": "COPD"}, {"text": "motor neuropathy"}]}, "neuropathy"),
        ({"reasonCode": [{"text": "asthma, MMN"}]}, "mmn"),
        ({"reasonCode": [{"text": "CIDP"}, {"text": "asthma"}]}, "cidp"),
        ({"reasonCode": [{"text": "suspected giant cell arteritis"}]}, "suspected_other"),
        ({"reasonCode": [{"text": "no asthma"}]}, "not_readable"),
        ({"reasonCode": [{"text": "family history of asthma"}]}, "not_readable"),
        ({"dosageInstruction": [{"text": "40 mg daily for polymyalgia"}]}, "other"),
        ({"dosageInstruction": [{"text": "with food to avoid nausea"}]}, "none_coded"),
        ({"dosageInstruction": [{"text": "40 mg daily for hand weakness"}]}, "neuropathy"),
        ({"reasonCode": [coded("http://hl7.org/fhir/sid/icd-10-cm", "I10")]}, "none_coded"),
        ({"reasonReference": [{"reference": "Condition/refuted"}]}, "none_coded"),
        ({"reasonReference": [{"reference": "Condition/gone"}]}, "not_readable"),
        ({"reasonReference": [{"reference": "Condition/asthma"}]}, "other"),
    ],
)
def test_the_coded_indication_of_an_order(reason: dict[str, Any], indication: str | None) -> None:
    asthma = {
        "resourceType": "Condition",
        "id": "asthma",
        "subject": SUBJECT,
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "J45.901"),
    }
    refuted = {**asthma, "id": "refuted", "verificationStatus": {"coding": [{"code": "refuted"}]}}
    assert facts_of({**order(STEROID), **reason}, asthma, refuted)["indication"] == indication


@pytest.mark.parametrize(
    ("weights", "state", "kilograms"),
    [
        ([], "missing", None),
        ([weighed(80)], "usable", 80),
        ([weighed(80, "2026-02-02")], "usable", 80),
        ([weighed(80, "2026-02-01")], "old", None),
        ([weighed(80, None)], "old", None),
        ([weighed(20)], "usable", 20),
        ([weighed(Decimal("19.9"))], "implausible", None),
        ([weighed(300)], "usable", 300),
        ([weighed(301)], "implausible", None),
        ([weighed(80_000, unit="g")], "usable", 80),
        ([weighed(100, unit="[lb_av]")], "usable", Fraction("45.359237")),
        ([weighed(800, "2026-03-02"), weighed(80, name="w2")], "usable", 80),
        ([weighed(70, "2026-02-20"), weighed(80, name="w2")], "usable", 80),
        ([weighed(70), weighed(80, name="w2")], "contradictory", None),
        ([weighed(80, unit="mm")], "not_readable", None),
    ],
)
def test_the_weight_to_dose_by(weights: list[dict[str, Any]], state: str, kilograms: Fraction | None) -> None:
    facts, _ = read(*weights, order(IVIG))
    assert facts["dosing_weight"].value == state
    known = facts.get("weight_kg")
    assert (known.value if known else None) == (None if kilograms is None else Range.exactly(kilograms))


def infused(rate: dict[str, Any], drug: object = IVIG) -> object:
    made = order(drug, dosageInstruction=[{"doseAndRate": [rate]}])
    return facts_of(made, weighed(80)).get("infusion_rate_ml_per_kg_h")


def amount(value: object, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


@pytest.mark.parametrize(
    ("rate", "drug", "expected"),
    [
        ({"rateQuantity": amount(432, "mL/h")}, IVIG, "5.4"),
        ({"rateQuantity": amount(Decimal("5.4"), "mL/kg/h")}, IVIG, "5.4"),
        ({"rateQuantity": amount(9, "mg/kg/min")}, IVIG, "5.4"),
        ({"rateRatio": {"numerator": amount(432, "mL"), "denominator": amount(1, "h")}}, IVIG, "5.4"),
        ({"rateQuantity": amount(432, "mL/h")}, {"text": "Gamunex-C 5 %"}, "2.7"),
        ({"rateQuantity": amount(43200, "mg/h")}, IVIG, "5.4"),
    ],
)
def test_the_infusion_rate_by_weight(rate: dict[str, Any], drug: object, expected: str) -> None:
    assert infused(rate, drug) == Range.exactly(Fraction(expected))


def test_a_first_course_is_told_from_a_later_one() -> None:
    daily = {"repeat": {"count": 5, "frequency": 1, "period": 1, "periodUnit": "d"}}
    draft = order(IVIG, dosageInstruction=[{"timing": daily, "doseAndRate": [{"doseQuantity": amount(32, "g")}]}])
    given = {
        "resourceType": "MedicationAdministration",
        "id": "a1",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": IVIG,
        "effectiveDateTime": "2026-01-01",
    }
    mmn = {"resourceType": "Condition", "id": "c1", "subject": SUBJECT, "code": coded(ICD10, "G61.82")}
    new, old = ({**mmn, "recordedDate": day} for day in ("2026-02-01", "2021-02-01"))
    assert facts_of(draft, new)["treatment_phase"] == "induction"
    assert facts_of(draft, new, given)["treatment_phase"] == "single_course"
    assert facts_of(draft, new, {**given, "status": "entered-in-error"})["treatment_phase"] == "induction"
    for known_for_long in ({}, old, mmn):
        charted = [known_for_long] if known_for_long else []
        assert facts_of(draft, *charted)["treatment_phase"] == "single_course"


def test_an_order_not_to_do_something_is_no_order() -> None:
    assert read(order(STEROID, doNotPerform=True))[1] == ()
    assert read(order(STEROID, status="cancelled"))[1] == ()
    assert read(order(STEROID, modifierExtension=[{"url": "https://example.org"}]))[1] == ()
