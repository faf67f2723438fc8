"""MMN that was known for years: what has changed late under treatment takes no class away, and is told."""

import pytest

from tests.opened_charts import (
    BEDSIDE_CODES,
    BEDSIDE_OF_MMN,
    Json,
    cards,
    diagnosis,
    found,
    infusion,
    motor,
    observed,
    opened,
    result,
    sensory,
)

KNOWN = [
    diagnosis("G61.82", recordedDate="2022-02-01"),
    *({**each, "effectiveDateTime": "2022-02-20"} for each in BEDSIDE_OF_MMN),
    motor("right ulnar", 62, "2022-02-20"),
    sensory("right ulnar", 20, "2022-02-20"),
]
INFUSIONS = [infusion(f"2025-{month:02}-10") for month in range(1, 13)] + [infusion("2026-02-10")]
NOW = motor("right ulnar", 60)


def told(*chart: Json) -> str:
    return "\n".join(cards(*chart))


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        ([NOW, sensory("right ulnar", 20)], "sensory normal"),
        ([NOW, sensory("right ulnar", 7)], "sensory low now: review it"),
        ([NOW, sensory("right ulnar", 20), sensory("right median", 7)], "sensory normal there, 1 abnormal"),
    ],
)
def test_one_low_sensory_response_late_asks_for_review(chart: list[Json], says: str) -> None:
    said = told(*KNOWN, *INFUSIONS, *chart)
    assert "Definite MMN" in said
    assert says in said


@pytest.mark.parametrize(
    "chart",
    [
        # A second abnormal nerve makes it another disease.
        [*KNOWN, *INFUSIONS, NOW, sensory("right ulnar", 7), sensory("right median", 7)],
        # Nobody knew it for long.
        [diagnosis("G61.82"), *BEDSIDE_OF_MMN, NOW, sensory("right ulnar", 7)],
        # Neither in the chart nor treated.
        [*KNOWN[1:], NOW, sensory("right ulnar", 7)],
        [*KNOWN, *INFUSIONS, NOW, sensory("right ulnar", 20), found("objective-sensory-loss")],
    ],
)
def test_more_than_one_low_response_late_takes_the_class_away(chart: list[Json]) -> None:
    assert "Definite MMN" not in told(*chart)


GONE = found("asymmetric-limb-weakness", value=False)


def test_weakness_that_is_gone_under_treatment_is_no_symmetric_weakness() -> None:
    said = told(*KNOWN, *INFUSIONS, GONE)
    assert "Definite MMN" in said
    assert not any(words in said for words in ("motor CIDP", "not met"))
    details = "\n".join(card["detail"] for card in opened(*KNOWN, *INFUSIONS, GONE)["cards"])
    assert "found before treatment, gone under it" in details


@pytest.mark.parametrize("chart", [[*KNOWN, GONE], [*KNOWN[:1], *KNOWN[2:], *INFUSIONS, GONE]])
def test_symmetric_weakness_without_treatment_or_without_a_difference_before_is_told(chart: list[Json]) -> None:
    assert "Definite MMN" not in told(*chart)


@pytest.mark.parametrize(
    ("first", "now", "is_told"),
    [
        (5.1, 4.9, False),
        (6.0, 4.9, False),
        (6.2, 4.9, True),
        (9.0, 7.0, False),
        (9.0, 6.7, True),
        (12.0, 6.2, True),
        (8.0, 8.0, False),
    ],
)
def test_loss_of_axons_is_judged_by_the_own_baseline(first: float, now: float, *, is_told: bool) -> None:
    chart = [
        diagnosis("G61.82", recordedDate="2022-02-01"),
        infusion("2024-01-10"),
        *INFUSIONS,
        motor("right ulnar", 5, "2024-01-05", distal=first),
        motor("right ulnar", 5, "2026-02-20", distal=now),
    ]
    assert ("info: Distal amplitudes fall" in told(*chart)) is is_told


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        (
            [*[each for each in BEDSIDE_OF_MMN if "valueDateTime" not in each], found("weakness-onset", "2026-02-10")],
            "duration of weakness",
        ),
        ([*BEDSIDE_OF_MMN[:1], found("weak-nerve-territories", 1), *BEDSIDE_OF_MMN[2:]], "weak nerve territories: 1"),
    ],
)
def test_criteria_that_are_not_met_are_named(chart: list[Json], says: str) -> None:
    study = motor("right ulnar", 5) if "territories" in says else motor("right ulnar", 62)
    (summary,) = [card for card in cards(*chart, study, sensory("right ulnar", 20)) if "not met" in card]
    assert says in summary


