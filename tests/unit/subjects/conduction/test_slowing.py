"""Slowing of motor conduction against the limits of demyelination, told beside block and counted by nerve."""

from dataclasses import replace
from fractions import Fraction

import pytest

from service.domain.facts import Fact, Range
from service.subjects.conduction.nerves import NerveStudy, SegmentVelocity
from service.subjects.conduction.slowing import slowed_nerves, slowing_facts
from tests.unit.subjects.conduction.conduction_examples import (
    ANATOMY,
    SLOWING,
    Number,
    forearm,
    number,
    only,
    response,
    sensory,
)
from tests.unit.subjects.conduction.nerve_sources import component, quantity, read, site
from tests.unit.subjects.conduction.nerve_sources import study as sent


def with_velocity(velocity: Number, low: Number = 50, nerve: str = "ulnar", pair: str = "below-elbow") -> NerveStudy:
    study = forearm(95, nerve=nerve, proximal=pair.replace("-", "_"))
    return replace(study, segments={("wrist", pair): SegmentVelocity(number(velocity), number(low))})


def with_latency(latency: Number, high: Number = 4, nerve: str = "ulnar") -> NerveStudy:
    wrist = response(10, 100, 6, latency_ms=number(latency), latency_upper_limit_ms=number(high))
    return forearm(95, nerve=nerve, wrist=wrist)


def with_f_wave(latency: Number, high: Number = 30, distal_mv: Number = 10) -> NerveStudy:
    study = forearm(95, wrist=response(distal_mv, 100, 6))
    return replace(study, f_wave_latency_ms=number(latency), f_wave_upper_limit_ms=number(high))


def counted(*studies: NerveStudy) -> Fact:
    return slowing_facts(slowed_nerves(studies, ANATOMY, SLOWING), ())["nerves_with_motor_slowing"]


def is_slow(study: NerveStudy) -> bool | None:
    value = counted(study).value
    return {(0, 0): False, (1, 1): True, (0, 1): None}[int(value.low or 0), int(value.high or 0)]  # type: ignore[union-attr]


@pytest.mark.parametrize(("velocity", "expected"), [(35, True), ("35.1", False), (60, False)])
def test_a_velocity_thirty_percent_below_its_limit_is_slowed(velocity: Number, expected: bool) -> None:
    assert is_slow(with_velocity(velocity)) is expected


@pytest.mark.parametrize(("latency", "expected"), [(6, True), ("5.99", False), (3, False)])
def test_a_distal_latency_fifty_percent_over_its_limit_is_prolonged(latency: Number, expected: bool) -> None:
    assert is_slow(with_latency(latency)) is expected


@pytest.mark.parametrize(
    ("name", "sign", "value", "limits", "expected"),
    [
        ("wrist--below-elbow.cv", "<", 35, {"low": 50}, True),
        ("wrist--below-elbow.cv", "<=", 35, {"low": 50}, True),
        ("wrist--below-elbow.cv", "<", 45, {"low": 50}, None),
        ("wrist--below-elbow.cv", ">", 35, {"low": 50}, False),
        ("wrist--below-elbow.cv", ">=", 35, {"low": 50}, None),
        ("wrist--below-elbow.cv", ">", 20, {"low": 50}, None),
        ("wrist--below-elbow.cv", "<", 20, {}, None),
        ("wrist.onset-latency", ">", 6, {"high": 4}, True),
        ("wrist.onset-latency", ">", 5, {"high": 4}, None),
        ("wrist.onset-latency", "<", 6, {"high": 4}, False),
        ("wrist.onset-latency", "<", 7, {"high": 4}, None),
        ("f-wave-min-latency", ">", 45, {"high": 30}, True),
        ("f-wave-min-latency", ">", 30, {"high": 30}, None),
        ("f-wave-min-latency", "<", 36, {"high": 30}, False),
    ],
)
def test_a_bound_is_slow_only_where_it_suffices_and_is_told_as_one(
    name: str, sign: str, value: int, limits: dict[str, int], expected: bool | None
) -> None:
    unit = "m/s" if name.endswith("cv") else "ms"
    ranged = {end: quantity(limit, unit) for end, limit in limits.items()}
    stated = {**component(name, value, unit), "valueQuantity": quantity(value, unit, comparator=sign)}
    if ranged:
        stated["referenceRange"] = [ranged]
    studies, excluded = read(sent(*site("wrist", 8, 25, 6), *site("below-elbow", 8, 25, 6), stated))
    assert is_slow(studies[0]) is expected
    assert excluded == []
    assert not expected or f"{sign}{value}.0 {unit}" in counted(studies[0]).why


@pytest.mark.parametrize(
    ("latency", "distal_mv", "expected"),
    [
        (36, 10, True),
        ("35.9", 10, False),
        (36, "4.8", True),  # 80 % of the limit of 6 mV
        (36, "4.7", False),
        (45, "4.7", True),
        ("44.9", "4.7", False),
        (36, None, None),
    ],
)
def test_an_f_wave_is_held_against_a_wider_limit_where_the_response_is_small(
    latency: Number, distal_mv: Number, expected: bool | None
) -> None:
    assert is_slow(with_f_wave(latency, distal_mv=distal_mv)) is expected


@pytest.mark.parametrize("study", [with_velocity(25, low=None), with_latency(9, high=None), forearm(95)])
def test_without_a_limit_or_a_measurement_slowing_stays_open(study: NerveStudy) -> None:
    assert is_slow(study) is None


def test_slowing_at_an_entrapment_site_is_told_and_not_counted() -> None:
    carpal_tunnel = with_latency(9, nerve="median")
    assert is_slow(carpal_tunnel) is False
    across_elbow = with_velocity(20, pair="above-elbow")
    assert is_slow(across_elbow) is False
    for study in (carpal_tunnel, across_elbow):
        assert "slowed" in only(study).flags


def test_slowing_stands_beside_the_grade_and_does_not_change_it() -> None:
    item = only(with_velocity(25))
    assert item.grade == "none"
    assert "velocity 25.0 m/s, the wrist to below the elbow (50.0 % below its lower limit)" in item.reasons[-1]


def test_each_nerve_counts_once_with_its_evidence() -> None:
    both = replace(with_velocity(25), f_wave_latency_ms=Fraction(60), f_wave_upper_limit_ms=Fraction(30))
    fact = counted(both, with_velocity(25, nerve="median", pair="elbow"))
    assert fact.value == Range.exactly(2)
    assert set(fact.evidence) == {*both.evidence, *with_velocity(25, nerve="median", pair="elbow").evidence}


def test_without_a_motor_study_nothing_is_said_of_slowing() -> None:
    assert slowing_facts(slowed_nerves([sensory("median")], ANATOMY, SLOWING), ()) == {
        "motor_slowing": Fact("not_shown")
    }
