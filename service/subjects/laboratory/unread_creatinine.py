"""A creatinine that could not be read: the newest may be the one that warns, so that it is told and not passed over."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from service.domain.facts import Fact, Range
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, told_as, unanswered, unread
from service.fhir.values.answers import Problem
from service.subjects.laboratory.computed_egfr import mg_per_dl
from service.subjects.laboratory.kidney_in_words import CREATININE, EGFR, with_point
from service.subjects.laboratory.result_values import number, raised

if TYPE_CHECKING:
    from service.domain.moments import Moment


def unread_creatinine(
    record: PatientRecord, synonyms: Mapping[str, str], interpretations: Mapping[str, str]
) -> Sequence[Unusable]:
    """Each creatinine that says neither a number nor whether it is high, where no usable one or eGFR is newer.

    What holds no result, such as one that is registered, is among them only where nothing usable is there at all.
    """
    usable: list[Moment] = []
    unusable = refused(record, CREATININE)
    for source in record.sources:
        name = source.concept.name if source.concept else ""
        if name not in (*CREATININE, *EGFR):
            continue
        said = _of_creatinine(source, synonyms, interpretations) if name in CREATININE else _of_egfr(source, synonyms)
        if not isinstance(said, Problem):
            usable.append(source.moment)
        elif name in CREATININE:
            unusable.append(unread(source, said))
    return unanswered(unusable, usable)


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
