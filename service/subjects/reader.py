"""From one patient's usable resources to facts: each reader takes what its concepts name."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.courses import Course
from service.domain.facts import Excluded, Fact, OrderFacts
from service.fhir.intake.bundle import PatientRecord, SourceResource
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.bedside.reader import bedside_facts, bedside_tables
from service.subjects.bedside.strength import StrengthLimits
from service.subjects.conduction.distal_amplitude import AxonalLimits, distal_amplitude_facts
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.reading.reader import nerve_studies
from service.subjects.conduction.reading.tables import nerve_tables
from service.subjects.immunoglobulin.given.facts import FollowUpReader, TreatmentOnRecord
from service.subjects.immunoglobulin.ordered.treatment_facts import TreatmentFacts
from service.subjects.laboratory.haemoglobin import HaemoglobinLimits, haemoglobin_facts
from service.subjects.laboratory.reader import laboratory_facts, laboratory_tables

# The prefetch keys under which treatment comes.
_OF_TREATMENT = ("treatments", "medications")


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What was read of one patient: facts by name, nerve studies, and the parts that could not be used."""

    facts: dict[str, Fact]
    studies: list[NerveStudy]
    excluded: list[Excluded]
    orders: tuple[OrderFacts, ...] = ()
    courses: tuple[Course, ...] = ()


class FactReader:
    """All readers with the tables they need, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._mappings = mappings
        self._anatomy = knowledge.anatomy
        self._strength_limits = _strength_limits(knowledge)
        self._axonal_limits = _axonal_limits(knowledge)
        self._follow_up = FollowUpReader(mappings, knowledge)
        # Each reader checks its own sections of the mapping files; a broken one must stop the start, not a request.
        bedside_tables(mappings), laboratory_tables(mappings), nerve_tables(mappings)
        self._treatments = TreatmentFacts(mappings, knowledge)
        self._haemoglobin_limits = HaemoglobinLimits(
            knowledge.number("lowest_plausible_haemoglobin"),
            knowledge.number("highest_plausible_haemoglobin"),
            knowledge.number("haemoglobin_window"),
        )

    def read(self, record: PatientRecord, as_of: datetime) -> PatientFacts:
        """The facts of a record at a moment; nothing is known of what no resource speaks of."""
        bedside = bedside_facts(record.sources, self._mappings, record.patient_resource, as_of, self._strength_limits)
        laboratory = laboratory_facts(record.sources, self._mappings, as_of)
        studies, unread = nerve_studies(record.sources, self._mappings)
        facts = bedside.facts | laboratory.facts
        follow_up = self._follow_up.read(_to_follow(record), as_of, facts, _treatment_on(record))
        facts |= follow_up.facts
        if follow_up.courses and follow_up.begun:
            facts |= distal_amplitude_facts(studies, self._anatomy, self._axonal_limits, follow_up.begun)
        haemoglobin = haemoglobin_facts(record, follow_up.courses, self._haemoglobin_limits, self._mappings.units)
        facts |= haemoglobin.facts
        treatments, orders = self._treatments.read(record, as_of, facts)
        excluded = [
            *bedside.excluded,
            *laboratory.excluded,
            *unread,
            *follow_up.excluded,
            *treatments.excluded,
            *haemoglobin.excluded,
        ]
        facts.setdefault("central_lesion_condition", Fact("not_on_record"))
        return PatientFacts(facts | treatments.facts, studies, excluded, orders, follow_up.courses)


def _to_follow(record: PatientRecord) -> list[SourceResource]:
    """A part of the doses given makes no course: which came first or last, and how many there were, is not known."""
    if "treatments" not in record.unseen:
        return record.sources
    return [source for source in record.sources if source.resource.get("resourceType") != "MedicationAdministration"]


def _treatment_on(record: PatientRecord) -> TreatmentOnRecord:
    unusable = frozenset(row.resource for row in record.excluded)
    is_complete = record.unseen.isdisjoint(_OF_TREATMENT)
    return TreatmentOnRecord(record.treatments, unusable, is_complete)


def _strength_limits(knowledge: Knowledge) -> StrengthLimits:
    return StrengthLimits(
        full_grade=knowledge.number("full_mrc_grade"),
        strong_above=knowledge.number("mrc_strong_above"),
        difference_when_strong=knowledge.number("mrc_asymmetry_when_strong"),
        difference_when_weak=knowledge.number("mrc_asymmetry_when_weak"),
    )


def _axonal_limits(knowledge: Knowledge) -> AxonalLimits:
    return AxonalLimits(knowledge.number("axonal_loss_interval"), knowledge.number("axonal_loss_fall"))
