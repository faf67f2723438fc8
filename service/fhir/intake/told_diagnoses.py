"""Diagnoses named by what is no Condition: why somebody was seen, what was found there. Each is a question."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from service.fhir.intake.certainty import as_said
from service.fhir.intake.entries import Entry
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import keys_of, objects_in

_VISIT, _IMPRESSION, _RESULT = "Encounter", "ClinicalImpression", "Observation"
_COUNTS: Mapping[str, Collection[str]] = {
    _VISIT: ("arrived", "triaged", "in-progress", "onleave", "finished"),
    _IMPRESSION: ("in-progress", "completed"),
    _RESULT: ("final", "amended", "corrected"),
}
_UNCONFIRMED = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "unconfirmed"}]
}


def as_questions(entry: Entry, mappings: Mappings) -> Iterator[Entry]:
    """Each diagnosis that the entry names, as a Condition that is asked about; none of one that does not count."""
    if entry.kind not in _COUNTS or entry.resource.get("status") not in _COUNTS[entry.kind]:
        return
    for code in _named_in(entry, mappings):
        if not isinstance(code, Mapping):
            continue
        condition = {"resourceType": "Condition", "code": code, "verificationStatus": _UNCONFIRMED}
        dated = {"recordedDate": day} if (day := _day(entry.resource)) else {}
        yield as_said(replace(entry, kind="Condition", resource={**condition, **dated}), mappings)


def _named_in(entry: Entry, mappings: Mappings) -> Iterator[object]:
    resource = entry.resource
    if entry.kind == _VISIT:
        yield from objects_in(resource.get("reasonCode"))
    elif entry.kind == _IMPRESSION:
        yield from (each.get("itemCodeableConcept") for each in objects_in(resource.get("finding")))
        yield {"text": resource["summary"]} if isinstance(resource.get("summary"), str) else None
    elif not mappings.told_diagnoses.isdisjoint(keys_of(resource.get("code"))):
        yield resource.get("valueCodeableConcept")


def _day(resource: Mapping[str, object]) -> object:
    period = resource.get("period")
    start = period.get("start") if isinstance(period, Mapping) else None
    return resource.get("effectiveDateTime") or resource.get("date") or start
