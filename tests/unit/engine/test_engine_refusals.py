"""What the engine room refuses: broken knowledge at the start, and values of the wrong type at any time."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any as Anything

import pytest

from service.domain.conclusions import Verdict
from service.domain.facts import Range
from service.engine.run import Engine
from service.errors import EngineFault, KnowledgeError
from service.knowledge import terms
from service.knowledge.model import Knowledge
from service.knowledge.terms import All, Any, Condition
from tests.unit.engine.packs import compared, criterion, exactly, fact, one_criterion, pack, threshold

PRESENT = compared("cramps", "is", "present")


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (compared("nobody", "is", "present"), "no such fact"),
        (compared("a.b", "is", "met"), "no such fact, and no criterion of an earlier stage"),
        (compared("cramps", "is", "maybe"), "is or is_not one of absent, other, present"),
        (compared("cramps", "at_least", 5), "is or is_not one of"),
        (terms.Test("cramps", "at_least", "present"), "is or is_not one of"),
        (compared("area", "is", "present"), "compared with a threshold"),
        (terms.Test("area", "is", threshold(5)), "compared with a threshold"),
        (terms.Test("area", "at_least", "50"), "compared with a threshold"),
        (terms.Test("area", "about", threshold(5)), "about is none of at_least"),
        (compared("area", "at_least", "0.0000001"), "six decimals"),
        (compared("area", "at_least", 10**12), "must lie between"),
        (All(()), "at least one part"),
        (All((PRESENT, Any(()))), "at least one part"),
    ],
)
def test_a_rule_that_cannot_be_judged_stops_the_start(when: Condition, message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        Engine(one_criterion(when))


def nested(depth: int) -> Condition:
    condition: Condition = PRESENT
    for level in range(depth):
        condition = (All, Any)[level % 2]((condition, compared("tremor", "is", "present")))
    return condition


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (nested(13), "nested deeper than 10"),
        (Any(tuple(All((PRESENT, compared("area", "at_least", n))) for n in range(15))), "more than 14 all/any groups"),
        (
            All(tuple(Any(tuple(compared("area", "at_least", 10 * n + k) for k in range(6))) for n in range(6))),
            "too many ways",
        ),
        (Any(tuple(compared("area", "at_least", n) for n in range(61))), "more than 60 conditions"),
    ],
)
def test_a_criterion_too_large_for_the_engine_stops_the_start(when: Condition, message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        Engine(one_criterion(when))


@pytest.mark.parametrize(
    ("knowledge", "message"),
    [
        (pack([fact("cramps", "present")], stage=[criterion("a.b", PRESENT)] * 2), "stands twice"),
        (pack([fact("cramps", "present")], stage=[criterion('a".b', PRESENT)]), "letters, digits"),
        (pack([fact("cramps", "present", 'x"y')], stage=[criterion("a.b", PRESENT)]), "short ASCII"),
    ],
)
def test_a_stage_with_impossible_names_stops_the_start(knowledge: Knowledge, message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        Engine(knowledge)


def test_two_stages_of_one_name_stop_the_start() -> None:
    knowledge = one_criterion(PRESENT)
    object.__setattr__(knowledge, "stages", knowledge.stages * 2)
    with pytest.raises(KnowledgeError, match="the name stands twice"):
        Engine(knowledge)


BOTH = Engine(one_criterion(All((PRESENT, compared("area", "at_least", 50)))))


@pytest.mark.parametrize(
    "value",
    ["", "Present", "present ", "maybe", 'present","f0":"absent', "\u0440resent", "x" * 65536, 5, True, 0.5, b"present",
     exactly(5), ["present"], {"present": 1}, [[]] * 2, json, Verdict.UNKNOWN],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_a_value_that_is_none_of_the_declared_words_is_refused(value: Anything) -> None:
    with pytest.raises(EngineFault, match="cramps is none of its declared words"):
        BOTH.run("stage", [{"area": exactly(50), "cramps": value}])


@pytest.mark.parametrize(
    "value",
    ["50", "", 50, 50.0, Decimal(50), Fraction(50), True, [50], {"low": 50}, Range("50", None), Range(None, "50"),  # type: ignore[arg-type]
     Range(50.0, 50.0), Range(Decimal(50), None), Range(True, True), Range(float("nan"), float("inf"))],  # type: ignore[arg-type]
    ids=repr,
)  # fmt: skip
def test_a_value_that_is_no_range_of_exact_numbers_is_refused(value: Anything) -> None:
    with pytest.raises(EngineFault, match="area is no range of exact numbers"):
        BOTH.run("stage", [{"area": value, "cramps": "present"}])


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(EngineFault, match="ends before it begins"):
        BOTH.run("stage", [{"area": Range(Fraction(6), Fraction(5))}])


def test_a_stage_that_does_not_exist_is_refused() -> None:
    with pytest.raises(EngineFault, match="no such stage"):
        BOTH.run("nonsense", [{}])


def test_a_refused_sheet_leaves_the_engine_in_order() -> None:
    with pytest.raises(EngineFault):
        BOTH.run("stage", [{"area": exactly(50), "cramps": "present"}, {"cramps": "maybe"}])
    assert BOTH.in_order
    assert BOTH.run("stage", [{"area": exactly(50), "cramps": "present"}]) == [{"a.b": Verdict.MET}]
