"""Grades of motor segments: every row of the table of ambiguities that bears on them."""

from dataclasses import replace
from fractions import Fraction

import pytest

from service.subjects.conduction.grading import without_contradictions
from service.subjects.conduction.motor_segments import motor_segments
from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import (
    ANATOMY,
    LIMITS,
    SAY,
    forearm,
    gone,
    graded_of,
    grades,
    motor,
    only,
    response,
)

DEFINITE, PROBABLE, NONE, OPEN, NOT_COUNTED = "definite", "probable", "none", "not_assessable", "not_counted"


def axilla_erb(nerve: str, area: int, supramaximal: bool | None) -> NerveStudy:
    return motor(nerve, axilla=response(10, 100, 6), erb=response(9, area, 6, supramaximal=supramaximal))


@pytest.mark.parametrize(
    ("area", "duration", "grade"),
    [
        (50, "7.8", DEFINITE),  # exactly half lost, exactly 30 % longer
        (50, "7.801", PROBABLE),
        ("50.001", 6, PROBABLE),
        (70, "7.8", PROBABLE),
        ("70.001", 6, NONE),
        (70, "7.801", NONE),
        (130, 6, NONE),  # the area grows
    ],
)
def test_limits_of_area_and_duration_are_inclusive_and_exact(area: str, duration: str, grade: str) -> None:
    assert only(forearm(area, duration)).grade == grade


def test_six_to_seven_point_eight_milliseconds_is_exactly_thirty_percent() -> None:
    assert only(forearm(50, "7.8")).segment.duration_increase_percent == Fraction(30)


@pytest.mark.parametrize(("nerve", "grade"), [("radial", PROBABLE), ("median", DEFINITE)])
def test_half_the_area_lost_is_definite_only_in_the_named_nerves(nerve: str, grade: str) -> None:
    distal = "forearm" if nerve == "radial" else "wrist"
    sites = {distal: response(10, 100, 6), "elbow": response(4, 40, 6)}
    assert only(motor(nerve, **sites)).grade == grade


def test_a_moderate_loss_in_the_leg_is_no_block() -> None:
    study = motor("fibular", ankle=response(10, 100, 6), below_fibular_head=response(6, 60, 6))
    assert only(study).grade == NONE


@pytest.mark.parametrize(("amplitude", "lln", "grade"), [("1", 4, OPEN), ("1.001", 4, DEFINITE), ("1.3", "6.5", OPEN)])
def test_a_small_distal_response_is_axonal_loss_and_never_no_block(amplitude: str, lln: str, grade: str) -> None:
    wrist = response(amplitude, 100, 6, lln_amplitude_mv=Fraction(lln))
    item = only(forearm(40, wrist=wrist))
    assert item.grade == grade
    assert any("Axonal loss" in reason for reason in item.reasons) == (grade == OPEN)


@pytest.mark.parametrize(("amplitude", "grade"), [("1.2", OPEN), ("1.3", DEFINITE), ("0.9", OPEN)])
def test_without_a_lower_limit_the_highest_plausible_one_decides(amplitude: str, grade: str) -> None:
    item = only(forearm(40, wrist=response(amplitude, 100, 6, lln_amplitude_mv=None)))
    assert item.grade == grade
    assert "no-lower-limit" in item.flags


def test_a_missing_lower_limit_is_asked_for_where_it_would_decide() -> None:
    item = only(forearm(40, wrist=response("1.2", 100, 6, lln_amplitude_mv=None)))
    assert item.missing == ("lower limit of the amplitude, right ulnar: at the wrist",)


@pytest.mark.parametrize(
    ("area", "duration", "is_borderline"),
    [
        (53, 6, True),
        ("53.01", 6, False),
        (47, 6, True),
        (73, 6, True),
        ("73.01", 6, False),
        (60, "7.62", True),  # 40 % lost, 27 % longer
        (60, "7.61", False),
        (60, "7.98", True),
        (80, "7.8", False),  # 20 % lost: the duration bears on nothing
        (73, "7.8", True),
    ],
)
def test_values_within_three_points_of_a_limit_are_borderline(area: str, duration: str, is_borderline: bool) -> None:
    assert ("borderline" in only(forearm(area, duration)).flags) == is_borderline


def test_the_limit_of_a_moderate_loss_is_not_borderline_where_it_does_not_apply() -> None:
    study = motor("fibular", ankle=response(10, 100, 6), below_fibular_head=response(7, 70, 6))
    assert "borderline" not in only(study).flags


@pytest.mark.parametrize(("amplitude", "word"), [(3, "suggests"), (9, "does not suggest")])
def test_amplitude_alone_never_establishes_a_block(amplitude: int, word: str) -> None:
    item = only(motor("ulnar", wrist=response(10, None, 6), below_elbow=response(amplitude, None, 6)))
    assert item.grade == OPEN
    assert "amplitude-only" in item.flags
    assert f"which {word} a block" in " ".join(item.reasons)
    assert item.missing == ("negative-peak area, right ulnar: at the wrist and below the elbow",)


