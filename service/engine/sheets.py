"""From a sheet of facts to the one wide, flat fact that the engine reads.

Only facts that a rule names are written. Words come from a closed vocabulary and numbers as integers, so nothing
a patient or a sender wrote ever reaches the engine; whatever is not of its declared type is refused here.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from service.domain.facts import Range, Value
from service.engine.exact import encoded
from service.errors import EngineFault

Sheet = Mapping[str, Value | None]
Words = Mapping[str, frozenset[str] | None]  # fact -> its words, None for a number
Column = Callable[[Value], str]

_EXACT = (Fraction, int, type(None))


def column(fact: str, key: str, words: frozenset[str] | None) -> Column:
    """A function that writes the value of one fact as JSON; EngineFault when it is not of its declared type."""
    return _number_column(fact, key) if words is None else _word_column(fact, key, words)


def _word_column(fact: str, key: str, words: Iterable[str]) -> Column:
    written = {word: f',"{key}":"{word}"' for word in words}

    def write(value: Value) -> str:
        try:
            return written[value]  # type: ignore[index]  # what is no word is not found
        except (KeyError, TypeError):
            raise EngineFault(f"{fact} is none of its declared words") from None

    return write


def _number_column(fact: str, key: str) -> Column:
    low_end, high_end = f',"{key}_lo":', f',"{key}_hi":'

    def write(value: Value) -> str:
        if not isinstance(value, Range) or not (_is_exact(value.low) and _is_exact(value.high)):
            raise EngineFault(f"{fact} is no range of exact numbers")
        if value.low is value.high:
            return "" if value.low is None else f"{low_end}{(number := encoded(value.low))}{high_end}{number}"
        low = None if value.low is None else encoded(value.low)
        high = None if value.high is None else encoded(value.high)
        if low is not None and high is not None and low > high:
            raise EngineFault(f"{fact} is a range that ends before it begins")
        return ("" if low is None else f"{low_end}{low}") + ("" if high is None else f"{high_end}{high}")

    return write


def _is_exact(number: object) -> bool:
    return type(number) in _EXACT
