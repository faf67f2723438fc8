"""Reactions to a drug that stand in another resource than an allergy: an adverse event, a flag, words of a result."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import codings_of, objects_in

EVENT, FLAG = "AdverseEvent", "Flag"
_IN_FORCE = ("active",)
_FINAL = ("final", "amended", "corrected")


def as_diagnosis(entry: Entry, medications: Medications) -> Entry | None:
    """The entry as a diagnosis in its words, which is read as one that tells of a reaction; ``None`` for no words.

    An event that did not happen, a flag that is not in force and a result that does not count have none.
    """
    resource = entry.resource
    if entry.kind == EVENT:
        words, more = _of_event(entry, medications), _severity(resource)
    elif entry.kind == FLAG:
        words, more = " ".join(texts_of(resource.get("code"))) if resource.get("status") in _IN_FORCE else "", {}
    else:
        words, more = _of_result(resource) if resource.get("status") in _FINAL else "", {}
    told = {"resourceType": "Condition", "id": resource.get("id"), "code": {"text": words}, **more}
    return replace(entry, kind="Condition", resource=told) if words else None


def _of_event(entry: Entry, medications: Medications) -> str:
    """What happened and what is suspected; an event is a reaction by what it is."""
    if entry.resource.get("actuality", "actual") != "actual":
        return ""
    suspected = objects_in(entry.resource.get("suspectEntity"))
    named = [name for each in suspected for name in _suspect(each, entry, medications)]
    happened = texts_of(entry.resource.get("event"))
    return f"adverse reaction to {', '.join(named) or 'a drug'}: {', '.join(happened)}"


def _suspect(suspect: Mapping[str, object], entry: Entry, medications: Medications) -> Iterator[str]:
    pointer = suspect.get("instance")
    if not isinstance(pointer, Mapping):
        return
    if isinstance(name := pointer.get("display"), str):
        yield name
    yield from texts_of(medications.code_for(replace(entry, resource={"medicationReference": pointer})))


def _severity(event: Mapping[str, object]) -> dict[str, object]:
    """Its severity as that of a reaction."""
    stated = [each.get("code") for each in codings_of(event.get("severity"))]
    return {"reaction": [{"severity": each} for each in stated]}


def _of_result(resource: Mapping[str, object]) -> str:
    value = resource.get("valueString")
    return f"{' '.join(texts_of(resource.get('code')))}: {value}" if isinstance(value, str) else ""
