"""Courses of immunoglobulin and the dates that follow from the last one; days are calendar days as written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.courses import Course
from service.domain.facts import Fact, Range
from service.domain.moments import days_after
from service.domain.statements import in_order


@dataclass(frozen=True, slots=True)
class TimelineLimits:
    """Days, from the rule pack; from ``onset_from`` on they are counted from the last dose of a course.

    ``continuous_from``: a course that runs longer is continuous treatment. ``score_valid``: an older score says
    nothing of the state before a course, or of the present one. ``courses_are_repeated``: a number of courses, from
    which a score counts as recent for ``assessed_lately_within``. ``interrupted_after``: in percent of the interval
    between courses, from when on the next one was left out. ``stays_stable_for``: scores alike for so long are steady.
    """

    course_gap: Fraction
    load_longer_than: Fraction
    continuous_from: Fraction
    score_valid: Fraction
    onset_from: Fraction
    onset_until: Fraction
    assessment_from: Fraction
    assessment_day: Fraction
    assessment_until: Fraction
    effect_from: Fraction
    effect_mean: Fraction
    effect_until: Fraction
    courses_are_repeated: Fraction
    courses_are_established: Fraction
    assessed_lately_within: Fraction
    interrupted_after: Fraction
    stays_stable_for: Fraction


@dataclass(frozen=True, slots=True)
class Administration:
    """One administration of immunoglobulin, from its first to its last day."""

    first: date
    last: date
    evidence: str


def courses_of(administrations: Sequence[Administration], gap_days: Fraction) -> list[Course]:
    """The courses, oldest first: a dose at most ``gap_days`` after the one before belongs to the same course."""
    groups: list[list[Administration]] = []
    last = date.min
    for dose in sorted(administrations, key=lambda dose: (dose.first, dose.last, dose.evidence)):
        if groups and (dose.first - last).days <= gap_days:
            groups[-1].append(dose)
            last = max(last, dose.last)
        else:
            groups.append([dose])
            last = dose.last
    return [
        Course(group[0].first, max(dose.last for dose in group), in_order(dose.evidence for dose in group))
        for group in groups
    ]


def timeline_facts(courses: Sequence[Course], today: date, limits: TimelineLimits) -> dict[str, Fact]:
    """Where the patient stands after the last course, and the days to come from it; nothing without a course.

    Days that have passed are left out, or begin today: nobody can act on them any more.
    """
    if not courses:
        return {}
    last = courses[-1]
    continuous = is_continuous(last, limits)
    values: dict[str, str | Range | None] = {
        "ivig_courses": Range.exactly(len(courses)),
        "days_since_last_dose": Range.exactly((today - last.last).days),
        "continuous_treatment": "shown" if continuous else "not_shown",
        "assessment_window": _span(judged_from(last, limits), days_after(last.last, limits.assessment_until)),
        "assess_until": _coming(last.last, today, limits.assessment_until, limits.assessment_until),
        "effect_expected_to_end": _coming(last.last, today, limits.effect_from, limits.effect_until),
        "effect_mean_end": _coming(last.last, today, limits.effect_mean, limits.effect_mean),
    }
    if not continuous:
        values |= {
            "onset_expected_on": _coming(last.last, today, limits.onset_from, limits.onset_until),
            "assess_on": _coming(last.last, today, limits.assessment_day, limits.assessment_day),
        }
    told = {name: value for name, value in values.items() if value is not None}
    return {name: Fact(value, last.evidence, f"last course: immunoglobulin {last}") for name, value in told.items()}


def is_continuous(course: Course, limits: TimelineLimits) -> bool:
    """Whether doses followed each other for so long that this is continuous treatment."""
    return (course.last - course.first).days > limits.continuous_from


def judged_from(course: Course, limits: TimelineLimits) -> date:
    """The first day on which a score tells of a course; continuous treatment tells from its beginning."""
    return days_after(course.first if is_continuous(course, limits) else course.last, limits.assessment_from)


def _coming(day: date, today: date, start: Fraction, end: Fraction) -> Range | None:
    first, last = days_after(day, start), days_after(day, end)
    return _span(max(first, today), last) if last >= today else None


def _span(first: date, last: date) -> Range:
    return Range.between(first.toordinal(), last.toordinal())
