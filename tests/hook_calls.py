"""The patient folders as calls of the three services, and orders that are worth a card for any of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from service.json_guard import read_json
from service.web.answers import exact_number
from service.web.as_of import now
from tests.patient_folders import PatientFolder

HOOKS = ("patient-view", "order-select", "order-sign")
INSTANCE = "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11"
_RXNORM, _UCUM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://unitsofmeasure.org"
_IMMUNOGLOBULIN, _PREDNISONE = "1426680", "8640"
_URN = "urn:uuid:"
Json = dict[str, Any]


def patient_of(folder: PatientFolder) -> Json:
    """The first Patient of a folder."""
    patients: Iterator[Json] = (one for one in _resources(folder) if one["resourceType"] == "Patient")
    return next(patients)


def call_of(folder: PatientFolder, hook: str, templates: Mapping[str, str]) -> Json:
    """A call about the folder's first patient; the first key that asks for a type gets all resources of it."""
    patient = patient_of(folder)
    prefetch: Json = {}
    types: set[str] = set()
    for key, template in templates.items():
        wanted = template.partition("?")[0].partition("/")[0]
        chosen = [] if wanted in types else [one for one in _resources(folder) if one["resourceType"] == wanted]
        prefetch[key] = patient if key == "patient" else _searched(chosen)
        types.add(wanted)
    # Doses are judged, and put right, only by a weight of these days.
    prefetch["findings"]["entry"].append({"resource": _weight(patient["id"])})
    context: Json = {"userId": "Practitioner/u1", "patientId": patient["id"]}
    if hook != "patient-view":
        context["draftOrders"] = {**_searched(list(drafts_for(patient["id"]))), "type": "collection"}
    if hook == "order-select":
        context["selections"] = [f"MedicationRequest/{draft['id']}" for draft in drafts_for(patient["id"])]
    return {"hook": hook, "hookInstance": INSTANCE, "context": context, "prefetch": prefetch}


def drafts_for(patient_id: str) -> Iterator[Json]:
    """Immunoglobulin in a very high and in a usual dose, written far apart, and a corticosteroid."""
    for name, code, dose, unit in (
        ("much", _IMMUNOGLOBULIN, 4, "g/kg"),
        ("usual", _IMMUNOGLOBULIN, 0.4, "g/kg"),
        ("steroid", _PREDNISONE, 60, "mg"),
    ):
        draft: Json = {
            "resourceType": "MedicationRequest",
            "id": f"draft-{name}",
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": code}]},
            "subject": {"reference": f"Patient/{patient_id}"},
            "note": [{"text": "as agreed"}],
        }
        if name == "usual":
            draft["authoredOn"] = "2025-01-01"
        draft["dosageInstruction"] = [_dosed(dose, unit)]
        yield draft


def _weight(patient_id: str) -> Json:
    return {
        "resourceType": "Observation",
        "id": "weight",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": now().date().isoformat(),
        "valueQuantity": {"value": 80, "unit": "kg", "system": _UCUM, "code": "kg"},
    }


def _dosed(value: float, unit: str) -> Json:
    quantity = {"value": value, "unit": unit, "system": _UCUM, "code": unit}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}


def _searched(resources: list[Json]) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def _resources(folder: PatientFolder) -> list[Json]:
    """The resources as a server would have stored them: what has no id yet gets that of its fullUrl."""
    urls = {entry.get("fullUrl", ""): entry["resource"]["resourceType"] for entry in folder.bundle["entry"]}
    text = orjson.dumps([_with_id(entry) for entry in folder.bundle["entry"]], default=exact_number).decode()
    for url, kind in urls.items():
        if url.startswith(_URN):
            text = text.replace(f'"{url}"', f'"{kind}/{url.removeprefix(_URN)}"')
    stored: Any = read_json(text.encode())
    return list(stored)


def _with_id(entry: Json) -> Json:
    return {"id": entry.get("fullUrl", "").removeprefix(_URN), **entry["resource"]}
