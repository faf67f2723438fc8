"""Whether one resource can be used: meaning, modifiers, status, date and FHIR's own rules, in this order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.facts import Excluded
from service.fhir.intake.certainty import WHY_NOT
from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.fhir.intake.records import SourceResource
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import status_problem
from service.fhir.intake.timing import moment_of_resource
from service.fhir.intake.validation import Validation
from service.fhir.mappings.concepts import Concept, Mappings, are_opposite, without_wider
from service.fhir.mappings.recalled import may_count

_LONGEST_SHOWN = 40
_MOST_NAMED = 3
_LONGEST_ADDRESS = 100
_RECALLED = "nobody has seen its code in a table of the code system; send another code, or a text that names it"
_Coding = tuple[str, str, str]  # resource type, system, code


class Usability:
    """Judges the resources of one request, one by one."""

    def __init__(self, medications: Medications, as_of: datetime, mappings: Mappings) -> None:
        self._medications = medications
        self._as_of = as_of
        self._mappings = mappings
        self._validation = Validation()
        # A chart holds the same few codes over and over, and most of them mean nothing here.
        self._unmapped_details: dict[_Coding | None, str] = {}

    def sources(self, entry: Entry) -> list[SourceResource] | Excluded:
        """The resource as a source of facts, one for each concept of its codes, or the row that says why it is none."""
        code = entry.resource.get(code_element(entry.kind))
        if code is None and "medicationReference" in entry.resource:
            code = self._medications.code_for(entry)
        key = _only_coding(entry.kind, code)
        concepts = [] if key in self._unmapped_details else self._mappings.concepts_of(code, entry.kind)
        if not concepts:
            return self._unmapped(entry, code, key)
        meant = without_wider(concepts)
        if are_opposite(meant):
            named = " and ".join(sorted(concept.name.replace("_", " ") for concept in meant)[:_MOST_NAMED])
            detail = f"{entry.kind}: codes of different meanings ({named}); send one result for each"
            return Excluded(entry.reference, "invalid", detail, relevant=True)
        if entry.said:
            is_relevant = entry.said != "family"
            return Excluded(entry.reference, "status", f"{entry.kind}: {WHY_NOT[entry.said]}", relevant=is_relevant)
        made = [self._problem(entry, concept) or self._dated(entry, concept) for concept in meant]
        # What counts for one concept and not for another, such as a disease that is over, is used.
        used = [each for each in made if isinstance(each, SourceResource)]
        return used or next(each for each in made if isinstance(each, Excluded))

    def _dated(self, entry: Entry, concept: Concept) -> SourceResource | Excluded:
        moment = moment_of_resource(entry.kind, entry.resource, self._as_of)
        if isinstance(moment, str):
            return Excluded(entry.reference, "invalid", moment, relevant=True)
        if moment.is_surely_after(self._as_of):
            return Excluded(entry.reference, "future", f"{entry.kind}: dated after the moment of evaluation")
        invalid = self._validation.problem(entry.reference, entry.kind, entry.resource)
        if invalid is not None:
            return replace(invalid, relevant=True)
        return SourceResource(entry.reference, entry.resource, moment, concept)

    def _problem(self, entry: Entry, concept: Concept) -> Excluded | None:
        if concept.reader == "trap":
            return Excluded(entry.reference, "wrong-analyte", str(concept.options["why"]))
        if concept.recalled_as and not may_count(concept, entry.resource.get(code_element(entry.kind))):
            return Excluded(entry.reference, "not-evidence", f"{entry.kind}: {_RECALLED}", relevant=True)
        modifier = modifier_problem(entry)
        if modifier is not None:
            return replace(modifier, relevant=True)
        history_counts = concept.options.get("history_counts") is True
        status = status_problem(entry.kind, entry.resource, history_counts=history_counts)
        return Excluded(entry.reference, "status", f"{entry.kind}.{status}") if status else None

    def _unmapped(self, entry: Entry, code: object, key: _Coding | None) -> Excluded:
        kind = entry.kind
        if key in self._unmapped_details:
            return Excluded(entry.reference, "unmapped", self._unmapped_details[key])
        if not self._mappings.reads(kind):
            return Excluded(entry.reference, "unmapped", f"nothing is read from {kind}")
        if code is None:
            return Excluded(entry.reference, "unmapped", f"{kind} has no code that can be followed")
        codings = code.get("coding", ()) if isinstance(code, dict) else None
        if not isinstance(codings, list | tuple):
            return Excluded(entry.reference, "invalid", f"{kind}.{code_element(kind)}: not a CodeableConcept")
        detail = f"{kind}: no mapping for its code{_shown(codings)}{self._unknown_system(codings)}"
        if key is not None:
            self._unmapped_details[key] = detail
        return Excluded(entry.reference, "unmapped", detail)

    def _unknown_system(self, codings: Sequence[object]) -> str:
        """The first system that is not known here, and the one that may be meant: the code may be quite right."""
        for coding in codings:
            system, code = (coding.get("system"), coding.get("code")) if isinstance(coding, dict) else (None, None)
            if isinstance(system, str) and system and not self._mappings.systems.is_known(system):
                meant = self._mappings.system_listing(code) or self._mappings.systems.nearest(system)
                return f"; the system {_address(system)} is not known{f'; nearest: {meant}' if meant else ''}"
        return ""


def _address(system: str) -> str:
    """The address of a system where it is one that may be repeated: a text with spaces may be anybody's remark."""
    is_one = len(system) <= _LONGEST_ADDRESS and system.isascii() and system.isprintable() and ":" in system
    return system if is_one and " " not in system else "of its code"


def modifier_problem(entry: Entry) -> Excluded | None:
    """The row for a resource with a modifier that is not understood; None when it has none."""
    for element in ("modifierExtension", "implicitRules"):
        if entry.resource.get(element):
            detail = f"{entry.kind}.{element} may change what the resource means"
            return Excluded(entry.reference, "modifier-extension", detail)
    return None


def _only_coding(kind: str, code: object) -> _Coding | None:
    """The coding of a concept that has exactly one whole coding; None for anything else."""
    codings = code.get("coding") if isinstance(code, dict) else None
    if not isinstance(codings, list) or len(codings) != 1 or not isinstance(codings[0], dict):
        return None
    system, word = codings[0].get("system"), codings[0].get("code")
    return (kind, system, word) if isinstance(system, str) and isinstance(word, str) else None


def _shown(codings: Sequence[object]) -> str:
    first = codings[0] if codings else None
    if not isinstance(first, dict):
        return ""
    system, code = first.get("system"), first.get("code")
    if not isinstance(code, str) or len(code) > _LONGEST_SHOWN:
        return ""
    full = f" {system}|{code}"
    text = full if len(full) <= _LONGEST_SHOWN + 1 and isinstance(system, str) else f" {code}"
    # A code has no spaces; free text nearly always has.
    return text if text.isascii() and text.isprintable() and " " not in text[1:] else ""
