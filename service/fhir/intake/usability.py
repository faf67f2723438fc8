"""Whether one resource can be used: meaning, modifiers, status, date and FHIR's own rules, in this order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from service.domain.facts import Excluded
from service.domain.moments import Moment, moment_of
from service.fhir.intake.broken_codes import WHY, perhaps_meant
from service.fhir.intake.certainty import OF_WHOM, WHY_NOT, in_words
from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.fhir.intake.records import SourceResource
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import says_nothing, status_problem
from service.fhir.intake.timing import moment_of_resource
from service.fhir.intake.told_diagnoses import as_questions
from service.fhir.intake.unmapped import MET, Unmapped
from service.fhir.intake.validation import Validation
from service.fhir.mappings.concept import Concept, are_opposite, without_wider
from service.fhir.mappings.recalled import may_count
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import objects_in, values_in

_MOST_NAMED = 3
# What a result says of itself as a whole, and not of its components.
_OF_PARTS = ("component", "referenceRange", "interpretation", "dataAbsentReason")
TRAP = "trap"
_FINDING = "statement"
# What says nothing itself, and is read by the results that it names.
_BY_RESULTS = ("DiagnosticReport",)
_RECALLED = "nobody has seen its code in a table of the code system; send another code, or a text that names it"
_NEVER_ENDS = "clinicalStatus resolved: this disease does not end, so that the diagnosis or the status is wrong"
_ONLY_NAMED = "only its name tells what it is of; send a code that is known"


class Usability:
    """Judges the resources of one request, one by one."""

    def __init__(self, medications: Medications, as_of: datetime, unmapped: Unmapped) -> None:
        self._medications = medications
        self._as_of = as_of
        self._mappings = unmapped.mappings
        self._validation = Validation()
        self._unmapped = unmapped
        # Of the plain results of this request: what each code means, and what each date says.
        self._meant: dict[tuple[object, ...], Concept | None] = {}
        self._moments: dict[object, Moment | None] = {}

    def plain_source(self, entry: Entry) -> SourceResource | None:
        """The only source of a plain result that can be used; None where it must be looked at as all others are."""
        resource = entry.resource
        concept, moment = self._only_concept(entry.kind, resource["code"]), self._begun(resource["effectiveDateTime"])
        if concept is None or moment is None or not self._validation.takes(entry.plain or ()):
            return None
        if "component" in resource and (
            concept.reader == _FINDING
            or (concept.reader in self._mappings.read_as_parts and self._holds(concept, entry))
        ):
            return None
        return SourceResource(entry.reference, resource, moment, concept)

    def _holds(self, concept: Concept, entry: Entry) -> bool:
        """Whether a plain result without a value of its own holds one of its own kind as a component."""
        parts: Any = () if values_in(entry.resource) else entry.resource["component"]
        return any(self._only_concept(entry.kind, part["code"]) is concept for part in parts)

    def _only_concept(self, kind: str, code: Any) -> Concept | None:
        """The one concept of a plain code, where that code is one that counts."""
        (coding,) = code["coding"]
        named = coding["system"], coding["code"], coding.get("display"), code.get("text")
        if named not in self._meant:
            concepts = self._mappings.concepts_of(code, kind)
            counts = len(concepts) == 1 and concepts[0].reader != TRAP and not concepts[0].recalled_as
            self._meant[named] = concepts[0] if counts else None
        return self._meant[named]

    def _begun(self, text: object) -> Moment | None:
        """The moment that a date says; None where it says none, or one that is to come."""
        if text not in self._moments:
            moment = moment_of(text)
            begun = moment.begun_by(self._as_of) if moment else None
            self._moments[text] = None if begun is None or begun.is_surely_after(self._as_of) else begun
        return self._moments[text]

    def sources(self, entry: Entry) -> list[SourceResource] | Excluded:
        """The resource as a source of facts, one for each concept of its codes, or the row that says why it is none."""
        code = entry.resource.get(code_element(entry.kind))
        if code is None and "medicationReference" in entry.resource:
            code = self._medications.code_for(entry)
        concepts = self._mappings.concepts_of(code, entry.kind)
        if not concepts:
            return self._asked(entry) or self._parts(entry) or self._unread(entry, code)
        meant = without_wider(concepts)
        if are_opposite(meant):
            named = " and ".join(sorted(concept.name.replace("_", " ") for concept in meant)[:_MOST_NAMED])
            detail = f"{entry.kind}: codes of different meanings ({named}); send one result for each"
            return Excluded(entry.reference, "invalid", detail, relevant=True)
        if entry.said:
            # Words that leave a coded diagnosis open may bring up another one.
            meant = [concept for concept in meant if concept.is_question and entry.said != "family"]
        if not meant:
            return _left_open(entry)
        if len(meant) == 1:
            only = self._judged(entry, meant[0])
            return only if isinstance(only, Excluded) else self._in_components(only) or [only]
        made = [self._judged(entry, concept) for concept in meant]
        # What counts for one concept and not for another, such as a disease that is over, is used.
        used = [each for each in made if isinstance(each, SourceResource)]
        return used or next(each for each in made if isinstance(each, Excluded))

    def _asked(self, entry: Entry) -> list[SourceResource]:
        """What a resource that is no diagnosis names as one."""
        made = [self.sources(each) for each in as_questions(entry, self._mappings)]
        return [source for each in made if not isinstance(each, Excluded) for source in each]

    def _unread(self, entry: Entry, code: object) -> Excluded:
        row = self._unmapped.row(entry, code)
        if not perhaps_meant(entry, self._mappings):
            return row
        # Of a result the row says which code it is, and which may be meant.
        detail = row.detail if entry.kind == MET else f"{entry.kind}: {WHY}"
        return replace(row, reason="invalid", detail=detail, relevant=True)

    def _in_components(self, whole: SourceResource) -> list[SourceResource]:
        """What a result without a value of its own holds as components, each as a source of its own.

        Of a finding any finding, of another result what is of its own kind: there its value stands in another place.
        """
        resource, concept = whole.resource, whole.concept
        if concept is None or values_in(resource) or "dataAbsentReason" in resource:
            return []
        # What else has components of its own code is one thing all the same.
        if concept.reader != _FINDING and concept.reader not in self._mappings.read_as_parts:
            return []
        found = self._finding_in if concept.reader == _FINDING else partial(self._own_in, concept)
        rest = {key: value for key, value in resource.items() if key not in ("code", "component")}
        told = [(each, found(each)) for each in objects_in(resource.get("component"))]
        return [replace(whole, resource={**rest, **each}, concept=concept) for each, concept in told if concept]

    def _own_in(self, whole: Concept, component: Mapping[str, object]) -> Concept | None:
        """The concept of the whole where a component that says something is of it, too."""
        concepts = self._mappings.concepts_of(component.get("code"), MET) if values_in(component) else ()
        is_own = any(concept.name == whole.name for concept in concepts)
        return whole if is_own and not component.get("modifierExtension") else None

    def _finding_in(self, component: Mapping[str, object]) -> Concept | None:
        """What a component that says something is a finding of, by the same rules as a resource of its own."""
        concepts = self._mappings.concepts_of(component.get("code"), "Observation") if values_in(component) else ()
        if len(concepts) != 1 or concepts[0].reader != _FINDING or component.get("modifierExtension"):
            return None
        return None if concepts[0].recalled_as else concepts[0]

    def _parts(self, entry: Entry) -> list[SourceResource] | Excluded | None:
        """The components of a result that nobody knows, where they are read by themselves."""
        parts = objects_in(entry.resource.get("component")) if entry.kind == MET else []
        named = [(part, concept) for part in parts if (concept := self._mappings.part_of(part.get("code")))]
        if not named:
            return None
        whole = {key: value for key, value in entry.resource.items() if key not in _OF_PARTS}
        made = [self._judged(replace(entry, resource={**whole, **_own(part)}), concept) for part, concept in named]
        used = [each for each in made if isinstance(each, SourceResource)]
        return used or next(each for each in made if isinstance(each, Excluded))

    def once_final(self, entry: Entry) -> list[SourceResource]:
        """The sources that a preliminary resource would be, were it final as it stands."""
        made = self.sources(replace(entry, resource={**entry.resource, "status": "final"}))
        return [] if isinstance(made, Excluded) else made

    def _judged(self, entry: Entry, concept: Concept) -> SourceResource | Excluded:
        if concept.is_question:
            entry = in_words(entry)
            if entry.said:
                return _left_open(entry)
        return self._problem(entry, concept) or self._dated(entry, concept)

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
        if concept.reader == TRAP:
            return Excluded(entry.reference, "wrong-analyte", str(concept.options["why"]))
        modifier = modifier_problem(entry)
        if modifier is not None:
            return replace(modifier, relevant=True)
        return _by_status(entry, concept) or _by_code(entry, concept)


def _by_status(entry: Entry, concept: Concept) -> Excluded | None:
    """The row for a status that keeps a resource from counting as this concept."""
    history_counts, lasts, never_ends = (
        concept.options.get(name) is True for name in ("history_counts", "lasts", "never_ends")
    )
    status = status_problem(entry.kind, entry.resource, history_counts=history_counts, lasts=lasts)
    if status is None:
        return None
    if never_ends and status.startswith("clinicalStatus resolved"):
        return Excluded(entry.reference, "contradiction", f"{entry.kind}.{_NEVER_ENDS}", relevant=True)
    # A status that says nothing leaves open whether what it is of is there.
    return Excluded(entry.reference, "status", f"{entry.kind}.{status}", relevant=says_nothing(status))


def _by_code(entry: Entry, concept: Concept) -> Excluded | None:
    """The row for a code that nobody has seen in a table, and for a name without a code that counts."""
    if text_in(concept.options, "stands_for"):
        return Excluded(entry.reference, "recalled", f"{entry.kind}: {_ONLY_NAMED}", relevant=True)
    if not concept.recalled_as or entry.kind in _BY_RESULTS:
        return None
    counts = may_count(concept, entry.resource.get(code_element(entry.kind)))
    return None if counts else Excluded(entry.reference, "recalled", f"{entry.kind}: {_RECALLED}", relevant=True)


def _own(part: Mapping[str, object]) -> dict[str, object]:
    """What a component says itself."""
    return {key: value for key, value in part.items() if key.startswith("value") or key in ("code", *_OF_PARTS)}


def _left_open(entry: Entry) -> Excluded:
    is_relevant = entry.said != "family"
    reason = "contradiction" if entry.said == OF_WHOM else "status"
    return Excluded(entry.reference, reason, f"{entry.kind}: {WHY_NOT[entry.said]}", relevant=is_relevant)


def modifier_problem(entry: Entry) -> Excluded | None:
    """The row for a resource with a modifier that is not understood; None when it has none."""
    for element in ("modifierExtension", "implicitRules"):
        if entry.resource.get(element):
            detail = f"{entry.kind}.{element} may change what the resource means"
            return Excluded(entry.reference, "modifier-extension", detail)
    return None
