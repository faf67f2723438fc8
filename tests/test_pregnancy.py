"""Pregnancy by code, by text, and by the answer of a status: doses by adjusted weight do not hold in it."""

from decimal import Decimal

import pytest

from tests.test_orders_in_other_languages import SUBJECT, Json, cards_of, mmn

LOINC, SNOMED, WHO = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
CM, UCUM = "http://hl7.org/fhir/sid/icd-10-cm", "http://unitsofmeasure.org"
WOMAN: Json = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-01"}


def measured(loinc: str, value: int, unit: str) -> Json:
    return observed(loinc, {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}})


def observed(loinc: str, answer: Json) -> Json:
    code = {"coding": [{"system": LOINC, "code": loinc}]}
    made = {"resourceType": "Observation", "id": f"o-{loinc}", "status": "final", "subject": SUBJECT, "code": code}
    return {**made, "effectiveDateTime": "2026-02-20", **answer}


def diagnosed(text: str = "", system: str = "", code: str = "") -> Json:
    concept: Json = {"text": text} if text else {"coding": [{"system": system, "code": code}]}
    return {**mmn(), "id": "c", "code": concept}


def coded(system: str, code: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


ORDER: Json = {
    "resourceType": "MedicationRequest",
    "id": "d",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": {"text": "Privigen"},
    "dosageInstruction": [
        {
            "route": {"text": "intravenous"},
            "timing": {
                "repeat": {
                    "boundsDuration": {"value": 5, "unit": "d", "system": UCUM, "code": "d"},
                    "frequency": 1,
                    "period": 1,
                    "periodUnit": "d",
                }
            },
            "doseAndRate": [
                {"doseQuantity": {"value": Decimal("0.4"), "unit": "g/kg", "system": UCUM, "code": "g/kg"}}
            ],
        }
    ],
}


def is_adjusted(*chart: Json) -> bool:
    """Whether dosing by adjusted weight is named for a heavy woman."""
    body = [measured("29463-7", 120, "kg"), measured("8302-2", 165, "cm")]
    return any("adjusted weight" in line for line in cards_of(ORDER, WOMAN, mmn(), *body, *chart))


@pytest.mark.parametrize(
    "said",
    [
        diagnosed(system=CM, code="O26.891"),
        diagnosed(system=CM, code="Z34.90"),
        diagnosed(system=CM, code="Z3A.20"),
        diagnosed(system=CM, code="O22.31"),
        diagnosed(system=WHO, code="O99.3"),
        diagnosed(system=SNOMED, code="77386006"),
        diagnosed("Pregnant, 20 weeks"),
        diagnosed("Schwangerschaft 24. SSW"),
        diagnosed("grossesse en cours"),
        observed("82810-3", coded(LOINC, "LA15173-0")),
        observed("82810-3", coded(SNOMED, "77386006")),
        observed("82810-3", {"valueCodeableConcept": {"text": "Pregnant"}}),
        observed("82810-3", {"valueString": "schwanger"}),
    ],
)
def test_in_pregnancy_no_adjusted_weight_is_named(said: Json) -> None:
    assert not is_adjusted(said)


@pytest.mark.parametrize(
    "said",
    [
        diagnosed("Pregnancy test negative"),
        diagnosed("not pregnant"),
        diagnosed(system=CM, code="Z30.9"),
        observed("82810-3", coded(LOINC, "LA26683-5")),
        observed("82810-3", {"valueCodeableConcept": {"text": "Not pregnant"}}),
    ],
)
def test_whoever_is_not_pregnant_has_one(said: Json) -> None:
    assert is_adjusted(said)
