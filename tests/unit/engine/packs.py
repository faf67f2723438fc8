"""Small knowledge packs, made in memory, and a third, tiny judge to hold the two evaluators against."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from random import Random
from typing import Any as Anything

from service.domain.conclusions import Verdict
from service.domain.facts import Range, Value
from service.knowledge.model import Criterion, Knowledge, Stage
from service.knowledge.terms import All, Any, Condition, FactDefinition, Source, SourceRef, Test, Threshold

SOURCE = SourceRef(Source("paper", "paper", "A paper", 2010, None), "page 1", "")
NUMERIC = ("at_least", "more_than", "at_most", "less_than")
WORDS = ("absent", "present", "other")


def threshold(value: Fraction | int | str) -> Threshold:
    return Threshold(f"limit_{value}", Fraction(value), "x", Fraction(1), "", SOURCE)


def compared(fact: str, operator: str, operand: Fraction | int | str) -> Test:
    return Test(fact, operator, threshold(operand) if operator in NUMERIC else str(operand))


def criterion(name: str, when: Condition) -> Criterion:
    return Criterion(f"pack.{name}", name, "patient", "", "", when, SOURCE)


def fact(name: str, *words: str) -> FactDefinition:
    return FactDefinition(name, "patient", words, None if words else "x", "")


def pack(facts: Sequence[FactDefinition], **stages: Sequence[Criterion]) -> Knowledge:
    """A pack of these facts and stages; everything that the engine does not read is empty."""
    read: dict[str, Anything] = {
        "facts": {fact.name: fact for fact in facts},
        "stages": tuple(Stage(name, "patient", tuple(criteria)) for name, criteria in stages.items()),
    }
    return Knowledge(**dict.fromkeys((field.name for field in fields(Knowledge)), ()) | read)


def one_criterion(when: Condition) -> Knowledge:
    """A pack whose one stage has the one criterion ``a.b``, over a number and two words."""
    return pack(
        [fact("area"), fact("onset"), fact("cramps", *WORDS), fact("tremor", *WORDS)], stage=[criterion("a.b", when)]
    )


def exactly(number: Fraction | int | str) -> Range:
    return Range.exactly(Fraction(number))


# --- the third judge: slow, literal, shares nothing with the service


def expected(condition: Condition, sheet: Mapping[str, Value | None]) -> Verdict:
    if isinstance(condition, Test):
        return _expected_test(condition, sheet.get(condition.fact))
    verdicts = {expected(part, sheet) for part in condition.parts}
    decisive, other = (Verdict.NOT_MET, Verdict.MET) if isinstance(condition, All) else (Verdict.MET, Verdict.NOT_MET)
    if decisive in verdicts:
        return decisive
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else other


def _expected_test(test: Test, value: Value | None) -> Verdict:
    if value is None:
        return Verdict.UNKNOWN
    if isinstance(value, str):
        return Verdict.MET if (value == test.operand) == (test.operator == "is") else Verdict.NOT_MET
    assert isinstance(test.operand, Threshold)
    limit, low, high = test.operand.value, value.low, value.high
    surely = {
        "at_least": (low is not None and low >= limit, high is not None and high < limit),
        "more_than": (low is not None and low > limit, high is not None and high <= limit),
        "at_most": (high is not None and high <= limit, low is not None and low > limit),
        "less_than": (high is not None and high < limit, low is not None and low >= limit),
    }
    true, false = surely[test.operator]
    return Verdict.MET if true else Verdict.NOT_MET if false else Verdict.UNKNOWN


# --- random packs and sheets

NUMBERS = tuple(f"number{n}" for n in range(8))
WORDED = tuple(f"word.{n}" for n in range(8))
LIMITS = (0, -3, 5, 50, Fraction(1, 2), Fraction(123456, 10**6), -(10**11), 999_999_999_999)


def random_pack(random: Random, criteria: int) -> Knowledge:
    facts = [*(fact(name) for name in NUMBERS), *(fact(name, *WORDS) for name in WORDED)]
    return pack(facts, stage=[criterion(f"c.n{n}", random_condition(random, 3)) for n in range(criteria)])


def random_condition(random: Random, depth: int) -> Condition:
    if depth == 0 or random.random() < 0.4:
        if random.random() < 0.5:
            return compared(random.choice(NUMBERS), random.choice(NUMERIC), random.choice(LIMITS))
        return compared(random.choice(WORDED), random.choice(("is", "is_not")), random.choice(WORDS))
    parts = tuple(random_condition(random, depth - 1) for _ in range(random.choice((1, 2, 2, 3))))
    return random.choice((All, Any))(parts)


def random_sheet(random: Random) -> dict[str, Value | None]:
    sheet: dict[str, Value | None] = {name: _random_range(random) for name in NUMBERS if random.random() < 0.75}
    return sheet | {name: random.choice((*WORDS, None)) for name in WORDED if random.random() < 0.85}


def _random_range(random: Random) -> Range | None:
    near = Fraction(random.choice(LIMITS)) + random.choice((0, 0, Fraction(1, 10**7), -Fraction(1, 10**7), 1, -1))
    kind = random.randrange(6)
    if kind == 0:
        return None
    low = None if kind == 1 else near
    high = None if kind == 2 else near if kind < 5 or low is None else near + random.choice((Fraction(1, 3), 2, 10**13))
    return Range(low, high)
