"""Dose arithmetic: exact, and never surer than what it was given."""

from datetime import date
from fractions import Fraction

import pytest

from service.domain.dose import Course, DoseLine, course_of, in_vials, rounded_to
from service.domain.facts import Range

MONTH = Fraction("30.4")
ONE, FIVE = Range.exactly(1), Range.exactly(5)


def line(dose: object, **changes: object) -> DoseLine:
    amount = dose if isinstance(dose, Range) else Range.exactly(Fraction(str(dose)))
    given = {"is_per_kg": False, "times": ONE, "days": ONE, **changes}
    return DoseLine(amount, **given)  # type: ignore[arg-type]


def course(*lines: DoseLine, weight: int | None = 80) -> Course:
    return course_of(lines, None if weight is None else Fraction(weight), MONTH)


def test_grams_over_five_days() -> None:
    made = course(line(32, times=FIVE, days=FIVE))
    assert made.total_g == Range.exactly(160)
    assert made.g_per_kg == Range.exactly(2)
    assert made.largest_day_g_per_kg == Range.exactly(Fraction("0.4"))
    assert made.interval_days is None


def test_grams_per_kilogram_need_no_weight_but_grams_do() -> None:
    made = course(line("0.4", is_per_kg=True, times=FIVE, days=FIVE), weight=None)
    assert made.g_per_kg == Range.exactly(2)
    assert made.total_g is None
    assert course(line(32), weight=None).g_per_kg is None


@pytest.mark.parametrize(
    ("dose", "interval", "monthly"),
    [(1, 14, Fraction("30.4") / 14), (2, 28, Fraction("60.8") / 28), (2, 21, Fraction("60.8") / 21)],
)
def test_the_monthly_equivalent_is_exact(dose: int, interval: int, monthly: Fraction) -> None:
    made = course(line(dose, is_per_kg=True, interval_days=Range.exactly(interval)))
    assert made.monthly_g_per_kg == Range.exactly(monthly)


def test_a_range_of_doses_stays_a_range() -> None:
    made = course(line(Range.between(24, 32), times=FIVE, days=FIVE))
    assert made.g_per_kg == Range(Fraction(3, 2), Fraction(2))


def test_lines_that_state_their_dates_count_each_day_once() -> None:
    day = frozenset({date(2026, 3, 5)})
    made = course(line(40, dates=day), line(40, dates=day | {date(2026, 3, 6)}, times=Range.exactly(2)))
    assert made.days == Range.exactly(2)


def test_lines_without_dates_may_fall_on_the_same_day_or_follow_each_other() -> None:
    made = course(line(40), line(40))
    assert made.total_g == Range.exactly(80)
    assert made.days == Range.between(1, 2)
    assert made.largest_day_g_per_kg == Range(Fraction(1, 2), Fraction(1))


def test_a_course_and_a_repetition_together_have_no_monthly_dose() -> None:
    assert course(line(40), line(40, interval_days=Range.exactly(28))).monthly_g_per_kg is None


def test_nothing_comes_of_no_lines() -> None:
    assert course() == Course(None, None, None, None, None, None)


VIALS = [Fraction(size) for size in ("1", "2.5", "5", "10", "20", "30")]


@pytest.mark.parametrize(
    ("grams", "used"), [("32.5", ["30", "2.5"]), ("65", ["30", "30", "5"]), ("3", ["2.5", None]), ("0.4", [None])]
)
def test_vials_hold_exactly_the_dose_or_are_not_named(grams: str, used: list[str | None]) -> None:
    expected = None if None in used else [Fraction(str(size)) for size in used]
    assert in_vials(Fraction(grams), VIALS) == expected


@pytest.mark.parametrize(("grams", "rounded"), [("32", "32.5"), ("31.25", "30"), ("31.26", "32.5"), ("0.1", "2.5")])
def test_doses_are_rounded_to_the_nearest_step_and_never_to_nothing(grams: str, rounded: str) -> None:
    assert rounded_to(Fraction(grams), Fraction("2.5")) == Fraction(rounded)
