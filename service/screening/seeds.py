"""Whether a resource holds a seed: a fact without which nothing is concluded about its patient.

It asks the mappings and readers of the intake, so that no code, word or drug is written twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from service.fhir.forms.form import form_of
from service.fhir.forms.responses import is_response_to
from service.fhir.intake.answered import FORM_ANSWERS
from service.fhir.intake.entries import Entry, entry_of
from service.fhir.intake.in_text import InTextReader
from service.fhir.intake.known_systems import in_known_systems
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.treatments import KINDS
from service.fhir.mappings.concepts import Mappings
from service.fhir.orders.reasons import order_reasons
from service.fhir.values.answers import objects_in
from service.knowledge.model import Knowledge
from service.knowledge.seed_facts import seed_facts_of
from service.seam import asking_concepts

# What names a drug and no patient.
MEDICATION = "Medication"
_ALLERGY = "AllergyIntolerance"
_FORM, _REASON, _DRUG = "form", "reason of an order", "drug"
_OTHER_REASON = "other"
# What the intake takes in beside these has no seed of its own: a person, and a drug's name.
_READ_BESIDE = ("Patient", MEDICATION, FORM_ANSWERS)
_TEXTS = ("DiagnosticReport", "DocumentReference", "Composition", "Observation", "Procedure")


class Seeds:
    """All seeds of one knowledge, made once. ``concepts``: the names of those that are seeds."""

    def __init__(self, knowledge: Knowledge, mappings: Mappings, as_of: datetime) -> None:
        self._mappings = mappings
        self._wanted = seed_facts_of(knowledge)
        self.concepts = asking_concepts(mappings, knowledge)
        self._reasons = order_reasons(mappings)
        self._form = form_of(mappings)
        self._texts = InTextReader(mappings, (), as_of)

    def reads(self, kind: str) -> bool:
        """Whether a resource of this type can bear on an evaluation."""
        return self._mappings.reads(kind) or kind in KINDS or kind in (*_READ_BESIDE, *_TEXTS)

    def in_resource(self, resource: Mapping[str, object]) -> tuple[str, ...]:
        """The names of the seeds that a resource holds, in order; empty without one."""
        return tuple(sorted(set(self._all(resource))))

    def _all(self, resource: Mapping[str, object]) -> Iterator[str]:
        entry = entry_of("", None, resource)
        if not isinstance(entry, Entry):
            return
        renamed = in_known_systems(entry, self._mappings.systems)
        yield from self._of(renamed)
        for held in objects_in(renamed.resource.get("contained")):
            yield from self._held(held, renamed)

    def _held(self, held: Mapping[str, object], holder: Entry) -> Iterator[str]:
        if held.get("resourceType") == MEDICATION and holder.kind in KINDS:
            yield from self._of_drug(_names_of(held), holder)
        elif held.get("resourceType") == "Observation":
            yield from self._coded(held.get("code"), "Observation")

    def _of(self, entry: Entry) -> Iterator[str]:
        code = entry.resource.get(code_element(entry.kind))
        yield from self._coded(code, entry.kind)
        if entry.kind == MEDICATION:
            yield from self._of_drug(_names_of(entry.resource), entry)
        elif entry.kind in KINDS and entry.kind != _ALLERGY:
            yield from self._of_order(code, entry)
        elif entry.kind == FORM_ANSWERS and is_response_to(self._form, entry.resource):
            yield _FORM
        told = self._texts.told(entry) if entry.kind in _TEXTS else None
        if told is not None and told.fact in self._wanted.in_text:
            yield told.fact

    def _coded(self, code: object, kind: str) -> Iterator[str]:
        yield from (each.name for each in self._mappings.concepts_of(code, kind) if each.name in self.concepts)

    def _of_order(self, code: object, entry: Entry) -> Iterator[str]:
        pointer = entry.resource.get("medicationReference")
        named = {"text": pointer.get("display")} if isinstance(pointer, Mapping) else None
        yield from self._of_drug([code, named], entry)
        if self._reason(entry) in self._wanted.reasons:
            yield _REASON

    def _of_drug(self, names: Sequence[object], entry: Entry) -> Iterator[str]:
        is_named = any(self._mappings.agents.of(name).name in self._wanted.agents for name in names if name)
        if is_named and self._reason(entry) != _OTHER_REASON:
            yield _DRUG

    def _reason(self, entry: Entry) -> str:
        return self._reasons.named(entry.resource, {}).word


def _names_of(medication: Mapping[str, object]) -> list[object]:
    ingredients = objects_in(medication.get("ingredient"))
    return [medication.get("code"), *(each.get("itemCodeableConcept") for each in ingredients)]
