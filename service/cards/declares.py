"""The rules, groups and numbers that the making of cards names."""

from enum import StrEnum

from service.knowledge.declared import Declared


class Rule(StrEnum):
    """Rules with a part of their own in the policy of cards."""

    MMN_LIKELY = "treatment.mmn_likely"
    POINTS_TO_MMN = "relevance.points_to_mmn"
    SIGNS_SEEN = "relevance.upper_motor_neuron_signs_seen"
    TEXT_NOT_READ = "relevance.text_not_read"
    CLASS_TO_REVIEW = "treatment.class_to_review"


# What belongs to the moment when an order is written, and is not told of an order that is in force.
WHEN_WRITTEN = "immunoglobulin_precautions"

DECLARES = Declared(
    room="service/cards",
    reads=("order_state",),
    rules=tuple(Rule),
    groups=(WHEN_WRITTEN,),
)
