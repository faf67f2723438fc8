"""The face of this room: findings, grades of strength, onset, course and age of one patient."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from service.domain.facts import Fact, Range
from service.domain.reading import Reading
from service.fhir.intake.age import age_facts
from service.fhir.intake.death import death_fact
from service.fhir.intake.records import PatientRecord
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.bedside.coded_causes import CauseLimits, entrapped_nerves, unusable_certainty
from service.subjects.bedside.declares import NOTED
from service.subjects.bedside.doubts import doubted_by_newer_refusals, doubted_by_recalled_codes
from service.subjects.bedside.pregnancy import PREGNANCY, PregnancyReader, pregnancy_concepts
from service.subjects.bedside.reader import bedside_facts, bedside_tables, cause_tables
from service.subjects.bedside.refuted import still_standing
from service.subjects.bedside.strength import StrengthLimits
from service.subjects.bedside.strength_reading import grades_at_sites


class Bedside:
    """What is stated and examined, with the tables and numbers it takes to read it, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._tables = bedside_tables(mappings)
        self._concepts = mappings.concepts
        self._explain_for = CauseLimits(
            lesion=timedelta(days=int(knowledge.number("lesion_explains_for"))),
            acute=timedelta(days=int(knowledge.number("guillain_barre_explains_for"))),
            fast=timedelta(days=int(knowledge.number("fast_disease_explains_for"))),
            lead=timedelta(days=int(knowledge.number("guillain_barre_lead"))),
            event=timedelta(days=int(knowledge.number("course_of_event_for"))),
        )
        self._pregnancy = PregnancyReader(
            pregnancy_concepts(mappings.concepts),
            mappings.diagnosis_words,
            self._tables.answers,
            mappings.units,
            timedelta(days=int(knowledge.number("pregnancy_lasts"))),
        )
        self._adult = knowledge.number("adult_age")
        self._causes = cause_tables(self._tables, self._explain_for)
        self._limits = StrengthLimits(
            full_grade=knowledge.number("full_mrc_grade"),
            strong_above=knowledge.number("mrc_strong_above"),
            difference_when_strong=knowledge.number("mrc_asymmetry_when_strong"),
            difference_when_weak=knowledge.number("mrc_asymmetry_when_weak"),
            named_nerves=knowledge.facts["weak_named_nerves"].counts_only,
        )

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:  # noqa: ARG002 - as every subject
        """Every bedside fact; of one that no resource speaks of nothing is known."""
        sheet = bedside_facts(
            record.sources, self._tables, record.patient_resource, as_of, self._limits, self._explain_for
        )
        # A diagnosis that nobody noted is not on record, which is not to say that it is absent.
        noted = {name: Fact("not_on_record") for name in NOTED}
        unusable = unusable_certainty(record, self._concepts)
        age = age_facts(record, as_of)
        doubted = doubted_by_newer_refusals(sheet.facts, record, self._concepts)
        doubted |= doubted_by_recalled_codes(sheet.facts, record, self._concepts)
        # What is told of it is weighed on its own.
        stated = {name: fact for name, fact in (sheet.facts | doubted).items() if name != PREGNANCY}
        own = stated | self._pregnancy.facts(record, as_of) | _side_difference(sheet.facts)
        return Reading(
            facts={**noted, **unusable, **own, **age, **self._open_age(age), "death": death_fact(record, as_of)},
            excluded=tuple(sheet.excluded),
            explained_from=sheet.explained_from,
            entrapped=entrapped_nerves(still_standing(record.sources), self._causes),
            at_sites=(
                partial(grades_at_sites, record.sources, self._tables.muscles, self._tables.synonyms, self._limits),
            ),
        )

    def _open_age(self, age: Mapping[str, Fact]) -> dict[str, Fact]:
        """Of a date of birth in part, such as a year, that leaves open whether somebody is of age."""
        fact = age.get("age_years", Fact(None))
        years = fact.value
        if not isinstance(years, Range) or years.low is None or years.high is None:
            return {}
        is_open = years.low < self._adult <= years.high
        return {"adulthood": Fact("not_known", fact.evidence)} if is_open else {}


def _side_difference(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Whether something speaks of weakness of one side, be it that it is there or that it is left open."""
    sides = facts.get("asymmetric_limb_weakness")
    return {"side_difference": Fact("on_record", sides.evidence)} if sides and sides.value != "absent" else {}
