"""The face of this room: from a record to the courses given, what they did, and the orders of immunoglobulin."""

from collections.abc import Sequence
from datetime import datetime

from service.domain.facts import OrderFacts
from service.domain.reading import Reading
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.given.facts import FollowUpReader, TreatmentOnRecord
from service.subjects.immunoglobulin.given.spells import is_current_without_start, spells
from service.subjects.immunoglobulin.ordered.diagnosis_age import diagnosed_on, diagnosis_age
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS
from service.subjects.immunoglobulin.ordered.treatment_facts import TreatmentFacts


class Immunoglobulin:
    """Immunoglobulin given and ordered, with the tables and numbers it takes to read it, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._given = FollowUpReader(mappings, knowledge)
        self._ordered = TreatmentFacts(mappings, knowledge)
        self._diagnosis_is_new = knowledge.number("diagnosis_is_new")

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:
        """The courses with their response, then the orders, which may be a first or a later course."""
        given = self._given.read(_to_follow(record), as_of, known.facts, _treatment_on(record))
        age = diagnosis_age(record.sources, as_of, self._diagnosis_is_new)
        facts = given.facts | {"diagnosis_age": age}
        followed = Reading(
            facts=facts,
            excluded=tuple(given.excluded),
            courses=given.courses,
            treated_since=given.begun,
            spells=spells(record.treatments, given.courses, as_of),
            are_spells_known=not is_current_without_start(record.treatments),
            timelines=(given.timeline,) if given.timeline else (),
        )
        return followed.with_more(self._ordered.read(record, as_of, {**known.facts, **facts}))


def concerns_treatment(orders: Sequence[OrderFacts]) -> bool:
    """Whether one of the orders is of immunoglobulin, or is coded to be for MMN."""
    said = [(order.facts.get("agent"), order.facts.get("indication")) for order in orders]
    return any(
        (agent is not None and agent.value in IMMUNOGLOBULINS) or (reason is not None and reason.value == "mmn")
        for agent, reason in said
    )


def _to_follow(record: PatientRecord) -> list[SourceResource]:
    """A part of the doses given makes no course: which came first or last, and how many there were, is not known."""
    if "treatments" not in record.unseen:
        return record.sources
    return [source for source in record.sources if source.resource.get("resourceType") != "MedicationAdministration"]


def _treatment_on(record: PatientRecord) -> TreatmentOnRecord:
    unusable = frozenset(row.resource for row in record.excluded)
    known_since = diagnosed_on(record.sources)
    return TreatmentOnRecord(
        record.treatments,
        unusable,
        known_since,
        is_complete=record.has_drug_history,
        in_text=record.in_text,
    )
