"""Resources as intake hands them to the readers, for the tests of bedside and laboratory."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from service.domain.moments import Moment, moment_of
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.fhir.mappings.files import MappingFiles

MAPPINGS = load_mappings([Path(__file__).parents[3] / "fhir_mappings"])
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
MDC = "urn:iso:std:iso:11073:10101"
UCUM = "http://unitsofmeasure.org"
Resource = dict[str, object]

SCALARS: list[object] = [None, True, False, 0, -1, 800, 10**400, "", "1:800", "POS", "left", "2024", SNOMED, "present"]
SCALARS += [Decimal("0.5"), Decimal("1e99999"), Decimal("NaN")]
KEYS = ["coding", "code", "system", "value", "unit", "text", "high", "numerator", "denominator", "comparator"]
# Anything that may stand where FHIR wants something else.
JSON = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def concept_of(mappings: Mappings, code: object, resource_type: str) -> Concept | None:
    """The concept of the first coding that is mapped for this resource type."""
    return next(iter(mappings.concepts_of(code, resource_type)), None)


def with_tables(**tables: object) -> Mappings:
    """Mappings without codes, and with these sections."""
    return Mappings(MappingFiles({}, {}, tables, ""))


def coded(system: str, *codes: str) -> Resource:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def quantity(value: int | str, unit: str, **more: object) -> Resource:
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit, **more}


def observation(system: str, code: str, **elements: object) -> Resource:
    return {"resourceType": "Observation", "status": "final", "code": coded(system, code), **elements}


def finding(code: str, **elements: object) -> Resource:
    return observation(BEDSIDE, code, **elements)


def lab(code: str, **elements: object) -> Resource:
    return observation(LOINC, code, **elements)


def condition(system: str, code: str, verification: str | None = "confirmed", **elements: object) -> Resource:
    resource: Resource = {"resourceType": "Condition", "code": coded(system, code), **elements}
    if verification is not None:
        status_system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        resource["verificationStatus"] = coded(status_system, verification)
    return resource


def source(resource: Resource, number: int = 1, when: str = "") -> SourceResource:
    """The resource with the concept of its code, dated ``when`` (FHIR dateTime), else undated."""
    kind = str(resource["resourceType"])
    moment = moment_of(when) or Moment(datetime.min.replace(tzinfo=UTC), AS_OF, None)
    return SourceResource(f"{kind}/{number}", resource, moment, concept_of(MAPPINGS, resource["code"], kind))


def dated(*resources: tuple[str, Resource]) -> list[SourceResource]:
    """Resources with their dates, numbered from 1."""
    return [source(resource, number, when) for number, (when, resource) in enumerate(resources, 1)]


def undated(*resources: Resource) -> list[SourceResource]:
    return dated(*(("", resource) for resource in resources))
