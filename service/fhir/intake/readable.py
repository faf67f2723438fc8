"""Whether a resource can be read at all: its numbers, and the elements of other versions of FHIR that would mislead."""

from collections.abc import Mapping

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry
from service.fhir.intake.resource_types import subject_element
from service.json_guard import HELD_NO_MEASUREMENT

# Orders in the form of R5 are told of on their own (unread_orders).
_DRUGS = ("MedicationStatement", "MedicationAdministration", "MedicationDispense")
_DRUG_OF_R4 = ("medicationCodeableConcept", "medicationReference")
# R5 moved the date here; without it a resource would be taken for undated.
_DATES_OF_R5 = {
    "MedicationAdministration": ("occurenceDateTime", "occurencePeriod", "occurenceTiming"),
    "Procedure": ("occurrenceDateTime", "occurrencePeriod", "occurrenceString", "occurrenceAge", "occurrenceRange"),
}
# DSTU2 and STU3: each turns the resource into its opposite unless it is false.
_NEGATIONS = ("notDone", "notGiven", "notPerformed", "notTaken", "wasNotGiven", "wasNotTaken", "wasNotPerformed")
_NEGATION_NAMES = frozenset(_NEGATIONS)
_STATUSES = ("clinicalStatus", "verificationStatus")
_CODED_BY_R5 = ("ServiceRequest", "DeviceRequest")


def unreadable(entry: Entry) -> Excluded | None:
    """The row for a resource that is left out whole; None where it can be read."""
    kind, resource = entry.kind, entry.resource
    if HELD_NO_MEASUREMENT in resource:
        detail = f"{kind}: a number is too large, too small or too long to be a measurement"
        return Excluded(entry.reference, "invalid", detail, relevant=True)
    element = _of_another_version(kind, resource)
    if not element:
        return None
    return Excluded(
        entry.reference, "not-r4", f"{kind}.{element}: is not R4, but of another version of FHIR", relevant=True
    )


def _of_another_version(kind: str, resource: Mapping[str, object]) -> str:
    """The first element that only another version has there, and that changes what is read; empty for none."""
    if kind in _DRUGS and "medication" in resource and not any(name in resource for name in _DRUG_OF_R4):
        return "medication"
    if kind in _CODED_BY_R5 and _is_reference_or_concept(resource.get("code")):
        return "code"
    if resource.get("taken", "y") != "y":
        return "taken"
    if kind in ("Condition", "AllergyIntolerance"):
        found = next((name for name in _STATUSES if isinstance(resource.get(name), str)), "")
        return found or _other_subject(kind, resource)
    if kind not in _DATES_OF_R5 and _NEGATION_NAMES.isdisjoint(resource):
        return ""
    misleading = [name for name in _NEGATIONS if resource.get(name, False) is not False]
    moved = [name for name in _DATES_OF_R5.get(kind, ()) if name in resource]
    return next(iter((*misleading, *moved)), "")


def _other_subject(kind: str, resource: Mapping[str, object]) -> str:
    """Where DSTU2 says whom it is about; empty where R4 says it, or nobody does."""
    return "patient" if "patient" in resource and subject_element(kind) not in resource else ""


def _is_reference_or_concept(code: object) -> bool:
    return isinstance(code, dict) and bool({"concept", "reference"}.intersection(code))
