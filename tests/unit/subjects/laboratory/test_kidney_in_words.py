"""Kidney function that only words name warns where it is low, and silences nothing where it is normal."""

from typing import Any

import pytest

from tests.unit.subjects.immunoglobulin.test_safety_reading import LOINC, observed, quantity
from tests.unit.subjects.immunoglobulin.test_safety_reading import told as cards

Json = dict[str, Any]
WARNS = "Kidney risk"
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1978-03-10"}
LOCAL = {"system": "https://lab.example.org", "code": "L17"}
PER_SURFACE = "mL/min/{1.73_m2}"


def result(text: str = "", *codings: Json, day: str = "2026-03-01", **value: object) -> Json:
    code = {"text": text, "coding": list(codings)} if codings else {"text": text}
    return {**observed("1", day=day, name="kidney", **value), "code": code}


def told(*resources: Json) -> str:
    return cards(PATIENT, *resources)


def egfr(value: str) -> Json:
    return {"valueQuantity": quantity(value, PER_SURFACE)}


def creatinine(value: str, unit: str = "mg/dL") -> Json:
    return {"valueQuantity": quantity(value, unit)}


@pytest.mark.parametrize(
    "name", ["eGFR (CKD-EPI)", "eGFR", "GFR", "Glomeruläre Filtrationsrate", "DFG", "Filtrado glomerular estimado"]
)
def test_a_low_egfr_warns_by_any_name_of_it(name: str) -> None:
    assert WARNS in told(result(name, **egfr("22")))
    assert WARNS in told(result(name, LOCAL, **egfr("22")))
    assert WARNS in told(result("", {**LOCAL, "display": name}, **egfr("22")))
    assert WARNS not in told(result(name, **egfr("95")))


@pytest.mark.parametrize(
    "name",
    ["Creatinine", "Kreatinin i. S.", "Kreatinin", "créatinine", "Creatinina", "Creatinine [Mass/volume] in Serum"],
)
def test_a_high_creatinine_warns_by_any_name_of_it(name: str) -> None:
    assert WARNS in told(result(name, **creatinine("2.9")))
    assert WARNS in told(result(name, LOCAL, **creatinine("256", "umol/L")))
    assert WARNS not in told(result(name, **creatinine("0.9")))


@pytest.mark.parametrize("text", ["2,9 mg/dl", ">3 mg/dL", "2.9 mg/dL", "256 umol/L"])
def test_a_value_that_stands_as_text_warns(text: str) -> None:
    assert WARNS in told(result("Kreatinin", valueString=text))
    coded = {"system": LOINC, "code": "2160-0"}
    assert WARNS in told(result("", coded, valueString=text))


@pytest.mark.parametrize("text", ["0,9 mg/dl", "high", "2.9", "<3 mg/dL", "1,234 mg/dL", "2,9"])
def test_a_value_that_is_normal_or_not_clear_does_not(text: str) -> None:
    assert WARNS not in told(result("Kreatinin", valueString=text))


@pytest.mark.parametrize(
    "name",
    [
        "Creatinine in urine",
        "Kreatinin im Urin",
        "Creatinine clearance",
        "Kreatinin-Clearance",
        "Albumin/Creatinine ratio",
        "Creatinine, 24 h",
        "Creatine kinase",
        "Créatinine urinaire",
        "Creatinina en orina",
        "EGFR mutation",
        "Creatinine in dialysis fluid",
    ],
)
def test_what_is_of_urine_or_another_thing_is_not_read_so(name: str) -> None:
    assert WARNS not in told(result(name, **creatinine("90")))
    assert WARNS not in told(result("", {"system": LOINC, "code": "99999-9", "display": name}, **creatinine("90")))


@pytest.mark.parametrize("own", [{"text": "Renal panel"}, {"coding": [LOCAL], "text": "Renal panel"}])
def test_a_component_of_a_panel_warns(own: Json) -> None:
    by_code = {"code": {"coding": [{"system": LOINC, "code": "98979-8"}]}, **egfr("22")}
    by_name = {"code": {"text": "Kreatinin"}, **creatinine("2.9")}
    good = {"code": {"coding": [{"system": LOINC, "code": "98979-8"}]}, **egfr("95")}
    sodium = {"code": {"coding": [{"system": LOINC, "code": "2951-2"}]}, "valueQuantity": quantity("140", "mmol/L")}
    panel = {**observed("1", name="panel"), "code": own}
    assert WARNS in told({**panel, "component": [sodium, by_code]})
    assert WARNS in told({**panel, "component": [sodium, by_name]})
    assert WARNS not in told({**panel, "component": [sodium, good]})
    assert WARNS not in told({**panel, "component": [sodium]})


def test_a_normal_value_by_its_name_silences_nothing_and_a_newer_one_by_code_stands_for_it() -> None:
    low = observed("98979-8", day="2026-02-01", name="coded", **egfr("22"))
    good = observed("98979-8", day="2026-03-01", name="coded", **egfr("95"))
    assert WARNS in told(low, result("eGFR", **egfr("95")))
    assert WARNS in told(good, result("eGFR", **egfr("22")))
    assert WARNS not in told(good, result("eGFR", day="2026-01-01", **egfr("22")))
    high = observed("2160-0", day="2026-02-01", name="coded", **creatinine("2.9"))
    assert WARNS in told(high, result("Kreatinin", **creatinine("0.9")))
    assert "no eGFR or creatinine was found" in told(result("eGFR", **egfr("95")))
