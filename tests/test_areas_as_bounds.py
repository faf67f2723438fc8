"""A motor area that is sent as a bound: what is lost at least may decide, and what says nothing of it never does."""

import pytest

from tests.opened_charts import BEDSIDE_OF_MMN, Json, motor, opened, sensory

SENSORY = [sensory("right ulnar", 15), sensory("right median", 15)]
DISTAL, PROXIMAL = "wrist", "below-elbow"


def studied(lost: int, signs: dict[str, str], **changes: Json) -> Json:
    """A motor study of the right ulnar forearm; ``signs``: site to the comparator of its area."""
    study = motor("right ulnar", lost)
    for part in study["component"]:
        site, _, name = part["code"]["coding"][0]["code"].partition(".")
        if name == "cmap-area-neg":
            part["valueQuantity"] |= {"comparator": signs[site]} if site in signs else {}
            part["valueQuantity"] |= changes.get(site.replace("-", "_"), {})
    return study


def grade(study: Json) -> str:
    (row,) = opened(*BEDSIDE_OF_MMN, study, *SENSORY)["evaluation"]["conduction"]
    return str(row["grade"])


@pytest.mark.parametrize(
    ("percent", "signs", "expected"),
    [
        (62, {PROXIMAL: "<"}, "definite"),
        (62, {PROXIMAL: "<="}, "definite"),
        (62, {DISTAL: ">"}, "definite"),
        (62, {DISTAL: ">=", PROXIMAL: "<"}, "definite"),
        (50, {PROXIMAL: "<"}, "definite"),
        (49, {PROXIMAL: "<"}, "probable"),
        (30, {PROXIMAL: "<"}, "probable"),
        (29, {PROXIMAL: "<"}, "not_assessable"),
        (5, {PROXIMAL: "<"}, "not_assessable"),
        (62, {PROXIMAL: ">"}, "not_assessable"),
        (62, {DISTAL: "<"}, "not_assessable"),
        (62, {DISTAL: ">", PROXIMAL: ">"}, "not_assessable"),
        (62, {DISTAL: "<", PROXIMAL: "<"}, "not_assessable"),
    ],
)
def test_a_bound_decides_where_it_gives_what_is_lost_at_least(
    percent: int, signs: dict[str, str], expected: str
) -> None:
    assert grade(studied(percent, signs)) == expected


def test_the_card_says_that_it_is_that_much_or_more() -> None:
    answer = opened(*BEDSIDE_OF_MMN, studied(62, {PROXIMAL: "<"}), *SENSORY)
    assert answer["evaluation"]["classification"]["reached"] == "definite"
    (row,) = answer["evaluation"]["conduction"]
    assert "negative-peak area falls by 62.0 % or more" in row["reasons"][0]
    assert "areaReductionPercent" not in row
    assert any("area \u221262 % or more" in card["summary"] for card in answer["cards"])


def test_a_bound_that_cannot_be_of_its_response_decides_nothing() -> None:
    slip = {"below_elbow": {"value": 0.01}}
    assert grade(studied(62, {PROXIMAL: "<"}, **slip)) == "not_assessable"


def test_a_submaximal_stimulus_leaves_the_loss_open() -> None:
    study = studied(62, {PROXIMAL: "<"})
    code = {"coding": [{"system": study["code"]["coding"][0]["system"], "code": f"{PROXIMAL}.supramaximal"}]}
    study["component"].append({"code": code, "valueBoolean": False})
    assert grade(study) == "not_assessable"


def test_too_much_dispersion_makes_it_probable_as_with_a_number() -> None:
    bound, exact = studied(62, {PROXIMAL: "<"}), studied(62, {})
    for study in (bound, exact):
        for part in study["component"]:
            if part["code"]["coding"][0]["code"] == f"{PROXIMAL}.cmap-duration-neg":
                part["valueQuantity"]["value"] = 9
    assert (grade(bound), grade(exact)) == ("probable", "probable")
