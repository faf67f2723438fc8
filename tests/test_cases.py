"""The criteria, case by case; and the cases themselves, which must be complete and close to every limit."""

from dataclasses import replace

import pytest

from service.engine.run import Engine
from service.knowledge import terms
from service.knowledge.load import load
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.needed import met_only
from service.knowledge.terms import Threshold
from tests.criterion_cases import Case, cases, cases_by_rule
from tests.mutation.mutants import changed_conditions, with_threshold
from tests.mutation.seeing import is_seen_by_cases

KNOWLEDGE = load()
ENGINE = Engine(KNOWLEDGE)
# As it is served: of most rules durable_rules is asked only whether they are met.
SERVED = Engine(KNOWLEDGE, met_only(KNOWLEDGE))
CASES = list(cases("mmn"))
OF_RULES = cases_by_rule("mmn")
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
    # Of relevance some facts can only be present, so that most of its rules can never be refuted.
    may_lack = {"not_met"} if criterion.name.startswith("relevance.") else set()
    assert seen | may_lack == {"met", "not_met", "unknown"}


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("direction", [-1, 1], ids=["a step lower", "a step higher"])
def test_moving_a_threshold_by_one_step_breaks_a_case(name: str, direction: int) -> None:
    old = KNOWLEDGE.thresholds[name]
    assert _is_seen(with_threshold(KNOWLEDGE, replace(old, value=old.value + direction * old.step)))


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.name)
def test_every_case_speaks_of_facts_that_its_rules_read(criterion: Criterion) -> None:
    """A misspelt fact in a case would leave the rule unknown and the case pointless."""
    known = set(KNOWLEDGE.facts)
    assert all(set(case.given) <= known for case in CASES if criterion.name in case.expect)


def test_every_change_of_a_condition_breaks_a_case() -> None:
    """No operator, word or part of a condition may become another unseen; a shared one changes for all its rules."""
    assert [each.name for each in changed_conditions(KNOWLEDGE) if not _is_seen(each.knowledge)] == []


def _is_seen(changed: Knowledge) -> bool:
    return is_seen_by_cases(changed, KNOWLEDGE, OF_RULES)
