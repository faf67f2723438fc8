"""Signs that immunoglobulin was given before the first course on record: the first response is not known then."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction

from service.domain.courses import Course
from service.domain.moments import Moment, days_before
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource, Treatment
from service.fhir.mappings.routes import Routes, dosages_of
from service.subjects.immunoglobulin.given.treatment import TimelineLimits

_AGENTS, _ORDERS = ("ivig", "scig"), ("MedicationRequest", "ServiceRequest")
_REPLACES = {"intravenous", "subcutaneous"}


def earlier_treatment(
    treatments: Sequence[Treatment],
    statements: Sequence[SourceResource],
    courses: Sequence[Course],
    days: TimelineLimits,
    routes: Routes,
) -> tuple[str, ...]:
    """References of what says so: treatment that began before, an old order, a stated effect; empty without any.

    Without a course on record every treatment counts. An order counts when it is older than the effect of a course
    lasts, since the order of the first course is older than that course.
    """
    placed = {reference for course in courses for reference in course.evidence}
    first = courses[0].first if courses else date.max
    told = [each for each in treatments if each.agent.name in _AGENTS and each.reference not in placed]
    found = [each.reference for each in told if _is_earlier(each, first, days, routes)]
    found += [each.reference for each in statements if _ended_before(each.moment, first)]
    return in_order(sorted(found))


def may_be_first(courses: Sequence[Course], known_since: date | None, new_days: Fraction, days: TimelineLimits) -> bool:
    """Whether the first course on record may be the first of all.

    Not in maintenance of a disease that was known for longer than ``new_days`` before it: that was treated somewhere,
    unless the first course is a load, spread over more days than a single dose.
    """
    if known_since is None or len(courses) < days.courses_are_established:
        return True
    is_load = (courses[0].last - courses[0].first).days > days.load_longer_than
    return is_load or (courses[0].first - known_since).days <= new_days


def begun_on(treatments: Sequence[Treatment], earlier: Sequence[str], courses: Sequence[Course]) -> date | None:
    """The first day on which treatment was surely under way: the first course, or the start of an earlier one."""
    known = set(earlier)
    stated = [each.moment.earliest for each in treatments if each.reference in known and each.kind not in _ORDERS]
    days = [start.date() for start in stated if start.date() > date.min]
    return min([*days, *(course.first for course in courses[:1])], default=None)


def _is_earlier(treatment: Treatment, first: date, days: TimelineLimits, routes: Routes) -> bool:
    if treatment.is_draft or treatment.resource.get("status") == "draft" or treatment.is_allergy:
        return False
    if treatment.kind in _ORDERS:
        return _ended_before(treatment.moment, days_before(first, days.effect_until))
    said = routes.said_in(dosages_of(treatment.resource))
    return (said is None or bool(said & _REPLACES)) and treatment.moment.earliest < _start_of(first)


def _ended_before(moment: Moment, day: date) -> bool:
    return moment.latest < _start_of(day)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
