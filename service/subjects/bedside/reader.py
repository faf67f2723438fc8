"""Bedside findings: what is stated, what MRC grades show, and the two held against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.domain.facts import Excluded, Fact, FactSheet, Range
from service.domain.statements import in_order
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.word_tables import text_in, word_table
from service.subjects.anatomy.muscles import SIDES, MuscleTable, muscle_table
from service.subjects.bedside.central_lesions import (
    bulbar_weakness_by_disease,
    signs_by_lesion,
    stated_weakness,
    weakness_by_lesion,
)
from service.subjects.bedside.coded_causes import (
    CauseLimits,
    cause_by_neuropathy,
    certainty_facts,
    phases,
    weakness_beyond_entrapment,
)
from service.subjects.bedside.diagnoses import CauseTables
from service.subjects.bedside.findings import finding_facts
from service.subjects.bedside.onset import onset_facts, onset_of, recent_weakness, unless_doubted
from service.subjects.bedside.plantar import PlantarYaml, Words, plantar_words
from service.subjects.bedside.refuted import still_standing, still_told
from service.subjects.bedside.roots import limbs_of, weakness_by_root
from service.subjects.bedside.sides import SideWords
from service.subjects.bedside.stated import count_facts, course_facts
from service.subjects.bedside.strength import StrengthLimits
from service.subjects.bedside.strength_reading import READER, strength_facts


@dataclass(frozen=True, slots=True)
class BedsideTables:
    """What the mapping files say of bedside data beside the codes themselves."""

    answers: Mapping[str, str]
    plantar: Words
    courses: Mapping[str, str]
    muscles: MuscleTable
    synonyms: Mapping[str, str]
    endings: Mapping[str, str]
    paresis_endings: Mapping[str, str]
    limbs: Mapping[str, str]


@dataclass(slots=True)
class BedsideSheet(FactSheet):
    """``explained_from``: since when an acute disease of the chart may explain what is found."""

    explained_from: datetime | None = None


def bedside_tables(mappings: Mappings) -> BedsideTables:
    """Read and check the sections of the bedside readers; KnowledgeError names section, key and choices."""
    answers = word_table(mappings, "answers", ("present", "absent"))
    courses = word_table(mappings, "courses", ("slowly_progressive", "stepwise", "rapid"))
    words = plantar_words(written(mappings.tables, "plantar_responses", PlantarYaml))
    endings = word_table(mappings, "sides_by_ending", (*SIDES, "both"), of_codes=False)
    of_paresis = word_table(mappings, "paresis_sides_by_ending", (*SIDES, "both"), of_codes=False)
    coded = written(mappings.tables, "limbs_by_beginning", dict[Literal["upper", "lower"], Texts])
    limbs = {start: limb for limb, starts in coded.items() for start in starts}
    return BedsideTables(answers, words, courses, muscle_table(mappings), mappings.units, endings, of_paresis, limbs)


def bedside_facts(
    record_sources: Sequence[SourceResource],
    tables: BedsideTables,
    patient_resource: object,
    as_of: datetime,
    limits: StrengthLimits,
    explain_for: CauseLimits,
) -> BedsideSheet:
    """Every bedside fact of one patient; a fact that no resource speaks of is left out."""
    record_sources, refuted = still_told(record_sources)
    standing = still_standing(record_sources)
    read_by: dict[str, list[SourceResource]] = {}
    for source in record_sources:
        read_by.setdefault(source.concept.reader if source.concept else "", []).append(source)
    is_doubted = len(standing) < len(record_sources)
    doubted = {each.reference for each in record_sources} - {each.reference for each in standing} if is_doubted else ()
    sides = SideWords(tables.muscles.sides, tables.muscles.laterality)
    stated, excluded = finding_facts(read_by.get("statement", ()), tables.answers, tables.plantar, doubted, sides)
    counts, of_counts = count_facts(read_by.get("number", ()), tables.synonyms)
    courses, of_courses = course_facts(read_by.get("word", ()), tables.courses)
    graded, weak, of_grades = strength_facts(read_by.get(READER, ()), tables.muscles, tables.synonyms, limits)
    dating = [source for source in record_sources if source.concept and source.concept.options.get("dates_weakness")]
    dates = read_by.get("date", ())
    onset, of_onset = onset_of(dates, dating)
    onset = unless_doubted(onset, dates, dating, stated | courses, explain_for.acute)
    facts = stated | counts | courses | onset_facts(onset, patient_resource, as_of)
    for name, derived in graded.items():
        facts[name] = together(facts.get(name), derived)
    causes = cause_tables(tables, explain_for)
    diagnoses = [source for source in standing if source.resource.get("resourceType") == "Condition"]
    phased = phases(diagnoses, onset.moment if onset else None, as_of, explain_for)
    facts |= {name: Fact(phase.word, (phase.evidence,), phase.name) for name, phase in phased.items()}
    recent = recent_weakness(facts, onset, as_of, explain_for.acute)
    facts |= {"recent_weakness": recent} if recent.value != "not_on_record" else {}
    stated_since = onset.moment if onset and onset.is_stated else None
    weakness = stated_weakness(stated_since, facts, record_sources)
    facts |= weakness_by_lesion(facts, weak, onset.moment if onset else None, standing, causes, weakness)
    facts |= bulbar_weakness_by_disease(facts, standing, causes, weakness)
    facts |= signs_by_lesion(facts, standing, causes, weakness) | certainty_facts(record_sources)
    beyond = weakness_beyond_entrapment(weak, facts, diagnoses, causes)
    facts |= {"weakness_beyond_entrapment": beyond} if beyond.value is not None else {}
    facts |= cause_by_neuropathy(facts, diagnoses)
    facts |= weakness_by_root(weak, limbs_of(tables.muscles.muscles), facts, diagnoses, causes)
    used = set(onset.evidence) if onset else set()
    unused = [_unused(source) for source in read_by.get("noted", ())]
    excluded += [*refuted, *of_counts, *of_courses, *of_grades, *of_onset]
    excluded += [row for row in unused if row.resource not in used]
    explained = [phase.explains_from for phase in phased.values() if phase.explains_from]
    if onset and onset.moment and recent.value in ("symmetric", "shown"):
        explained.append(onset.moment.earliest - explain_for.lead)
    return BedsideSheet(facts, excluded, min(explained, default=None))


def cause_tables(tables: BedsideTables, explain_for: CauseLimits) -> CauseTables:
    """What it takes to tell what a diagnosis of the chart explains."""
    return CauseTables(
        tables.muscles.sides,
        tables.endings,
        tables.paresis_endings,
        explain_for.lesion,
        tables.answers,
        tables.plantar,
        explain_for.event,
        tables.limbs,
    )


def together(direct: Fact | None, derived: Fact, derived_from: str = "MRC grades") -> Fact:
    """A direct statement beside the derived value: the direct one counts unless the two contradict each other."""
    if direct is None:
        return derived
    if direct.value is None:
        return direct if "contradiction" in direct.flags else derived
    if derived.value is None:
        return direct
    evidence = in_order(direct.evidence + derived.evidence)
    if _agree(direct.value, derived.value):
        return Fact(direct.value, evidence, f"stated, and {derived_from} agree")
    why = f"the statement and the {derived_from} ({derived.why}) contradict each other"
    return Fact(None, evidence, why, ("contradiction",))


def _agree(direct: str | Range, derived: str | Range) -> bool:
    if not isinstance(direct, Range) or not isinstance(derived, Range):
        return direct == derived
    is_too_low = direct.high is not None and derived.low is not None and direct.high < derived.low
    is_too_high = direct.low is not None and derived.high is not None and direct.low > derived.high
    return not is_too_low and not is_too_high


def _unused(source: SourceResource) -> Excluded:
    options = source.concept.options if source.concept else {}
    return Excluded(source.reference, "not-evidence", text_in(options, "why"))
