"""Change of block from before treatment to the newest study."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.courses import Course
from service.domain.facts import Fact
from service.knowledge.load import load
from service.subjects.conduction.block_change import INCREASED, REDUCED, BlockChangeLimits, block_change_facts
from service.subjects.conduction.grading import graded
from service.subjects.conduction.motor_segments import motor_segments
from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import (
    ANATOMY,
    LIMITS,
    SAY,
    forearm,
    moment,
    response,
    verdicts_of,
)

KNOWLEDGE = load()
LIMITS_OF_CHANGE = BlockChangeLimits(KNOWLEDGE.number("block_change_margin"), KNOWLEDGE.number("block_change_window"))
BEFORE, TREATED, AFTER = date(2025, 1, 10), date(2025, 2, 10), date(2025, 3, 4)
COURSES = (Course(TREATED, TREATED, ("MedicationAdministration/1",)),)


def on(day: date, study: NerveStudy) -> NerveStudy:
    reference = (f"Observation/{study.nerve}-{day}",)
    sites = {name: replace(site, evidence=reference) for name, site in study.sites.items()}
    return replace(study, day=day, moment=moment(day), sites=sites, evidence=reference)


def changes(*studies: NerveStudy, courses: tuple[Course, ...] = COURSES) -> dict[str, Fact]:
    items = [graded(segment, verdicts_of(segment), SAY) for segment in motor_segments(studies, ANATOMY, LIMITS)]
    return block_change_facts(items, studies, courses, LIMITS_OF_CHANGE)


def words(*studies: NerveStudy, courses: tuple[Course, ...] = COURSES) -> tuple[object, ...]:
    """(reduced, increased), or nothing where no segment can be compared."""
    facts = changes(*studies, courses=courses)
    return (facts[REDUCED].value, facts[INCREASED].value) if facts else ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (40, 60, ("shown", "not_shown")),
        (40, "59.9", ("not_shown", "not_shown")),
        (40, 20, ("not_shown", "shown")),
        (40, "20.1", ("not_shown", "not_shown")),
        (90, 40, ("not_shown", "shown")),
        (90, 95, ()),
    ],
)
def test_the_loss_of_area_is_compared(before: int | str, after: int | str, expected: tuple[str, ...]) -> None:
    """Of 100 mV.ms at the wrist this much is left below the elbow."""
    assert words(on(BEFORE, forearm(before)), on(AFTER, forearm(after))) == expected


def test_both_studies_are_cited_with_their_numbers() -> None:
    fact = changes(on(BEFORE, forearm(40)), on(AFTER, forearm(95)))[REDUCED]
    assert set(fact.evidence) == {f"Observation/ulnar-{BEFORE}", f"Observation/ulnar-{AFTER}"}
    assert "60.0 % of the area lost before treatment, 5.0 % now" in fact.why


@pytest.mark.parametrize("day", [date(2024, 12, 1), date(2025, 3, 4), date(2025, 4, 1)])
def test_without_treatment_between_two_studies_there_is_no_before_and_after(day: date) -> None:
    courses = (Course(day, day, ("MedicationAdministration/1",)),)
    assert words(on(BEFORE, forearm(40)), on(AFTER, forearm(95)), courses=courses) == ()


def test_a_study_in_the_middle_of_weekly_treatment_is_a_study_under_treatment() -> None:
    weekly = (Course(TREATED, AFTER + timedelta(days=100), ("MedicationAdministration/1",)),)
    assert words(on(BEFORE, forearm(40)), on(AFTER, forearm(95)), courses=weekly) == ("shown", "not_shown")


@pytest.mark.parametrize(("days", "expected"), [(183, ("shown", "not_shown")), (184, ())])
def test_long_after_the_last_dose_a_study_tells_nothing_of_treatment(days: int, expected: tuple[str, ...]) -> None:
    assert words(on(BEFORE, forearm(40)), on(TREATED + timedelta(days=days), forearm(95))) == expected


def test_one_segment_better_and_another_worse_are_both_told() -> None:
    median = [
        on(BEFORE, forearm(95, nerve="median", proximal="elbow")),
        on(AFTER, forearm(40, nerve="median", proximal="elbow")),
    ]
    facts = changes(on(BEFORE, forearm(40)), on(AFTER, forearm(95)), *median)
    assert (facts[REDUCED].value, facts[INCREASED].value) == ("shown", "shown")
    assert "ulnar" in facts[REDUCED].why
    assert "median" in facts[INCREASED].why


def test_a_distal_response_that_is_all_but_gone_is_loss_of_axons_and_no_better_conduction() -> None:
    lost = forearm(5, wrist=response("0.9", 6, 6))
    assert words(on(BEFORE, forearm(40)), on(AFTER, lost)) == ()


@pytest.mark.parametrize(("muscle", "compared"), [("first-dorsal-interosseous", False), (None, True)])
def test_two_recording_muscles_are_not_compared(muscle: str | None, compared: bool) -> None:
    before = replace(on(BEFORE, forearm(40)), muscle="abductor-digiti-minimi")
    assert bool(words(before, replace(on(AFTER, forearm(95)), muscle=muscle))) == compared


def test_the_last_study_before_treatment_is_the_one_before() -> None:
    older = on(date(2023, 1, 1), forearm(90))
    assert words(older, on(BEFORE, forearm(40)), on(AFTER, forearm(95))) == ("shown", "not_shown")
