"""Bundles and mapping files as a sender and a site would write them, for the tests of intake."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from service.domain.facts import Excluded
from service.fhir.intake.bundle import PatientRecord, Records, records_from_bundle
from service.fhir.mappings.concepts import load_mappings

Resource = dict[str, object]

SHIPPED = Path(__file__).parents[3] / "fhir_mappings"
MAPPINGS = load_mappings([SHIPPED])
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
GM1, ASIALO_GM1, SODIUM, MMN = "51703-7", "10359-8", "2951-2", "230591002"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def concept(system: str, *codes: str) -> Resource:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def patient(identity: str = "p1") -> Resource:
    return {"resourceType": "Patient", "id": identity, "birthDate": "1970-01-01"}


def about(reference: str) -> Resource:
    return {"reference": reference}


def observation(identity: str = "o1", /, **elements: object) -> Resource:
    """A final GM1 IgM result of Patient/p1; elements given as None are left out."""
    made: Resource = {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": concept(LOINC, GM1),
        "subject": about("Patient/p1"),
        "effectiveDateTime": "2025-03-04T10:20:00Z",
        "valueQuantity": {"value": Decimal("8.0"), "unit": "U/mL"},
    }
    return {name: value for name, value in {**made, **elements}.items() if value is not None}


def condition(identity: str = "c1", /, **elements: object) -> Resource:
    made: Resource = {
        "resourceType": "Condition",
        "id": identity,
        "clinicalStatus": concept(CLINICAL, "active"),
        "verificationStatus": concept(VERIFICATION, "confirmed"),
        "code": concept(SNOMED, MMN),
        "subject": about("Patient/p1"),
    }
    return {name: value for name, value in {**made, **elements}.items() if value is not None}


def bundle(*resources: object, kind: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


def addressed(*pairs: tuple[str, object]) -> Resource:
    """A Bundle whose entries have a fullUrl each."""
    entries = [{"fullUrl": url, "resource": resource} for url, resource in pairs]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def request(sent: object, limit: int = 5000) -> Records:
    return records_from_bundle(sent, AS_OF, MAPPINGS, limit)


def records(sent: object, limit: int = 5000) -> list[PatientRecord]:
    return request(sent, limit).patients


def record(*resources: object) -> PatientRecord:
    """The only record of Patient/p1 and these resources."""
    (made,) = records(bundle(patient(), *resources))
    return made


def used(made: PatientRecord) -> list[str]:
    return [source.reference for source in made.sources]


def reasons(made: PatientRecord | Records) -> dict[str, str]:
    return {row.resource: row.reason for row in made.excluded}


def only_row(made: PatientRecord) -> Excluded:
    """The one row of a record of which nothing was used."""
    assert not made.sources
    (row,) = made.excluded
    return row
