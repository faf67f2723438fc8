"""Courses of immunoglobulin and the dates that follow from the last one; days are calendar days as written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order


@dataclass(frozen=True, slots=True)
class TimelineLimits:
    """Days, from the rule pack; all but ``course_gap`` are counted from the last dose of a course."""

    course_gap: Fraction
    assessment_from: Fraction
    assessment_day: Fraction
    assessment_until: Fraction
    effect_from: Fraction
    effect_until: Fraction


@dataclass(frozen=True, slots=True)
class Administration:
    """One administration of immunoglobulin, from its first to its last day."""

    first: date
    last: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Course:
    """Administrations that belong together."""

    first: date
    last: date
    evidence: tuple[str, ...]

    def __str__(self) -> str:
        days = f"on {self.first}" if self.first == self.last else f"from {self.first} to {self.last}"
        return f"immunoglobulin {days}"


def courses_of(administrations: Sequence[Administration], gap_days: Fraction) -> list[Course]:
    """The courses, oldest first: a dose at most ``gap_days`` after the one before belongs to the same course."""
    courses: list[Course] = []
    for dose in sorted(administrations, key=lambda dose: (dose.first, dose.last, dose.evidence)):
        if courses and (dose.first - courses[-1].last).days <= gap_days:
            last = courses[-1]
            courses[-1] = Course(last.first, max(last.last, dose.last), in_order((*last.evidence, dose.evidence)))
        else:
            courses.append(Course(dose.first, dose.last, (dose.evidence,)))
    return courses


def timeline_facts(courses: Sequence[Course], today: date, limits: TimelineLimits) -> dict[str, Fact]:
    """Where the patient stands after the last course, and the days that follow from it; nothing without a course."""
    if not courses:
        return {}
    last = courses[-1]
    values = {
        "ivig_courses": Range.exactly(len(courses)),
        "days_since_last_dose": Range.exactly((today - last.last).days),
        "assess_on": _day(last.last, limits.assessment_day),
        "assessment_window": _days(last.last, limits.assessment_from, limits.assessment_until),
        "effect_expected_to_end": _days(last.last, limits.effect_from, limits.effect_until),
    }
    return {name: Fact(value, last.evidence, f"last course: {last}") for name, value in values.items()}


def days_after(day: date, days: Fraction) -> date:
    """The calendar day that many days later, part days dropped; the last day there is when it lies beyond."""
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return date.max


def _day(day: date, days: Fraction) -> Range:
    return Range.exactly(days_after(day, days).toordinal())


def _days(day: date, start: Fraction, end: Fraction) -> Range:
    return Range.between(days_after(day, start).toordinal(), days_after(day, end).toordinal())
