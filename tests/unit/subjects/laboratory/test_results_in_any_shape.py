"""A result in whatever shape it comes is used, or named as one that could not be; it is never called not found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
GIVEN = "2026-02-20"
Json = dict[str, Any]

# Code, the usual number, one that warns, their unit, and how a card names it.
ANALYTES = {
    "creatinine": ("2160-0", "0.9", "4.2", "mg/dL", ("creatinine is in the record", "Kidney (")),
    "creatinine by moles": ("14682-9", "80", "370", "umol/L", ("creatinine is in the record", "Kidney (")),
    "eGFR": ("62238-1", "95", "22", "mL/min/{1.73_m2}", ("eGFR is in the record", "Kidney (")),
    "IgA": ("2458-8", "1.8", "0.02", "g/L", ("IgA",)),
    "IgM": ("2472-9", "1.2", "32", "g/L", ("IgM",)),
    "haemoglobin": ("718-7", "14.5", "7.1", "g/dL", ("aemoglobin",)),
    "weight": ("29463-7", "80", "181", "kg", ("eight",)),
    "GM1": ("51703-7", "12", "900", "[arb'U]/mL", ("GM1",)),
}
# What a card must not say of a result that is there.
NOT_FOUND = {
    "creatinine": "No eGFR or creatinine",
    "creatinine by moles": "No eGFR or creatinine",
    "eGFR": "No eGFR or creatinine",
    "IgA": "No IgA was found",
    "GM1": "No GM1",
    "weight": "No weight",
}
NOT_ASKED_FOR = ("IgM", "haemoglobin")
# Read, and an order has nothing to say of it.
USED_IN_SILENCE = (("GM1", "words in German"), ("GM1", "an interpretation only"))
# These hold no result: beside an older usable one they are no news.
NO_RESULT = ("registered", "data absent")


def quantity(value: str, unit: str | None) -> Json:
    made: Json = {"value": Decimal(value)}
    return made if unit is None else {**made, "unit": unit, "system": UCUM, "code": unit}


def coded(code: str) -> Json:
    return {"coding": [{"system": LOINC, "code": code}]}


def shapes(code: str, value: str, unit: str) -> dict[str, Json]:
    whole = {"code": coded(code), "valueQuantity": quantity(value, unit)}
    high = [coded("H") | {"coding": [{"code": "HH"}]}]
    return {
        "as usual": whole,
        "no unit": {"valueQuantity": quantity(value, None)},
        "a unit of something else": {"valueQuantity": quantity(value, "foo/bar")},
        "a unit that contradicts its code": {"valueQuantity": {**quantity(value, unit), "unit": "mmol/L"}},
        "a text": {"valueString": value},
        "a text with a comma": {"valueString": f"{value.replace('.', ',')} {unit}"},
        "a text with a flag": {"valueString": f"{value} {unit} (!)"},
        "words": {"valueString": "markedly abnormal, see letter"},
        "words for nothing": {"valueString": "undetectable"},
        "words in German": {"valueString": "nicht nachweisbar"},
        "an integer": {"valueInteger": 3},
        "a concept": {"valueCodeableConcept": {"text": "abnormal"}},
        "an interpretation only": {"interpretation": high},
        "two values": {"valueQuantity": quantity(value, unit), "valueString": value},
        "a component": {"component": [whole]},
        "a component without a unit": {"component": [{**whole, "valueQuantity": quantity(value, None)}]},
        "a panel": {"code": coded("24323-8"), "component": [whole]},
        "a panel without a unit": {
            "code": coded("24323-8"),
            "component": [{**whole, "valueQuantity": quantity(value, None)}],
        },
        "a panel that is preliminary": {"code": coded("24323-8"), "status": "preliminary", "component": [whole]},
        "preliminary": {**whole, "status": "preliminary"},
        "of unknown status": {**whole, "status": "unknown"},
        "corrected": {**whole, "status": "corrected"},
        "registered": {"status": "registered"},
        "data absent": {"dataAbsentReason": {"coding": [{"code": "error"}]}},
    }


def observation(code: str, name: str, day: str, said: Json) -> Json:
    made = {"resourceType": "Observation", "id": name, "status": "final", "code": coded(code), "subject": SUBJECT}
    return {**made, "effectiveDateTime": f"{day}T08:00:00+00:00", **said}


def infusion() -> Json:
    dose = {"dose": {"value": 80, "unit": "g", "system": UCUM, "code": "g"}}
    made = {"resourceType": "MedicationAdministration", "id": "m", "status": "completed", "subject": SUBJECT}
    return {
        **made,
        "medicationCodeableConcept": {"text": "Immune globulin"},
        "effectiveDateTime": GIVEN,
        "dosage": dose,
    }


def draft() -> Json:
    dose = {"value": Decimal("0.4"), "unit": "g/kg", "system": UCUM, "code": "g/kg"}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    made = {"resourceType": "MedicationRequest", "id": "d1", "status": "draft", "intent": "order", "subject": SUBJECT}
    dosage = [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": dose}]}]
    return {**made, "medicationCodeableConcept": {"text": "Immune globulin"}, "dosageInstruction": dosage}


def told(analyte: str, *results: Json) -> str:
    who: Json = {"resourceType": "Patient", "id": "p", "birthDate": "1976-01-01", "gender": "female"}
    mmn: Json = {
        "resourceType": "Condition",
        "id": "mmn",
        "subject": SUBJECT,
        "clinicalStatus": {"coding": [{"code": "active"}]},
    }
    mmn["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G61.82"}]}
    given = [infusion()] if analyte == "haemoglobin" else []
    chart: list[tuple[None, Json]] = [(None, each) for each in (who, mmn, *given, *results)]
    found = EVALUATOR.evaluate_orders("p", None, chart, Drafts([(None, draft())], frozenset()), AS_OF).cards
    return "\n".join(f"{card['summary']}\n{card['detail']}" for card in found)


def every_shape() -> Iterator[Any]:
    for analyte, (code, _, warns, unit, _) in ANALYTES.items():
        for shape, said in shapes(code, warns, unit).items():
            yield pytest.param(analyte, said, shape, id=f"{analyte}: {shape}")


@pytest.mark.parametrize(("analyte", "said", "shape"), list(every_shape()))
def test_it_is_used_or_named(analyte: str, said: Json, shape: str) -> None:
    code, usual, _, unit, names = ANALYTES[analyte]
    newest = observation(code, "newest", "2026-03-02", said)
    before = observation(code, "before", "2026-02-18", {"valueQuantity": quantity(usual, unit)} | _normal(analyte))
    alone, beside = told(analyte, newest), told(analyte, newest, before)
    assert NOT_FOUND.get(analyte, "not found at all") not in alone
    assert NOT_FOUND.get(analyte, "not found at all") not in beside
    # Nobody asks for an IgM: one that does not exist yet is no news.
    if (shape not in NO_RESULT or analyte not in NOT_ASKED_FOR) and (analyte, shape) not in USED_IN_SILENCE:
        assert any(name in alone for name in names)
    if shape not in NO_RESULT and (analyte, shape) not in USED_IN_SILENCE:
        assert any(name in beside for name in names)


def _normal(analyte: str) -> Json:
    return {"interpretation": [{"coding": [{"code": "N"}]}]} if analyte in ("GM1", "IgM") else {}


def red_flags(said: Json) -> list[str]:
    """What is said of CSF protein when a chart with MMN and this result is opened."""
    who: Json = {"resourceType": "Patient", "id": "p", "birthDate": "1976-01-01"}
    mmn: Json = {
        "resourceType": "Condition",
        "id": "mmn",
        "subject": SUBJECT,
        "code": {"text": "multifocal motor neuropathy"},
    }
    chart: list[tuple[None, Json]] = [
        (None, who),
        (None, mmn),
        (None, observation("2880-3", "csf", "2026-03-02", said)),
    ]
    found = EVALUATOR.evaluate_prefetch("p", None, chart, AS_OF).cards
    return [str(card["summary"]) for card in found if "CSF protein" in str(card["summary"])]


@pytest.mark.parametrize(("grams", "is_told"), [("1.5", True), ("0.4", False)])
@pytest.mark.parametrize("shape", ["as usual", "a component", "a panel", "corrected"])
def test_csf_protein_of_a_panel_counts_as_one_by_itself(shape: str, grams: str, is_told: bool) -> None:
    assert bool(red_flags(shapes("2880-3", grams, "g/L")[shape])) is is_told
