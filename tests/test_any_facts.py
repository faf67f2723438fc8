"""Whatever the subjects make of a chart, it can be told: no fact, word or flag keeps the answer from being given."""

from dataclasses import replace

import pytest

from service.cards.all_cards import cards_for
from service.domain.facts import Fact
from service.fhir.intake.bundle import records_from_bundle
from service.fhir.mappings.concept import Concept
from tests.opened_charts import Json, diagnosis, found, observed, opened
from tests.patient_folders import ENTRY_LIMIT, patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
STATED = [concept for concept in EVALUATOR.mappings.concepts.values() if concept.reader == "statement"]
FLAGS = ("contradiction", "ambiguous", "review", "borderline", "a flag that nobody has made yet")
# Every fact of the rules, every one that only concepts know, and one that nobody knows.
NAMES = sorted({*EVALUATOR.knowledge.facts, *EVALUATOR.mappings.concepts, "a_fact_that_nobody_has_defined"})


def both_ways(concept: Concept) -> list[Json]:
    """The finding as present and as absent on the same day, by every code that it has."""
    return [
        observed(code.system, code.code, "2026-02-20", valueBoolean=is_there)
        for name, code in EVALUATOR.mappings.listed
        if name == concept.name
        for is_there in (True, False)
    ]


@pytest.mark.parametrize("concept", STATED, ids=lambda concept: concept.name)
def test_a_finding_that_is_stated_both_ways_is_answered(concept: Concept) -> None:
    assert opened(*both_ways(concept), found("weak-nerve-territories", 3), diagnosis("G61.82"))["cards"]


def test_cards_are_made_of_any_fact_with_any_flag() -> None:
    (folder,) = [each for each in patient_folders() if each.name == "definite-block-in-the-ulnar-forearm"]
    (record,) = records_from_bundle(folder.bundle, folder.as_of, EVALUATOR.mappings, ENTRY_LIMIT).patients
    made = EVALUATOR.conclude(record, folder.as_of)
    strange = {name: Fact(None, ("Observation/x",), "no reason", FLAGS) for name in NAMES}
    cards = cards_for(replace(made, facts=strange), EVALUATOR.knowledge)
    assert cards


def test_a_card_names_only_contradictions_of_facts_that_the_rules_know() -> None:
    weak = found("asymmetric-limb-weakness")
    between = [found("brisk-reflexes"), found("brisk-reflexes", False)]
    known = [found("muscle-atrophy"), found("muscle-atrophy", False)]
    told = [
        str(opened(weak, found("weak-nerve-territories", 3), *torn)["cards"][0]["detail"]) for torn in (between, known)
    ]
    assert ["Contradictory in the record" in detail for detail in told] == [False, True]
