"""Slow loss of axons, by distal amplitudes over the years."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.facts import Fact, Range
from service.knowledge.load import load
from service.subjects.conduction.distal_amplitude import AxonalLimits, distal_amplitude_facts
from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import ANATOMY, gone, motor, response

KNOWLEDGE = load()
LIMITS = AxonalLimits(
    *(KNOWLEDGE.number(f"axonal_loss_{name}") for name in ("interval", "fall", "below_limit")),
)
NOW = date(2026, 2, 10)
LONG_AGO = date(2022, 2, 10)


def wrist(day: date, amplitude: int | str, limit: int | None = None, **more: Any) -> NerveStudy:
    site = response(amplitude, lln_amplitude_mv=limit, evidence=(f"Observation/{day}",), **more)
    return motor("ulnar", "right", day, wrist=site)


def loss(*studies: NerveStudy, begun: date = LONG_AGO) -> Fact:
    return distal_amplitude_facts(studies, ANATOMY, LIMITS, begun)["loss_of_distal_amplitude"]


@pytest.mark.parametrize(("amplitude", "expected"), [(6, "shown"), ("6.01", "not_shown"), (9, "not_shown")])
def test_a_fall_by_a_quarter_counts(amplitude: str, expected: str) -> None:
    assert loss(wrist(LONG_AGO, 8), wrist(NOW, amplitude)).value == expected


@pytest.mark.parametrize(("days", "expected"), [(365, "shown"), (364, "not_shown")])
def test_the_studies_are_a_year_apart(days: int, expected: str) -> None:
    assert loss(wrist(NOW - timedelta(days=days), 8), wrist(NOW, 2)).value == expected


@pytest.mark.parametrize(("days", "expected"), [(365, "shown"), (364, "not_shown")])
def test_the_loss_came_about_under_a_year_of_treatment(days: int, expected: str) -> None:
    begun = NOW - timedelta(days=days)
    assert loss(wrist(begun - timedelta(days=30), 8), wrist(NOW, 2), begun=begun).value == expected


@pytest.mark.parametrize(("days", "expected"), [(365, "shown"), (366, "not_shown")])
def test_a_study_from_long_before_treatment_is_no_starting_point(days: int, expected: str) -> None:
    begun = NOW - timedelta(days=800)
    assert loss(wrist(begun - timedelta(days=days), 8), wrist(NOW, 2), begun=begun).value == expected


def test_a_response_that_was_gone_at_first_has_nothing_to_lose() -> None:
    assert loss(motor("ulnar", "right", LONG_AGO, wrist=gone()), wrist(NOW, 2)).value == "not_shown"


def test_what_was_lost_before_treatment_was_not_lost_in_spite_of_it() -> None:
    begun = NOW - timedelta(days=600)
    before = wrist(begun - timedelta(days=1000), 10), wrist(begun - timedelta(days=10), 4)
    assert loss(*before, wrist(NOW, 4), begun=begun).value == "not_shown"
    assert loss(*before, wrist(NOW, 2), begun=begun).value == "shown"


def test_studies_that_are_all_older_than_treatment_say_nothing_of_it() -> None:
    assert loss(wrist(LONG_AGO, 10), wrist(NOW, 4), begun=NOW + timedelta(days=30)).value == "not_shown"


def test_a_fall_to_below_the_lower_limit_counts_beyond_the_error_of_repeats() -> None:
    assert loss(wrist(LONG_AGO, 7, 6), wrist(NOW, "5.6", 6)).value == "shown"
    assert loss(wrist(LONG_AGO, 7, 6), wrist(NOW, "5.61", 6)).value == "not_shown"
    assert loss(wrist(LONG_AGO, "6.2", 6), wrist(NOW, "5.9", 6)).value == "not_shown"
    assert loss(wrist(LONG_AGO, "5.8", 6), wrist(NOW, "4.6", 6)).value == "not_shown"
    assert loss(wrist(LONG_AGO, 7), wrist(NOW, "5.6", 6)).value == "not_shown"


def test_a_response_that_is_gone_is_a_whole_loss_and_is_told_with_both_studies() -> None:
    now = motor("ulnar", "right", NOW, wrist=gone(evidence=("Observation/now",)))
    facts = distal_amplitude_facts([now, wrist(LONG_AGO, 8)], ANATOMY, LIMITS, LONG_AGO)
    assert facts["distal_amplitude_fall"].value == Range.exactly(100)
    assert facts["loss_of_distal_amplitude"].evidence == (f"Observation/{LONG_AGO}", "Observation/now")


def test_what_is_not_the_same_response_is_not_compared() -> None:
    then = wrist(LONG_AGO, 8)
    palm = motor("ulnar", "right", NOW, palm=response(2))
    others = [
        replace(wrist(NOW, 2), side="left"),
        replace(wrist(NOW, 2), muscle="first_dorsal_interosseous"),
        replace(wrist(NOW, 2), day=None),
        wrist(NOW, 2, supramaximal=False),
        palm,
    ]
    assert [loss(then, other).value for other in others] == ["not_shown"] * len(others)


def test_two_amplitudes_of_the_newest_day_leave_it_open() -> None:
    then, low, high = wrist(LONG_AGO, 8), wrist(NOW, 2), wrist(NOW, 7)
    assert loss(then, low, high).value == loss(then, high, low).value == "not_shown"


def test_two_amplitudes_of_the_first_day_leave_it_open() -> None:
    assert loss(wrist(LONG_AGO, 8), wrist(LONG_AGO, 3), wrist(NOW, 2)).value == "not_shown"
