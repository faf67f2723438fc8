"""Losses across entrapment sites: counted once for each site, and told from losses elsewhere."""

from dataclasses import replace
from fractions import Fraction

import pytest

from service.domain.facts import Fact, Range
from service.subjects.conduction.entrapment import LossLimits, entrapment_facts
from service.subjects.conduction.nerves import NerveStudy
from tests.unit.subjects.conduction.conduction_examples import LIMITS, forearm, gone, graded_of, motor, response

SITES, ONLY = "entrapment_sites_with_loss", "losses_only_at_entrapment_sites"
LOSS_LIMITS = LossLimits(LIMITS.probable_area, Fraction(1))
CARPAL_TUNNEL = motor("median", palm=response(10, 100, 6), wrist=response(5, 50, 6), elbow=response(5, 49, 6))
ULNAR_GROOVE = forearm(95, above_elbow=response(5, 40, 6))


def facts(*studies: NerveStudy) -> dict[str, Fact]:
    return entrapment_facts(graded_of(*studies), LOSS_LIMITS)


def count(*studies: NerveStudy) -> tuple[object, object]:
    value = facts(*studies)[SITES].value
    assert isinstance(value, Range)
    return value.low, value.high


def only(*studies: NerveStudy) -> object:
    return facts(*studies)[ONLY].value


def test_without_a_motor_study_all_are_unknown() -> None:
    assert [fact.value for fact in facts().values()] == [None, None, None]


def test_a_loss_across_one_site_and_nowhere_else() -> None:
    found = facts(CARPAL_TUNNEL)
    assert (count(CARPAL_TUNNEL), found[ONLY].value) == ((1, 1), "present")
    assert found[ONLY].why == "right median at carpal tunnel"


def test_the_facts_rest_on_the_studies_of_the_lost_responses() -> None:
    study = motor(
        "median",
        palm=response(10, 100, 6, evidence=("Observation/1",)),
        wrist=response(5, 50, 6, evidence=("Observation/2",)),
    )
    found = facts(study, forearm(95))
    names = ("entrapment_sites_with_loss", ONLY)
    assert [found[name].evidence for name in names] == [("Observation/1", "Observation/2")] * 2


def test_sites_of_several_nerves_are_counted_apart_and_the_same_site_of_both_sides_is_one() -> None:
    assert count(CARPAL_TUNNEL, replace(CARPAL_TUNNEL, side="left")) == (1, 1)
    assert count(CARPAL_TUNNEL, ULNAR_GROOVE, replace(CARPAL_TUNNEL, side="left")) == (2, 2)


@pytest.mark.parametrize(("erb", "value"), [(98, "absent"), (60, None)])
def test_a_pair_over_an_entrapment_site_without_a_loss_leaves_nothing_open(erb: int, value: str | None) -> None:
    spanning = motor("radial", elbow=response(10, 100, 6), axilla=response(10, erb, 6))
    assert facts(forearm(95), spanning)["loss_away_from_entrapment"].value == value
    assert facts(forearm(40), spanning)["loss_away_from_entrapment"].value == "present"


def test_two_pairs_that_end_in_the_spiral_groove_are_one_site() -> None:
    radial = motor("radial", elbow=response(10, 100, 6), spiral_groove=response(6, 60, 6), axilla=response(3, 30, 6))
    assert count(radial) == (1, 1)


@pytest.mark.parametrize(("area", "sites"), [("70.1", (0, 0)), (70, (1, 1))])
def test_a_site_counts_from_the_loss_that_probable_block_asks_for(area: int | str, sites: tuple[int, int]) -> None:
    assert count(motor("median", palm=response(10, 100, 6), wrist=response(9, area, 6))) == sites


def test_the_amplitude_serves_where_the_area_is_not_known() -> None:
    assert count(motor("median", palm=response(10), wrist=response(5))) == (1, 1)


def test_a_block_elsewhere_means_that_the_losses_are_not_at_entrapment_sites_only() -> None:
    assert only(CARPAL_TUNNEL, forearm(40)) == "absent"


def test_a_moderate_loss_that_is_no_block_is_still_a_loss_elsewhere() -> None:
    lower_leg = motor("fibular", ankle=response(10, 100, 6), below_fibular_head=response(6, 60, 6))
    assert only(CARPAL_TUNNEL, lower_leg) == "absent"


def test_no_loss_anywhere_is_no_loss_at_an_entrapment_site() -> None:
    assert only(forearm(95)) == "absent"


def test_a_segment_elsewhere_that_cannot_be_graded_leaves_it_open() -> None:
    open_study = motor("ulnar", wrist=response(10, None, 6), below_elbow=response(9, None, 6))
    assert only(CARPAL_TUNNEL, open_study) is None


def test_a_loss_over_a_pair_that_spans_a_site_cannot_be_placed() -> None:
    spanning = motor("ulnar", wrist=response(10, 100, 6), above_elbow=response(4, 40, 6))
    assert count(spanning) == (0, 1)
    assert only(CARPAL_TUNNEL, spanning) is None


def test_a_spanning_pair_without_loss_opens_nothing() -> None:
    spanning = motor("ulnar", wrist=response(10, 100, 6), above_elbow=response(9, 95, 6))
    assert count(CARPAL_TUNNEL, spanning) == (1, 1)
    assert only(CARPAL_TUNNEL, spanning) == "present"


@pytest.mark.parametrize(("amplitude", "sites"), [(1, (0, 1)), ("1.1", (1, 1))])
def test_a_loss_is_not_read_against_a_tiny_distal_response(amplitude: int | str, sites: tuple[int, int]) -> None:
    tiny = motor("median", palm=response(amplitude, 10, 6), wrist=response("0.4", 4, 6))
    assert count(tiny) == sites


def test_a_tibial_loss_is_no_loss_at_an_entrapment_site() -> None:
    tibial = motor("tibial", ankle=response(10, 100, 6), popliteal_fossa=response(4, 40, 6))
    assert count(CARPAL_TUNNEL, tibial) == (1, 1)
    assert only(tibial) == "absent"


def test_a_site_beyond_which_nothing_came_is_open_until_stimulation_is_confirmed() -> None:
    at_risk = motor("median", palm=response(10, 100, 6), wrist=gone())
    assert count(at_risk) == (0, 1)
    assert count(motor("median", palm=response(10, 100, 6), wrist=gone(supramaximal=True))) == (1, 1)


def test_where_no_site_was_studied_nothing_bounds_the_count() -> None:
    assert count(forearm(95)) == (0, None)


@pytest.mark.parametrize(
    ("nerve", "distal", "proximal", "site"),
    [
        ("median", "palm", "wrist", "carpal tunnel"),
        ("ulnar", "palm", "wrist", "ulnar canal"),
        ("ulnar", "below-elbow", "above-elbow", "ulnar groove"),
        ("radial", "elbow", "spiral-groove", "spiral groove"),
        ("radial", "spiral-groove", "axilla", "spiral groove"),
        ("fibular", "below-fibular-head", "popliteal-fossa", "fibular head"),
    ],
)
def test_each_common_entrapment_site_is_known_by_name(nerve: str, distal: str, proximal: str, site: str) -> None:
    study = motor(nerve, **{distal: response(10, 100, 6), proximal: response(5, 50, 6)})
    assert facts(study)[ONLY].why == f"right {nerve} at {site}"
