"""Which orders of immunoglobulin make one course: those written together, or of one group."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction

from service.fhir.intake.records import Treatment
from service.fhir.orders.chart import IMMUNOGLOBULINS


def together(orders: Sequence[Treatment], as_of: datetime, gap_days: Fraction) -> list[list[Treatment]]:
    """The orders, those of immunoglobulin of one kind grouped; in a group by reference, however they were sent.

    Orders written at most ``gap_days`` apart belong together; one without a date is written now.
    """
    groups: list[list[Treatment]] = []
    for order in orders:
        mine = [group for group in groups if _belongs(order, group, as_of, gap_days)]
        if not mine:
            groups.append([order])
            continue
        for other in mine[1:]:
            mine[0] += other
            groups.remove(other)
        mine[0].append(order)
    return [sorted(group, key=lambda order: order.reference) for group in groups]


def _belongs(order: Treatment, group: Iterable[Treatment], as_of: datetime, gap_days: Fraction) -> bool:
    return any(
        order.kind == other.kind == "MedicationRequest"
        and order.agent.name == other.agent.name
        and order.agent.name in IMMUNOGLOBULINS
        and (_is_of_one_group(order, other) or abs((_day(order, as_of) - _day(other, as_of)).days) <= gap_days)
        for other in group
    )


def _is_of_one_group(order: Treatment, other: Treatment) -> bool:
    group = order.resource.get("groupIdentifier")
    return group is not None and group == other.resource.get("groupIdentifier")


def _day(order: Treatment, as_of: datetime) -> date:
    return order.moment.day or as_of.date()
