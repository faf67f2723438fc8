"""Which orders of immunoglobulin make one course: those written together, or of one group."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from service.domain.moments import Moment, moment_of
from service.fhir.dosing.dosage import instructions_of
from service.fhir.dosing.doses import repeat_of
from service.fhir.dosing.timing import period_of
from service.fhir.intake.records import Treatment
from service.subjects.immunoglobulin.ordered.chart import IMMUNOGLOBULINS
from service.subjects.immunoglobulin.ordered.correction import OrderLimits

# A proposal is no order yet, and an instance only carries one out that is there as well.
_INTENTS = ("order", "original-order", "reflex-order", "filler-order")


def together(orders: Sequence[Treatment], as_of: datetime, limits: OrderLimits) -> list[list[Treatment]]:
    """The orders, those of immunoglobulin of one kind grouped; in a group by reference, however they were sent.

    Orders written at most the gap of a course apart belong together, and so do those that repeat; one without a date
    is written now.
    """
    groups: list[list[Treatment]] = []
    for order in orders:
        mine = [group for group in groups if _belongs(order, group, as_of, limits)]
        if not mine:
            groups.append([order])
            continue
        for other in mine[1:]:
            mine[0] += other
            groups.remove(other)
        mine[0].append(order)
    return [sorted(group, key=lambda order: order.reference) for group in groups]


def _belongs(order: Treatment, group: Iterable[Treatment], as_of: datetime, limits: OrderLimits) -> bool:
    return any(
        order.kind == other.kind == "MedicationRequest"
        and order.agent.name == other.agent.name
        and order.agent.name in IMMUNOGLOBULINS
        and (
            _is_of_one_group(order, other)
            or abs((_day(order, as_of) - _day(other, as_of)).days) <= limits.course_gap
            or (_repeats(order, limits) and _repeats(other, limits) and _is_in_force(order, other))
        )
        for other in group
    )


def orders_in_force(treatments: Iterable[Treatment], written: Sequence[Treatment], as_of: datetime) -> list[Treatment]:
    """Active orders of immunoglobulin in the chart that are neither being written, replaced nor over."""
    own = {order.reference for order in written} | {_replaced_by(order) for order in written}
    return [
        each
        for each in treatments
        if each.kind == "MedicationRequest"
        and each.agent.name in IMMUNOGLOBULINS
        and each.resource.get("status") == "active"
        and each.resource.get("intent", "order") in _INTENTS
        and each.reference not in own
        and not _is_over(each, as_of)
    ]


def _replaced_by(order: Treatment) -> str:
    """The order that an order says it replaces."""
    prior = order.resource.get("priorPrescription")
    reference = prior.get("reference") if isinstance(prior, Mapping) else None
    return "/".join(reference.split("/_history/", 1)[0].split("/")[-2:]) if isinstance(reference, str) else ""


def _is_over(order: Treatment, as_of: datetime) -> bool:
    """Whether every instruction states an end that has passed."""
    ends = [_end(instruction) for instruction in instructions_of(order.resource)]
    return bool(ends) and all(end is not None and end.is_surely_before(Moment(as_of, as_of, None)) for end in ends)


def _end(instruction: Mapping[str, object]) -> Moment | None:
    bounds = repeat_of(instruction).get("boundsPeriod")
    return moment_of(bounds.get("end")) if isinstance(bounds, Mapping) else None


def _repeats(order: Treatment, limits: OrderLimits) -> bool:
    """Whether an instruction comes back after so many days that it is maintenance."""
    periods = [period_of(repeat_of(instruction)) for instruction in instructions_of(order.resource)]
    return any(each is not None and each.low is not None and each.low >= limits.long_interval for each in periods)


def _is_in_force(order: Treatment, other: Treatment) -> bool:
    """Whether one of the two is in force already, and the other one comes to it."""
    return "active" in (order.resource.get("status"), other.resource.get("status"))


def _is_of_one_group(order: Treatment, other: Treatment) -> bool:
    group = order.resource.get("groupIdentifier")
    return group is not None and group == other.resource.get("groupIdentifier")


def _day(order: Treatment, as_of: datetime) -> date:
    return order.moment.day or as_of.date()
