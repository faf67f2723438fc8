"""Haemoglobin around a course of immunoglobulin: a fall soon after it may be haemolysis."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from service.domain.courses import Course
from service.domain.facts import Fact, FactSheet, Range
from service.domain.moments import days_after
from service.domain.statements import Statement, settle
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.intake.unusable import Unusable, refused, results_among, told_as, unread
from service.fhir.mappings.word_tables import texts_in
from service.fhir.values.answers import Problem
from service.fhir.values.results import quantity_in, range_in, range_without_unit
from service.knowledge.words import amount

READER, _UNIT = "haemoglobin", "g/L"
_NAMES = ("haemoglobin",)
_LATE = "haemoglobin_late_fall_g_per_l"
_RECENT = "haemoglobin_recent_fall_g_per_l"


@dataclass(frozen=True, slots=True)
class HaemoglobinLimits:
    """Lowest and highest result that is believed, for how many days a course may explain a fall, and which fall asks.

    ``late_days``: for how many days a large one may. All but the days in g/L.
    """

    lowest: Fraction
    highest: Fraction
    window_days: Fraction
    fall: Fraction
    late_days: Fraction


class _Span(NamedTuple):
    """The lowest and the highest number, in g/L, that a result or a fall may be: one number but for a bound."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class _Result:
    """The results of one moment; ``value`` is ``None`` where they disagree."""

    day: date
    value: _Span | None
    references: tuple[str, ...]


class _Results:
    """The results in order of their days."""

    def __init__(self, results: Sequence[_Result]) -> None:
        self._all = sorted(results, key=lambda result: result.day)
        self._days = [result.day for result in self._all]
        usable = (result.day if result.value is not None else date.min for result in self._all)
        self._usable_until = list(accumulate(usable, max))

    def last_before(self, day: date) -> _Result | None:
        """The last one up to this day; of one day they come in the order of their times."""
        count = bisect_right(self._days, day)
        return self._all[count - 1] if count else None

    def usable_before(self, day: date) -> date:
        """The day of the last usable one up to this day; the first day there is without any."""
        count = bisect_right(self._days, day)
        return self._usable_until[count - 1] if count else date.min

    def after(self, course: Course, days: Fraction) -> Sequence[_Result]:
        """Those of so many days after a course."""
        first, last = (bisect_right(self._days, day) for day in (course.last, days_after(course.last, days)))
        return self._all[first:last]


class _Around:
    """The days around the courses, oldest first, on which a result, could it be used, might show a fall."""

    def __init__(self, courses: Sequence[Course], results: _Results, limits: HaemoglobinLimits) -> None:
        self._lasts = [course.last for course in courses]
        self._untils = [days_after(course.last, limits.window_days) for course in courses]
        measured = [course for course in courses if results.after(course, limits.window_days)]
        self._firsts = [course.first for course in measured]
        self._usable = [results.usable_before(course.first) for course in measured]

    def is_concerned(self, day: date | None) -> bool:
        """Whether a result of that day bears on a course; without a day it may be any."""
        begun = bisect_left(self._lasts, day) if day is not None else 0
        if day is None or (begun and day <= self._untils[begun - 1]):
            return True
        # Newer than the newest usable one before the next course that was measured after.
        following = bisect_left(self._firsts, day)
        return following < len(self._firsts) and (day > self._usable[following] or self._usable[following] == date.min)


def haemoglobin_facts(
    record: PatientRecord,
    courses: Sequence[Course],
    limits: HaemoglobinLimits,
    synonyms: Mapping[str, str],
    as_of: datetime,
) -> FactSheet:
    """``haemoglobin_fall_g_per_l``: the largest fall from before a course to within the window after it.

    ``haemoglobin_late_fall_g_per_l``: to within the longer window, on whatever day somebody looked. Unknown, and left
    out, where no course has a result on both sides. ``haemoglobin_recent_fall_g_per_l``: the same of the newest result,
    whatever course is known. ``unusable_haemoglobin``: what could not be used around a course, a
    bound such as ``<10`` among it where that leaves the fall open.
    """
    sheet = FactSheet()
    told: list[Statement[_Span]] = []
    unusable = refused(record, _NAMES)
    for source in record.sources:
        if source.concept is not None and source.concept.reader == READER:
            value = _value(source, limits, synonyms)
            if isinstance(value, Problem):
                sheet.excluded.append(value.about(source.reference))
                unusable.append(unread(source, value))
            else:
                told.append(Statement(value, source.moment, source.reference))
    results = _settled(told)
    sheet.facts |= _recent_fall(results, limits, as_of)
    if not courses:
        # Without a course there is nothing to hold them against.
        return sheet
    unusable += _disagreeing(results, told)
    in_order = _Results(results)
    for name, days in (("haemoglobin_fall_g_per_l", limits.window_days), (_LATE, limits.late_days)):
        falls = [fall for course in courses if (fall := _fall(course, in_order, days))]
        if falls:
            surely, evidence, why = max(falls, key=lambda fall: fall[0])
            largest = _Span(surely.low, max(fall.high for fall, _, _ in falls))
            sheet.facts[name] = Fact(Range(*largest), evidence, why)
            unusable += [*_open(told)] if name != _LATE and largest.low < limits.fall <= largest.high else []
    around = _Around(courses, in_order, limits)
    bearing = [each for each in results_among(unusable) if around.is_concerned(each.moment.day)]
    if bearing:
        sheet.facts["unusable_haemoglobin"] = told_as("on_record", bearing)
    return sheet


