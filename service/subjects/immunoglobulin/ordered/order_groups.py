"""Which orders of immunoglobulin make one course: those written together, or of one group."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from service.domain.moments import Moment, moment_of
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import repeat_of
from service.fhir.orders.timing import period_of
from service.fhir.values.content import content_key
from service.subjects.immunoglobulin.ordered.correction import OrderLimits
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS

# A proposal is no order yet, and an instance only carries one out that is there as well.
_INTENTS = ("order", "original-order", "reflex-order", "filler-order")


def together(orders: Sequence[Treatment], as_of: datetime, limits: OrderLimits) -> list[list[Treatment]]:
    """The orders, those of immunoglobulin of one kind grouped; in a group by reference, however they were sent.

    Orders written at most the gap of a course apart belong together, and so do those that repeat; one without a date
    is written now.
    """
    courses = _Courses(len(orders))
    for alike in _of_one_kind(orders):
        courses.join_equals(alike, [_group_of(orders[each]) for each in alike])
        by_day = sorted(alike, key=lambda each: _day(orders[each], as_of))
        for earlier, later in pairwise(by_day):
            if (_day(orders[later], as_of) - _day(orders[earlier], as_of)).days <= limits.course_gap:
                courses.join(earlier, later)
        repeating = [each for each in alike if _repeats(orders[each], limits)]
        # One in force joins all that come to it, and so these to each other.
        if any(orders[each].resource.get("status") == "active" for each in repeating):
            courses.join_equals(repeating, ["repeating"] * len(repeating))
    return [sorted((orders[each] for each in group), key=lambda order: order.reference) for group in courses.groups()]


class _Courses:
    """Things by their positions, put together two by two; what is joined to one is joined to all of its group."""

    def __init__(self, count: int) -> None:
        self._first = list(range(count))

    def join(self, one: int, other: int) -> None:
        """These two, and all that each is joined to, are of one group."""
        first, second = self._leader(one), self._leader(other)
        self._first[max(first, second)] = min(first, second)

    def join_equals(self, positions: Sequence[int], keys: Sequence[Hashable]) -> None:
        """Those with one key are of one group; the key ``None`` is of none."""
        met: dict[Hashable, int] = {}
        for position, key in zip(positions, keys, strict=True):
            if key is not None:
                self.join(met.setdefault(key, position), position)

    def groups(self) -> list[list[int]]:
        """All groups, each in order, and by their first."""
        groups: dict[int, list[int]] = {}
        for position in range(len(self._first)):
            groups.setdefault(self._leader(position), []).append(position)
        return list(groups.values())

    def _leader(self, position: int) -> int:
        while self._first[position] != position:
            # Halves the way for the next who asks.
            self._first[position] = self._first[self._first[position]]
            position = self._first[position]
        return position


def _of_one_kind(orders: Sequence[Treatment]) -> list[list[int]]:
    """The positions of the requests for immunoglobulin, those of one agent and intent together."""
    alike: dict[Hashable, list[int]] = {}
    for position, order in enumerate(orders):
        if order.kind == "MedicationRequest" and order.agent.name in IMMUNOGLOBULINS:
            alike.setdefault((order.agent.name, _intent(order, position)), []).append(position)
    return list(alike.values())


def _intent(order: Treatment, position: int) -> Hashable:
    """What an order is meant as: a plan or a proposal comes to no order, and options are chosen among."""
    intent = order.resource.get("intent")
    if intent == "option":
        return position
    return intent if intent in ("proposal", "plan") else "order"


def orders_in_force(treatments: Iterable[Treatment], written: Sequence[Treatment], as_of: datetime) -> list[Treatment]:
    """Active orders of immunoglobulin in the chart that are neither being written, replaced nor over."""
    own = {order.reference for order in written} | {_replaced_by(order) for order in written}
    return [
        each
        for each in treatments
        if each.kind == "MedicationRequest"
        and each.agent.name in IMMUNOGLOBULINS
        and is_in_force(each)
        and each.resource.get("intent", "order") in _INTENTS
        and each.reference not in own
        and not _is_over(each, as_of)
    ]


def is_new(order: Treatment) -> bool:
    """Whether it is being written, in a hook or as a draft of a chart."""
    return order.is_draft or order.resource.get("status") == "draft"


def is_in_force(order: Treatment) -> bool:
    """Whether it is active and nobody writes it anew."""
    return not order.is_draft and order.resource.get("status") == "active"


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


def _group_of(order: Treatment) -> Hashable:
    group = order.resource.get("groupIdentifier")
    return None if group is None else content_key(group)


def _day(order: Treatment, as_of: datetime) -> date:
    return order.moment.day or as_of.date()