def test_without_duration_half_the_area_lost_in_a_named_nerve_is_at_least_probable() -> None:
    item = only(forearm(40, None))
    assert item.grade == PROBABLE
    assert item.may_be_definite
    assert item.missing == ("negative-peak duration, right ulnar: below the elbow",)


@pytest.mark.parametrize("nerve", ["radial", "ulnar"])
def test_without_duration_other_losses_stay_open(nerve: str) -> None:
    area = 40 if nerve == "radial" else 60
    sites = {"forearm": response(10, 100, None), "elbow": response(9, area, None)}
    study = motor("radial", **sites) if nerve == "radial" else forearm(area, None)
    assert only(study).grade == OPEN


def test_no_response_distally_is_an_inexcitable_nerve() -> None:
    item = only(motor("ulnar", wrist=gone(), below_elbow=gone(supramaximal=True)))
    assert item.grade == OPEN
    assert "inexcitable" in item.reasons[0]
    assert item.segment.area_reduction_percent is None


@pytest.mark.parametrize(("supramaximal", "grade"), [(True, DEFINITE), (None, OPEN), (False, OPEN)])
def test_no_response_proximally_is_a_total_loss_only_with_confirmed_stimulation(
    supramaximal: bool | None, grade: str
) -> None:
    item = only(motor("ulnar", wrist=response(10, 100, 6), below_elbow=gone(supramaximal=supramaximal)))
    assert item.grade == grade
    assert item.segment.area_reduction_percent == (100 if supramaximal else None)


@pytest.mark.parametrize(
    ("nerve", "area", "supramaximal", "grade"),
    [
        ("median", 50, True, DEFINITE),
        ("median", 50, None, OPEN),
        ("median", 50, False, OPEN),
        ("median", "50.1", True, NOT_COUNTED),
        ("median", 70, None, NOT_COUNTED),
        ("median", "70.1", None, NONE),
        ("musculocutaneous", 50, True, PROBABLE),
        ("musculocutaneous", 60, True, NOT_COUNTED),
    ],
)
def test_up_to_erbs_point_only_a_confirmed_large_loss_counts(
    nerve: str, area: int, supramaximal: bool | None, grade: str
) -> None:
    assert only(axilla_erb(nerve, area, supramaximal)).grade == grade


def test_the_root_is_treated_like_erbs_point() -> None:
    study = motor("median", axilla=response(10, 100, 6), root=response(9, 40, 6))
    assert only(study).grade == OPEN


def test_a_loss_behind_a_submaximal_stimulus_is_open_but_a_small_one_is_none() -> None:
    weak = response(4, 40, 6, supramaximal=False)
    assert only(forearm(40, below_elbow=weak)).grade == OPEN
    assert only(forearm(80, below_elbow=response(8, 80, 6, supramaximal=False))).grade == NONE


@pytest.mark.parametrize(
    ("nerve", "distal", "proximal", "grade"),
    [
        ("median", "palm", "wrist", NOT_COUNTED),
        ("median", "palm", "elbow", OPEN),
        ("median", "wrist", "below_elbow", DEFINITE),
        ("median", "above_elbow", "axilla", DEFINITE),
        ("ulnar", "palm", "wrist", NOT_COUNTED),
        ("ulnar", "wrist", "above_elbow", OPEN),
        ("ulnar", "wrist", "elbow", OPEN),
        ("ulnar", "below_elbow", "above_elbow", NOT_COUNTED),
        ("ulnar", "elbow", "axilla", OPEN),
        ("ulnar", "wrist", "axilla", OPEN),
        ("ulnar", "above_elbow", "axilla", DEFINITE),
        ("fibular", "ankle", "below_fibular_head", DEFINITE),
        ("fibular", "below_fibular_head", "popliteal_fossa", NOT_COUNTED),
        ("fibular", "ankle", "popliteal_fossa", OPEN),
        ("fibular", "ankle", "knee", OPEN),
        ("radial", "forearm", "elbow", PROBABLE),
        ("radial", "elbow", "axilla", OPEN),
        ("radial", "elbow", "spiral_groove", NOT_COUNTED),
        ("radial", "forearm", "axilla", OPEN),
        ("radial", "wrist", "elbow", NOT_COUNTED),
        ("tibial", "ankle", "popliteal_fossa", NOT_COUNTED),
        ("tibial", "ankle", "knee", NOT_COUNTED),
        ("femoral", "knee", "root", NOT_COUNTED),
        ("sural", "ankle", "knee", NOT_COUNTED),
    ],
)
def test_where_a_total_loss_counts(nerve: str, distal: str, proximal: str, grade: str) -> None:
    sites = {distal: response(10, 100, 6), proximal: response(4, 40, 6)}
    item = only(motor(nerve, **sites))
    assert item.grade == grade
    assert item.reasons


