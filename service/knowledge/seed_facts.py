"""Which facts make a chart worth looking at: made from the rules, never listed by hand."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import All, Condition, Test, tests_in

# How a rule says that a fact must not be so: what stands there alone is context and calls nobody.
_CONTEXT = "is_not"
_AGENT, _REASON = "agent", "indication"
_TOLD_BY = "differential"


@dataclass(frozen=True, slots=True)
class SeedFacts:
    """Without one of ``facts``, of an order for one of ``reasons`` and of a drug of ``agents`` nothing is concluded.

    ``beside``: facts that say something only beside one of these; a resource that makes nothing else is looked at all
    the same, since nothing else explains it.
    ``in_text``: those of the facts that say that a study stands in the record as text only.
    """

    facts: frozenset[str]
    beside: frozenset[str]
    in_text: frozenset[str]
    agents: frozenset[str]
    reasons: frozenset[str]


def seed_facts_of(knowledge: Knowledge) -> SeedFacts:
    """Facts that a route to a class reads, and those without which no question is raised and no card is shown.

    Of several facts that a rule wants together one is enough: one that a route reads anyway, where there is one.
    """
    routes = [rule for each in knowledge.criteria_sets for rule in knowledge.routes(each)]
    facts = set(_read(routes, knowledge))
    policy = knowledge.face.policy
    asked = [policy.in_question, policy.likely, policy.reports_matter, *_read_by_differentials(knowledge)]
    for name in asked:
        facts |= _wanted(knowledge.criteria[name].when, facts, knowledge)
    beside = set(_read((knowledge.criteria[name] for name in asked), knowledge)) - facts
    in_text = {fact for draft in knowledge.orders for fact in draft.not_beside}
    of_orders = [test for stage in knowledge.stages if stage.of == "order" for test in _order_context(stage.criteria)]
    return SeedFacts(
        frozenset(facts | in_text),
        frozenset(beside),
        frozenset(in_text),
        frozenset(str(test.operand) for test in of_orders if test.fact == _AGENT),
        frozenset(str(test.operand) for test in of_orders if test.fact == _REASON),
    )


def _read(rules: Iterable[Criterion], knowledge: Knowledge) -> Iterator[str]:
    """The facts that rules want to be so, themselves and through the criteria that they read."""
    for rule in rules:
        for test in tests_in(rule.when):
            if test.operator != _CONTEXT:
                yield from _behind(test.fact, knowledge)


def _behind(name: str, knowledge: Knowledge) -> Iterator[str]:
    if name in knowledge.criteria:
        yield from _read([knowledge.criteria[name]], knowledge)
        return
    yield name
    fact = knowledge.facts[name]
    yield from _read([knowledge.criteria[each] for each in (*fact.tally_of, *fact.raised_by)], knowledge)


def _wanted(condition: Condition, known: Collection[str], knowledge: Knowledge) -> set[str]:
    """The facts of which one is known wherever the condition holds; of parts that belong together, one is enough."""
    if isinstance(condition, Test):
        return set() if condition.operator == _CONTEXT else set(_behind(condition.fact, knowledge))
    parts = [part for each in condition.parts if (part := _wanted(each, known, knowledge))]
    if isinstance(condition, All):
        # A part that calls for nothing new calls for the least; else all of them, to be sure.
        enough = next((part for part in parts if part <= set(known)), None)
        return enough if enough is not None else set().union(*parts)
    return set().union(*parts)


def _read_by_differentials(knowledge: Knowledge) -> Iterator[str]:
    """The criteria that rules on differential diagnoses ask before they speak."""
    for rule in knowledge.criteria.values():
        if rule.kind == _TOLD_BY:
            yield from (test.fact for test in tests_in(rule.when) if test.fact in knowledge.criteria)


def _order_context(rules: Iterable[Criterion]) -> Iterator[Test]:
    """What rules that only set the scene for other rules on orders want of an order."""
    for rule in rules:
        if not rule.kind:
            yield from (test for test in tests_in(rule.when) if test.operator != _CONTEXT)
