"""What the engine answers: three-valued logic over words and ranges."""

from fractions import Fraction

import pytest

from service.domain.conclusions import Verdict
from service.domain.facts import Range, Value
from service.engine.run import Engine
from service.knowledge.terms import All, Any, Condition
from tests.unit.engine.packs import compared, criterion, exactly, fact, one_criterion, pack

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def verdict(when: Condition, sheet: dict[str, Value | None]) -> Verdict:
    (verdicts,) = Engine(one_criterion(when)).run("stage", [sheet])
    return verdicts["a.b"]


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("at_least", NOT_MET, MET, MET),
        ("more_than", NOT_MET, NOT_MET, MET),
        ("at_most", MET, MET, NOT_MET),
        ("less_than", MET, NOT_MET, NOT_MET),
    ],
)
def test_a_measured_number_is_compared_exactly_at_the_threshold(
    operator: str, below: Verdict, at: Verdict, above: Verdict
) -> None:
    engine = Engine(one_criterion(compared("area", operator, 50)))
    near = Fraction(1, 10**20)
    sheets = [{"area": exactly(50 - near)}, {"area": exactly(50)}, {"area": exactly(50 + near)}]
    assert [verdicts["a.b"] for verdicts in engine.run("stage", sheets)] == [below, at, above]


@pytest.mark.parametrize(
    ("low", "high", "at_least_five"),
    [
        (5, None, MET),
        (4, None, UNKNOWN),
        (None, 4, NOT_MET),
        (None, 5, UNKNOWN),
        (4, 6, UNKNOWN),
        (None, None, UNKNOWN),
    ],
)
def test_a_range_decides_only_where_every_number_in_it_gives_the_same_answer(
    low: int | None, high: int | None, at_least_five: Verdict
) -> None:
    known = Range(None if low is None else Fraction(low), None if high is None else Fraction(high))
    opposite = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[at_least_five]
    assert verdict(compared("area", "at_least", 5), {"area": known}) is at_least_five
    assert verdict(compared("area", "less_than", 5), {"area": known}) is opposite


@pytest.mark.parametrize(
    ("word", "is_present", "is_not_present"),
    [("present", MET, NOT_MET), ("absent", NOT_MET, MET), (None, UNKNOWN, UNKNOWN)],
)
def test_a_word_that_is_not_known_is_neither_equal_nor_different(
    word: str | None, is_present: Verdict, is_not_present: Verdict
) -> None:
    assert verdict(compared("cramps", "is", "present"), {"cramps": word}) is is_present
    assert verdict(compared("cramps", "is_not", "present"), {"cramps": word}) is is_not_present


def test_a_fact_left_out_is_as_unknown_as_a_fact_without_a_value() -> None:
    assert verdict(compared("cramps", "is", "present"), {}) is UNKNOWN


@pytest.mark.parametrize(
    ("cramps", "tremor", "both", "either"),
    [
        ("present", "present", MET, MET),
        ("present", "absent", NOT_MET, MET),
        ("present", None, UNKNOWN, MET),
        ("absent", None, NOT_MET, UNKNOWN),
        ("absent", "absent", NOT_MET, NOT_MET),
        (None, None, UNKNOWN, UNKNOWN),
    ],
)
def test_an_unknown_part_matters_only_while_the_other_part_does_not_decide(
    cramps: str | None, tremor: str | None, both: Verdict, either: Verdict
) -> None:
    parts = (compared("cramps", "is", "present"), compared("tremor", "is", "present"))
    sheet: dict[str, Value | None] = {"cramps": cramps, "tremor": tremor}
    assert verdict(All(parts), sheet) is both
    assert verdict(Any(parts), sheet) is either


def test_the_verdicts_of_one_stage_are_words_for_the_next() -> None:
    engine = Engine(
        pack(
            [fact("area")],
            segments=[criterion("block.definite", compared("area", "at_least", 50))],
            diagnosis=[criterion("class.definite", compared("block.definite", "is", "met"))],
        )
    )
    (first,) = engine.run("segments", [{"area": exactly(50)}])
    assert engine.run("diagnosis", [dict(first)]) == [{"class.definite": MET}]
    assert engine.run("diagnosis", [{"block.definite": None}]) == [{"class.definite": UNKNOWN}]


def test_each_sheet_gets_its_own_verdicts_however_many_sheets_there_are() -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 50)))
    sheets = [{"area": exactly(number)} for number in range(100)]
    assert [verdicts["a.b"] for verdicts in engine.run("stage", sheets)] == [NOT_MET] * 50 + [MET] * 50


def test_equal_sheets_are_judged_each_for_itself() -> None:
    assert (
        Engine(one_criterion(compared("area", "at_least", 50))).run("stage", [{"area": exactly(50)}] * 30)
        == [{"a.b": MET}] * 30
    )


def test_no_sheet_gives_no_verdict() -> None:
    assert Engine(one_criterion(compared("area", "at_least", 50))).run("stage", []) == []


def test_a_stage_without_criteria_gives_empty_verdicts() -> None:
    assert Engine(pack([], stage=[])).run("stage", [{}, {}]) == [{}, {}]


def test_a_fact_that_no_rule_of_the_stage_names_is_not_looked_at() -> None:
    assert verdict(compared("area", "at_least", 50), {"area": exactly(50), "somebody": "else's \"} text"}) is MET


def test_a_stage_too_large_for_one_ruleset_is_split_without_a_trace() -> None:
    facts = [fact(f"sign{n}", "present", "absent") for n in range(300)]
    criteria = [criterion(f"c.n{n}", compared(f"sign{n}", "is", "present")) for n in range(300)]
    engine = Engine(pack(facts, stage=criteria))
    sheets: list[dict[str, Value | None]] = [
        {f"sign{n}": ("present", "absent", None)[(n + shift) % 3] for n in range(300)} for shift in range(3)
    ]
    expected = [{f"c.n{n}": (MET, NOT_MET, UNKNOWN)[(n + shift) % 3] for n in range(300)} for shift in range(3)]
    assert engine.run("stage", sheets) == expected
    assert len(engine.stages["stage"].parts) > 1
