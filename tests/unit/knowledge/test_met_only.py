"""Which rules are asked only whether they are met: those that speak then, and that no other rule reads."""

from service.knowledge.load import load
from service.knowledge.needed import met_only, needed_for
from service.knowledge.terms import tests_in

KNOWLEDGE = load()
ALONE = met_only(KNOWLEDGE)


def test_they_are_rules_with_a_say() -> None:
    assert {KNOWLEDGE.criterion(name).kind for name in ALONE} == {"advice", "against", "differential"}
    assert {rule.name for rule in KNOWLEDGE.stage("orders").criteria} <= ALONE


def test_no_rule_and_no_fact_is_made_of_them() -> None:
    conditions = [each for rule in KNOWLEDGE.criteria.values() for each in (rule.when, *rule.supported_by)]
    assert ALONE.isdisjoint(test.fact for condition in conditions for test in tests_in(condition))
    for fact in KNOWLEDGE.facts.values():
        assert ALONE.isdisjoint((*fact.tally_of, *fact.raised_by, *fact.known_only_if, *fact.covered_by))
    assert "differential.cidp" not in ALONE


def test_it_is_the_same_of_an_order_whichever_rules_are_judged_with_it() -> None:
    orders = {rule.name for rule in KNOWLEDGE.stage("orders").criteria}
    assert met_only(needed_for("order", KNOWLEDGE)) & orders == ALONE & orders
