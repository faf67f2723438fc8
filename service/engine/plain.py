"""The second, independent evaluator: it walks the conditions themselves and shares no code with the compiled side.

Three-valued logic after Kleene: ``True``, ``False`` and ``None`` for unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from operator import ge, gt

from service.domain.facts import Range, Value
from service.knowledge.terms import All, Condition, Test, Threshold

Judge = Callable[[Mapping[str, Value | None]], bool | None]

# operator -> (is the threshold itself outside of "above"?, answer for numbers above, answer for the others)
_ORDER = {
    "at_least": (False, True, False),
    "more_than": (True, True, False),
    "at_most": (True, False, True),
    "less_than": (False, False, True),
}


def judge_of(condition: Condition) -> Judge:
    """A function from a sheet to the truth of the condition."""
    if isinstance(condition, Test):
        fact, operator, operand = condition.fact, condition.operator, condition.operand
        return _order(fact, operator, operand) if isinstance(operand, Threshold) else _word(fact, operator, operand)
    words: list[tuple[str, str, bool]] = []
    parts: list[Judge] = []
    for part in condition.parts:
        if isinstance(part, Test) and isinstance(part.operand, str):
            words.append((part.fact, part.operand, part.operator == "is"))
        else:
            parts.append(judge_of(part))
    return _group(words, parts, decisive=not isinstance(condition, All))


def _group(words: Sequence[tuple[str, str, bool]], parts: Sequence[Judge], *, decisive: bool) -> Judge:
    """All parts (false decides) or any part (true decides); most are words, and are compared without a call."""

    def judge(sheet: Mapping[str, Value | None]) -> bool | None:
        answer: bool | None = not decisive
        for fact, word, is_same in words:
            known = sheet.get(fact)
            if known is None:
                answer = None
            elif ((known == word) is is_same) is decisive:
                return decisive
        for part in parts:
            truth = part(sheet)
            if truth is decisive:
                return decisive
            if truth is None:
                answer = None
        return answer

    return judge


def _word(fact: str, operator: str, word: str) -> Judge:
    same = operator == "is"

    def judge(sheet: Mapping[str, Value | None]) -> bool | None:
        known = sheet.get(fact)
        return None if known is None else (known == word) is same

    return judge


def _order(fact: str, operator: str, threshold: Threshold) -> Judge:
    over, under = threshold.value.numerator, threshold.value.denominator
    strict, above, otherwise = _ORDER[operator]
    reaches: Callable[[int, int], bool] = gt if strict else ge

    def is_above(number: Fraction) -> bool:
        # Cross-multiplied: Fraction's own comparison is exact too, but several times slower.
        numerator, denominator = number.as_integer_ratio()
        return reaches(numerator * under, over * denominator)

    def judge(sheet: Mapping[str, Value | None]) -> bool | None:
        known = sheet.get(fact)
        if not isinstance(known, Range):
            return None
        low, high = known.low, known.high
        if low is high:
            # One number, or one of which nothing is known.
            return None if low is None else above if is_above(low) else otherwise
        if low is not None and is_above(low):
            return above
        if high is not None and not is_above(high):
            return otherwise
        return None

    return judge
