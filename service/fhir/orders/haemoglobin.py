"""Haemoglobin around a course of immunoglobulin: a fall soon after it may be haemolysis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.treatment import Course, days_after
from service.fhir.intake.records import SourceResource
from service.fhir.values.answers import Problem, value_of
from service.fhir.values.results import number_in

READER, _UNIT = "haemoglobin", "g/L"


@dataclass(frozen=True, slots=True)
class _Result:
    day: date
    value: Fraction
    reference: str


def haemoglobin_facts(
    sources: Sequence[SourceResource], courses: Sequence[Course], window_days: Fraction, synonyms: Mapping[str, str]
) -> tuple[dict[str, Fact], list[Excluded]]:
    """``haemoglobin_fall_g_per_l``: the largest fall from before a course to within ``window_days`` after it.

    Unknown, and left out, where no course has a result on both sides.
    """
    results: list[_Result] = []
    excluded: list[Excluded] = []
    for source in sources:
        if source.concept is not None and source.concept.reader == READER:
            read = _result(source, synonyms)
            if isinstance(read, Excluded):
                excluded.append(read)
            else:
                results.append(read)
    falls = [fall for course in courses if (fall := _fall(course, results, window_days))]
    if not falls:
        return {}, excluded
    value, evidence = max(falls, key=lambda fall: fall[0])
    return {"haemoglobin_fall_g_per_l": Fact(Range.exactly(value), evidence)}, excluded


def _fall(course: Course, results: Iterable[_Result], window_days: Fraction) -> tuple[Fraction, tuple[str, ...]] | None:
    listed = list(results)
    last_day = days_after(course.last, window_days)
    before = [result for result in listed if result.day <= course.first]
    after = [result for result in listed if course.last < result.day <= last_day]
    if not before or not after:
        return None
    start = max(before, key=lambda result: (result.day, result.reference))
    lowest = min(after, key=lambda result: (result.value, result.reference))
    return start.value - lowest.value, (start.reference, lowest.reference)


def _result(source: SourceResource, synonyms: Mapping[str, str]) -> _Result | Excluded:
    said = value_of(source.resource)
    if isinstance(said, Problem):
        return said.about(source.reference)
    if source.moment.day is None:
        return Excluded(source.reference, "invalid", "haemoglobin without a full date cannot be held against a course")
    value = number_in(said[1], _UNIT, synonyms)
    if isinstance(value, Problem):
        return value.about(source.reference)
    return _Result(source.moment.day, value, source.reference)
