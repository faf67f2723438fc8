"""Arithmetic on amounts that are known as ranges, exact, open ends kept open."""

from fractions import Fraction

from service.domain.facts import Range

NOTHING, ONE = Range.exactly(0), Range.exactly(1)


def times(one: Range, other: Range) -> Range:
    """The product of two amounts that are not negative."""
    return Range(_product(one.low, other.low), _product(one.high, other.high))


def plus(one: Range, other: Range) -> Range:
    """The sum."""
    return Range(_sum(one.low, other.low), _sum(one.high, other.high))


def divided(one: Range, other: Range) -> Range:
    """The quotient of two amounts; the divisor is never negative, and nothing is known beyond a divisor of zero."""
    low = one.low / other.high if one.low is not None and other.high else None
    high = one.high / other.low if one.high is not None and other.low else None
    return Range(low, high)


def _product(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one * other


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other
