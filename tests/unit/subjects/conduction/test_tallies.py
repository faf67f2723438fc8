"""Counts over the study: sure minimum, possible maximum, and what would change them."""

from dataclasses import replace

import pytest

from service.domain.facts import Fact, Range
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.tallies import tallies
from tests.unit.subjects.conduction.conduction_examples import ANATOMY, forearm, graded_of, motor, response, sensory

DEFINITE, BLOCK = "nerves_with_definite_block", "nerves_with_block"
WITH_SENSORY = "_and_normal_sensory"


def counted(*studies: NerveStudy) -> dict[str, Fact]:
    return tallies(graded_of(*studies), studies, ANATOMY)


def count(fact: Fact) -> tuple[object, object]:
    assert isinstance(fact.value, Range)
    return fact.value.low, fact.value.high


def left(study: NerveStudy) -> NerveStudy:
    return replace(study, side="left")


def test_without_any_motor_study_nothing_bounds_the_counts() -> None:
    facts = counted(sensory("ulnar"))
    assert count(facts[DEFINITE]) == count(facts[BLOCK + WITH_SENSORY]) == (0, None)
    assert facts["motor_nerve_study"].value is None


def test_a_study_of_segments_that_never_count_bounds_nothing() -> None:
    facts = counted(motor("tibial", ankle=response(10, 100, 6), knee=response(9, 90, 6)))
    assert count(facts[BLOCK]) == (0, None)
    assert facts["motor_nerve_study"].value == "present"


def test_a_study_without_block_leaves_no_possible_block() -> None:
    facts = counted(forearm(95))
    assert count(facts[DEFINITE]) == count(facts[BLOCK]) == (0, 0)
    assert facts[BLOCK].missing == ()


def test_left_and_right_count_as_two_nerves_and_two_segments_as_one() -> None:
    study = forearm(40, above_elbow=response(9, 40, 6), axilla=response(4, 15, 6))
    facts = counted(study, left(forearm(40)))
    assert count(facts[DEFINITE]) == (2, 2)


def test_an_open_segment_is_possible_but_not_sure() -> None:
    facts = counted(forearm(40), left(motor("ulnar", wrist=response(10, None, 6), below_elbow=response(3, None, 6))))
    assert count(facts[DEFINITE]) == count(facts[BLOCK]) == (1, 2)
    assert facts[DEFINITE].missing[0] == "negative-peak area, left ulnar: at the wrist and below the elbow"


def test_a_block_of_unknown_duration_is_sure_as_block_and_possible_as_definite() -> None:
    facts = counted(forearm(40, None))
    assert count(facts[DEFINITE]) == (0, 1)
    assert count(facts[BLOCK]) == (1, 1)


def test_a_spanning_pair_alone_leaves_a_block_possible() -> None:
    facts = counted(motor("ulnar", wrist=response(10, 100, 6), above_elbow=response(4, 40, 6)))
    assert count(facts[DEFINITE]) == count(facts[BLOCK]) == (0, 1)


def test_only_the_named_nerves_can_have_definite_block() -> None:
    facts = counted(motor("radial", forearm=response(10, None, 6), elbow=response(3, None, 6)))
    assert count(facts[DEFINITE]) == (0, 0)
    assert count(facts[BLOCK]) == (0, 1)


@pytest.mark.parametrize(
    ("studies", "expected", "where_blocked"),
    [
        ((), (0, 1), None),
        ((sensory("ulnar"),), (1, 1), "normal"),
        ((sensory("ulnar", amplitude=2),), (0, 0), "abnormal"),
        ((sensory("ulnar", low=None),), (0, 1), None),
        ((sensory("ulnar", "left"),), (0, 1), None),
        ((sensory("median"),), (0, 1), None),
        ((sensory("ulnar-digital"),), (1, 1), "normal"),
        ((sensory("ulnar"), sensory("ulnar-digital", amplitude=2)), (0, 0), "abnormal"),
    ],
)
def test_the_sensory_study_of_the_blocked_nerve_decides(
    studies: tuple[NerveStudy, ...], expected: tuple[int, int], where_blocked: str | None
) -> None:
    facts = counted(forearm(40), *studies)
    assert count(facts[DEFINITE + WITH_SENSORY]) == expected
    assert facts["sensory_conduction_where_blocked"].value == where_blocked


