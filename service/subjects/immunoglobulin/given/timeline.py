"""The course as this subject tells it: when immunoglobulin was given, when its effect is awaited, what scores did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.courses import Course
from service.domain.moments import days_after
from service.domain.timeline import ENDING, GIVEN, JUDGED, Mark, Point, Span, Timeline, Track
from service.fhir.mappings.routes import dosages_of
from service.fhir.values.results import number_in
from service.knowledge.words import number
from service.subjects.immunoglobulin.given.administrations import Given
from service.subjects.immunoglobulin.given.scores import Change, History, Score, Series, rounded
from service.subjects.immunoglobulin.given.standing import last_before
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, is_continuous, judged_from

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What the facts of follow-up were made of: ``changes`` are those that rules look at, of any size."""

    courses: Sequence[Course]
    histories: Sequence[History]
    changes: Sequence[Change]
    given: Sequence[Given]


def timeline(told: Told, days: TimelineLimits, synonyms: Mapping[str, str]) -> Timeline:
    """Courses with their windows, and each series of scores with the changes that count."""
    grams = {each.reference: _grams(each, synonyms) for each in told.given}
    spans = [span for course in told.courses for span in _spans(course, days, grams)]
    if told.courses:
        spans.append(_ending(told.courses[-1], days))
    tracks = [_track(history, told, days) for history in told.histories]
    return Timeline(tuple(spans), tuple(tracks))


def _spans(course: Course, days: TimelineLimits, grams: Mapping[str, Fraction | None]) -> Iterable[Span]:
    amount = _amount([grams.get(reference) for reference in course.evidence])
    what = "immunoglobulin, continuous" if is_continuous(course, days) else "immunoglobulin"
    count = len(course.evidence)
    doses = f"{count} record{'s'[: count > 1]}"
    yield Span(GIVEN, course.first, course.last, f"{what}: {amount or 'amount not told in grams'} ({doses})", amount)
    if not is_continuous(course, days):
        last = days_after(course.last, days.assessment_until)
        yield Span(JUDGED, judged_from(course, days), last, "a score of these days tells the response")


def _ending(course: Course, days: TimelineLimits) -> Span:
    first, last = days_after(course.last, days.effect_from), days_after(course.last, days.effect_until)
    return Span(ENDING, first, last, "the effect of the last course is expected to end")


def _amount(grams: Sequence[Fraction | None]) -> str:
    """The sum, where every dose says how much it was."""
    known = [each for each in grams if each is not None]
    return f"{number(sum(known, Fraction(0)))} g" if known and len(known) == len(grams) else ""


def _grams(given: Given, synonyms: Mapping[str, str]) -> Fraction | None:
    """The dose of one administration; none of a statement, whose dose may be one of many."""
    if given.resource.get("resourceType") != "MedicationAdministration" or "effectivePeriod" in given.resource:
        return None
    amounts = [number_in(dosage.get("dose"), "g", synonyms) for dosage in dosages_of(given.resource)]
    return amounts[0] if len(amounts) == 1 and isinstance(amounts[0], Fraction) else None


def _track(history: History, told: Told, days: TimelineLimits) -> Track:
    series = history.series
    return Track(
        name=series.name,
        points=tuple(Point(score.day, score.value, series.told(score)) for score in history.scores),
        is_lower_better=series.is_lower_better,
        about=_about(series),
        band=_band(series, _start(history, told.courses, days)),
        marks=tuple(_marks(series, told.changes)),
    )


def _about(series: Series) -> str:
    points = "point" if series.minimal_change == 1 else "points"
    size = f"{rounded(series.minimal_change)} {'%' if series.is_share else series.unit or points}"
    return {
        "both": f"a change counts from {size}",
        "worse": f"a fall counts from {size}, a gain is not judged",
        "none": f"changes are told from {size}, none is judged",
    }[series.judged]


def _start(history: History, courses: Sequence[Course], days: TimelineLimits) -> Score:
    """What the scores are held against: the last one before treatment, else the first there is."""
    before = last_before(history, courses[0], days) if courses else None
    return before or history.scores[0]


def _band(series: Series, start: Score) -> tuple[Fraction, Fraction]:
    change = start.value * series.minimal_change / _PERCENT if series.is_share else series.minimal_change
    return start.value - change, start.value + change


def _marks(series: Series, changes: Sequence[Change]) -> Iterable[Mark]:
    """The changes that count, once each, by the day of the later score."""
    mine = (each for each in changes if each.series == series and abs(each.gain) >= 1)
    told = {(each.after.day, each.gain > 0, str(each)) for each in mine}
    return (Mark(day, is_better, words) for day, is_better, words in sorted(told))
