"""Worsening after a gap, by the patient's own interval, is the end of the effect; worsening while treated is not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.opened_charts import AS_OF, BEDSIDE_OF_MMN, Json, cards, infusion, motor, sensory
from tests.test_block_gone_under_treatment import under_the_skin
from tests.test_worsening_under_the_skin import score

CHART = [*BEDSIDE_OF_MMN, motor("right ulnar", 62), sensory("right ulnar", 15)]
OFF, UNDER = "was it stopped?", "Objective worsening under immunoglobulin"
RAPID, FAST, AGAIN = "Rapid decline", "Strength fell fast", "Objective decline after a response"
WEARS_OFF = "Effect ends before the next course"
TOLD = (OFF, UNDER, RAPID, FAST, AGAIN, WEARS_OFF)


def ago(days: int) -> str:
    return str(AS_OF.date() - timedelta(days=days))


def courses(count: int, interval: int, last: int) -> list[Json]:
    """So many infusions, the last so many days ago."""
    return [infusion(ago(last + interval * number)) for number in range(count)]


def scores(*of_days: tuple[int, int]) -> list[Json]:
    return [score(value, ago(days)) for value, days in of_days]


SLOW = [(54, 150), (51, 2)]
QUICK = [(54, 80), (44, 2)]
# Before the first of twelve monthly infusions, and far better since.
GAIN = (44, 12 * 28 + 70)
WEEKLY = [infusion(ago(75 + 7 * week)) for week in range(8)]


@pytest.mark.parametrize(
    ("treatment", "measured", "expected"),
    [
        (courses(12, 28, 75), SLOW, OFF),
        (courses(12, 28, 20), SLOW, UNDER),
        # The next dose is a week late: not yet a gap.
        (courses(12, 28, 35), SLOW, UNDER),
        # Every eight weeks, and the next one is four days late.
        (courses(6, 56, 60), SLOW, UNDER),
        (courses(12, 28, 75), [GAIN, (54, 80), (44, 2)], OFF),
        (courses(12, 28, 20), [GAIN, (54, 80), (44, 2)], AGAIN),
        # Measured before the gap began: it fell under treatment.
        (courses(12, 28, 75), [(54, 150), (51, 60)], UNDER),
        (courses(12, 28, 75), QUICK, FAST),
        (courses(12, 28, 20), QUICK, RAPID),
        (courses(1, 28, 75), QUICK, RAPID),
        (WEEKLY, SLOW, OFF),
        # The gap is over, and what was lost in it is not the fault of the course since.
        ([infusion(ago(10)), *courses(6, 28, 90)], [(54, 150), (51, 11)], ""),
        ([infusion(ago(10)), *courses(12, 28, 90)], [(44, 440), (54, 100), (44, 11)], ""),
        # Under the skin it goes on.
        ([*courses(12, 28, 75), *(under_the_skin(ago(day)) for day in range(5, 70, 7))], SLOW, UNDER),
    ],
    ids=[
        *(
            "two left out",
            "treated",
            "a week late",
            "every eight weeks",
            "two left out after a gain",
            "treated after a gain",
        ),
        *("fell before the gap", "fast in the gap", "fast and treated", "one course only", "weekly", "gap over"),
        *("gap over after a gain", "under the skin"),
    ],
)
def test_worsening_is_told_by_whether_treatment_went_on(
    treatment: Sequence[Json], measured: Sequence[tuple[int, int]], expected: str
) -> None:
    told = cards(*CHART, *treatment, *scores(*measured))
    assert [words for words in TOLD if any(words in each for each in told)] == ([expected] if expected else []), told
