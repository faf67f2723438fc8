"""What was borne three times is no warning, a weight in doubt tells nothing, and the load of a day meets the risk."""

from typing import Any

import pytest

from tests.unit.subjects.immunoglobulin.test_safety_reading import cards, condition, observed, ordered, quantity, told

Json = dict[str, Any]
WEIGHT = observed("29463-7", "2026-03-01", "weight", valueQuantity=quantity("80", "kg"))


def every_three_weeks(grams: str) -> Json:
    repeat = {"frequency": 1, "period": 3, "periodUnit": "wk"}
    return {
        **ordered("Gammagard Liquid"),
        "dosageInstruction": [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity(grams, "g")}]}],
    }


def given(grams: str) -> list[Json]:
    drug = {"text": "Gammagard Liquid"}
    return [
        {
            "resourceType": "MedicationAdministration",
            "id": f"m{day}",
            "status": "completed",
            "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": drug,
            "effectiveDateTime": day,
            "dosage": {"dose": quantity(grams, "g")},
        }
        for day in ("2025-12-30", "2026-01-20", "2026-02-10")
    ]


@pytest.mark.parametrize(("before", "indicator"), [("160", "info"), ("80", "warning"), ("", "warning")])
def test_maintenance_that_was_borne_is_not_cut(before: str, indicator: str) -> None:
    told_of = cards(WEIGHT, *(given(before) if before else []), draft=every_three_weeks("160"))
    (card,) = [each for each in told_of if "above the label" in each["summary"] + each["detail"]]
    assert card["indicator"] == indicator
    assert any("80 g" in each["label"] for each in card.get("suggestions", ())) is (indicator == "warning")


IGA = (condition("D80.2"), observed("44584-1", name="anti", valueCodeableConcept={"text": "negative"}))
NO_REACTION: Json = {
    "resourceType": "AllergyIntolerance",
    "id": "none",
    "patient": {"reference": "Patient/p"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]},
}


@pytest.mark.parametrize(("before", "indicator"), [("80", "info"), ("40", "warning")])
def test_iga_deficiency_is_no_warning_at_each_renewal(before: str, indicator: str) -> None:
    said = told(WEIGHT, *IGA, NO_REACTION, *given(before), draft=every_three_weeks("80"))
    assert f"{indicator}: IgA deficiency" in said


@pytest.mark.parametrize(("earlier", "is_told"), [("82", False), ("178", True)])
def test_adjusted_weight_is_not_worked_out_from_a_weight_in_doubt(earlier: str, *, is_told: bool) -> None:
    said = told(
        {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01", "gender": "male"},
        observed("29463-7", "2026-03-01", "now", valueQuantity=quantity("181", "kg")),
        observed("29463-7", "2025-12-20", "then", valueQuantity=quantity(earlier, "kg")),
        observed("8302-2", "2026-03-01", "height", valueQuantity=quantity("178", "cm")),
        draft=ordered("Gammagard Liquid", "g", "72.5"),
    )
    assert ("by adjusted weight" in said) is is_told


@pytest.mark.parametrize(("dose", "is_told"), [("1", True), ("0.4", False)])
def test_the_load_of_a_day_meets_the_risk(dose: str, *, is_told: bool) -> None:
    draft = ordered("Gammagard Liquid", "g/kg", dose)
    draft["dosageInstruction"][0]["timing"]["repeat"]["count"] = 2 if is_told else 5
    said = told(WEIGHT, condition("I26.99"), draft=draft)
    assert ("with these risks spread it over up to 5 days" in said) is is_told
