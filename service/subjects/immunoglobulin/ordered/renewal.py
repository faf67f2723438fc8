"""Immunoglobulin that goes on: an order beside the newest one of its kind before it, in dosage or grams a week."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import instructions_of
from service.fhir.values.content import content_key
from service.subjects.immunoglobulin.ordered.order_groups import is_new
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS

# What says which dose is taken, with where it says so.
_DOSAGES = {
    "MedicationRequest": "dosageInstruction",
    "MedicationStatement": "dosage",
    "MedicationDispense": "dosageInstruction",
}


def renewal_facts(
    orders: Sequence[Treatment],
    charted: Sequence[Treatment],
    product: Callable[[Treatment], Hashable],
    a_week: Callable[[Treatment], Fraction | None],
    within: Fraction,
) -> dict[str, Fact]:
    """``renewal`` of an order that is written: same, another, or none where there is nothing to compare it with.

    What comes before it is the newest order, statement or dispense of the same kind that states a dosage.
    ``a_week``: grams a week of an order, where they are known. ``within``: the share by which the same may differ.
    """
    new = [each for each in orders if is_new(each) and each.agent.name in IMMUNOGLOBULINS]
    before = _newest(charted, new[0]) if len(new) == 1 else None
    if before is None:
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


def _newest(charted: Sequence[Treatment], order: Treatment) -> Treatment | None:
    """The newest that tells a dosage before an order, as an order."""
    earlier = [each for each in charted if each.agent.name == order.agent.name and each.reference != order.reference]
    return max(_telling(earlier), key=lambda each: (_since(each), each.reference), default=None)


def _telling(charted: Sequence[Treatment]) -> Iterator[Treatment]:
    for each in charted:
        dosage = each.resource.get(_DOSAGES.get(each.kind, ""))
        if dosage and not is_new(each):
            yield replace(each, resource={**each.resource, "dosageInstruction": dosage})


def _since(treatment: Treatment) -> datetime:
    """Since when it says so: a statement that is in force began before now."""
    is_stated = treatment.kind == "MedicationStatement"
    return treatment.moment.earliest if is_stated else treatment.moment.latest


def _dosage(order: Treatment) -> Hashable:
    return content_key(instructions_of(order.resource))
