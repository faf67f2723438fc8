"""Whether what was given by vein became less, by dose or by interval."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from service.domain.facts import Range
from service.subjects.immunoglobulin.ordered.dose_before import GivenDay
from service.subjects.immunoglobulin.ordered.dose_lowered import dose_lowered

_BEGUN = date(2025, 1, 6)


def courses(*told: tuple[int, float | None]) -> list[list[GivenDay]]:
    """Courses of one day, each so many days after the first one and of so many grams."""
    return [
        [GivenDay(_BEGUN + timedelta(days), None if grams is None else Fraction(grams), (f"given-{number}",))]
        for number, (days, grams) in enumerate(told)
    ]


def monthly(*grams: float | None) -> list[list[GivenDay]]:
    return courses(*((28 * number, each) for number, each in enumerate(grams)))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        pytest.param(monthly(80, 80, 80, 60, 60, 60, 40, 40, 40), "shown", id="step by step to half"),
        pytest.param(monthly(80, 80, 80, 59, 59, 59), "shown", id="to less than three quarters"),
        pytest.param(monthly(80, 80, 80, 60, 60, 60), "not_shown", id="to three quarters"),
        pytest.param(monthly(80, 80, 80, 80, 80, 40), "not_shown", id="one low dose"),
        pytest.param(monthly(160, 80, 80, 80, 80, 80), "not_shown", id="a load and maintenance after it"),
        pytest.param(monthly(40, 40, 40, 80, 80, 80), "not_shown", id="raised"),
        pytest.param(
            courses((0, 80), (28, 80), (56, 80), (98, 80), (140, 80), (182, 80)),
            "shown",
            id="every six weeks, not four",
        ),
        pytest.param(
            courses((0, 80), (28, 80), (56, 80), (84, 80), (112, 80), (168, 80)),
            "not_shown",
            id="one infusion left out",
        ),
        pytest.param(monthly(80, 80, 80, 40, 40), None, id="too few courses"),
        pytest.param(monthly(80, 80, None, 40, 40, 40), None, id="one whose grams were not read"),
    ],
)
def test_a_dose_is_lowered_by_grams_a_week(given: list[list[GivenDay]], word: str | None) -> None:
    read = dose_lowered(given, Fraction(75))
    assert (read["dose_lowered"].value if read else None) == word


def test_it_is_told_from_what_to_what() -> None:
    read = dose_lowered(monthly(80, 80, 80, 60, 60, 60, 40, 40, 40), Fraction(75))
    told = [read[name].value for name in ("grams_per_week_at_most", "grams_per_week_now")]
    assert told == [Range.exactly(20), Range.exactly(10)]


def test_nothing_is_told_of_what_was_given_under_the_skin() -> None:
    skin = [[GivenDay(day.day, day.grams, day.evidence, is_under_the_skin=True)] for (day,) in monthly(*[20] * 6)]
    assert dose_lowered(skin, Fraction(75)) == {}