def _settled(told: Iterable[Statement[_Span]]) -> list[_Result]:
    """The results of each moment as one: of one day where that is all that one of them says of its time."""
    by_day: dict[date, list[Statement[_Span]]] = {}
    for statement in told:
        if statement.moment.day is not None:
            by_day.setdefault(statement.moment.day, []).append(statement)
    return [_result(day, group) for day, of_day in by_day.items() for group in _groups(of_day)]


def _groups(of_day: Sequence[Statement[_Span]]) -> list[list[Statement[_Span]]]:
    if any(statement.moment.earliest != statement.moment.latest for statement in of_day):
        return [list(of_day)]
    groups: dict[datetime, list[Statement[_Span]]] = {}
    for statement in of_day:
        groups.setdefault(statement.moment.earliest, []).append(statement)
    return [groups[instant] for instant in sorted(groups)]


def _result(day: date, group: Sequence[Statement[_Span]]) -> _Result:
    settled = settle(group, by_day=True)
    return _Result(day, settled.value, settled.evidence)


def _disagreeing(results: Iterable[_Result], told: Iterable[Statement[_Span]]) -> list[Unusable]:
    moments = {statement.evidence: statement.moment for statement in told}
    why = "results of one day disagree"
    return [Unusable(each.references, why, moments[each.references[0]]) for each in results if each.value is None]


def _open(told: Iterable[Statement[_Span]]) -> Iterator[Unusable]:
    """The results that are bounds."""
    for each in told:
        if each.value is not None and each.value.low != each.value.high:
            yield Unusable((each.evidence,), "only a bound was reported", each.moment)


def _fall(course: Course, results: _Results, days: Fraction) -> tuple[_Span, tuple[str, ...], str] | None:
    after = [(each.value, each) for each in results.after(course, days) if each.value is not None]
    start = results.last_before(course.first)
    if start is None or start.value is None or not after:
        return None
    lowest, result = min(after, key=lambda each: each[0].high)
    least = min(value.low for value, _ in after)
    why = f"haemoglobin {_told(start.value)} on {start.day}, {_told(lowest)} on {result.day}"
    evidence = (*start.references, *result.references)
    return _Span(start.value.low - lowest.high, start.value.high - least), evidence, why


def _told(value: _Span) -> str:
    if value.low == value.high:
        return amount(value.low, _UNIT)
    return f"{amount(value.low, None)} to {amount(value.high, _UNIT)}"


def _recent_fall(results: Sequence[_Result], limits: HaemoglobinLimits, as_of: datetime) -> dict[str, Fact]:
    """From the highest result of the days before the newest one to that, where it is no older than so many days."""
    known = sorted(((each.day, each.value, each) for each in results if each.value), key=lambda each: each[0])
    if not known:
        return {}
    last, newest, result = known[-1]
    before = [each for each in known[:-1] if last <= days_after(each[0], limits.late_days)]
    if not before or as_of.date() > days_after(last, limits.late_days):
        return {}
    day, highest, start = max(before, key=lambda each: each[1].low)
    why = f"haemoglobin {_told(highest)} on {day}, {_told(newest)} on {last}"
    fall = Range.between(highest.low - newest.high, highest.high - newest.low)
    return {_RECENT: Fact(fall, (*start.references, *result.references), why)}


def _in_believed_unit(said: Mapping[str, object], units: Sequence[str], limits: HaemoglobinLimits) -> Range | None:
    """A haemoglobin without a unit in the only one of ``units`` in which it is believed; with a unit ``None``."""
    read = (range_without_unit(said, (unit,), _UNIT, limits.highest) for unit in units)
    ends = ((each, each.low if each.low is not None else each.high) for each in read if each is not None)
    believed = [each for each, end in ends if end is not None and end >= limits.lowest]
    return believed[0] if len(believed) == 1 else None


def _value(source: SourceResource, limits: HaemoglobinLimits, synonyms: Mapping[str, str]) -> _Span | Problem:
    said = quantity_in(source.resource, "haemoglobin")
    if isinstance(said, Problem):
        return said
    if source.moment.day is None:
        return Problem("invalid", "haemoglobin without a full date cannot be held against a course")
    units = texts_in(source.concept.options, "without_unit") if source.concept else ()
    value = _in_believed_unit(said, units, limits) or range_in(said, _UNIT, synonyms)
    if isinstance(value, Problem):
        return value
    low, high = (
        (limits.lowest if value.low is None else value.low),
        (limits.highest if value.high is None else value.high),
    )
    # Most are one number: to compare Fractions takes long.
    if limits.lowest <= low and (low is high or low <= high) and high <= limits.highest:
        return _Span(low, high)
    return Problem("implausible", "a haemoglobin outside what is believed; check its unit")
