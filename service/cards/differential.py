"""Which differential diagnoses have a card of their own, and what those cards speak for."""

from collections.abc import Sequence

from service.domain.conclusions import Advice
from service.domain.evaluation import Evaluation
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import tests_in


def with_card(evaluation: Evaluation, knowledge: Knowledge) -> list[Advice]:
    """The entries that get a card: they have its text, and no other entry speaks in their place."""
    listed = {entry.conclusion.criterion for entry in evaluation.differentials}
    rules = [(entry, _rule(entry, knowledge)) for entry in evaluation.differentials]
    return [entry for entry, rule in rules if rule.card and not listed.intersection(rule.gives_way_to)]


def without_card(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    """The other entries by name, for the card on the class; empty when there are none.

    What gives way to an entry that has no card at all, such as a disease of the chart, is not told beside it.
    """
    told = with_card(evaluation, knowledge)
    rules = [_rule(entry, knowledge) for entry in evaluation.differentials if entry not in told]
    bare = {rule.id for rule in rules if not rule.card}
    others = [rule.title for rule in rules if not bare.intersection(rule.gives_way_to)]
    return [f"Also to consider: {'; '.join(others)}."] if others else []


def spoken_for(told: Sequence[Advice], knowledge: Knowledge) -> set[str]:
    """The exclusion criteria that the rules behind these cards rest on."""
    read = {test.fact for entry in told for test in tests_in(_rule(entry, knowledge).when)}
    return {name for name in read & knowledge.criteria.keys() if knowledge.criteria[name].kind == "exclusion"}


def _rule(entry: Advice, knowledge: Knowledge) -> Criterion:
    return knowledge.criterion(entry.conclusion.criterion)
