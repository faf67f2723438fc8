"""Dose arithmetic: exact, and never surer than what it was given."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from service.domain.facts import Range
from service.fhir.orders.dosage import DoseLine
from service.subjects.immunoglobulin.ordered.dose import Course, course_of

MONTH, GAP = Fraction("30.4"), Fraction(7)
ONE, FIVE = Range.exactly(1), Range.exactly(5)


def line(dose: object, **changes: object) -> DoseLine:
    amount = dose if isinstance(dose, Range) else Range.exactly(Fraction(str(dose)))
    given = {"is_per_kg": False, "times": ONE, "days": ONE, **changes}
    return DoseLine(amount, **given)  # type: ignore[arg-type]


def course(*lines: DoseLine, weight: int | None = 80) -> Course:
    return course_of(lines, None if weight is None else Fraction(weight), MONTH, GAP)


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
    day = (date(2026, 3, 5),)
    made = course(line(40, dates=day), line(40, dates=(*day, date(2026, 3, 6)), times=Range.exactly(2)))
    assert made.days == Range.exactly(2)
    assert made.largest_day_g_per_kg == Range.exactly(1)
    assert made.even_day_g is None


def test_lines_without_dates_may_fall_on_the_same_day_or_follow_each_other() -> None:
    made = course(line(40), line(40))
    assert made.total_g == Range.exactly(80)
    assert made.days == Range.between(1, 2)
    assert made.largest_day_g_per_kg == Range(Fraction(1, 2), Fraction(1))


def test_a_course_and_a_repetition_are_told_apart() -> None:
    made = course(line(160), line(40, interval_days=Range.exactly(28)))
    assert (made.g_per_kg, made.interval_g_per_kg) == (Range.exactly(2), Range.exactly(Fraction(1, 2)))
    assert made.monthly_g_per_kg == Range.exactly(Fraction("30.4") / 56)
    assert not made.is_repeated


def test_nothing_comes_of_no_lines() -> None:
    assert course() == Course(None, None, None, None, None, None)


def dated(grams: int, *days: date) -> DoseLine:
    return line(grams, dates=days, times=Range.exactly(len(days)), days=Range.exactly(len(set(days))))


@pytest.mark.parametrize(("days_apart", "is_repeated"), [(7, False), (8, True)])
def test_days_further_apart_than_a_course_are_courses_of_their_own(days_apart: int, is_repeated: bool) -> None:
    first = date(2026, 3, 5)
    made = course(dated(80, first, first + timedelta(days=days_apart)))
    assert made.is_repeated is is_repeated
    assert made.g_per_kg == Range.exactly(1 if is_repeated else 2)
    assert made.interval_days == (Range.exactly(8) if is_repeated else None)


def test_the_heaviest_of_courses_apart_counts_and_undated_lines_go_with_the_first() -> None:
    made = course(dated(80, date(2026, 3, 5)), dated(40, date(2026, 4, 2)), line(40))
    assert made.g_per_kg == Range.exactly(Fraction(3, 2))
    assert made.monthly_g_per_kg == Range.exactly(Fraction("45.6") / 28)


def test_lines_that_follow_each_other_add_their_days_but_not_their_loads() -> None:
    made = course(line(40, sequence=1), line(80, sequence=2), line(8, sequence=2))
    assert made.days == Range.between(2, 3)
    assert made.largest_day_g_per_kg == Range(Fraction(1), Fraction("1.1"))


@pytest.mark.parametrize(
    ("lines", "even"),
    [
        ([line(32, times=FIVE, days=FIVE)], 32),
        ([line("0.4", is_per_kg=True, times=FIVE, days=FIVE)], 32),
        ([line(32, times=Range.exactly(4), days=Range.exactly(2), most_a_day=Range.exactly(2))], 64),
        ([line(32, times=FIVE, days=Range.exactly(3), most_a_day=Range.exactly(2))], None),
        ([line(32), line(32)], None),
        ([line(Range.between(30, 32))], None),
        ([dated(32, date(2026, 3, 5)), dated(32, date(2026, 3, 6))], 32),
        ([dated(32, date(2026, 3, 5)), dated(30, date(2026, 3, 6))], None),
    ],
)
def test_the_dose_of_one_day_is_told_where_all_days_are_alike(lines: list[DoseLine], even: int | None) -> None:
    assert course(*lines).even_day_g == even


def test_without_a_weight_grams_by_weight_have_no_dose_of_one_day() -> None:
    assert course(line("0.4", is_per_kg=True), weight=None).even_day_g is None


def test_what_is_open_above_is_at_least_what_is_known() -> None:
    made = course(line(400, times=Range(Fraction(1), None), days=Range(Fraction(1), None)))
    assert made.g_per_kg == Range(Fraction(5), None)
