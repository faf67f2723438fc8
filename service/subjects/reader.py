"""From one patient's usable resources to facts: each reader takes what its concepts name."""

from datetime import datetime

from service.domain.facts import Fact
from service.domain.reading import Reading
from service.fhir.intake.bundle import PatientRecord, SourceResource
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.bedside.reader import bedside_facts, bedside_tables
from service.subjects.bedside.strength import StrengthLimits
from service.subjects.conduction.subject import Conduction
from service.subjects.immunoglobulin.given.facts import FollowUpReader, TreatmentOnRecord
from service.subjects.immunoglobulin.ordered.treatment_facts import TreatmentFacts
from service.subjects.laboratory.haemoglobin import HaemoglobinLimits, haemoglobin_facts
from service.subjects.laboratory.reader import laboratory_facts, laboratory_tables

# The prefetch keys under which treatment comes.
_OF_TREATMENT = ("treatments", "medications")


class FactReader:
    """All readers with the tables they need, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._mappings = mappings
        self._conduction = Conduction(mappings, knowledge)
        self._strength_limits = _strength_limits(knowledge)
        self._follow_up = FollowUpReader(mappings, knowledge)
        # Each reader checks its own sections of the mapping files; a broken one must stop the start, not a request.
        bedside_tables(mappings), laboratory_tables(mappings)
        self._treatments = TreatmentFacts(mappings, knowledge)
        self._haemoglobin_limits = HaemoglobinLimits(
            knowledge.number("lowest_plausible_haemoglobin"),
            knowledge.number("highest_plausible_haemoglobin"),
            knowledge.number("haemoglobin_window"),
        )

    @property
    def nothing(self) -> Reading:
        """The reading of a record that says nothing: only that no part of it was there to be judged."""
        return Reading(parts=self._conduction.parts_of((), ()))

    def read(self, record: PatientRecord, as_of: datetime) -> Reading:
        """All that is read of a record at a moment; nothing is known of what no resource speaks of."""
        bedside = bedside_facts(record.sources, self._mappings, record.patient_resource, as_of, self._strength_limits)
        laboratory = laboratory_facts(record.sources, self._mappings, as_of)
        facts = bedside.facts | laboratory.facts
        follow_up = self._follow_up.read(_to_follow(record), as_of, facts, _treatment_on(record))
        facts |= follow_up.facts
        haemoglobin = haemoglobin_facts(record, follow_up.courses, self._haemoglobin_limits, self._mappings.units)
        facts |= haemoglobin.facts
        treatments, orders = self._treatments.read(record, as_of, facts)
        sheets = (bedside, laboratory, follow_up, treatments, haemoglobin)
        excluded = tuple(row for sheet in sheets for row in sheet.excluded)
        facts.setdefault("central_lesion_condition", Fact("not_on_record"))
        known = Reading(
            facts=facts | treatments.facts,
            excluded=excluded,
            orders=orders,
            courses=follow_up.courses,
            treated_since=follow_up.begun,
        )
        return known.with_more(self._conduction.read(record, as_of, known))


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
