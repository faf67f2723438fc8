"""A distal response too small to read a loss against: no question of MMN in one nerve without anything else."""

import pytest

from tests.opened_charts import Json, cards, diagnosis, found, motor

ULNAR, MEDIAN = motor("right ulnar", 5, distal=0.6), motor("right median", 5, distal=0.7)
BOTH_ULNAR = [ULNAR, motor("left ulnar", 5, distal=0.8)]


@pytest.mark.parametrize(
    "chart",
    [
        [ULNAR],
        [ULNAR, diagnosis("M54.12")],
        [ULNAR, diagnosis("S54.01XA")],
        [ULNAR, diagnosis("S64.01XA")],
        [ULNAR, diagnosis("G62.81")],
        [ULNAR, diagnosis("M48.02")],
        BOTH_ULNAR,
        [ULNAR, motor("right median", 3)],
        [ULNAR, MEDIAN, diagnosis("S14.3XXA")],
        [ULNAR, MEDIAN, diagnosis("G62.81")],
        [ULNAR, MEDIAN, diagnosis("M54.12")],
        [ULNAR, MEDIAN, diagnosis("G54.5")],
    ],
)
def test_a_small_response_of_one_nerve_or_of_a_coded_disease_brings_no_card(chart: list[Json]) -> None:
    assert cards(*chart) == []


@pytest.mark.parametrize(
    "chart",
    [
        [ULNAR, found("asymmetric-limb-weakness")],
        [ULNAR, found("weak-nerve-territories", 2)],
        [ULNAR, diagnosis("G61.82")],
        [ULNAR, MEDIAN],
        [ULNAR, motor("right median", 60)],
        [ULNAR, motor("right median", 60), diagnosis("S54.01XA")],
        [ULNAR, MEDIAN, diagnosis("S14.3XXA", now="resolved")],
        [ULNAR, motor("right median", 60, area=False)],
    ],
)
def test_beside_weakness_block_or_the_disease_itself_it_is_told(chart: list[Json]) -> None:
    assert any("MMN" in card for card in cards(*chart))


RAPID = [found("asymmetric-limb-weakness"), found("weak-nerve-territories", 2), found("progression", "rapid")]
LATELY, LONG_AGO = found("weakness-onset", "2026-01-20"), found("weakness-onset", "2025-01-20")


@pytest.mark.parametrize(
    ("chart", "asks_for_motor_neuron_disease"),
    [
        ([*RAPID, LATELY, diagnosis("G54.5")], False),
        ([*RAPID, LATELY, diagnosis("E80.21")], False),
        ([*RAPID, diagnosis("G54.5", "2026-01-10")], False),
        ([*RAPID, LONG_AGO], True),
        ([*RAPID, LONG_AGO, diagnosis("G54.5")], True),
        ([*RAPID, LONG_AGO, diagnosis("E80.21", "2020-05-05")], True),
        ([*RAPID, diagnosis("G54.5")], True),
        ([*RAPID, LONG_AGO, diagnosis("G54.5", "2026-01-10", verified="provisional")], True),
        ([*RAPID, diagnosis("G54.5", "2026-01-10"), found("progression", "rapid", day="2025-06-01")], True),
        ([*RAPID, LATELY, diagnosis("G54.5"), found("upper-motor-neuron-signs")], True),
        ([*RAPID, LATELY, diagnosis("G54.5"), found("marked-bulbar-involvement")], True),
    ],
)
def test_a_disease_that_weakens_fast_explains_a_rapid_course_for_some_months(
    chart: list[Json], *, asks_for_motor_neuron_disease: bool
) -> None:
    said = "\n".join(cards(*chart))
    assert ("motor neuron disease" in said or "ALS" in said) is asks_for_motor_neuron_disease, said
