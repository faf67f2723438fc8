"""A result that is in the record and cannot be used is named on the order's card, and never looks like a normal one."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from service.fhir.intake.wholeness import DRUG_HISTORY, Seen
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
LOINC, ICD10 = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
EGFR, IGA, ANTI_IGA, GM1, IGM, PROTEIN = "98979-8", "2458-8", "44584-1", "51703-7", "2472-9", "2885-2"
WEIGHT, HAEMOGLOBIN, BLOOD_GROUP, ANTIGLOBULIN = "29463-7", "718-7", "883-9", "1007-4"
KIDNEY = "mL/min/{1.73_m2}"
Json = dict[str, Any]


def quantity(value: str, unit: str, **more: object) -> Json:
    made = {"value": Decimal(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"valueQuantity": {**made, **more}}


def observed(code: str, name: str = "x", **changes: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-03-01",
        **changes,
    }


def condition(code: str, name: str = "c") -> Json:
    return {
        "resourceType": "Condition",
        "id": name,
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"coding": [{"system": ICD10, "code": code}]},
        "subject": SUBJECT,
    }


def ordered(g_per_kg: str = "0.4") -> Json:
    dose = {"doseQuantity": quantity(g_per_kg, "g/kg")["valueQuantity"]}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    return {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1426680"}]
        },
        "dosageInstruction": [{"timing": {"repeat": repeat}, "doseAndRate": [dose]}],
    }


def cards(*resources: Json, draft: Json | None = None) -> list[Json]:
    chart = [(None, each) for each in (condition("G61.82"), *resources)]
    return EVALUATOR.evaluate_orders(
        "p", None, chart, Drafts([(None, draft or ordered())], frozenset()), AS_OF, Seen(whole=DRUG_HISTORY)
    ).cards


def _is_of(card: Json, file: str) -> bool:
    return str(card["source"]["topic"]["code"]).startswith(file)


def precautions(*resources: Json, draft: Json | None = None) -> str:
    """The card of precautions: its indicator, summary and detail."""
    told = cards(*resources, draft=draft)
    topics = ("mmnIvigSafety", "mmnIvigBlood")
    found = [card for card in told if any(_is_of(card, each) for each in topics) and card["indicator"] != "critical"]
    assert len(found) <= 1
    return "".join(f"{card['indicator']}: {card['summary']}\n{card['detail']}" for card in found)


NO_EGFR, READ_NOT = "no eGFR or creatinine was found", "could not be used"
UNUSABLE_NUMBERS: dict[str, tuple[Json, str]] = {
    "an unknown unit": (quantity("30", "furlong"), "the unit furlong"),
    "no number": ({"valueString": "thirty"}, "valueQuantity"),
    "a value below zero": (quantity("-1", KIDNEY), "below zero"),
    "a status that is not final": ({**quantity("30", KIDNEY), "status": "preliminary"}, "status preliminary"),
    "an entry made in error": ({**quantity("30", KIDNEY), "status": "entered-in-error"}, "entered-in-error"),
    "no status": ({**quantity("30", KIDNEY), "status": None}, "status"),
    "nothing measured": ({"dataAbsentReason": {"text": "haemolysed"}}, "dataAbsentReason"),
    "a modifier nobody knows": (
        {**quantity("30", KIDNEY), "modifierExtension": [{"url": "https://example.org/not"}]},
        "modifierExtension",
    ),
    "a bound that leaves it open": (quantity("30", KIDNEY, comparator=">"), "bound"),
}


@pytest.mark.parametrize("name", UNUSABLE_NUMBERS)
def test_an_egfr_that_cannot_be_used_is_named_with_the_reason(name: str) -> None:
    changes, reason = UNUSABLE_NUMBERS[name]
    told = precautions(observed(EGFR, "egfr", **changes))
    assert f"An eGFR is in the record but {READ_NOT}: a result (" in told
    assert reason in told
    assert NO_EGFR not in told


@pytest.mark.parametrize("name", [name for name in UNUSABLE_NUMBERS if "below zero" not in name])
def test_an_iga_that_cannot_be_used_is_named_with_the_reason(name: str) -> None:
    changes, _ = UNUSABLE_NUMBERS[name]
    changes = {
        key: ({**each, "value": Decimal("0.02")} if key == "valueQuantity" else each) for key, each in changes.items()
    }
    told = precautions(observed(IGA, "iga", **changes))
    assert f"An IgA is in the record but {READ_NOT}: a result (" in told
    assert "IgA is not on record" not in told


def test_results_of_one_day_that_contradict_each_other_are_named() -> None:
    told = precautions(
        observed(IGA, "c", **quantity("0.02", "g/L")),
        observed(IGA, "d", **quantity("2", "g/L")),
    )
    assert f"An IgA is in the record but {READ_NOT}: 2 results (" in told


def test_versions_that_nobody_can_order_are_named() -> None:
    both = [observed(EGFR, "egfr", **quantity(value, KIDNEY)) for value in ("30", "90")]
    assert f"An eGFR is in the record but {READ_NOT}: a result (" in precautions(*both)


@pytest.mark.parametrize(
    ("comparator", "value", "warned"), [("<", "15", True), ("<=", "59", True), (">", "90", False), (">=", "60", False)]
)
def test_a_bound_that_decides_is_used(comparator: str, value: str, *, warned: bool) -> None:
    told = precautions(observed(EGFR, **quantity(value, KIDNEY, comparator=comparator)))
    assert ("Kidney risk" in told) is warned
    assert READ_NOT not in told
    assert NO_EGFR not in told


def test_a_bound_agrees_with_a_number_that_it_holds() -> None:
    told = precautions(
        observed(EGFR, "a", **quantity("60", KIDNEY, comparator=">")), observed(EGFR, "b", **quantity("95", KIDNEY))
    )
    assert READ_NOT not in told


def test_an_unusable_result_newer_than_a_normal_one_is_named_and_an_older_one_is_not() -> None:
    normal = observed(EGFR, "normal", **quantity("95", KIDNEY))
    newer = observed(EGFR, "newer", effectiveDateTime="2026-03-02", **quantity("30", "furlong"))
    older = observed(EGFR, "older", effectiveDateTime="2026-02-01", **quantity("30", "furlong"))
    assert "a result (" in precautions(normal, newer)
    assert READ_NOT not in precautions(normal, older)


def test_a_result_that_was_withdrawn_does_not_stand_against_a_usable_one() -> None:
    normal = observed(EGFR, "normal", **quantity("95", KIDNEY))
    error = observed(EGFR, "error", status="entered-in-error", **quantity("30", KIDNEY))
    assert READ_NOT not in precautions(normal, error)


def test_a_low_result_counts_beside_a_newer_one_that_cannot_be_used() -> None:
    low = observed(EGFR, "low", effectiveDateTime="2026-02-01", **quantity("30", KIDNEY))
    told = precautions(low, observed(EGFR, "newer", **quantity("95", "furlong")))
    assert "Kidney risk" in told
    assert "a result (" in told


@pytest.mark.parametrize(
    "changes",
    [
        quantity("900", "furlong"),
        {"status": "preliminary", "interpretation": [{"coding": [{"code": "NEG"}]}]},
        {"interpretation": [{"coding": [{"code": "IND"}]}], **quantity("9", "U/mL")},
        {"dataAbsentReason": {"text": "lost"}},
    ],
)
def test_a_gm1_result_that_decides_nothing_does_not_look_like_one_that_does(changes: Json) -> None:
    told = precautions(observed(GM1, "gm1", **changes))
    assert f"A GM1 result is in the record but {READ_NOT}: a result (" in told


def test_a_raised_antiglobulin_test_that_contradicts_itself_is_a_risk_and_was_used() -> None:
    positive: Json = {"valueString": "negative", "interpretation": [{"coding": [{"code": "POS"}]}]}
    told = precautions(observed(ANTIGLOBULIN, **positive))
    assert "Haemolysis risk" in told
    assert READ_NOT not in told


def test_a_result_that_names_nobody_may_be_that_of_the_only_patient() -> None:
    assert "a result (" in precautions(observed(EGFR, "egfr", **quantity("30", KIDNEY), subject=None))


def test_a_result_of_somebody_else_is_named_and_does_not_stand_in() -> None:
    other = {"reference": "Patient/q"}
    told = precautions(observed(EGFR, "egfr", **quantity("30", KIDNEY), subject=other))
    assert NO_EGFR in told
    assert READ_NOT not in told
    assert "Not used, as about another patient: 1 record" in told


def test_text_of_the_sender_is_shown_and_does_nothing() -> None:
    told = precautions(observed(EGFR, "egfr", **quantity("30", "<b>[x](y)|")))
    assert READ_NOT in told
    assert "<b>" not in told
    assert "\\[x" in told


def group(text: str) -> Json:
    return {"valueCodeableConcept": {"text": text}}


def high(limit: str, unit: str) -> Json:
    return {"referenceRange": [{"high": quantity(limit, unit)["valueQuantity"]}]}


NORMAL, RAISED = ({"interpretation": [{"coding": [{"code": code}]}]} for code in ("N", "H"))
OTHER_INPUTS: dict[str, tuple[list[Json], str]] = {
    "blood group in a text": ([observed(BLOOD_GROUP, "x", **group("see form"))], "A blood group"),
    "blood groups that disagree": (
        [observed(BLOOD_GROUP, "x", **group("O")), observed(BLOOD_GROUP, "y", **group("A"))],
        "A blood group",
    ),
    "blood group not final": ([observed(BLOOD_GROUP, "x", status="preliminary", **group("A"))], "A blood group"),
    "IgM without limits": ([observed(IGM, "x", **quantity("9", "g/L"))], "An IgM or total protein"),
    "IgM above a bound": (
        [observed(IGM, "x", **quantity("2", "g/L", comparator=">="), **high("2.3", "g/L"))],
        "An IgM or total protein",
    ),
    "IgM in an unknown unit": (
        [observed(IGM, "x", **quantity("9", "furlong"), **high("2.3", "g/L"))],
        "An IgM or total protein",
    ),
    "IgM called normal above its own limit": (
        [observed(IGM, "x", **quantity("9", "g/L"), **high("2.3", "g/L"), **NORMAL)],
        "An IgM or total protein",
    ),
    "IgM that cannot be read beside a normal protein": (
        [observed(IGM, "x", **quantity("9", "furlong")), observed(PROTEIN, "y", **quantity("70", "g/L"), **NORMAL)],
        "An IgM or total protein",
    ),
    "antiglobulin test in a text": (
        [observed(ANTIGLOBULIN, "x", valueString="see form")],
        "A direct antiglobulin test",
    ),
    "antiglobulin test not final": (
        [observed(ANTIGLOBULIN, "x", status="preliminary", valueString="positive")],
        "A direct antiglobulin test",
    ),
    "antiglobulin test that contradicts itself": (
        [observed(ANTIGLOBULIN, "x", valueString="positive", interpretation=[{"coding": [{"code": "NEG"}]}])],
        "A direct antiglobulin test",
    ),
    "antibodies to IgA in a text": (
        [condition("D80.2", "iga"), observed(ANTI_IGA, "x", valueString="see form")],
        "A result of antibodies to IgA",
    ),
}


@pytest.mark.parametrize("name", OTHER_INPUTS)
def test_other_results_that_cannot_be_used_are_named(name: str) -> None:
    resources, said = OTHER_INPUTS[name]
    told = precautions(*resources, observed(WEIGHT, "w", **quantity("80", "kg")))
    assert re.search(rf"{said} is in the record but {READ_NOT}: (a result|2 results) ", told)


def test_a_result_that_does_not_bear_on_the_order_is_not_named() -> None:
    low_dose = ordered("0.1")
    weight = observed(WEIGHT, "w", **quantity("80", "kg"))
    assert READ_NOT not in precautions(observed(BLOOD_GROUP, **group("see form")), weight, draft=low_dose)
    assert READ_NOT not in precautions(observed(ANTI_IGA, valueString="see form"), weight)


@pytest.mark.parametrize("code", [BLOOD_GROUP, IGM, ANTIGLOBULIN, HAEMOGLOBIN])
def test_what_was_not_measured_or_was_withdrawn_is_no_news(code: str) -> None:
    absent = observed(code, "x", dataAbsentReason={"text": "not performed"})
    error = observed(code, "y", status="entered-in-error", **quantity("1", "g/L"))
    assert READ_NOT not in precautions(absent, error)


def test_a_normal_protein_does_not_hide_a_raised_igm() -> None:
    igm = observed(IGM, "igm", effectiveDateTime="2026-02-01", **quantity("9", "g/L"), **RAISED)
    protein = observed(PROTEIN, "protein", **quantity("70", "g/L"), **NORMAL)
    assert "Viscosity (IgM 9 g/L)" in precautions(igm, protein)
    assert "Viscosity (IgM" in precautions({**igm, "effectiveDateTime": "2026-03-01"}, protein)


def test_an_igm_above_a_bound_that_decides_counts_as_raised() -> None:
    igm = observed(IGM, **quantity("2.3", "g/L", comparator=">"), **high("2.3", "g/L"))
    assert "Viscosity (IgM" in precautions(igm)


def allergy(**changes: Any) -> Json:
    made = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": SUBJECT,
        "code": {"text": "Immune globulin"},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"verificationStatus": {"coding": [{"code": "sure"}]}},
        {"clinicalStatus": {"coding": [{"code": "gone"}]}},
        {"modifierExtension": [{"url": "https://example.org/not"}]},
    ],
)
def test_an_allergy_that_cannot_be_used_does_not_look_like_none(changes: Json) -> None:
    told = precautions(allergy(**changes))
    assert f"An allergy to immunoglobulin is in the record but {READ_NOT}: an allergy (" in told


@pytest.mark.parametrize("code", ["refuted", "entered-in-error"])
def test_an_allergy_that_was_taken_back_is_no_news(code: str) -> None:
    assert READ_NOT not in precautions(allergy(verificationStatus={"coding": [{"code": code}]}))


@pytest.mark.parametrize(
    "changes",
    [
        {"reaction": [{"severity": "SEVERE!", "manifestation": []}], "criticality": "low"},
        {"criticality": "hoch", "reaction": [{"severity": "mild", "manifestation": []}]},
    ],
)
def test_a_severity_that_cannot_be_read_does_not_look_mild(changes: Json) -> None:
    assert cards(allergy(**changes))[0]["indicator"] == "critical"


@pytest.mark.parametrize("birth", ["04.03.1940", "2030-01-01", 1940, "1940-13-01"])
def test_a_date_of_birth_that_cannot_be_read_is_named(birth: object) -> None:
    told = precautions({"resourceType": "Patient", "id": "p", "birthDate": birth})
    assert f"The date of birth {READ_NOT}: the Patient (" in told


def test_nobody_is_asked_for_a_date_of_birth_that_was_not_sent() -> None:
    assert READ_NOT not in precautions({"resourceType": "Patient", "id": "p"})


def dose_card(*resources: Json) -> Json:
    (found,) = [card for card in cards(*resources) if _is_of(card, "mmnIvigDose")]
    return found


@pytest.mark.parametrize(
    ("weight", "state", "reason"),
    [
        (quantity("80", "mm"), "not readable", "a result (Quantity: the unit mm"),
        ({**quantity("80", "kg"), "status": "preliminary"}, "not readable", "a result (Observation.status prel"),
        (quantity("8", "kg"), "implausible", "a result ("),
        ({**quantity("80", "kg"), "effectiveDateTime": "2025-01-01"}, "old", "a result ("),
        ({"dataAbsentReason": {"text": "refused"}}, "missing", "no weight"),
    ],
)
def test_the_card_says_which_weight_was_not_used_and_why(weight: Json, state: str, reason: str) -> None:
    card = dose_card(observed(WEIGHT, "w", **weight))
    assert card["summary"].startswith(f"Weight needed to check the immunoglobulin dose: {state}")
    assert reason in card["detail"]


GIVEN = {
    "resourceType": "MedicationAdministration",
    "id": "m",
    "status": "completed",
    "subject": SUBJECT,
    "effectiveDateTime": "2026-02-10",
    "medicationCodeableConcept": ordered()["medicationCodeableConcept"],
}


@pytest.mark.parametrize(
    "after",
    [
        [quantity("13.5", "g/L")],
        [quantity("14", "furlong")],
        [quantity("12", "g/dL"), quantity("14", "g/dL")],
        [{**quantity("12", "g/dL"), "status": "preliminary"}],
    ],
)
def test_a_haemoglobin_that_cannot_be_used_is_named_and_gives_no_fall(after: list[Json]) -> None:
    before = observed(HAEMOGLOBIN, "before", effectiveDateTime="2026-02-09", **quantity("14", "g/dL"))
    results = [
        observed(HAEMOGLOBIN, f"after{number}", effectiveDateTime="2026-02-15", **changes)
        for number, changes in enumerate(after)
    ]
    told = precautions(GIVEN, before, *results)
    assert "Haemolysis risk" not in told
    assert re.search(rf"A haemoglobin is in the record but {READ_NOT}: (a result|2 results) ", told)


def test_a_haemoglobin_far_from_any_course_is_not_named() -> None:
    far = observed(HAEMOGLOBIN, "far", effectiveDateTime="2025-01-01", **quantity("14", "furlong"))
    assert READ_NOT not in precautions(GIVEN, far)
    assert READ_NOT not in precautions(far)
