"""Whom the resources of a request name where no Patient came, and the servers from which they come."""

from collections.abc import Mapping, Sequence

from service.fhir.intake.entries import Entry, without_version
from service.fhir.intake.identifiers import identifiers_of
from service.fhir.intake.identity import LONGEST_REFERENCE, Identity, address_of
from service.fhir.intake.resource_types import subject_element


def servers_in(entries: Sequence[Entry]) -> frozenset[str]:
    """The servers that the entries come from, by their fullUrls; without any, by what their subjects are addressed at.

    One address of a subject tells the server only where no other contradicts it.
    """
    stated = frozenset(entry.base for entry in entries if entry.base)
    if stated:
        return stated
    pointers = [entry.resource.get(subject_element(entry.kind)) for entry in entries]
    references = [pointer.get("reference") for pointer in pointers if isinstance(pointer, dict)]
    addressed = {address_of(without_version(each))[0] for each in references if isinstance(each, str) and "://" in each}
    named = frozenset(addressed - {""})
    return named if len(named) == 1 else frozenset()


def subjects_of(entries: Sequence[Entry]) -> list[Identity]:
    """The patients that the resources name as their subject, for a Bundle that holds no Patient."""
    found: dict[tuple[str, str], Identity] = {}
    for entry in entries:
        subject = entry.resource.get(subject_element(entry.kind))
        identity = _of_subject(entry, subject) if isinstance(subject, dict) else None
        if identity is not None:
            found.setdefault((identity.base, identity.id or identity.url or identity.place), identity)
    return list(found.values())


def _of_subject(entry: Entry, subject: Mapping[str, object]) -> Identity | None:
    reference = subject.get("reference")
    if not isinstance(reference, str):
        return _by_identifier(subject)
    if len(reference) > LONGEST_REFERENCE:
        return None
    target = without_version(reference)
    if target.startswith("urn:uuid:"):
        return Identity("", "", target, "")
    base, identity = address_of(target) if "://" in target else address_of(f"{entry.base}/{target}")
    return Identity(base, identity, "", "") if identity else None


def _by_identifier(subject: Mapping[str, object]) -> Identity | None:
    """A patient of whom only one business identifier is known."""
    pairs = identifiers_of({"identifier": [subject.get("identifier")]})
    if not pairs or subject.get("type") not in (None, "Patient"):
        return None
    (system, value), *_ = pairs
    return Identity("", "", "", f"Patient?identifier={system}|{value}"[:LONGEST_REFERENCE], ((system, value),))
