"""Of rules that speak only when they are met durable_rules is asked less, and every answer stays the same."""

import logging
from dataclasses import replace
from random import Random

import pytest

from service.domain.conclusions import Verdict
from service.engine.compile import compiled
from service.engine.gates import gate_of, needs_of
from service.engine.run import Engine
from service.engine.session import Ruleset
from service.engine.sheets import Sheet, Words
from service.errors import EngineFault
from service.knowledge.terms import All, Any
from tests.unit.engine.packs import (
    NUMBERS,
    WORDED,
    WORDS,
    compared,
    criterion,
    exactly,
    expected,
    fact,
    one_criterion,
    pack,
    random_condition,
    random_pack,
    random_sheet,
)

SEED = 20_261_122
DECLARED: Words = dict.fromkeys(NUMBERS) | dict.fromkeys(WORDED, frozenset(WORDS))
FACTS = [fact("dose"), fact("drug", *WORDS)]
DRUG, DOSE = compared("drug", "is", "present"), compared("dose", "at_least", 5)
ALONE = frozenset({"a.b"})


def sparse(sheet: Sheet, random: Random) -> Sheet:
    return {name: value for name, value in sheet.items() if random.random() < 0.5}


def test_a_shut_gate_is_never_wrong() -> None:
    """Whatever the rules and the facts: where the gate is shut, none of the conditions is true."""
    random = Random(SEED)  # noqa: S311 - repeatable, no secret
    shut = 0
    for _ in range(4000):
        conditions = [random_condition(random, 3) for _ in range(random.choice((1, 1, 2)))]
        sheet = sparse(random_sheet(random), random)
        if not gate_of(conditions, DECLARED)(sheet):
            shut += 1
            assert Verdict.MET not in [expected(condition, sheet) for condition in conditions]
    assert shut > 500


def test_asking_only_what_counts_gives_the_same_verdicts() -> None:
    random = Random(SEED)  # noqa: S311 - repeatable, no secret
    for _ in range(60):
        knowledge = random_pack(random, random.choice((1, 5, 40)))
        names = [one.name for one in knowledge.stages[0].criteria]
        some = frozenset(random.sample(names, random.randint(1, len(names))))
        sheets = [sparse(random_sheet(random), random) for _ in range(12)]
        whole = Engine(knowledge).run("stage", sheets)
        assert Engine(knowledge, some).run("stage", sheets) == whole
        assert Engine(knowledge, frozenset(names)).run("stage", sheets) == whole


def test_an_all_needs_every_part_and_an_any_what_its_parts_share() -> None:
    words = {"dose": None, "drug": frozenset(WORDS)}
    given, either = frozenset({"present"}), frozenset({"present", "other"})
    other = compared("drug", "is_not", "absent")
    assert needs_of(All((DRUG, DOSE)), words) == {"drug": given, "dose": None}
    assert needs_of(All((other, DRUG)), words) == {"drug": given}
    assert needs_of(Any((All((DRUG, DOSE)), compared("drug", "is", "other"))), words) == {"drug": either}
    assert needs_of(Any((DOSE, All((DOSE, DRUG)))), words) == {"dose": None}


def test_behind_a_shut_gate_the_engine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(one_criterion(All((compared("cramps", "is", "present"), compared("area", "at_least", 5)))), ALONE)
    monkeypatch.setattr("service.engine.session.assert_fact", None)
    unknown, refuted = engine.run("stage", [{"cramps": "present"}, {"cramps": "other", "area": exactly(7)}])
    assert unknown == {"a.b": Verdict.UNKNOWN}
    assert refuted == {"a.b": Verdict.NOT_MET}


@pytest.mark.parametrize("sheet", [{}, {"cramps": "present", "area": None}], ids=["nothing known", "nothing it reads"])
def test_of_a_sheet_with_nothing_that_a_rule_reads_the_engine_is_not_asked(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 5)))
    known: Sheet = {"area": exactly(7)}
    assert engine.run("stage", [sheet, known]) == [{"a.b": Verdict.UNKNOWN}, {"a.b": Verdict.MET}]
    monkeypatch.setattr("service.engine.session.assert_fact", None)
    assert engine.run("stage", [sheet]) == [{"a.b": Verdict.UNKNOWN}]


def test_a_sheet_that_the_engine_is_not_asked_about_is_judged_by_the_second_evaluator() -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 5)))
    engine.stages["stage"] = replace(engine.stages["stage"], judges={"a.b": lambda _: False})
    with pytest.raises(EngineFault, match="the two evaluators differ"):
        engine.run("stage", [{}])


def test_a_word_that_nobody_declared_shuts_no_gate() -> None:
    engine = Engine(one_criterion(compared("cramps", "is", "present")), ALONE)
    with pytest.raises(EngineFault, match="none of its declared words"):
        engine.run("stage", [{"cramps": "weird"}])


@pytest.mark.parametrize("truth", [True, False])
def test_both_evaluators_have_to_say_met_or_neither(truth: bool, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 5)), ALONE)
    engine.stages["stage"] = replace(engine.stages["stage"], judges={"a.b": lambda _: truth})
    sheets: list[Sheet] = [{"area": exactly(4)}, {"area": exactly(6)}]
    with caplog.at_level(logging.CRITICAL), pytest.raises(EngineFault, match="the two evaluators differ"):
        engine.run("stage", sheets)


def test_a_rule_that_is_missing_is_noticed() -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 5)), ALONE)
    (part,) = compiled(tuple(engine.stages["stage"].criteria.values()), {"area": None}, ALONE)
    assert list(part.rules) == ["_open", "a.b.met", "_done"]
    sentinels = {name: rule for name, rule in part.rules.items() if name.startswith("_")}
    engine.stages["stage"] = replace(engine.stages["stage"], parts=((part, Ruleset("broken", sentinels)),))
    with pytest.raises(EngineFault, match="the two evaluators differ"):
        engine.run("stage", [{"area": exactly(6)}])


def test_only_the_rulesets_of_the_wanted_criteria_are_asked() -> None:
    """Rules that speak only when met have a ruleset for each file; what is wanted of one leaves the other alone."""
    rules = [criterion("doses.high", DOSE), criterion("drugs.given", DRUG), criterion("drugs.both", All((DRUG, DOSE)))]
    engine = Engine(pack(FACTS, stage=rules), frozenset(rule.name for rule in rules))
    sheet: Sheet = {"dose": exactly(5), "drug": "present"}
    assert [part.criteria for part, _ in engine.stages["stage"].parts] == [
        ("doses.high",),
        ("drugs.given", "drugs.both"),
    ]
    assert engine.run("stage", [sheet], {"drugs.given"}) == [dict.fromkeys(("drugs.given", "drugs.both"), Verdict.MET)]
    assert engine.run("stage", [sheet], {"elsewhere.rule"}) == [{}]


def test_an_engine_shares_the_stages_that_are_just_the_same() -> None:
    rules = [criterion("doses.high", DOSE), criterion("drugs.given", DRUG)]
    whole = Engine(pack(FACTS, stage=rules, other=rules[:1]))
    less = Engine(pack(FACTS, stage=rules[:1], other=rules[:1]), like=whole)
    asked_less = Engine(pack(FACTS, other=rules[:1]), frozenset({"doses.high"}), like=whole)
    assert less.stages["other"] is whole.stages["other"]
    assert less.lock is whole.lock
    assert list(less.stages["stage"].criteria) == ["doses.high"]
    assert asked_less.stages["other"] is not whole.stages["other"]
