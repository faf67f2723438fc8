"""Sensory studies: what makes one normal, abnormal or unknown."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from service.subjects.conduction.nerves import NerveStudy, SensoryMeasure
from service.subjects.conduction.sensory import sensory_findings
from tests.unit.subjects.conduction.conduction_examples import moment, sensory, sensory_status


def with_measures(*measures: SensoryMeasure, words: tuple[str, ...] = ()) -> NerveStudy:
    return replace(sensory("ulnar"), sensory=measures, interpretations=words)


def velocity(value: int, low: int | None = 50, **more: object) -> SensoryMeasure:
    limit = None if low is None else Fraction(low)
    return SensoryMeasure("wrist", "cv", Fraction(value), limit, **more)  # type: ignore[arg-type]


AMPLITUDE = SensoryMeasure("wrist", "snap-amplitude", Fraction(20), Fraction(10))


@pytest.mark.parametrize(
    ("amplitude", "low", "interpretation", "status"),
    [
        (10, 10, None, "normal"),
        ("9.99", 10, None, "abnormal"),
        (20, None, None, "unknown"),
        (20, None, "normal", "normal"),
        (None, None, "abnormal", "abnormal"),
        (None, None, "normal", "normal"),
        (20, 10, "abnormal", "unknown"),
        (5, 10, "normal", "unknown"),
        (None, 10, None, "unknown"),
    ],
)
def test_the_amplitude_is_judged_by_its_limit_or_its_interpretation(
    amplitude: str | int | None, low: int | None, interpretation: str | None, status: str
) -> None:
    assert sensory_status(sensory("ulnar", amplitude=amplitude, low=low, interpretation=interpretation)) == status


def test_number_and_interpretation_that_contradict_are_marked() -> None:
    (finding,) = sensory_findings([sensory("ulnar", amplitude=5, interpretation="normal")])
    assert finding.flags == ("contradiction",)


def test_an_absent_response_is_abnormal() -> None:
    assert sensory_status(with_measures(SensoryMeasure("wrist", "snap-amplitude", absent=True))) == "abnormal"


def test_a_slow_velocity_is_abnormal_beside_a_normal_amplitude() -> None:
    assert sensory_status(with_measures(AMPLITUDE, velocity(49))) == "abnormal"
    assert sensory_status(with_measures(AMPLITUDE, velocity(50))) == "normal"


def test_a_velocity_alone_does_not_make_a_study_normal() -> None:
    assert sensory_status(with_measures(velocity(55))) == "unknown"


def test_a_velocity_without_a_limit_leaves_the_amplitude_to_decide() -> None:
    assert sensory_status(with_measures(AMPLITUDE, velocity(55, None))) == "normal"


def test_a_value_that_cannot_be_read_keeps_a_study_from_being_normal() -> None:
    assert sensory_status(with_measures(AMPLITUDE, SensoryMeasure("wrist", "cv", readable=False))) == "unknown"


@pytest.mark.parametrize(("latency", "status"), [(4, "abnormal"), (3, "normal")])
def test_a_latency_above_its_upper_limit_is_abnormal(latency: int, status: str) -> None:
    measure = SensoryMeasure("wrist", "onset-latency", Fraction(latency), upper_limit=Fraction(3))
    assert sensory_status(with_measures(AMPLITUDE, measure)) == status


@pytest.mark.parametrize(
    ("words", "measures", "status"),
    [
        (("normal",), (), "normal"),
        (("abnormal",), (), "abnormal"),
        (("normal", "abnormal"), (), "unknown"),
        (("abnormal",), (AMPLITUDE,), "unknown"),
        (("normal",), (velocity(40),), "unknown"),
        (("normal",), (velocity(60),), "normal"),
    ],
)
def test_the_word_on_the_whole_study_counts_unless_a_value_says_otherwise(
    words: tuple[str, ...], measures: tuple[SensoryMeasure, ...], status: str
) -> None:
    assert sensory_status(with_measures(*measures, words=words)) == status


def test_the_latest_session_of_each_nerve_decides() -> None:
    old = replace(sensory("ulnar", amplitude=5), day=date(2020, 1, 1), moment=moment(date(2020, 1, 1)))
    findings = sensory_findings([sensory("ulnar"), old, sensory("ulnar", "left", amplitude=5)])
    assert [(finding.side, finding.status) for finding in findings] == [("right", "normal"), ("left", "abnormal")]


def test_sessions_that_cannot_be_ordered_and_differ_leave_the_nerve_unknown() -> None:
    undated = replace(sensory("ulnar", amplitude=5), day=None, moment=moment(None))
    (finding,) = sensory_findings([sensory("ulnar"), undated])
    assert (finding.status, finding.flags) == ("unknown", ("unordered-sessions",))


def test_two_recordings_of_one_day_are_judged_together() -> None:
    (finding,) = sensory_findings([sensory("ulnar"), sensory("ulnar", amplitude=4)])
    assert finding.status == "abnormal"
