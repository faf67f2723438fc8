"""One infusion that stands as administration, procedure and statement is one dose, told by the first that states it."""

from fractions import Fraction
from typing import Any

import pytest

from service.subjects.immunoglobulin.ordered.dose_before import dose_before, given_courses
from tests.unit.fhir.bundles import MAPPINGS, about, record

DAYS = ["2024-12-01", "2025-01-01", "2025-02-01"]
ADMINISTERED, DONE, STATED = "MedicationAdministration", "Procedure", "MedicationStatement"
Json = dict[str, Any]


def infusion(kind: str, day: str, grams: int | None) -> Json:
    dose = {"value": grams, "unit": "g"}
    made: Json = {"resourceType": kind, "id": f"{kind}-{day}", "status": "completed", "subject": about("Patient/p1")}
    if kind == DONE:
        return {**made, "code": {"text": "IVIG infusion"}, "performedDateTime": day}
    made |= {"medicationCodeableConcept": {"text": "Privigen"}, "effectiveDateTime": day}
    if grams is None:
        return made
    if kind == ADMINISTERED:
        return {**made, "dosage": {"dose": dose}}
    return {**made, "dosage": [{"doseAndRate": [{"doseQuantity": dose}]}]}


@pytest.mark.parametrize(
    ("told", "grams"),
    [
        ({ADMINISTERED: 40}, 40),
        ({ADMINISTERED: 40, DONE: None, STATED: 40}, 40),
        ({ADMINISTERED: 40, STATED: 45}, 40),
        ({DONE: None, STATED: 45}, 45),
        ({ADMINISTERED: None, STATED: 45}, 45),
        ({STATED: 45}, 45),
        ({DONE: None}, None),
        ({ADMINISTERED: None}, None),
    ],
)
def test_one_infusion_is_one_dose(told: dict[str, int | None], grams: int | None) -> None:
    sent = [infusion(kind, day, dose) for day in DAYS for kind, dose in told.items()]
    made = record(*sent)
    given = given_courses(made.treatments, lambda _: None, MAPPINGS.units, Fraction(7))
    found = dose_before(given, is_whole=True)
    assert found.per_dose == (None if grams is None else Fraction(grams))
