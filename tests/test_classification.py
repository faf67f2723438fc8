"""Reached and attainable hold what they promise, and the list of needs leads where it says."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from service.conclusions.classification import NONE, classes
from service.conclusions.would_change import WouldChange, opposite
from service.domain.conclusions import Verdict
from service.domain.facts import Fact, Range, Value
from service.engine.plain import judge_of
from service.knowledge.load import load

KNOWLEDGE = load()
FIRST = KNOWLEDGE.criteria_sets[0]
ROUTES = KNOWLEDGE.routes(FIRST)
CLASSES = (NONE, *FIRST.classes)
NUMBERS = {
    "weak_nerve_territories": [0, 1, 2, 3],
    "weakness_duration_months": [0, 1, 2],
    "nerves_with_definite_block": [0, 1, 2],
    "nerves_with_block": [0, 1, 2],
    "nerves_with_definite_block_and_normal_sensory": [0, 1],
    "nerves_with_block_and_normal_sensory": [0, 1, 2],
    "csf_protein_g_per_l": [0, 1],
}
FACTS: dict[str, list[Value]] = {
    fact.name: [Range.exactly(number) for number in NUMBERS[fact.name]] if fact.name in NUMBERS else list(fact.words)
    for fact in KNOWLEDGE.facts.values()
    if fact.of == "patient" and not fact.tally_of and (fact.name in NUMBERS or fact.words) and "." not in fact.name
}
SHEETS = st.fixed_dictionaries({name: st.none() | st.sampled_from(values) for name, values in FACTS.items()})


VERDICTS = {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNKNOWN}


def judged(sheet: Mapping[str, Value | None]) -> dict[str, Verdict]:
    """The criteria and classes of a sheet, by the plain evaluator alone."""
    verdicts = {rule.name: VERDICTS[judge_of(rule.when)(sheet)] for rule in KNOWLEDGE.stage("criteria").criteria}
    known = {name: verdict.value for name, verdict in verdicts.items() if verdict is not Verdict.UNKNOWN}
    counted = [verdicts[name] for name in KNOWLEDGE.facts["supportive_items"].tally_of]
    sure, unknown = counted.count(Verdict.MET), counted.count(Verdict.UNKNOWN)
    full = {**sheet, **known, "supportive_items": Range.between(sure, sure + unknown)}
    return verdicts | {rule.name: VERDICTS[judge_of(rule.when)(full)] for rule in ROUTES}


@settings(max_examples=400, deadline=None)
@given(sheet=SHEETS, data=st.data())
def test_more_data_never_leaves_the_span_from_reached_to_attainable(
    sheet: dict[str, Value | None], data: st.DataObject
) -> None:
    """Whatever the unknown facts turn out to be, the class ends between the two, or an exclusion is found."""
    reached, attainable = classes(FIRST.classes, ROUTES, judged(sheet))
    filled: dict[str, Value | None] = {
        name: value or data.draw(st.sampled_from(FACTS[name])) for name, value in sheet.items()
    }
    final, same = classes(FIRST.classes, ROUTES, judged(filled))
    assert final == same, "with nothing unknown there is nothing left to attain"
    if reached == "excluded":
        assert final == "excluded"
    elif final != "excluded":
        assert CLASSES.index(reached) <= CLASSES.index(final) <= CLASSES.index(attainable)


@settings(max_examples=300, deadline=None)
@given(sheet=SHEETS)
def test_the_needs_name_a_way_exactly_when_a_better_class_is_attainable(sheet: dict[str, Value | None]) -> None:
    verdicts = judged(sheet)
    reached, attainable = classes(FIRST.classes, ROUTES, verdicts)
    if reached == "excluded":
        return
    facts = {name: Fact(value) for name, value in sheet.items()}
    needs = WouldChange(KNOWLEDGE, judge_of, facts, verdicts, {name: fact.value for name, fact in facts.items()}).list(
        ROUTES, reached, attainable
    )
    if attainable != reached:
        assert needs[0].to == attainable
    assert all(CLASSES.index(need.to) > CLASSES.index(reached) for need in needs)
    assert len({(need.text, need.to) for need in needs}) == len(needs), "nothing is asked for twice"
    assert all(need.criterion.removeprefix("mmn.") in KNOWLEDGE.criteria for need in needs)


@settings(max_examples=200, deadline=None)
@given(sheet=SHEETS)
def test_a_condition_and_its_opposite_are_never_both_true_or_both_false(sheet: dict[str, Value | None]) -> None:
    for rule in KNOWLEDGE.stage("criteria").criteria:
        truth, inverse = judge_of(rule.when)(sheet), judge_of(opposite(rule.when))(sheet)
        assert truth is None if inverse is None else truth is not inverse
