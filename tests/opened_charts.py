"""Small charts from a few words, and what is said when they are opened: for tables of cases."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.json_guard import read_json
from tests.shipped import shipped

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
BEDSIDE_CODES = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_EVALUATOR = shipped()
Json = dict[str, Any]


def diagnosis(code: str, onset: str = "", verified: str = "confirmed", now: str = "active", **more: Any) -> Json:
    """A Condition by a code of ICD-10-CM; a code without a digit is the text of the diagnosis."""
    named = {"coding": [{"system": _ICD, "code": code}]} if any(map(str.isdigit, code)) else {"text": code}
    made = {
        "resourceType": "Condition",
        "code": named,
        "verificationStatus": {"coding": [{"code": verified}]},
        "clinicalStatus": {"coding": [{"code": now}]},
        **more,
    }
    return made | ({"onsetDateTime": onset} if onset else {})


def found(code: str, value: object = True, day: str = "2026-02-20", site: Json | None = None) -> Json:
    """A bedside finding: present, absent, a count, a date or a word of the course."""
    if isinstance(value, bool):
        said: Json = {"valueBoolean": value}
    elif isinstance(value, int):
        said = {"valueInteger": value}
    elif code == "weakness-onset":
        said = {"valueDateTime": value}
    else:
        said = {"valueCodeableConcept": {"coding": [{"system": BEDSIDE_CODES, "code": value}]}}
    return observed(BEDSIDE_CODES, code, day) | said | ({"bodySite": site} if site else {})


def result(loinc: str, value: float, unit: str, low: float | None = None, high: float | None = None) -> Json:
    """A result of the laboratory with its limits."""
    limits = {
        name: {"value": limit, "unit": unit} for name, limit in (("low", low), ("high", high)) if limit is not None
    }
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return observed("http://loinc.org", loinc, "2026-02-20", valueQuantity=quantity, referenceRange=[limits])


NERVES = {
    "left median": 458873,
    "right median": 458874,
    "left ulnar": 458885,
    "right ulnar": 458886,
    "right radial": 458902,
}
_PROXIMAL = {"median": ("wrist", "elbow"), "ulnar": ("wrist", "below-elbow"), "radial": ("forearm", "elbow")}
_NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"


def motor(
    nerve: str,
    area_lost: int,
    day: str = "2026-02-20",
    *,
    status: str = "final",
    area: bool = True,
    distal: float = 8.0,
) -> Json:
    """A motor study of a forearm in which so many percent are lost; ``distal``: amplitude in mV."""
    near, proximal = _PROXIMAL[nerve.split()[1]]
    parts = [(near, distal), (proximal, distal * (100 - area_lost) / 100)]
    measured = [_measured(f"{site}.cmap-amplitude-neg", size, "mV", low=5) for site, size in parts]
    measured += [_measured(f"{site}.cmap-area-neg", size * 3, "mV.ms") for site, size in parts] if area else []
    measured += [_measured(f"{site}.cmap-duration-neg", 6.0, "ms") for site, _ in parts]
    return observed(_NCS, "motor-nerve-study", day, status) | {"bodySite": _nerve(nerve), "component": measured}


def infusion(day: str, grams: int = 60) -> Json:
    """One infusion of immunoglobulin."""
    drug = {"coding": [{"system": "http://www.whocc.no/atc", "code": "J06BA02"}]}
    dose = {"value": grams, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"}
    return {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": drug,
        "effectiveDateTime": day,
        "dosage": {"dose": dose},
    }


def sensory(nerve: str, amplitude: float, day: str = "2026-02-20") -> Json:
    """A sensory study; the lower limit is 10 uV."""
    measured = [_measured("wrist.snap-amplitude", amplitude, "uV", low=10)]
    return observed(_NCS, "sensory-nerve-study", day) | {"bodySite": _nerve(nerve), "component": measured}


def _nerve(name: str) -> Json:
    return {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": str(NERVES[name])}]}


def _measured(code: str, value: float, unit: str, low: float | None = None) -> Json:
    quantity = {"value": round(value, 3), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    limit = {"referenceRange": [{"low": {**quantity, "value": low}}]} if low is not None else {}
    return {"code": {"coding": [{"system": _NCS, "code": code}]}, "valueQuantity": quantity, **limit}


def observed(system: str, code: str, day: str, status: str = "final", **more: Any) -> Json:
    """An Observation."""
    coded = {"coding": [{"system": system, "code": code}]}
    return {"resourceType": "Observation", "status": status, "code": coded, "effectiveDateTime": day, **more}


# The bedside of MMN: every core criterion met, every exclusion criterion examined and absent.
BEDSIDE_OF_MMN = [
    found("asymmetric-limb-weakness"),
    found("weak-nerve-territories", 2),
    found("weakness-onset", "2018-11-28"),
    found("progression", "slowly-progressive"),
    *(
        found(code, value=False)
        for code in (
            "objective-sensory-loss",
            "upper-motor-neuron-signs",
            "marked-bulbar-involvement",
            "diffuse-symmetric-weakness-at-onset",
        )
    ),
]


def opened(*resources: Json, as_of: datetime = AS_OF, born: str = "1970-05-05") -> Mapping[str, Any]:
    """The answer of ``$mmn-evaluate`` to a chart of one patient."""
    mine = [
        {"resource": {"id": f"r{number}", **each, "subject": {"reference": "Patient/p"}}}
        for number, each in enumerate(resources)
    ]
    patient = {"resource": {"resourceType": "Patient", "id": "p", "birthDate": born}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [patient, *mine]}
    return _EVALUATOR.evaluate_bundle(read_json(json.dumps(bundle).encode()), as_of, 500)


def cards(*resources: Json, as_of: datetime = AS_OF) -> Sequence[str]:
    """The cards of a chart, each as "indicator: summary"."""
    return [f"{card['indicator']}: {card['summary']}" for card in opened(*resources, as_of=as_of)["cards"]]
