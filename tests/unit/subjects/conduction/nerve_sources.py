"""One nerve study written in the three accepted ways, as intake hands its resources to the reader."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from service.domain.facts import Excluded
from service.domain.moments import Moment, moment_of
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.reading.reader import nerve_studies
from service.subjects.conduction.reading.tables import nerve_tables
from tests.unit.fhir.clinical_sources import concept_of

MAPPINGS = load_mappings([Path(__file__).parents[4] / "fhir_mappings"])
NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
MDC = "urn:iso:std:iso:11073:10101"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
DAY = "2025-03-04T10:20:00Z"
UNDATED = Moment(datetime.min.replace(tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC), None)
RIGHT_ULNAR = {"coding": [{"system": MDC, "code": "458886"}, {"system": SNOMED, "code": "181012009"}]}
UNITS = {"amplitude": "mV", "area": "mV.ms", "duration": "ms", "latency": "ms", "snap": "uV", "cv": "m/s"}
Resource = dict[str, object]


def coded(code: str, system: str = NCS) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: int | str, unit: str, **more: object) -> Resource:
    return {"value": Decimal(str(value)), "unit": unit, "system": UCUM, "code": unit, **more}


def component(code: str, value: int | str, unit: str, low: int | None = None, **more: object) -> Resource:
    limits = {"referenceRange": [{"low": quantity(low, unit)}]} if low is not None else {}
    return {"code": coded(code), "valueQuantity": quantity(value, unit), **limits, **more}


def flag(code: str, value: bool = True) -> Resource:
    return {"code": coded(code), "valueBoolean": value}


def not_performed(code: str) -> Resource:
    return {"code": coded(code), "dataAbsentReason": coded("not-performed", "http://terminology.hl7.org/x")}


def observation(code: str, *components: Resource, **elements: object) -> Resource:
    made: Resource = {"resourceType": "Observation", "status": "final", "code": coded(code), **elements}
    if components:
        made["component"] = list(components)
    return made


def study(*components: Resource, kind: str = "motor", body_site: object = RIGHT_ULNAR, **elements: object) -> Resource:
    """Shape B."""
    return observation(f"{kind}-nerve-study", *components, bodySite=body_site, effectiveDateTime=DAY, **elements)


def site(name: str, amplitude: int | str, area: int | str, duration: int | str) -> list[Resource]:
    return [
        component(f"{name}.cmap-amplitude-neg", amplitude, "mV"),
        component(f"{name}.cmap-area-neg", area, "mV.ms"),
        component(f"{name}.cmap-duration-neg", duration, "ms"),
    ]


def source(resource: Mapping[str, object], name: str = "o1", mappings: Mappings = MAPPINGS) -> SourceResource:
    made = dict(resource)
    concept = concept_of(mappings, made.get("code"), "Observation")
    return SourceResource(f"Observation/{name}", made, moment_of(made.get("effectiveDateTime")) or UNDATED, concept)


def read(*resources: Mapping[str, object], mappings: Mappings = MAPPINGS) -> tuple[list[NerveStudy], list[Excluded]]:
    """Read the resources, named o1, o2 and so on."""
    named = [source(resource, f"o{number}", mappings) for number, resource in enumerate(resources, 1)]
    return nerve_studies(named, mappings, nerve_tables(mappings))


def reasons(rows: Iterable[Excluded]) -> list[tuple[str, str]]:
    return [(row.resource, row.reason) for row in rows]
