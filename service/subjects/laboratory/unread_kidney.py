"""Kidney function that could not be read: the newest may be the one that warns, so it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Fact, Range
from service.domain.moments import Moment
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, told_as, unanswered, unread
from service.fhir.values.answers import Problem
from service.subjects.laboratory.computed_egfr import mg_per_dl
from service.subjects.laboratory.kidney_in_words import CREATININE, EGFR, with_point
from service.subjects.laboratory.result_values import number, raised


@dataclass(frozen=True, slots=True)
class UnreadKidney:
    """What could not be read: creatinine, and eGFR that only its name tells or that is a component."""

    creatinine: Sequence[Unusable]
    egfr_in_words: Sequence[Unusable]


def unread_kidney(
    record: PatientRecord, synonyms: Mapping[str, str], interpretations: Mapping[str, str]
) -> UnreadKidney:
    """Each creatinine that says neither a number nor whether it is high, where no usable one or eGFR is newer.

    What holds no result, such as one that is registered, is among them only where nothing usable is there at all. What
    only a name tells may be a remark: beside a usable result of its time it is none.
    """
    usable: list[Moment] = []
    unusable: dict[str, list[Unusable]] = {name: refused(record, (name,)) for name in (*CREATININE, EGFR[0])}
    for source in record.sources:
        name = source.concept.name if source.concept else ""
        if name not in (*CREATININE, *EGFR):
            continue
        said = _of_creatinine(source, synonyms, interpretations) if name in CREATININE else _of_egfr(source, synonyms)
        if not isinstance(said, Problem):
            usable.append(source.moment)
        elif name in unusable:
            unusable[name].append(unread(source, said))
    coded, of_name = unanswered(unusable[CREATININE[1]], usable), _newer(unusable[CREATININE[0]], usable)
    return UnreadKidney([*coded, *of_name], _newer(unusable[EGFR[0]], usable))


def _newer(unusable: Sequence[Unusable], usable: Sequence[Moment]) -> list[Unusable]:
    return [each for each in unanswered(unusable, usable) if all(one.is_surely_before(each.moment) for one in usable)]


def creatinine_facts(unusable: Sequence[Unusable]) -> dict[str, Fact]:
    """``unusable_creatinine``, which names them and why; none is a fact too, since a rate is told only then."""
    told = told_as("on_record", unusable) if unusable else Fact("not_on_record")
    return {"unusable_creatinine": told}


def _of_creatinine(
    source: SourceResource, synonyms: Mapping[str, str], interpretations: Mapping[str, str]
) -> object | Problem:
    _, resource = with_point(source.resource)
    if mg_per_dl(resource, synonyms) is not None:
        return None
    said = number(resource, {"unit": "mg/dL"}, synonyms)
    judged = raised(resource, synonyms, interpretations)
    why = said if isinstance(said, Problem) else Problem("implausible", "no creatinine that a body can have")
    return why if isinstance(judged, Problem) else judged


def _of_egfr(source: SourceResource, synonyms: Mapping[str, str]) -> Range | Problem:
    _, resource = with_point(source.resource)
    return number(resource, source.concept.options if source.concept else {}, synonyms)
