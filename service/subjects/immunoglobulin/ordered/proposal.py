"""An order that nobody has written yet: the course that a card would offer or advise, as the rules on orders see it."""

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from service.domain.facts import Fact, Range
from service.domain.reading import Proposal
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.ordered.draft import AdjustedLimits, CourseLimits, draft_of_first_course

# Whoever is offered a first course has had none, and the rules on a first treatment speak of the GM1 sample themselves.
_TOLD_ELSEWHERE = "gm1_on_record"
_OF_ANY_COURSE = {"product_named": "not_named", "agent": "ivig", "indication": "mmn", "subcutaneous": "not_stated"}
_OF_FIRST = {"order_state": "proposed", "dose_by_weight": "known", "earlier_immunoglobulin": "not_on_record"}
_OF_FURTHER = {"order_state": "repeated", "dose_by_weight": "not_known", "earlier_immunoglobulin": "on_record"}


def proposals(knowledge: Knowledge, *, by_adjusted_weight: bool = False) -> dict[str, Proposal]:
    """The courses that rules may suggest, by the word of ``suggests``.

    ``by_adjusted_weight``: the site drafts by adjusted weight in an adult with a high body mass index.
    """
    number = knowledge.number
    adjusted = AdjustedLimits(number("adjusted_from_bmi"), number("adjusted_from_height"), number("adult_age"))
    limits = CourseLimits(
        target_g_per_kg=number("course_target"),
        days=number("suggested_days"),
        vial_step=number("vial_step"),
        adjusted=adjusted if by_adjusted_weight else None,
    )
    return {
        "first_course": Proposal(
            partial(_first_course, limits.target_g_per_kg), partial(draft_of_first_course, limits)
        ),
        "further_course": Proposal(_further_course),
    }


def _first_course(target_g_per_kg: Fraction, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts of a patient together with those of the first course that would be offered."""
    return _of_course(facts, _OF_FIRST) | {"dose_g_per_kg": Fact(Range.exactly(target_g_per_kg))}


def _further_course(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts of a patient together with those of a further course, whose dose nobody has named."""
    return _of_course(facts, _OF_FURTHER)


def _of_course(facts: Mapping[str, Fact], own: Mapping[str, str]) -> dict[str, Fact]:
    known = {name: fact for name, fact in facts.items() if name != _TOLD_ELSEWHERE}
    return known | {name: Fact(word) for name, word in {**_OF_ANY_COURSE, **own}.items()}
