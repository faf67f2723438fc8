"""The arithmetic of segments: exact, independent of scale, and never in the way of a request."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Fact, Range
from service.subjects.conduction.grading import graded, settled
from service.subjects.conduction.motor_segments import motor_segments
from service.subjects.conduction.nerves import SITES, SiteResponse
from service.subjects.conduction.reasons import percent_text
from service.subjects.conduction.section import conduction_row
from service.subjects.conduction.segment import increase_percent, reduction_percent
from service.subjects.conduction.tallies import tallies
from tests.unit.subjects.conduction.conduction_examples import (
    ANATOMY,
    LIMITS,
    SAY,
    forearm,
    motor,
    only,
    sensory,
    verdicts_of,
)

MEASURES = st.none() | st.fractions(min_value=0, max_value=1000, max_denominator=1000)
POSITIVE = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)
RESPONSES = st.builds(
    SiteResponse,
    MEASURES,
    MEASURES,
    MEASURES,
    peak_to_peak_mv=MEASURES,
    lln_amplitude_mv=MEASURES,
    supramaximal=st.sampled_from([True, False, None]),
    absent=st.booleans(),
)
SITE_TABLES = st.dictionaries(st.sampled_from(SITES), RESPONSES)
NERVES = st.sampled_from([*ANATOMY, "sural"])


@given(POSITIVE, POSITIVE, POSITIVE)
def test_scaling_both_values_leaves_the_percentage_exactly_the_same(
    distal: Fraction, proximal: Fraction, factor: Fraction
) -> None:
    assert reduction_percent(distal * factor, proximal * factor) == reduction_percent(distal, proximal)
    assert increase_percent(distal, proximal) == -(reduction_percent(distal, proximal) or 0)


@given(MEASURES, MEASURES)
def test_a_percentage_is_known_only_against_a_distal_value_above_nought(
    distal: Fraction | None, proximal: Fraction | None
) -> None:
    known = distal is not None and distal > 0 and proximal is not None
    assert (reduction_percent(distal, proximal) is not None) == known


@given(st.decimals(min_value=-1000, max_value=1000, places=4))
def test_percentages_are_shown_with_one_decimal_rounded_half_up(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert percent_text(Fraction(value)) == str(abs(expected) if expected == 0 else expected)


@given(NERVES, SITE_TABLES, SITE_TABLES)
def test_whatever_was_measured_is_graded_or_says_why_not(
    nerve: str, sites: dict[str, SiteResponse], others: dict[str, SiteResponse]
) -> None:
    studies = [motor(nerve, **sites), motor("median", **others), sensory("median")]
    segments = motor_segments(studies, ANATOMY, LIMITS)
    items = settled([graded(segment, verdicts_of(segment), SAY) for segment in segments])
    for item in items:
        row = conduction_row(item)
        assert None not in row.values()
        assert row["reasons"] or item.grade == "none"
        if item.grade in ("definite", "probable"):
            assert item.segment.rule.role == "counts"
            assert item.segment.area_reduction_percent is not None
    facts = tallies(items, studies, ANATOMY)
    definite, block = bounds(facts["nerves_with_definite_block"]), bounds(facts["nerves_with_block"])
    assert definite[0] <= block[0] <= block[1]
    assert definite[0] <= definite[1]
    assert bounds(facts["nerves_with_block_and_normal_sensory"])[0] <= block[0]


def bounds(fact: Fact) -> tuple[Fraction, Fraction]:
    assert isinstance(fact.value, Range)
    assert fact.value.low is not None
    return fact.value.low, Fraction(10**6) if fact.value.high is None else fact.value.high


@given(POSITIVE)
def test_the_grade_does_not_depend_on_the_scale_of_the_area(factor: Fraction) -> None:
    scaled = motor(
        "ulnar",
        wrist=SiteResponse(Fraction(10), 100 * factor, 6 * factor, lln_amplitude_mv=Fraction(6)),
        below_elbow=SiteResponse(Fraction(5), 50 * factor, Fraction("7.8") * factor),
    )
    assert only(scaled).grade == "definite"


def test_a_row_carries_the_names_of_the_contract() -> None:
    row = conduction_row(only(forearm("45.04", "6.999")))
    assert row == {
        "nerve": "ulnar",
        "side": "right",
        "from": "wrist",
        "to": "below-elbow",
        "areaReductionPercent": "55.0",
        "amplitudeReductionPercent": "10.0",
        "durationIncreasePercent": "16.7",
        "grade": "definite",
        "reasons": [
            (
                "Right ulnar nerve, the wrist to below the elbow: negative-peak area falls by 55.0 %, "
                "negative-peak amplitude falls by 10.0 %, duration rises by 16.7 %."
            )
        ],
        "flags": [],
        "evidence": [],
    }


def test_unknown_percentages_are_left_out_of_the_row() -> None:
    row = conduction_row(only(forearm(40, None)))
    assert "durationIncreasePercent" not in row
