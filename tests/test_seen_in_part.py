"""What was found and measured counts, also where something else was not looked at whole."""

import pytest

from service.fhir.intake.wholeness import DRUG_HISTORY, Seen
from tests.opened_charts import AS_OF, Json, diagnosis, infusion, observed
from tests.shipped import shipped

BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
EVALUATOR = shipped()
WHOLE, BY_CODE = Seen(whole=DRUG_HISTORY), Seen()
COURSES = [("2025-10-01", "2025-09-28"), ("2025-11-15", "2025-11-12"), ("2026-01-05", "2026-01-02")]
ASSESSED = ["2025-10-15", "2025-11-29", "2026-01-19"]
OLDER_ORDER: Json = {
    "resourceType": "MedicationStatement",
    "status": "completed",
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J06BA02"}]},
    "effectivePeriod": {"start": "2021-05-01", "end": "2024-05-01"},
}


def strength(day: str, points: int) -> Json:
    """An MRC sum score."""
    quantity = {"value": points, "unit": "1", "system": "http://unitsofmeasure.org", "code": "1"}
    return observed(BEDSIDE, "mrc-sum-score", day, valueQuantity=quantity)


def courses(number: int, *after: int) -> list[Json]:
    """The last courses with an MRC sum score of 50 before each, and those scores after it."""
    return [
        resource
        for (day, before), assessed, points in zip(COURSES[-number:], ASSESSED[-number:], after, strict=True)
        for resource in (infusion(day), strength(before, 50), strength(assessed, points))
    ]


def told(seen: Seen, *chart: Json) -> list[str]:
    """The cards of a hook call, each as "indicator: summary"."""
    sent: list[tuple[str | None, Json]] = [
        (None, {**each, "id": f"r{number}", "subject": {"reference": "Patient/p"}})
        for number, each in enumerate([diagnosis("G61.82"), *chart])
    ]
    sent.append((None, {"resourceType": "Patient", "id": "p", "birthDate": "1970-05-05"}))
    answer = EVALUATOR.evaluate_prefetch("p", None, sent, AS_OF, seen)
    return [f"{card['indicator']}: {card['summary']}" for card in answer.cards]


@pytest.mark.parametrize(
    ("seen", "chart", "words"),
    [
        (WHOLE, courses(3, 50, 51, 50), "warning: No objective gain over 3 courses"),
        (BY_CODE, courses(3, 50, 51, 50), "warning: No objective gain over at least 3 courses on record"),
        (BY_CODE, courses(3, 48, 48, 48), "warning: No objective gain over at least 3 courses on record"),
        (BY_CODE, courses(2, 50, 51), "info: No objective change on record since immunoglobulin"),
        (BY_CODE, courses(1, 50), "info: No objective change on record since immunoglobulin"),
        (WHOLE, courses(1, 50), "info: No objective change after one course"),
    ],
)
def test_courses_that_were_seen_and_measured_count_whatever_else_was_not_looked_at(
    seen: Seen, chart: list[Json], words: str
) -> None:
    cards = told(seen, *chart)
    assert sum("objective" in card or "Assess" in card for card in cards) == 1, cards
    assert cards[0].startswith(words), cards


# Scores before the first course and after the last, none between.
SCORED_AT_THE_ENDS = [strength("2025-09-28", 50), *(infusion(day) for day, _ in COURSES)]


@pytest.mark.parametrize(
    ("seen", "points", "words"),
    [
        (WHOLE, 50, "warning: No objective gain over 3 courses"),
        (BY_CODE, 50, "warning: No objective gain over at least 3 courses on record"),
        (BY_CODE, 52, ""),
    ],
)
def test_a_score_after_three_courses_that_is_no_better_than_before_them_is_no_gain(
    seen: Seen, points: int, words: str
) -> None:
    cards = told(seen, *SCORED_AT_THE_ENDS, strength("2026-01-19", points))
    assert any(card.startswith(words) for card in cards if "gain over" in card) is bool(words), cards


@pytest.mark.parametrize("chart", [courses(3, 52, 52, 52), [*courses(3, 50, 51, 50), OLDER_ORDER]])
def test_a_gain_on_record_or_treatment_before_it_asks_for_no_review(chart: list[Json]) -> None:
    assert not any("No objective gain" in card for card in told(BY_CODE, *chart))


FALL = [strength("2026-01-02", 50), strength("2026-02-20", 45)]


@pytest.mark.parametrize(
    ("seen", "chart", "words"),
    [
        (WHOLE, FALL, "warning: Rapid decline is unusual for MMN"),
        (BY_CODE, FALL, "warning: Strength fell fast"),
        (WHOLE, [*FALL, OLDER_ORDER], "warning: Strength fell fast"),
        (BY_CODE, [strength("2026-01-02", 50), strength("2026-02-20", 47)], ""),
    ],
)
def test_a_fast_fall_is_told_also_where_treatment_was_not_looked_at(seen: Seen, chart: list[Json], words: str) -> None:
    cards = [card for card in told(seen, *chart) if card.startswith("warning")]
    assert [card[: len(words)] for card in cards] == ([words] if words else []), cards
