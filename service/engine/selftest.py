"""Trial sheets for the start: every threshold from both sides, every word, every open end, and nothing known."""

from collections.abc import Iterator
from fractions import Fraction

from service.domain.facts import Range, Value
from service.engine.sheets import Sheet, Words
from service.knowledge.model import Stage
from service.knowledge.terms import Test, Threshold, tests_in

_SHEETS = 24
_NEAR = Fraction(1, 3 * 10**6)  # finer than the engine's scale


def trial_sheets(stage: Stage, words: Words) -> list[Sheet]:
    """Sheets that mix the interesting values of every fact the stage reads, the same at every start."""
    tests: dict[str, list[Test]] = {}
    for criterion in stage.criteria:
        for test in tests_in(criterion.when):
            tests.setdefault(test.fact, []).append(test)
    values = {fact: [None, *dict.fromkeys(_values(some, words[fact]))] for fact, some in tests.items()}
    # Facts step through their values at different paces, so that they meet in many combinations.
    paces = [(fact, some, 1 + place % 5, place) for place, (fact, some) in enumerate(values.items())]
    mixed = [{fact: some[(n * pace + place) % len(some)] for fact, some, pace, place in paces} for n in range(_SHEETS)]
    return [{}, *mixed]


def _values(tests: list[Test], words: frozenset[str] | None) -> Iterator[Value]:
    yield from sorted(words or ())
    for test in tests:
        if isinstance(test.operand, Threshold):
            limit = test.operand.value
            for number in (limit - _NEAR, limit, limit + _NEAR):
                yield Range(number, number)
            yield from (Range(limit - 1, limit + 1), Range(limit + 1, None), Range(None, limit - 1))
