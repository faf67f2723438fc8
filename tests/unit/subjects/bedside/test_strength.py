"""MRC grades: side differences, weak territories, distal against proximal, at and around every limit."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from service.domain.facts import Range
from service.subjects.anatomy.muscles import Muscle
from service.subjects.bedside.strength import (
    MuscleGrade,
    StrengthLimits,
    asymmetry,
    distal_against_proximal,
    named_territories,
    territories,
)

LIMITS = StrengthLimits(Fraction(5), Fraction(3), Fraction(1), Fraction(2))
APB = Muscle("abductor_pollicis_brevis", "median", "upper", "distal")
ADM = Muscle("abductor_digiti_minimi", "ulnar", "upper", "distal")
FDI = Muscle("first_dorsal_interosseous", "ulnar", "upper", "distal")
BICEPS = Muscle("biceps", "musculocutaneous", "upper", "proximal")
TIBIALIS = Muscle("tibialis_anterior", "fibular", "lower", "distal")
MUSCLES = (APB, ADM, FDI, BICEPS, TIBIALIS)
DAY, NEXT_DAY = date(2025, 3, 4), date(2025, 3, 5)


def grade(muscle: Muscle, side: str, strength: str, day: date | None = DAY) -> MuscleGrade:
    return MuscleGrade(muscle, side, Fraction(strength), day, (f"{side} {muscle.name}",))


def pair(left: str, right: str, muscle: Muscle = APB) -> list[MuscleGrade]:
    return [grade(muscle, "left", left), grade(muscle, "right", right)]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("4", "5", "present"),  # weaker side above 3: one grade is enough
        ("5", "4", "present"),
        ("13/3", "5", "absent"),  # 4+ against 5: less than one grade
        ("11/3", "5", "present"),  # 4- against 5
        ("4", "4", "absent"),
        ("3", "4", "absent"),  # weaker side not above 3: one grade is not enough
        ("3", "5", "present"),
        ("2", "3", "absent"),
        ("2", "4", "present"),
        ("10/3", "13/3", "present"),  # 3+ is above 3
        ("0", "0", "absent"),
        ("0", "2", "present"),
    ],
)
def test_the_side_difference_that_counts_depends_on_the_weaker_side(left: str, right: str, expected: str) -> None:
    assert asymmetry(pair(left, right), LIMITS).value == expected


def test_full_strength_everywhere_says_nothing_on_asymmetric_weakness() -> None:
    assert asymmetry(pair("5", "5"), LIMITS).value is None


def test_a_weak_muscle_without_its_other_side_leaves_asymmetry_unknown_and_asks_for_it() -> None:
    fact = asymmetry([*pair("4", "4"), grade(ADM, "right", "4")], LIMITS)
    assert fact.value is None
    assert fact.missing == ("MRC grade of the left abductor digiti minimi on the same exam day",)


def test_one_unequal_pair_is_enough_whatever_else_is_untested() -> None:
    fact = asymmetry([*pair("3", "5"), grade(ADM, "right", "4")], LIMITS)
    assert fact.value == "present"
    assert fact.evidence == ("left abductor_pollicis_brevis", "right abductor_pollicis_brevis")
    assert "weaker on the left" in fact.why


def test_a_strong_muscle_without_its_other_side_does_not_matter() -> None:
    assert asymmetry([*pair("4", "4"), grade(ADM, "right", "5")], LIMITS).value == "absent"


@pytest.mark.parametrize("day", [NEXT_DAY, None])
def test_sides_examined_on_different_or_unknown_days_are_not_compared(day: date | None) -> None:
    assert asymmetry([grade(APB, "left", "3", day), grade(APB, "right", "5")], LIMITS).value is None


def test_two_unknown_days_are_not_the_same_day() -> None:
    assert asymmetry([grade(APB, "left", "3", None), grade(APB, "right", "5", None)], LIMITS).value is None


def test_territories_count_nerve_and_side_once_and_leave_room_for_the_untested() -> None:
    grades = [grade(APB, "left", "4"), grade(ADM, "left", "3"), grade(FDI, "left", "4"), grade(BICEPS, "left", "5")]
    fact = territories(grades, MUSCLES, LIMITS)
    # Of four nerves on two sides, three were tested; two of those are weak.
    assert fact.value == Range(Fraction(2), Fraction(7))
    assert "left median, left ulnar" in fact.why
    (wanted,) = fact.missing
    assert wanted.startswith("MRC grades of muscles of further nerves, such as the ")


def test_a_muscle_of_which_two_grades_differ_is_asked_about_first() -> None:
    fact = territories(pair("4", "4"), (APB, ADM), LIMITS, [(ADM, "right")])
    assert fact.missing[0].startswith("one MRC grade of the right ")
    assert fact.missing[1:] == ("MRC grades for the left ulnar nerve", "MRC grades for the right ulnar nerve")


def test_the_same_nerve_on_both_sides_is_two_territories() -> None:
    fact = territories(pair("4", "4"), (APB,), LIMITS)
    assert fact.value == Range(Fraction(2), Fraction(2))


def test_full_strength_everywhere_is_no_weak_territory() -> None:
    assert territories(pair("5", "5"), (APB,), LIMITS).value == Range(Fraction(0), Fraction(0))


@pytest.mark.parametrize(
    ("distal", "proximal", "expected"),
    [("3", "4", "present"), ("4", "4", "absent"), ("4", "3", "absent"), ("13/3", "5", "present")],
)
def test_distal_weakness_compares_means_in_the_weak_limb(distal: str, proximal: str, expected: str) -> None:
    grades = [grade(APB, "left", distal), grade(BICEPS, "left", proximal)]
    assert distal_against_proximal(grades, LIMITS).value == expected


def test_the_mean_is_exact() -> None:
    thirds = [grade(m, "left", s) for m, s in ((APB, "3"), (ADM, "4"), (FDI, "4"))]
    assert distal_against_proximal([*thirds, grade(BICEPS, "left", "11/3")], LIMITS).value == "absent"


def test_limbs_without_weakness_do_not_take_part() -> None:
    grades = [
        grade(APB, "left", "4"),
        grade(BICEPS, "left", "3"),
        grade(APB, "right", "5"),
        grade(BICEPS, "right", "5"),
    ]
    assert distal_against_proximal(grades, LIMITS).value == "absent"


def test_a_weak_limb_without_proximal_grades_leaves_it_unknown() -> None:
    assert distal_against_proximal([grade(APB, "left", "3"), grade(BICEPS, "right", "5")], LIMITS).value is None


def test_without_weakness_there_is_no_distal_or_proximal_weakness() -> None:
    assert distal_against_proximal([grade(APB, "left", "5"), grade(BICEPS, "left", "5")], LIMITS).value is None


def test_a_weak_nerve_that_a_criteria_set_does_not_name_is_not_among_those_it_counts() -> None:
    limits = replace(LIMITS, named_nerves=("median", "ulnar"))
    weak = [grade(APB, "left", "4"), grade(BICEPS, "left", "4"), grade(TIBIALIS, "left", "4")]
    # The left ulnar nerve and the right ones are not tested.
    assert named_territories(weak, MUSCLES, limits).value == Range(Fraction(1), Fraction(4))
