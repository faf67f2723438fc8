"""What has to be known before a criterion can be met, worked out at start from its condition.

Three-valued logic makes it sure: a test on a fact that is not known is never true, nor one that names another word;
an ``all`` is true only with all of its parts, an ``any`` only with one of them. So where a needed fact is not known, or
is a word that rules the criterion out, the criterion is not met, and durable_rules need not be asked whether it is.
A value that is no declared word shuts no gate: the engine has to see it, and to refuse it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from service.engine.sheets import Sheet, Words
from service.knowledge.terms import All, Condition, Test, Threshold

# What a criterion needs: each fact, and the words of it with which the criterion can still be met (None: a number).
Needs = Mapping[str, frozenset[str] | None]
Gate = Callable[[Sheet], bool]
_NO_WORDS: frozenset[str] = frozenset()


def gate_of(conditions: Iterable[Condition], words: Words) -> Gate:
    """A function that says whether any of these conditions can be true of a sheet; it never says no wrongly."""
    ways = [_ruled_out(needs_of(condition, words), words) for condition in conditions]

    def is_open(sheet: Sheet) -> bool:
        return any(_can_be_met(way, sheet) for way in ways)

    return is_open


def needs_of(condition: Condition, words: Words) -> Needs:
    """The facts without which, and the words outside of which, a condition cannot be true."""
    if isinstance(condition, Test):
        return {condition.fact: _words_for(condition, words)}
    parts = [needs_of(part, words) for part in condition.parts]
    return reduce(_both if isinstance(condition, All) else _either, parts)


def _words_for(test: Test, words: Words) -> frozenset[str] | None:
    if isinstance(test.operand, Threshold):
        return None
    named = frozenset({test.operand})
    return named if test.operator == "is" else (words[test.fact] or _NO_WORDS) - named


def _both(one: Needs, other: Needs) -> Needs:
    shared = {fact: _common(one[fact], other[fact]) for fact in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one & other


def _either(one: Needs, other: Needs) -> Needs:
    return {fact: _joint(one[fact], other[fact]) for fact in one.keys() & other.keys()}


def _joint(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _ruled_out(needs: Needs, words: Words) -> list[tuple[str, frozenset[str]]]:
    """Each needed fact with the declared words of it that leave no way to be met."""
    return [
        (fact, _NO_WORDS if wanted is None else (words[fact] or _NO_WORDS) - wanted) for fact, wanted in needs.items()
    ]


def _can_be_met(way: list[tuple[str, frozenset[str]]], sheet: Sheet) -> bool:
    for fact, ruled_out in way:
        value = sheet.get(fact)
        if value is None or (ruled_out and value in ruled_out):
            return False
    return True
