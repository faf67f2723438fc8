"""Numbers: the engine sees integers only, and yet every comparison is exact."""

from fractions import Fraction
from operator import ge, gt, le, lt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.engine.exact import LIMIT, SCALE, encoded, encoded_threshold
from service.errors import KnowledgeError
from tests.unit.engine.packs import threshold

LIMITS = st.integers(-LIMIT * SCALE + 1, LIMIT * SCALE - 1).map(lambda whole: Fraction(whole, SCALE))
NUMBERS = st.fractions() | st.fractions(max_denominator=3) | st.integers().map(Fraction)
# How far a number lies from a threshold, down to far below the scale.
DISTANCES = st.sampled_from(
    [Fraction(sign * n, d) for sign in (1, -1) for n in (0, 1) for d in (1, SCALE, 7 * SCALE, 10**30)]
)


@settings(max_examples=500, deadline=None)
@given(LIMITS, st.one_of(NUMBERS, st.none()), DISTANCES)
@example(Fraction(50), None, Fraction(1, 10**30))
@example(Fraction(LIMIT) - Fraction(1, SCALE), Fraction(LIMIT), Fraction(0))
@example(Fraction(1, SCALE) - LIMIT, Fraction(-(10**40)), Fraction(0))
def test_every_comparison_of_encoded_numbers_is_the_comparison_of_the_numbers(
    limit: Fraction, far: Fraction | None, distance: Fraction
) -> None:
    number = limit + distance if far is None else far
    for compare in (ge, gt, le, lt):
        assert compare(encoded(number), encoded_threshold(threshold(limit))) is compare(number, limit)


@given(st.fractions() | st.integers(-(10**60), 10**60))
def test_every_encoded_number_fits_into_63_bits(number: Fraction | int) -> None:
    assert abs(encoded(number)) < 2**62


@pytest.mark.parametrize("value", ["0.0000001", "1/3", "-0.00000001"])
def test_a_threshold_finer_than_the_scale_is_refused(value: str) -> None:
    with pytest.raises(KnowledgeError, match=r"limit_.*six decimals"):
        encoded_threshold(threshold(value))


@pytest.mark.parametrize("value", [LIMIT, -LIMIT, 10**30])
def test_a_threshold_at_which_numbers_are_cut_off_is_refused(value: int) -> None:
    with pytest.raises(KnowledgeError, match=r"limit_.*must lie between"):
        encoded_threshold(threshold(value))
