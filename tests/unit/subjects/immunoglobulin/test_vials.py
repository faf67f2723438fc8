"""Vials that hold a dose, and the nearest dose that vials hold."""

from fractions import Fraction

import pytest

from service.subjects.immunoglobulin.ordered.vials import in_vials, nearest_multiple, rounded_to_vials, vials_in_words

VIALS = [Fraction(size) for size in ("1", "2.5", "5", "10", "20", "30")]
FIVES = [Fraction(5), Fraction(10)]
STEP = Fraction("2.5")


@pytest.mark.parametrize(
    ("grams", "used"),
    [
        ("32.5", "30 2.5"),
        ("65", "30 30 5"),
        ("40", "30 10"),
        ("26", "20 5 1"),
        ("3", "1 1 1"),
        ("0.4", None),
        ("0", None),
        ("1000000", None),
    ],
)
def test_the_fewest_vials_hold_exactly_the_dose_or_are_not_named(grams: str, used: str | None) -> None:
    expected = None if used is None else [Fraction(size) for size in used.split()]
    assert in_vials(Fraction(grams), VIALS) == expected


@pytest.mark.parametrize(
    ("grams", "least", "most", "rounded"),
    [
        ("32", None, None, "32.5"),
        ("31.25", None, None, "30"),
        ("31.26", None, None, "32.5"),
        ("25.6", "25.6", "38.4", "26"),
        ("1.6", None, None, "2"),
        ("0.6", None, None, "1"),
        ("0.1", None, None, None),
        ("32", "32.1", "32.4", None),
    ],
)
def test_a_dose_is_rounded_to_vials_within_its_bounds(
    grams: str, least: str | None, most: str | None, rounded: str | None
) -> None:
    bounds = [None if bound is None else Fraction(bound) for bound in (least, most)]
    expected = None if rounded is None else Fraction(rounded)
    assert rounded_to_vials(Fraction(grams), VIALS, STEP, *bounds) == expected


def test_a_product_without_small_vials_is_rounded_to_those_it_has() -> None:
    assert rounded_to_vials(Fraction(32), FIVES, STEP, None, None) == 30
    assert rounded_to_vials(Fraction(32), FIVES, STEP, Fraction(31), None) == 35
    assert in_vials(Fraction("32.5"), FIVES) is None


@pytest.mark.parametrize(("grams", "rounded"), [("32", "32.5"), ("31.25", "30"), ("0.1", "2.5")])
def test_the_nearest_multiple_is_never_nothing(grams: str, rounded: str) -> None:
    assert nearest_multiple(Fraction(grams), STEP) == Fraction(rounded)


def test_vials_in_words() -> None:
    assert vials_in_words(["30", "30", "2.5"]) == "2 x 30 g + 2.5 g"
