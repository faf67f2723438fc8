"""Observations that are contained in a report or a panel: they are results like any other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from service.fhir.intake.entries import Entry
from service.fhir.intake.repeats import looked_through
from service.fhir.intake.resource_types import time_elements
from service.fhir.intake.statuses import status_problem
from service.fhir.values.answers import objects_in

_HOLDERS = ("DiagnosticReport", "Observation")
_HELD = "Observation"
_LINKS = ("hasMember", "derivedFrom")


def with_contained(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, each report and panel followed by the Observations that it contains.

    What these leave out, subject and date, is that of their holder. Where its status does not count, theirs
    does not either.
    """
    if not any("contained" in entry.resource for entry in entries):
        return list(entries)
    return [each for entry in entries for each in (entry, *_held_by(entry))]


def _held_by(holder: Entry) -> Iterator[Entry]:
    if holder.kind not in _HOLDERS or "contained" not in holder.resource:
        return
    lent = {name: holder.resource[name] for name in _lent(holder)}
    # Its version is that of its holder, and so is a status that does not count.
    lends = ("meta", "status") if status_problem(holder.kind, holder.resource) else ("meta",)
    bound = {name: holder.resource.get(name) for name in lends if name in holder.resource or name == "status"}
    for each in objects_in(holder.resource["contained"]):
        if each.get("resourceType") == _HELD and isinstance(each.get("id"), str):
            resource = {**_dated(each, lent), **each, **bound, **_links(each, holder)}
            reference = f"{holder.reference}#{each['id']}"
            repeated = looked_through(resource).repeated
            own = replace(holder, reference=reference, kind=_HELD, resource=resource, full_url="", sent=None)
            yield replace(own, repeated=repeated)


def _lent(holder: Entry) -> list[str]:
    modifiers = ("modifierExtension", "implicitRules")
    return [name for name in ("subject", *modifiers, *time_elements(holder.kind), "issued") if name in holder.resource]


def _dated(held: Mapping[str, object], lent: Mapping[str, object]) -> dict[str, object]:
    dates = time_elements(_HELD)
    has_date = any(name in held for name in dates)
    return {name: value for name, value in lent.items() if not (has_date and name in dates)}


def _links(held: Mapping[str, object], holder: Entry) -> dict[str, object]:
    """Its references to what is contained beside it, as references to the results that these have become."""
    identity = holder.reference.rpartition("/")[2]
    return {
        name: [{**each, **_linked(each.get("reference"), identity)} for each in objects_in(held[name])]
        for name in _LINKS
        if name in held
    }


def _linked(reference: object, holder: str) -> dict[str, object]:
    is_beside = isinstance(reference, str) and reference.startswith("#")
    return {"reference": f"{_HELD}/{holder}{reference}"} if is_beside else {}
