"""The criteria, case by case; and the cases themselves, which must be complete and close to every limit."""

from dataclasses import replace

import pytest

from service.engine.run import Engine
from service.knowledge import terms
from service.knowledge.load import load
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.needed import met_only
from service.knowledge.terms import All, Any, Condition, Threshold
from tests.criterion_cases import Case, cases

KNOWLEDGE = load()
ENGINE = Engine(KNOWLEDGE)
# As it is served: of most rules durable_rules is asked only whether they are met.
SERVED = Engine(KNOWLEDGE, met_only(KNOWLEDGE))
CASES = list(cases("mmn"))
CRITERIA = [criterion for stage in KNOWLEDGE.stages for criterion in stage.criteria]
COMPARED = sorted(
    {
        test.operand.name
        for rule in CRITERIA
        for test in terms.tests_in(rule.when)
        if isinstance(test.operand, Threshold)
    }
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_the_verdicts_of_a_case_are_as_expected(case: Case) -> None:
    assert case.verdicts(KNOWLEDGE, ENGINE) == case.expect
    assert case.verdicts(KNOWLEDGE, SERVED) == case.expect


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.name)
def test_every_criterion_has_a_met_a_not_met_and_an_unknown_case(criterion: Criterion) -> None:
    seen = {case.expect[criterion.name] for case in CASES if criterion.name in case.expect}
    wanted = {"met", "not_met", "unknown"}
    if criterion.name.startswith("relevance."):
        wanted = {"met", "unknown"}  # some facts of it can only be present, so it can never be refuted
    assert seen == wanted


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("direction", [-1, 1], ids=["a step lower", "a step higher"])
def test_moving_a_threshold_by_one_step_breaks_a_case(name: str, direction: int) -> None:
    moved = _with_moved(KNOWLEDGE, name, direction)
    engine = Engine(moved)
    assert any(case.verdicts(moved, engine) != case.expect for case in CASES)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.name)
def test_every_case_speaks_of_facts_that_its_rules_read(criterion: Criterion) -> None:
    """A misspelt fact in a case would leave the rule unknown and the case pointless."""
    known = set(KNOWLEDGE.facts)
    assert all(set(case.given) <= known for case in CASES if criterion.name in case.expect)


def _with_moved(knowledge: Knowledge, name: str, direction: int) -> Knowledge:
    old = knowledge.thresholds[name]
    new = replace(old, value=old.value + direction * old.step)
    stages = tuple(
        replace(stage, criteria=tuple(replace(rule, when=_swapped(rule.when, old, new)) for rule in stage.criteria))
        for stage in knowledge.stages
    )
    return replace(knowledge, stages=stages)


def _swapped(condition: Condition, old: Threshold, new: Threshold) -> Condition:
    if isinstance(condition, terms.Test):
        return replace(condition, operand=new) if condition.operand == old else condition
    parts = tuple(_swapped(part, old, new) for part in condition.parts)
    return All(parts) if isinstance(condition, All) else Any(parts)
