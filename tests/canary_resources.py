"""Resources of the made canary charts: conditions, results, orders, what was given, findings and nerve studies."""

from typing import Any

ICD_10_CM, SNOMED = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
CONDUCTION = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
Json = dict[str, Any]
# The right nerve by ISO/IEEE 11073, and the site near the elbow that is stimulated for its forearm.
_RIGHT, _ELBOW = {"ulnar": "458886", "median": "458874"}, {"ulnar": "below-elbow", "median": "elbow"}


def condition(system: str, code: str) -> Json:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": coded(system, code),
        "recordedDate": "2026-02-01",
    }


def body_weight() -> Json:
    return result("29463-7", 80, "kg")


def result(code: str, value: float, unit: str, day: str = "2026-02-28") -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("http://loinc.org", code),
        "effectiveDateTime": day,
        "valueQuantity": quantity(value, unit),
    }


def ordered(
    product: str = "", route: str = "intravenous", dose: Json | None = None, repeat: Json | None = None
) -> Json:
    """A draft of immunoglobulin, a first course where nothing is said."""
    drug = {"text": product} if product else coded("http://www.nlm.nih.gov/research/umls/rxnorm", "1426680")
    timing = {"repeat": repeat or daily(5)}
    return draft(drug, {"route": {"text": route}, "timing": timing, "doseAndRate": [dose or grams(32)]})


def daily(days: int) -> Json:
    return {"count": days, "frequency": 1, "period": 1, "periodUnit": "d"}


def grams(amount: float) -> Json:
    return {"doseQuantity": quantity(amount, "g")}


def draft(drug: Json, dosage: Json) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2026-03-04",
        "medicationCodeableConcept": drug,
        "dosageInstruction": [dosage],
    }


def active(drug: Json, dosage: Json) -> Json:
    return {**draft(drug, dosage), "status": "active", "authoredOn": "2026-02-20"}


def dosed(amount: float, unit: str) -> Json:
    return {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": quantity(amount, unit)}],
    }


def steroid(reason: str = "") -> Json:
    month = {"repeat": {"count": 30, "frequency": 1, "period": 1, "periodUnit": "d"}}
    dosage = {"text": "60 mg once daily for 30 days", **dosed(60, "mg"), "timing": month}
    order = draft(coded("http://www.whocc.no/atc", "H02AB07"), dosage)
    return {**order, "reasonCode": [{"text": reason}]} if reason else order


def exchange() -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2026-03-04",
        "code": coded("http://www.ama-assn.org/go/cpt", "36514"),
        "reasonCode": [coded(ICD_10_CM, "G61.82")],
    }


def vaccine() -> Json:
    return draft({"text": "MMR vaccine"}, {"text": "once"})


def given() -> list[Json]:
    """Three infusions of 80 g, four weeks apart."""
    drug = coded("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J1569")
    return [
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "medicationCodeableConcept": drug,
            "effectiveDateTime": day,
            "dosage": {"dose": quantity(80, "g")},
        }
        for day in ("2025-12-11", "2026-01-08", "2026-02-05")
    ]


def allergy(severity: str, verification: str = "confirmed") -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
        "verificationStatus": coded(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", verification
        ),
        "code": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "1426680"),
        "reaction": [{"severity": severity, "manifestation": [{"text": "reaction to the infusion"}]}],
    }


def no_allergy() -> Json:
    return {**allergy("mild"), "code": coded(SNOMED, "716186003"), "reaction": []}


def iga(milligrams: float | None, antibodies: str) -> list[Json]:
    """IgA in mg/dL, and antibodies to IgA by their interpretation; without one they cannot be used."""
    found = {**result("44584-1", 1, "1"), "valueString": "see report"}
    del found["valueQuantity"]
    if antibodies:
        system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        found["interpretation"] = [coded(system, antibodies)]
    return [*([result("2458-8", milligrams, "mg/dL")] if milligrams else []), found]


def finding(name: str, present: bool = True, **value: Any) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(BEDSIDE, name),
        "effectiveDateTime": "2026-02-28",
        **(value or {"valueBoolean": present}),
    }


def worded(name: str, word: str) -> Json:
    return finding(name, valueCodeableConcept=coded(BEDSIDE, word))


def asymmetric() -> Json:
    return finding("asymmetric-limb-weakness")


def definite() -> list[Json]:
    """All that definite MMN needs, newly found."""
    absent = (
        "objective-sensory-loss",
        "upper-motor-neuron-signs",
        "marked-bulbar-involvement",
        "diffuse-symmetric-weakness-at-onset",
    )
    return [
        asymmetric(),
        finding("weak-nerve-territories", valueInteger=2),
        finding("weakness-onset", valueDateTime="2025-06-01"),
        worded("progression", "stepwise"),
        *(finding(name, present=False) for name in absent),
        *blocked("ulnar", sensory=22),
    ]


def blocked(nerve: str, sensory: float = 3) -> list[Json]:
    """A right nerve with a loss of 60 % of the area in the forearm, and its sensory response at the wrist in uV."""
    near = _ELBOW[nerve]
    motor = study("motor-nerve-study", nerve)
    motor["component"] = [
        measured("wrist.cmap-amplitude-neg", 8, "mV", low=6),
        measured("wrist.cmap-area-neg", 25, "mV.ms"),
        measured("wrist.cmap-duration-neg", 5.6, "ms"),
        measured(f"{near}.cmap-amplitude-neg", 3.2, "mV"),
        measured(f"{near}.cmap-area-neg", 10, "mV.ms"),
        measured(f"{near}.cmap-duration-neg", 6.2, "ms"),
    ]
    response = study("sensory-nerve-study", nerve)
    response["component"] = [measured("wrist.snap-amplitude", sensory, "uV", low=10)]
    return [motor, response]


def slow(nerve: str) -> Json:
    """A right nerve without block that conducts at 28 m/s."""
    motor, near = study("motor-nerve-study", nerve), _ELBOW[nerve]
    motor["component"] = [
        measured("wrist.cmap-amplitude-neg", 8, "mV", low=6),
        measured("wrist.cmap-area-neg", 25, "mV.ms"),
        measured(f"{near}.cmap-amplitude-neg", 7.8, "mV"),
        measured(f"{near}.cmap-area-neg", 24, "mV.ms"),
        measured(f"wrist--{near}.cv", 28, "m/s", low=50),
    ]
    return motor


def study(kind: str, nerve: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(CONDUCTION, kind),
        "effectiveDateTime": "2026-02-20T10:00:00Z",
        "bodySite": coded("urn:iso:std:iso:11073:10101", _RIGHT[nerve]),
    }


def measured(name: str, value: float, unit: str, low: float | None = None) -> Json:
    component: Json = {"code": coded(CONDUCTION, name), "valueQuantity": quantity(value, unit)}
    return component if low is None else {**component, "referenceRange": [{"low": quantity(low, unit)}]}


def quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
