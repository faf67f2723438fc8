"""Counters that are there before anything happens: of what appears with its first event no rate sees that event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.cards.all_cards import indicators
from service.conclusions.classification import NONE
from service.fhir.gathering.pages import asked_type
from service.result import TOLD_REASONS
from service.store.feedback import ACCEPTED, OVERRIDDEN

if TYPE_CHECKING:
    from service.evaluate import Evaluator


@dataclass(frozen=True, slots=True)
class FirstCounts:
    """The labels that can come.

    ``services``: each with the classes that it can reach. ``topics``: each with the urgency of its cards. ``hooked``:
    callers of the hooks, who send feedback; ``callers``: these and the others. ``kinds``: of resources that are asked
    for. ``held_back``: why a card may not be sent.
    """

    services: Mapping[str, Sequence[str]]
    topics: Mapping[str, str]
    hooked: Sequence[str]
    callers: Sequence[str]
    kinds: Sequence[str]
    held_back: Sequence[str]
    outcomes: Sequence[str] = (ACCEPTED, OVERRIDDEN)
    reasons: Sequence[str] = TOLD_REASONS

    @classmethod
    def of(
        cls,
        evaluator: "Evaluator",
        hooks: Sequence[str],
        operation: str,
        hooked: Sequence[str],
        others: Sequence[str],
        held_back: Sequence[str],
    ) -> "FirstCounts":
        """What this rule pack can bring about for these callers; the first of the hooks judges the class."""
        view, *orders = hooks
        classes = _classes(evaluator)
        return cls(
            {**dict.fromkeys((view, operation), classes), **dict.fromkeys(orders, ("",))},
            indicators(evaluator.knowledge),
            hooked,
            (*hooked, *others),
            _kinds(evaluator),
            held_back,
        )

    @classmethod
    def of_notified(cls, evaluator: "Evaluator", service: str, callers: Sequence[str]) -> "FirstCounts":
        """The same where a service evaluates what these callers have told of: nothing is hooked, nor held back."""
        topics = indicators(evaluator.knowledge)
        return cls({service: _classes(evaluator)}, topics, (), callers, _kinds(evaluator), ())


def _classes(evaluator: "Evaluator") -> list[str]:
    return sorted({NONE, *(rule.reaches for rule in evaluator.knowledge.criteria.values() if rule.reaches)})


def _kinds(evaluator: "Evaluator") -> list[str]:
    asked = {**evaluator.prefetch_templates(), **evaluator.optional_prefetch_templates()}
    return sorted({asked_type(template) for template in asked.values()})