LOSS = [found("asymmetric-limb-weakness"), found("objective-sensory-loss"), motor("right ulnar", 5)]


@pytest.mark.parametrize(
    ("chart", "is_told"),
    [
        (LOSS, False),
        ([*LOSS, diagnosis("G61.82")], True),
        ([*LOSS, result("51703-7", 90, "[arb'U]/mL", high=30)], True),
        ([*LOSS, infusion("2026-02-10")], True),
        ([*LOSS[:2], motor("right ulnar", 62)], True),
    ],
)
def test_an_exclusion_is_told_only_where_somebody_thought_of_the_disease(chart: list[Json], *, is_told: bool) -> None:
    assert ("MMN criteria are not met" in told(*chart)) is is_told


def grips(*told: tuple[str, float]) -> list[Json]:
    """The grip of the right hand in kPa, day by day."""
    unit = {"unit": "kPa", "system": "http://unitsofmeasure.org", "code": "kPa"}
    hand = {"text": "right hand"}
    return [
        observed(BEDSIDE_CODES, "grip-strength", day, valueQuantity={"value": grip, **unit}, bodySite=hand)
        for day, grip in told
    ]


KEPT = grips(("2025-02-09", 55), ("2025-09-25", 56), ("2026-02-25", 56))
FALLEN = grips(("2025-02-09", 55), ("2025-09-25", 54), ("2026-02-25", 40))
MAINTENANCE = [infusion(f"2025-{month:02}-10") for month in range(2, 13)] + [infusion("2026-02-10")]
LOAD = [infusion("2025-02-11"), infusion("2025-02-12")]
NO_GAIN = "No objective gain over"


def known(day: str) -> Json:
    return diagnosis("G61.82", recordedDate=day)


@pytest.mark.parametrize(
    ("chart", "is_warned"),
    [
        pytest.param([known("2019-09-10")], False, id="known for years before the first infusion"),
        pytest.param([known("2024-08-10")], False, id="known for 184 days before it"),
        pytest.param([known("2024-08-11")], True, id="known for 183 days before it"),
        pytest.param([known("2019-09-10"), *LOAD], True, id="known for years, and begun by a load"),
    ],
)
def test_strength_that_is_kept_under_maintenance_is_no_want_of_a_gain(chart: list[Json], is_warned: bool) -> None:
    assert (NO_GAIN in told(*chart, *MAINTENANCE, *KEPT)) is is_warned


def test_strength_that_falls_under_maintenance_is_told_in_long_known_disease() -> None:
    said = told(diagnosis("G61.82", recordedDate="2019-09-10"), *MAINTENANCE, *FALLEN)
    assert "Objective worsening under immunoglobulin" in said
    assert NO_GAIN not in said


@pytest.mark.parametrize(("count", "is_warned"), [(5, True), (6, False)])
def test_a_few_courses_in_long_known_disease_may_be_the_first(count: int, is_warned: bool) -> None:
    courses = [infusion(f"2025-{month:02}-10") for month in range(8, 8 + count)]
    strength = grips(("2025-08-09", 55), ("2025-10-25", 56), ("2026-01-25", 56))
    given = courses if count <= 5 else [*courses[:5], infusion("2026-01-10")]
    assert (NO_GAIN in told(known("2019-09-10"), *given, *strength)) is is_warned
