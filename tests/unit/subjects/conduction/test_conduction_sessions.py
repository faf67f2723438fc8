"""Several studies over time: which counts, what is history, and what cannot be ordered."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import (
    forearm,
    graded_of,
    grades,
    moment,
    only,
    response,
)

EARLIER, LATER = date(2024, 1, 10), date(2025, 3, 4)


def on(day: date | None, study: NerveStudy) -> NerveStudy:
    return replace(study, day=day, moment=moment(day), evidence=(f"Observation/{day}",))


def test_the_latest_session_decides() -> None:
    item = only(on(EARLIER, forearm(40)), on(LATER, forearm(90)))
    assert item.grade == "none"
    assert "earlier-block" in item.flags


def test_a_block_in_the_same_segment_of_two_sessions_is_persistent() -> None:
    item = only(on(LATER, forearm(40)), on(EARLIER, forearm(65)))
    assert item.grade == "definite"
    assert "persistent" in item.flags


def test_a_new_block_is_not_called_persistent() -> None:
    assert not {"persistent", "earlier-block"} & set(only(on(LATER, forearm(40)), on(EARLIER, forearm(90))).flags)


def test_left_and_right_are_two_nerves_with_sessions_of_their_own() -> None:
    left = replace(on(EARLIER, forearm(40)), side="left")
    found = grades(left, on(LATER, forearm(90)))
    assert found == {
        ("ulnar", "left", "wrist", "below-elbow"): "definite",
        ("ulnar", "right", "wrist", "below-elbow"): "none",
    }


@pytest.mark.parametrize("day", [None, LATER])
def test_studies_that_differ_and_cannot_be_ordered_are_not_graded(day: date | None) -> None:
    items = graded_of(on(None, forearm(40)), on(day, forearm(90)))
    assert [item.grade for item in items] == ["not_assessable"] * 2
    assert all("unordered-sessions" in item.flags and item.may_be_definite for item in items)


def test_the_same_study_sent_dated_and_undated_is_one_study() -> None:
    item = only(on(None, forearm(40)), on(LATER, forearm(40)))
    assert item.grade == "definite"


def test_a_single_undated_study_is_graded_and_marked() -> None:
    item = only(on(None, forearm(40)))
    assert item.grade == "definite"
    assert "undated" in item.flags


def test_an_undated_study_never_replaces_a_later_dated_one_silently() -> None:
    grades_found = [
        item.grade for item in graded_of(on(EARLIER, forearm(90)), on(LATER, forearm(90)), on(None, forearm(40)))
    ]
    assert grades_found == ["not_assessable"] * 2


def test_sites_of_one_day_sent_apart_are_read_together() -> None:
    whole = forearm(40)
    parts = [
        replace(whole, sites={name: site}, evidence=(f"Observation/{name}",)) for name, site in whole.sites.items()
    ]
    assert only(*parts).grade == "definite"


def test_recordings_from_two_muscles_are_never_compared_with_each_other() -> None:
    whole = forearm(40)
    parts = [replace(whole, sites={name: site}, muscle=name) for name, site in whole.sites.items()]
    assert graded_of(*parts) == []


def test_a_repeated_study_gives_one_row_with_the_evidence_of_both() -> None:
    studies = [
        replace(forearm(40), sites={name: replace(site, evidence=(ref,)) for name, site in forearm(40).sites.items()})
        for ref in ("Observation/a", "Observation/b")
    ]
    assert only(*studies).segment.evidence == ("Observation/a", "Observation/b")


@pytest.mark.parametrize(("celsius", "is_cold"), [("31.9", True), ("32", False)])
def test_a_cold_hand_is_marked(celsius: str, is_cold: bool) -> None:
    study = replace(forearm(40), temperature_celsius=Fraction(celsius))
    assert ("cold-limb" in only(study).flags) == is_cold


@pytest.mark.parametrize(("celsius", "is_cold"), [("29.9", True), ("30", False)])
def test_a_cold_foot_is_marked(celsius: str, is_cold: bool) -> None:
    leg = forearm(40, nerve="fibular")
    sites = {"ankle": response(10, 100, 6), "below-fibular-head": response(4, 40, 6)}
    study = replace(leg, sites=sites, temperature_celsius=Fraction(celsius))
    assert ("cold-limb" in only(study).flags) == is_cold
