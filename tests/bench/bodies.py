"""Made-up request bodies for the benchmark and the HTTP tests: no real patient is in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import orjson

Resource = dict[str, object]

NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
MDC = "urn:iso:std:iso:11073:10101"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PATIENT = "bench-1"

_RIGHT_ULNAR, _RIGHT_MEDIAN = "458886", "458874"
_ROUTINE = (
    ("8867-4", "Heart rate", 72, "/min"),
    ("8310-5", "Body temperature", 36.8, "Cel"),
    ("9279-1", "Respiratory rate", 14, "/min"),
    ("718-7", "Hemoglobin", 13.9, "g/dL"),
    ("2160-0", "Creatinine", 0.9, "mg/dL"),
    ("2951-2", "Sodium", 140, "mmol/L"),
    ("2823-3", "Potassium", 4.1, "mmol/L"),
    ("777-3", "Platelets", 231, "10*3/uL"),
)
_KEYS_OF_TYPES = {"Patient": "patient", "Condition": "conditions"}


def mmn_resources(observations: int = 100) -> list[Resource]:
    """A patient with a definite block of the right ulnar nerve: 12 Observations that matter, the rest routine."""
    return [_patient(), *_mattering(), *islice(_routine(), observations - 12)]


def mmn_in_sessions(sessions: int = 10) -> list[Resource]:
    """The same patient, seen on as many days, with 100 Observations each: all of it grows, not only the routine."""
    resources = [_patient()]
    for session in range(sessions):
        for resource in mmn_resources()[1:]:
            day = f"20{15 + session}-03-04T10:20:00+00:00"
            resources.append(resource | {"id": f"{resource['id']}-{session}", "effectiveDateTime": day})
    return resources


def unremarkable_resources(observations: int = 100) -> list[Resource]:
    """A chart with nothing that points to MMN."""
    return [_patient(), *islice(_routine(), observations)]


def as_bundle(resources: Iterable[Mapping[str, object]]) -> bytes:
    """The body of ``POST /fhir/$mmn-evaluate``."""
    return orjson.dumps(_bundle(resources, "collection"))


def as_hook_call(resources: Sequence[Mapping[str, object]]) -> bytes:
    """The body of a patient-view call whose prefetch holds the resources."""
    prefetch: dict[str, object] = {
        "patient": resources[0],
        "conditions": _bundle([], "searchset"),
        "treatments": None,
        "allergies": None,
        "statements": None,
        "examinations": None,
        "medications": None,
    }
    for key in ("nerveStudies", "laboratory", "findings"):
        chosen = [resource for resource in resources[1:] if _key_of(resource) == key]
        prefetch[key] = _bundle(chosen, "searchset")
    return orjson.dumps(
        {
            "hook": "patient-view",
            "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
            "context": {"patientId": PATIENT, "userId": "Practitioner/example"},
            "prefetch": prefetch,
        }
    )


def as_order_call(resources: Sequence[Mapping[str, object]]) -> bytes:
    """The body of an order-sign call with the same prefetch, and a first course of immunoglobulin being signed."""
    called = orjson.loads(as_hook_call(resources))
    drug = _concept("http://www.nlm.nih.gov/research/umls/rxnorm", "1426680", "immunoglobulin G, human")
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    draft: Resource = {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": drug,
        "dosageInstruction": [
            {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": _quantity(0.4, "g/kg")}]}
        ],
    }
    called["hook"] = "order-sign"
    called["context"]["draftOrders"] = _bundle([draft], "collection")
    for key in ("medications", "administrations", "allergies"):
        called["prefetch"][key] = _bundle([], "searchset")
    return orjson.dumps(called)


def as_selection(resources: Sequence[Mapping[str, object]]) -> bytes:
    """The body of an order-select call with the same prefetch, and the same order being chosen."""
    called = orjson.loads(as_order_call(resources))
    called["hook"] = "order-select"
    called["context"]["selections"] = ["MedicationRequest/draft-1"]
    return orjson.dumps(called)


def varied(body: bytes, number: int) -> bytes:
    """Another body of that kind: another patient with other values."""
    return orjson.dumps(_varied(orjson.loads(body.replace(PATIENT.encode(), f"{PATIENT}-{number}".encode())), number))


def _varied(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {name: _varied(each, number) for name, each in value.items()}
    if isinstance(value, list):
        return [_varied(each, number) for each in value]
    return round(value * (1 + number / 1000), 3) if isinstance(value, float) else value


def _key_of(resource: Mapping[str, object]) -> str:
    text = orjson.dumps(resource["code"])
    if NCS.encode() in text:
        return "nerveStudies"
    return "findings" if BEDSIDE.encode() in text else "laboratory"


def _bundle(resources: Iterable[Mapping[str, object]], kind: str) -> Resource:
    entries = [
        {"fullUrl": f"https://fhir.example.org/r4/{resource['resourceType']}/{resource['id']}", "resource": resource}
        for resource in resources
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": kind}
    return bundle | {"entry": entries} if entries else bundle


def _patient() -> Resource:
    name = [{"use": "official", "family": "Made-Up", "given": ["Test"]}]
    return {"resourceType": "Patient", "id": PATIENT, "name": name, "gender": "male", "birthDate": "1981-05-17"}


def _mattering() -> Iterator[Resource]:
    yield _motor_study(
        "ncs-ulnar-right", _RIGHT_ULNAR, {"wrist": (8.0, 24.9, 5.5), "below-elbow": (3.6, 11.2, 6.4)}, 6.0
    )
    yield _motor_study("ncs-median-right", _RIGHT_MEDIAN, {"wrist": (9.1, 28.0, 5.6), "elbow": (8.8, 27.1, 5.9)}, 4.0)
    yield _sensory_study("snap-ulnar-right", _RIGHT_ULNAR)
    yield _laboratory("gm1-igm", "6926-0", "GM1 IgM titer", 3200, "{titer}") | {"interpretation": [_flag("H")]}
    yield _finding("asymmetric-limb-weakness", {"valueBoolean": True})
    yield _finding("weak-nerve-territories", {"valueInteger": 2})
    yield _finding("weakness-onset", {"valueDateTime": "2023-06-01"})
    yield _finding("progression", {"valueCodeableConcept": _concept(BEDSIDE, "slowly-progressive")})
    yield _finding("objective-sensory-loss", {"valueBoolean": False})
    yield _finding("upper-motor-neuron-signs", {"valueBoolean": False})
    yield _finding("marked-bulbar-involvement", {"valueBoolean": False})
    yield _finding("diffuse-symmetric-weakness-at-onset", {"valueBoolean": False})


def _motor_study(name: str, nerve: str, sites: Mapping[str, tuple[float, float, float]], limit: float) -> Resource:
    components: list[Resource] = []
    for site, (amplitude, area, duration) in sites.items():
        components += [
            _component(f"{site}.cmap-amplitude-neg", amplitude, "mV")
            | {"referenceRange": [{"low": _quantity(limit, "mV")}]},
            _component(f"{site}.cmap-area-neg", area, "mV.ms"),
            _component(f"{site}.cmap-duration-neg", duration, "ms"),
        ]
    return _observation(name, NCS, "motor-nerve-study", "procedure", _nerve(nerve) | {"component": components})


def _sensory_study(name: str, nerve: str) -> Resource:
    limit = {"referenceRange": [{"low": _quantity(8, "uV")}]}
    components = [_component("wrist.snap-amplitude", 17.5, "uV") | limit, _component("wrist.cv", 56, "m/s")]
    content = {"interpretation": [_flag("N")], "component": components}
    return _observation(name, NCS, "sensory-nerve-study", "procedure", _nerve(nerve) | content)


def _flag(code: str) -> Resource:
    return _concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code)


def _nerve(code: str) -> Resource:
    return {"bodySite": _concept(MDC, code)}


def _component(code: str, value: float, unit: str) -> Resource:
    return {"code": _concept(NCS, code), "valueQuantity": _quantity(value, unit)}


def _finding(code: str, value: Resource) -> Resource:
    return _observation(f"finding-{code}", BEDSIDE, code, "exam", value)


def _laboratory(name: str, code: str, display: str, value: float, unit: str) -> Resource:
    content: Resource = {"valueQuantity": _quantity(value, unit)}
    return _observation(name, LOINC, code, "laboratory", content, display)


def _routine() -> Iterator[Resource]:
    for number, (code, display, value, unit) in enumerate(cycle(_ROUTINE)):
        yield _laboratory(f"routine-{number}", code, display, value, unit)


def _observation(name: str, system: str, code: str, category: str, content: Resource, display: str = "") -> Resource:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [_concept("http://terminology.hl7.org/CodeSystem/observation-category", category)],
        "code": _concept(system, code, display),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": "2025-03-04T10:20:00+00:00",
        **content,
    }


def _concept(system: str, code: str, display: str = "") -> Resource:
    coding = {"system": system, "code": code}
    return {"coding": [coding | {"display": display} if display else coding]}


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}
