"""Ordinary charts: what a health system holds of people who come for something else. No real person is behind them."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Resource = dict[str, Any]

_LOINC, _SCT = "http://loinc.org", "http://snomed.info/sct"
_ICD, _RXNORM = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.nlm.nih.gov/research/umls/rxnorm"
_UCUM = "http://unitsofmeasure.org"
_TODAY = date(2026, 5, 1)
# Code, name, unit, lowest and highest value.
_RESULTS = (
    ("29463-7", "Body weight", "kg", 48, 120),
    ("8302-2", "Body height", "cm", 150, 195),
    ("8867-4", "Heart rate", "/min", 55, 100),
    ("85354-9", "Blood pressure panel", "mm[Hg]", 100, 160),
    ("2160-0", "Creatinine in serum", "mg/dL", 0.6, 1.4),
    ("718-7", "Haemoglobin in blood", "g/dL", 11, 17),
    ("2345-7", "Glucose in serum", "mg/dL", 70, 180),
    ("4548-4", "Haemoglobin A1c", "%", 5, 9),
    ("2157-6", "Creatine kinase in serum", "U/L", 40, 180),
    ("2093-3", "Cholesterol in serum", "mg/dL", 140, 260),
    ("6690-2", "Leukocytes in blood", "10*3/uL", 4, 11),
    ("72166-2", "Tobacco smoking status", "", 0, 0),
)
# Code, name, how many of a hundred have it.
_DISEASES = (
    ("I10", "Essential hypertension", 28),
    ("E11.9", "Type 2 diabetes mellitus", 11),
    ("E11.42", "Type 2 diabetes mellitus with diabetic polyneuropathy", 2),
    ("J45.909", "Asthma", 8),
    ("E78.5", "Hyperlipidaemia", 20),
    ("M54.50", "Low back pain", 12),
    ("G56.01", "Carpal tunnel syndrome, right upper limb", 4),
    ("I63.9", "Cerebral infarction", 2),
    ("G35", "Multiple sclerosis", 1),
    ("M17.11", "Osteoarthritis of the right knee", 9),
    ("F32.A", "Depression", 9),
    ("R20.0", "Anaesthesia of skin", 2),
    ("M54.12", "Radiculopathy, cervical region", 2),
)
_DRUGS = (
    ("860975", "metformin 500 MG", 10),
    ("197361", "amlodipine 5 MG", 18),
    ("617312", "atorvastatin 20 MG", 17),
    ("312615", "prednisone 20 MG", 3),
    ("745679", "albuterol inhaler", 8),
    ("1049621", "oxycodone 5 MG", 4),
)
_DOCUMENTS = ("Chest X-ray", "Discharge summary", "ECG report", "Colonoscopy report", "Echocardiography")


def ordinary(number: int, seed: int = 1) -> Iterator[Resource]:
    """All resources of the ordinary patient of this number; the same for the same seed."""
    chance = random.Random(seed * 1_000_003 + number)  # noqa: S311  # charts, no secrets
    patient = f"o{seed}-{number}"
    yield _person(patient, chance)
    yield from (_disease(patient, code, name, chance) for code, name, share in _DISEASES if _happens(chance, share))
    yield from (_drug(patient, code, name, chance) for code, name, share in _DRUGS if _happens(chance, share))
    for visit in range(chance.randint(2, 12)):
        day = _day(chance)
        yield _of(patient, "Encounter", f"e{visit}", status="finished", period={"start": day}, type=[{"text": "Visit"}])
        for code, name, unit, low, high in chance.sample(_RESULTS, chance.randint(3, len(_RESULTS))):
            yield _result(patient, code, name, _amount(chance, unit, low, high), day, f"{visit}-{code}")
    for place, title in enumerate(_DOCUMENTS):
        if _happens(chance, 15):
            yield _document(patient, title, place, chance)


def with_something(number: int) -> Iterator[Resource]:
    """Ordinary charts in which a seed stands all the same: a study of a trapped nerve, ALS, immunoglobulin."""
    yield from ordinary(number, seed=2)
    patient, kind = f"o2-{number}", number % 3
    if kind == 0:
        yield _of(
            patient,
            "Condition",
            "als",
            code={"coding": [{"system": _ICD, "code": "G12.21", "display": "Amyotrophic lateral sclerosis"}]},
            clinicalStatus={
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
            },
        )
    elif kind == 1:
        code = {"coding": [{"system": _LOINC, "code": "2880-3", "display": "Protein in CSF"}]}
        value = {"value": 0.4, "unit": "g/L", "system": _UCUM, "code": "g/L"}
        yield _of(
            patient,
            "Observation",
            "csf",
            status="final",
            code=code,
            effectiveDateTime="2026-01-05",
            valueQuantity=value,
        )
    else:
        yield _of(
            patient,
            "MedicationRequest",
            "ig",
            status="completed",
            intent="order",
            medicationCodeableConcept={"text": "immunoglobulin G human 10 % infusion"},
            reasonCode=[{"text": "common variable immunodeficiency"}],
            authoredOn="2026-01-05",
        )


def _person(patient: str, chance: random.Random) -> Resource:
    return {
        "resourceType": "Patient",
        "id": patient,
        "gender": chance.choice(("female", "male")),
        "birthDate": str(date(1930, 1, 1) + timedelta(days=chance.randrange(30000))),
        "name": [{"family": f"Synthetic{chance.randrange(10**6)}", "given": ["Chart"]}],
    }


def _disease(patient: str, code: str, name: str, chance: random.Random) -> Resource:
    status = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    coded = {"coding": [{"system": _ICD, "code": code, "display": name}], "text": name}
    return _of(
        patient, "Condition", code.replace(".", "-"), clinicalStatus=status, code=coded, recordedDate=_day(chance)
    )


def _drug(patient: str, code: str, name: str, chance: random.Random) -> Resource:
    coded = {"coding": [{"system": _RXNORM, "code": code, "display": name}], "text": name}
    sig = [{"text": chance.choice(("one a day", "twice a day", "as directed"))}]
    made = {"status": "completed", "intent": "order", "authoredOn": _day(chance), "dosageInstruction": sig}
    return _of(patient, "MedicationRequest", code, medicationCodeableConcept=coded, **made)


def _amount(chance: random.Random, unit: str, low: float, high: float) -> Resource | None:
    if not unit:
        return None
    return {"value": round(chance.uniform(low, high), 1), "unit": unit, "system": _UCUM, "code": unit}


def _result(patient: str, code: str, name: str, amount: Resource | None, day: str, name_of: str) -> Resource:
    value = {"valueQuantity": amount} if amount else {"valueCodeableConcept": {"text": "Never smoker"}}
    category = [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
    ]
    coded = {"coding": [{"system": _LOINC, "code": code, "display": name}], "text": name}
    encounter = {"reference": f"Encounter/{patient}-e0"}
    about = {
        "category": category,
        "code": coded,
        "encounter": encounter,
        "effectiveDateTime": day,
        "issued": f"{day}T08:00:00Z",
    }
    return _of(patient, "Observation", name_of, status="final", **about, **value)


def _document(patient: str, title: str, place: int, chance: random.Random) -> Resource:
    content = [{"attachment": {"contentType": "text/plain", "title": title, "data": "U3ludGhldGljLg=="}}]
    return _of(
        patient,
        "DocumentReference",
        f"d{place}",
        status="current",
        type={"text": title},
        date=f"{_day(chance)}T09:00:00Z",
        content=content,
    )


def _of(patient: str, kind: str, name: str, **elements: Any) -> Resource:
    return {
        "resourceType": kind,
        "id": f"{patient}-{name}",
        "meta": {"versionId": "1", "lastUpdated": "2026-05-01T00:00:00Z"},
        "subject": {"reference": f"Patient/{patient}"},
        **elements,
    }


def _day(chance: random.Random) -> str:
    return str(_TODAY - timedelta(days=chance.randrange(3650)))


def _happens(chance: random.Random, of_a_hundred: int) -> bool:
    return chance.randrange(100) < of_a_hundred
