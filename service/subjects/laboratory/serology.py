"""Ganglioside antibodies: interpretation first, then the coded result, the reference range, the assay profile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Excluded, Fact
from service.domain.statements import Settled, Statement, in_order, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.values.answers import Problem, joined
from service.fhir.values.judging import CONTRADICTED, Judged, by_interpretation, by_reference_range
from service.fhir.values.results import Measured, result_of
from service.subjects.laboratory.assays import AssayProfile, by_assay

# A result that is there but decides nothing: newer, it still takes the place of an older one.
UNCLEAR = "unclear"
_WORDS = ("elevated", "not_elevated")


@dataclass(frozen=True, slots=True)
class SerologyTables:
    """``interpretations``: code or text -> word. ``results``: coded or written result -> word. Both as in labs.yaml."""

    interpretations: Mapping[str, str]
    results: Mapping[str, str]
    profiles: Sequence[AssayProfile]
    synonyms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Serology:
    """One result: ``elevated``, ``not_elevated`` or ``unclear``, or with ``word`` ``None`` no result yet."""

    word: str | None
    why: str
    flags: tuple[str, ...] = ()
    problem: Problem | None = None


def serology_facts(
    analyte: str, sources: Sequence[SourceResource], tables: SerologyTables
) -> tuple[Fact, list[Excluded], tuple[str, ...]]:
    """The fact of one antibody, what was not used, and the references of all results, unclear ones included."""
    options = sources[0].concept.options if sources and sources[0].concept else {}
    raises = options.get("precaution") is True
    read = [(each, read_serology(each.resource, analyte, tables, is_precaution=raises)) for each in sources]
    excluded = [serology.problem.about(source.reference) for source, serology in read if serology.problem]
    settled = settle([Statement(s.word, source.moment, source.reference) for source, s in read], _agreed, by_day=True)
    excluded += [Excluded(statement.evidence, "older", "a newer result counts") for statement in settled.older]
    about = {source.reference: serology for source, serology in read}
    is_there = [source for source, s in read if s.problem is None or s.problem.reason != "data-absent"]
    results = in_order(source.reference for source in is_there)
    return _fact(settled, about), excluded, results


def read_serology(
    observation: Mapping[str, object], analyte: str, tables: SerologyTables, *, is_precaution: bool = False
) -> Serology:
    """One report, judged by the first of four that speaks: interpretation, coded result, range, assay profile.

    An interpretation against the coded result or the range leaves it unclear; of a precaution it
    counts where it raises it, and one that denies is doubted by its flag.
    """
    result = result_of(observation, tables.results, tables.synonyms)
    interpreted = by_interpretation(observation, tables.interpretations)
    if isinstance(result, Problem) and not _has_result(observation, result, interpreted):
        return Serology(None, "no result yet", (), result)
    coded = Judged(result, "by the coded result") if isinstance(result, str) else None
    ranged = assayed = None
    if isinstance(result, Measured):
        ranged = by_reference_range(observation, result, _WORDS, tables.synonyms)
        assayed = by_assay(observation, result, analyte, tables.profiles)
    judged = interpreted or coded or ranged or assayed
    if judged is None:
        problem = result if isinstance(result, Problem) else None
        return Serology(UNCLEAR, "result given without interpretation, range or known assay", (), problem)
    if any(other and _oppose(interpreted, other) for other in (coded, ranged)):
        return Serology((is_precaution and judged.word) or UNCLEAR, CONTRADICTED, ("contradiction",))
    return Serology(judged.word or UNCLEAR, judged.why)


def _has_result(observation: Mapping[str, object], problem: Problem, interpreted: Judged | None) -> bool:
    if problem.reason == "data-absent":
        return interpreted is not None and observation.get("dataAbsentReason") is None
    return True


def _oppose(interpreted: Judged | None, other: Judged) -> bool:
    return interpreted is not None and {interpreted.word, other.word} == set(_WORDS)


def _agreed(words: Sequence[str]) -> str | None:
    """One word for results of equal age: an unclear one makes the others unclear, opposite ones contradict."""
    told = set(words)
    if told >= set(_WORDS):
        return None
    return UNCLEAR if UNCLEAR in told else words[0]


def _fact(settled: Settled[str], about: Mapping[str, Serology]) -> Fact:
    deciding = [about[statement.evidence] for statement in settled.counted or settled.silent]
    flags = in_order(flag for serology in deciding for flag in serology.flags)
    why = "; ".join(in_order(serology.why for serology in deciding))
    if settled.is_contradiction:
        why = f"results of one day or of unknown order disagree: {joined(settled.evidence)}"
        return Fact(None, settled.evidence, why, in_order(("contradiction", *flags)))
    if settled.value in _WORDS:
        return Fact(settled.value, settled.evidence, why, flags)
    return Fact(None, settled.evidence, why, flags)
