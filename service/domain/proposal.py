"""An order that nobody has written yet: the first course that a card would offer, as the rules on orders see it."""

from collections.abc import Mapping
from fractions import Fraction

from service.domain.facts import Fact, Range

# Whoever is offered a first course has had none, and the rules on a first treatment speak of the GM1 sample themselves.
_TOLD_ELSEWHERE = "gm1_on_record"


def first_course(facts: Mapping[str, Fact], target_g_per_kg: Fraction) -> dict[str, Fact]:
    """The facts of a patient together with those of the course that would be offered."""
    of_course = {
        "order_state": "proposed",
        "dose_by_weight": "known",
        "product_named": "not_named",
        "agent": "ivig",
        "indication": "mmn",
        "earlier_immunoglobulin": "not_on_record",
        "subcutaneous": "not_stated",
    }
    known = {name: fact for name, fact in facts.items() if name != _TOLD_ELSEWHERE}
    known |= {name: Fact(word) for name, word in of_course.items()}
    return known | {"dose_g_per_kg": Fact(Range.exactly(target_g_per_kg))}
