"""The days under immunoglobulin of any kind, given whichever way: into a vein, under the skin, stated or in force."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from service.domain.courses import Course
from service.domain.moments import moment_of
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import repeat_of
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin

_ORDERS = ("MedicationRequest", "ServiceRequest")
_GOES_ON = ("active", "in-progress")


def spells(treatments: Iterable[Treatment], courses: Sequence[Course], as_of: datetime) -> tuple[Course, ...]:
    """The courses, and the span of everything else that says that immunoglobulin was given; oldest first.

    A statement that is active goes on until ``as_of``, as does an active order that repeats, from when it was written.
    An order that was written once shows no dose.
    """
    found = [_spell(each, as_of) for each in treatments if is_immunoglobulin(each) and not _is_draft(each)]
    return tuple(sorted((*courses, *filter(None, found)), key=lambda each: (each.first, each.last, each.evidence)))


def is_current_without_start(treatments: Iterable[Treatment]) -> bool:
    """Whether a statement says that it is being given, and not since when."""
    return any(
        is_immunoglobulin(each)
        and each.kind == "MedicationStatement"
        and each.resource.get("status") == "active"
        and each.moment.earliest.date() == date.min
        for each in treatments
    )


def _is_draft(treatment: Treatment) -> bool:
    return treatment.is_draft or treatment.resource.get("status") == "draft"


def _spell(treatment: Treatment, as_of: datetime) -> Course | None:
    start = treatment.moment.earliest.date()
    is_order = treatment.kind in _ORDERS
    if start == date.min or (is_order and not _is_repeated(treatment)):
        return None
    goes_on = is_order or treatment.resource.get("status") in _GOES_ON
    end = _bounds_end(treatment) if is_order else None
    last = (end or as_of.date()) if goes_on else treatment.moment.latest.date()
    return Course(start, max(start, min(last, as_of.date())), (treatment.reference,))


def _is_repeated(order: Treatment) -> bool:
    repeats = map(repeat_of, instructions_of(order.resource))
    is_active = order.resource.get("status") == "active"
    return is_active and any(repeat.get("period") is not None and "count" not in repeat for repeat in repeats)


def _bounds_end(order: Treatment) -> date | None:
    bounds = [repeat_of(each).get("boundsPeriod") for each in instructions_of(order.resource)]
    ends = [moment_of(each.get("end")) for each in bounds if isinstance(each, dict)]
    days = [end.latest.date() for end in ends if end]
    return max(days, default=None)
