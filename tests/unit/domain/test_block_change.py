"""Change of block from before treatment to the newest study."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain.block_change import block_change_facts
from service.domain.conduction import motor_segments
from service.domain.facts import Fact
from service.domain.grading import graded
from service.domain.nerves import NerveStudy
from service.domain.treatment import Course
from service.knowledge.load import load
from tests.unit.domain.conduction_examples import ANATOMY, LIMITS, forearm, moment, verdicts_of

MARGIN = load().number("block_change_margin")
BEFORE, TREATED, AFTER = date(2025, 1, 10), date(2025, 2, 10), date(2025, 3, 4)
COURSES = (Course(TREATED, TREATED, ("MedicationAdministration/1",)),)
NAME = "block_change_after_treatment"


def on(day: date, study: NerveStudy) -> NerveStudy:
    reference = (f"Observation/{study.nerve}-{day}",)
    sites = {name: replace(site, evidence=reference) for name, site in study.sites.items()}
    return replace(study, day=day, moment=moment(day), sites=sites, evidence=reference)


def change(*studies: NerveStudy, courses: tuple[Course, ...] = COURSES) -> Fact | None:
    items = [graded(segment, verdicts_of(segment)) for segment in motor_segments(studies, ANATOMY, LIMITS)]
    return block_change_facts(items, studies, courses, MARGIN).get(NAME)


def word(before: int | str, after: int | str) -> object:
    fact = change(on(BEFORE, forearm(before)), on(AFTER, forearm(after)))
    return fact.value if fact else "not told"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (40, 60, "reduced"),
        (40, "59.9", "unchanged"),
        (40, 20, "increased"),
        (40, "20.1", "unchanged"),
        (90, 40, "increased"),
        (90, 95, "not told"),
    ],
)
def test_the_loss_of_area_is_compared(before: int | str, after: int | str, expected: str) -> None:
    """Of 100 mV.ms at the wrist this much is left below the elbow."""
    assert word(before, after) == expected


def test_both_studies_are_cited_with_their_numbers() -> None:
    fact = change(on(BEFORE, forearm(40)), on(AFTER, forearm(95)))
    assert fact is not None
    assert set(fact.evidence) == {f"Observation/ulnar-{BEFORE}", f"Observation/ulnar-{AFTER}"}
    assert "60.0 % before treatment, 5.0 % now" in fact.why


@pytest.mark.parametrize("day", [date(2024, 12, 1), date(2025, 3, 4), date(2025, 4, 1)])
def test_without_treatment_between_two_studies_there_is_no_before_and_after(day: date) -> None:
    courses = (Course(day, day, ("MedicationAdministration/1",)),)
    assert change(on(BEFORE, forearm(40)), on(AFTER, forearm(95)), courses=courses) is None


def test_one_segment_better_and_another_worse_is_no_verdict() -> None:
    median = [
        on(BEFORE, forearm(95, nerve="median", proximal="elbow")),
        on(AFTER, forearm(40, nerve="median", proximal="elbow")),
    ]
    fact = change(on(BEFORE, forearm(40)), on(AFTER, forearm(95)), *median)
    assert fact is not None
    assert (fact.value, fact.flags) == (None, ("mixed",))


def test_the_last_study_before_treatment_is_the_one_before() -> None:
    older = on(date(2023, 1, 1), forearm(90))
    assert change(older, on(BEFORE, forearm(40)), on(AFTER, forearm(95))).value == "reduced"  # type: ignore[union-attr]
