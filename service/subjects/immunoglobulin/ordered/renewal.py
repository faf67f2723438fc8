"""Immunoglobulin under the skin that goes on: an order beside the one before it, in grams a week."""

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import instructions_of
from service.fhir.values.content import content_key
from service.subjects.immunoglobulin.ordered.order_groups import is_new

_UNDER_THE_SKIN = "scig"


def renewal_facts(
    orders: Sequence[Treatment],
    charted: Sequence[Treatment],
    product: Callable[[Treatment], Hashable],
    a_week: Callable[[Treatment], Fraction | None],
    within: Fraction,
) -> dict[str, Fact]:
    """``renewal`` of an order that is written: same, another, or none where there is nothing to compare it with.

    ``a_week``: grams a week of an order, where they are known. ``within``: the share by which the same may differ.
    """
    new = [each for each in orders if is_new(each) and each.agent.name == _UNDER_THE_SKIN]
    before = _newest(charted, {each.reference for each in orders if is_new(each)})
    if len(new) != 1 or before is None:
        return {"renewal": Fact("none")}
    evidence = in_order((new[0].reference, before.reference))
    now, then = a_week(new[0]), a_week(before)
    if product(new[0]) == product(before) and _dosage(new[0]) == _dosage(before):
        return {"renewal": Fact("same", evidence)}
    if not now or not then:
        return {"renewal": Fact("none", evidence)}
    word = "same" if abs(now - then) <= then * within else "another"
    numbers = {"ordered_grams_per_week": now, "ordered_grams_per_week_before": then}
    return {"renewal": Fact(word, evidence)} | {
        name: Fact(Range.exactly(number), evidence) for name, number in numbers.items()
    }


def _newest(charted: Sequence[Treatment], own: set[str]) -> Treatment | None:
    earlier = [
        each
        for each in charted
        if each.kind == "MedicationRequest"
        and each.agent.name == _UNDER_THE_SKIN
        and not is_new(each)
        and not each.is_allergy
        and each.reference not in own
    ]
    return max(earlier, key=lambda each: (each.moment.latest, each.reference), default=None)


def _dosage(order: Treatment) -> Hashable:
    return content_key(instructions_of(order.resource))