def test_a_segment_over_an_entrapment_site_names_the_site_that_would_help() -> None:
    item = only(motor("ulnar", wrist=response(10, 100, 6), above_elbow=response(4, 40, 6)))
    assert item.may_be_block
    assert item.missing == ("stimulation below the elbow, right ulnar",)


def rising_median(side: str = "right") -> NerveStudy:
    return motor("median", side, wrist=response(8, 80, 6), elbow=response("8.1", 81, 6))


def test_an_ulnar_fall_beside_a_median_rise_may_be_a_martin_gruber_crossover() -> None:
    found = grades(forearm(40), rising_median())
    assert found["ulnar", "right", "wrist", "below-elbow"] == OPEN


def test_a_crossover_hint_needs_the_same_side_a_rise_and_a_fall() -> None:
    falling = motor("median", wrist=response(8, 80, 6), elbow=response(8, 78, 6))
    assert grades(forearm(40), rising_median("left"))["ulnar", "right", "wrist", "below-elbow"] == DEFINITE
    assert grades(forearm(40), falling)["ulnar", "right", "wrist", "below-elbow"] == DEFINITE
    assert grades(forearm("70.1"), rising_median())["ulnar", "right", "wrist", "below-elbow"] == NONE


def test_a_fall_of_amplitude_hints_at_crossover_where_the_area_is_missing() -> None:
    ulnar = motor("ulnar", wrist=response(10, None, 6), below_elbow=response(6, None, 6))
    item = next(item for item in graded_of(ulnar, rising_median()) if item.segment.nerve == "ulnar")
    assert "martin-gruber" in item.flags
    assert "crossover" in item.missing[0]


def test_two_small_falls_that_add_to_a_half_are_found_by_the_wide_pair() -> None:
    sites = {"wrist": response(10, 100, 6), "elbow": response(9, 71, 6), "axilla": response(9, 50, 6)}
    found = grades(motor("median", **sites))
    assert found == {
        ("median", "right", "wrist", "elbow"): NONE,
        ("median", "right", "wrist", "axilla"): DEFINITE,
        ("median", "right", "elbow", "axilla"): NONE,
    }


def test_a_wide_pair_is_dropped_where_a_part_of_it_shows_the_block() -> None:
    sites = {"wrist": response(10, 100, 6), "elbow": response(4, 40, 6), "axilla": response(4, 38, 6)}
    assert ("median", "right", "wrist", "axilla") not in grades(motor("median", **sites))


def test_a_wide_pair_over_an_entrapment_site_is_never_judged() -> None:
    sites = {"wrist": response(10, 100, 6), "below_elbow": response(9, 95, 6), "above_elbow": response(4, 40, 6)}
    study = motor("ulnar", **sites)
    assert set(grades(study).values()) == {NONE, NOT_COUNTED}
    assert not any(segment.composite for segment in motor_segments([study], ANATOMY, LIMITS))


def test_peak_to_peak_amplitude_is_marked_and_not_used() -> None:
    wrist = response(None, None, None, peak_to_peak_mv=Fraction(12))
    item = only(motor("ulnar", wrist=wrist, below_elbow=response(None, None, None, peak_to_peak_mv=Fraction(3))))
    assert item.grade == OPEN
    assert "peak-to-peak" in item.flags
    assert item.segment.amplitude_reduction_percent is None


def test_default_limits_are_passed_on_from_the_distal_site_only() -> None:
    marked = {"flags": ("default-limits",)}
    assert "default-limits" in only(forearm(40, wrist=response(10, 100, 6, **marked))).flags
    assert "default-limits" not in only(forearm(40, below_elbow=response(4, 40, 6, **marked))).flags


def test_of_several_wide_pairs_only_the_narrowest_with_the_block_is_shown() -> None:
    sites = {"wrist": response(10, 100, 6), "elbow": response(9, 71, 6), "axilla": response(9, 50, 6)}
    shown = grades(motor("median", **sites, erb=response(9, 46, 6, supramaximal=True)))
    assert [pair[2:] for pair, grade in shown.items() if grade == DEFINITE] == [("wrist", "axilla")]


@pytest.mark.parametrize(
    ("muscles", "grades_found"),
    [
        ((None, None), {OPEN}),
        (("abductor-digiti-minimi", None), {OPEN}),
        (("abductor-digiti-minimi", "first-dorsal-interosseous"), {DEFINITE, NONE}),
    ],
)
def test_two_studies_of_one_day_that_disagree_on_block_count_neither_way(
    muscles: tuple[str | None, str | None], grades_found: set[str]
) -> None:
    studies = (replace(forearm(40), muscle=muscles[0]), replace(forearm(95), muscle=muscles[1]))
    found = without_contradictions(graded_of(*studies), SAY)
    assert {item.grade for item in found} == grades_found
    assert all(item.may_be_definite and item.missing for item in found) == (grades_found == {OPEN})


def test_two_studies_of_one_day_that_agree_on_block_both_count() -> None:
    found = without_contradictions(graded_of(forearm(40), forearm(35)), SAY)
    assert [item.grade for item in found] == [DEFINITE, DEFINITE]
