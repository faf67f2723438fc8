"""An area that cannot be of the response it stands with is not used: no loss is worked out from a slip of the pen."""

from typing import Any

import pytest

from tests.opened_charts import motor, opened

Json = dict[str, Any]


def with_areas(distal: float, proximal: float, unit: str = "mV.ms") -> Json:
    """A study of the right ulnar forearm: 8 mV over 6 ms at both sites, and these areas."""
    study = motor("right ulnar", 0)
    for component in study["component"]:
        place, _, measured = component["code"]["coding"][0]["code"].partition(".")
        if measured == "cmap-area-neg":
            value = distal if place == "wrist" else proximal
            component["valueQuantity"] = {
                "value": value,
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            }
    return study


@pytest.mark.parametrize(
    ("areas", "grade"),
    [
        ((24, 20), "none"),
        ((30, 14), "definite"),
        # A tenth of the rectangle of 48 mV.ms is the least, and 1.2 times it the most.
        ((24, 4.8), "definite"),
        ((24, 4.7), "not_assessable"),
        ((57.6, 20), "definite"),
        ((57.7, 20), "not_assessable"),
        ((240, 24), "not_assessable"),
    ],
)
def test_an_area_is_held_against_amplitude_and_duration_at_its_site(areas: tuple[float, float], grade: str) -> None:
    (segment,) = opened(with_areas(*areas))["evaluation"]["conduction"]
    assert segment["grade"] == grade, segment


def test_a_site_whose_area_cannot_be_is_listed_with_the_values_to_check() -> None:
    excluded = opened(with_areas(240, 24))["evaluation"]["excluded"]
    assert [(row["reason"], row["detail"]) for row in excluded] == [
        (
            "value",
            "wrist.cmap-area-neg: does not fit amplitude times duration at that site; check the three values",
        )
    ]


def test_an_area_without_a_duration_beside_it_is_used() -> None:
    study = with_areas(24, 4.7)
    study["component"] = [each for each in study["component"] if "duration" not in str(each["code"])]
    (segment,) = opened(study)["evaluation"]["conduction"]
    assert segment["areaReductionPercent"] is not None
