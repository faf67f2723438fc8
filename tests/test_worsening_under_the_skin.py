"""Strength that falls while immunoglobulin is given under the skin is told; what is steady or not its doing is not."""

import pytest

from tests.opened_charts import BEDSIDE_OF_MMN, Json, cards, infusion, motor, observed, sensory
from tests.test_block_gone_under_treatment import in_force, under_the_skin

CHART = [*BEDSIDE_OF_MMN, motor("right ulnar", 62), sensory("right ulnar", 15)]
WEEKLY = [under_the_skin(f"2026-{month:02d}-{day:02d}") for month in (1, 2) for day in (3, 10, 17, 24)]
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"


def score(value: int, day: str) -> Json:
    """An MRC sum score of 60."""
    unit = {"unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
    best = [{"high": {"value": 60, **unit}}]
    return observed(BEDSIDE, "mrc-sum-score", day, valueQuantity={"value": value, **unit}, referenceRange=best)


FALL = [score(54, "2026-01-10"), score(44, "2026-02-20")]


@pytest.mark.parametrize(
    ("chart", "is_told"),
    [
        ([*WEEKLY, *FALL], True),
        ([in_force(), *FALL], True),
        ([*WEEKLY, score(54, "2025-12-20"), score(44, "2026-02-20")], True),
        ([*WEEKLY, score(54, "2026-01-10"), score(54, "2026-02-20")], False),
        ([*WEEKLY, score(44, "2026-01-10"), score(54, "2026-02-20")], False),
        ([*WEEKLY, score(44, "2026-02-20")], False),
        (FALL, False),
        ([*WEEKLY, infusion("2026-02-26"), *FALL], False),
    ],
)
def test_a_fall_of_strength_under_the_skin_is_told(chart: list[Json], is_told: bool) -> None:
    told = cards(*CHART, *chart)
    assert any("under subcutaneous immunoglobulin" in card for card in told) is is_told, told
