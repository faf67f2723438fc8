"""Numbers in words: no number looks like a limit, or like nothing, that it is not."""

from fractions import Fraction

import pytest

from service.knowledge.words import telling

LIMITS = (Fraction("1.6"), Fraction("2.4"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.4", "2.4"),
        ("2.4006", "2.401"),
        ("2.40001", "2.40001"),
        ("1.5999", "1.5999"),
        ("0.002", "0.002"),
        ("0", "0"),
        ("1.005", "1.01"),
        ("2.40000001", "2.4"),
    ],
)
def test_a_number_has_the_digits_that_tell_it_from_a_limit(value: str, text: str) -> None:
    assert telling(Fraction(value), LIMITS) == text