@pytest.mark.parametrize("nerve", ["sural", "superficial-fibular"])
def test_for_a_fibular_block_sural_and_superficial_fibular_studies_are_accepted(nerve: str) -> None:
    block = motor("fibular", ankle=response(10, 100, 6), below_fibular_head=response(4, 40, 6))
    assert count(counted(block, sensory(nerve))[DEFINITE + WITH_SENSORY]) == (1, 1)


def test_the_missing_sensory_study_is_named_with_nerve_side_and_region() -> None:
    missing = counted(forearm(40))[DEFINITE + WITH_SENSORY].missing
    assert missing[0] == "normal ulnar sensory study, right, in the forearm"


def test_nerves_are_counted_one_by_one_and_an_abnormal_one_asks_for_review() -> None:
    facts = counted(forearm(40), left(forearm(40)), sensory("ulnar"), sensory("ulnar", "left", amplitude=2))
    where_blocked = facts["sensory_conduction_where_blocked"]
    assert (where_blocked.value, where_blocked.flags) == ("normal", ("review",))
    assert facts["abnormal_sensory_in_blocked_nerve"].value == "present"
    assert count(facts[DEFINITE + WITH_SENSORY]) == (1, 1)


def test_sensory_conduction_is_abnormal_when_every_blocked_nerve_is() -> None:
    facts = counted(forearm(40), sensory("ulnar", amplitude=2))
    assert facts["sensory_conduction_where_blocked"].value == "abnormal"


def test_a_second_blocked_nerve_without_a_study_leaves_the_first_one_standing() -> None:
    facts = counted(forearm(40), left(forearm(40)), sensory("ulnar"))
    assert facts["sensory_conduction_where_blocked"].value == "normal"
    assert facts["abnormal_sensory_in_blocked_nerve"].value is None


def test_an_abnormal_blocked_nerve_beside_one_without_a_study_leaves_it_open() -> None:
    facts = counted(forearm(40), left(forearm(40)), sensory("ulnar", amplitude=2))
    assert facts["sensory_conduction_where_blocked"].value is None


def test_without_a_sure_block_there_is_no_blocked_nerve_to_examine() -> None:
    fact = counted(forearm(95), sensory("ulnar", amplitude=2))["sensory_conduction_where_blocked"]
    assert fact.value is None
    assert "no surely blocked nerve" in fact.why


@pytest.mark.parametrize(
    ("studies", "value"),
    [
        ((), None),
        ((sensory("ulnar"), sensory("median")), "normal"),
        ((sensory("ulnar"), sensory("sural", amplitude=2)), "abnormal"),
        ((sensory("ulnar"), sensory("sural", low=None)), None),
    ],
)
def test_sensory_studies_are_normal_only_when_every_one_is(studies: tuple[NerveStudy, ...], value: str | None) -> None:
    assert counted(*studies)["sensory_studies"].value == value


def test_nerves_studied_are_those_with_a_graded_segment() -> None:
    open_study = motor("median", wrist=response(10, None, 6), elbow=response(3, None, 6))
    assert count(counted(forearm(95), open_study)["motor_nerves_studied"]) == (1, 1)


def test_erbs_point_counts_as_stimulated_when_a_segment_reaches_it() -> None:
    reached = motor("median", axilla=response(10, 100, 6), erb=response(9, 90, 6))
    assert counted(reached)["erb_stimulated"].value == "present"
    assert counted(forearm(95))["erb_stimulated"].value == "absent"
    assert counted()["erb_stimulated"].value is None
