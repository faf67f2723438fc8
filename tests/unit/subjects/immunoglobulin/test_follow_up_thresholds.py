"""Each number that follow-up computes with, tried on both sides; and moved, which must show."""

from dataclasses import replace

import pytest

from service.errors import KnowledgeError
from tests.unit.subjects.immunoglobulin.follow_up_sources import KNOWLEDGE, Told, given, grip, later, of, score, values

COURSE = given("2026-02-10")
BEFORE, AFTER = "2026-02-09", "2026-02-24"
NONE = "no_objective_change"


def pair(code: str, before: int | str, after: int | str) -> tuple[Told, ...]:
    return COURSE, score(code, BEFORE, before), score(code, AFTER, after)


def hand(before: int | str, after: int | str, unit: str = "kPa") -> tuple[Told, ...]:
    return COURSE, grip(BEFORE, before, unit), grip(AFTER, after, unit)


def measured(first: str, days: int) -> tuple[Told, ...]:
    return given(first), grip(first, 40), grip(later(first, days), 41)


def kept(*days: int) -> tuple[Told, ...]:
    """A gain ten days after a course in July, and visits that many days after the gain."""
    visits = [score("mrc-sum-score", later("2025-07-20", number), 54) for number in (0, *days)]
    return given("2025-07-10"), score("mrc-sum-score", "2025-07-09", 50), *visits


def fall(after: int | str, days: int = 30) -> tuple[Told, ...]:
    return given("2025-08-01"), grip(later("2026-03-01", -days), 40), grip("2026-03-01", after)


def weekly(days: int) -> tuple[Told, ...]:
    """Doses a week apart at most, over that many days."""
    return tuple(given(later("2026-01-01", number)) for number in (*range(0, 28, 7), days - 1, days))


def aged(days: int) -> tuple[Told, ...]:
    """A course in February, with a score that many days before it."""
    return COURSE, grip(later("2026-02-10", -days), 40), grip(AFTER, 41)


LATE = given("2026-03-01")
LAST, RESPONSE = "last_course_measured", "response_to_last_course"
SCENARIOS: list[tuple[str, tuple[Told, ...], str, object]] = [
    ("doses a week apart are one course", (given("2026-02-01"), given("2026-02-08")), "ivig_courses", 1),
    ("doses eight days apart are two", (given("2026-02-01"), given("2026-02-09")), "ivig_courses", 2),
    ("day ten counts", measured("2026-01-10", 10), LAST, "shown"),
    ("day nine does not count yet", measured("2026-01-10", 9), LAST, "not_shown"),
    ("day 28 counts", measured("2026-01-10", 28), LAST, "shown"),
    ("day 29 counts no more", measured("2026-01-10", 29), LAST, "not_shown"),
    ("doses over 28 days are courses still", weekly(28), "continuous_treatment", "not_shown"),
    ("doses over 29 days are continuous", weekly(29), "continuous_treatment", "shown"),
    ("a score of half a year before", aged(183), LAST, "shown"),
    ("a score a day older", aged(184), LAST, "not_shown"),
    ("onset after 3 to 10 days", (given("2026-03-02"),), "onset_expected_on", ("2026-03-05", "2026-03-12")),
    ("onset when three days have passed", (given("2026-02-25"),), "onset_expected_on", ("2026-03-04", "2026-03-07")),
    ("assessment on day 14", (LATE,), "assess_on", ("2026-03-15", "2026-03-15")),
    ("assessment until day 28", (LATE,), "assess_until", ("2026-03-29", "2026-03-29")),
    ("about two months", (COURSE,), "effect_mean_end", ("2026-04-11", "2026-04-11")),
    ("160 kPa", (grip(BEFORE, 160),), "excluded", []),
    ("161 kPa", (grip(BEFORE, 161),), "excluded", ["implausible"]),
    ("90 kg", (grip(BEFORE, 90, "kg"),), "excluded", []),
    ("91 kg", (grip(BEFORE, 91, "kg"),), "excluded", ["implausible"]),
    ("effect ends after 4 to 12 weeks", (COURSE,), "effect_expected_to_end", ("2026-03-10", "2026-05-05")),
    ("two points of the MRC sum", pair("mrc-sum-score", 50, 52), RESPONSE, "mild"),
    ("one point of the MRC sum", pair("mrc-sum-score", 50, 51), RESPONSE, NONE),
    ("60 points without a stated maximum", (score("mrc-sum-score", BEFORE, 60),), "excluded", []),
    ("61 points without a stated maximum", (score("mrc-sum-score", BEFORE, 61),), "excluded", ["implausible"]),
    ("8 kPa", hand(40, 48), RESPONSE, "mild"),
    ("7.9 kPa", hand(40, "47.9"), RESPONSE, NONE),
    ("a fifth in kilograms", hand(20, 24, "kg"), RESPONSE, "mild"),
    ("a tenth of a percent less than a fifth", hand(20, "23.98", "kg"), RESPONSE, NONE),
    ("any gain of MMN-RODS", pair("mmn-rods", 40, 80), RESPONSE, None),
    ("any fall of MMN-RODS", pair("mmn-rods", 80, 40), RESPONSE, None),
    ("the last centile", (score("mmn-rods", BEFORE, 100),), "excluded", []),
    ("beyond the last centile", (score("mmn-rods", BEFORE, 101),), "excluded", ["implausible"]),
    ("one point less of INCAT", pair("incat", 4, 3), RESPONSE, "mild"),
    ("INCAT unchanged", pair("incat", 4, 4), RESPONSE, NONE),
    ("the whole of INCAT", (score("incat", BEFORE, 10),), "excluded", []),
    ("beyond INCAT", (score("incat", BEFORE, 11),), "excluded", ["implausible"]),
    ("one point less of ODSS", pair("odss", 4, 3), RESPONSE, "mild"),
    ("ODSS unchanged", pair("odss", 4, 4), RESPONSE, NONE),
    ("the whole of ODSS", (score("odss", BEFORE, 12),), "excluded", []),
    ("beyond ODSS", (score("odss", BEFORE, 13),), "excluded", ["implausible"]),
    ("one point less of ONLS", pair("onls", 4, 3), RESPONSE, None),
    ("one point more of ONLS", pair("onls", 3, 4), RESPONSE, "worse"),
    ("ONLS unchanged", pair("onls", 4, 4), RESPONSE, None),
    ("the whole of ONLS", (score("onls", BEFORE, 12),), "excluded", []),
    ("beyond ONLS", (score("onls", BEFORE, 13),), "excluded", ["implausible"]),
    ("twice the smallest change", hand(40, 56), RESPONSE, "marked"),
    ("just short of twice the smallest change", hand(40, "55.9"), RESPONSE, "mild"),
    ("two instruments", (*hand(40, 48), *pair("incat", 4, 3)[1:]), RESPONSE, "marked"),
    ("one instrument of two", (*hand(40, 48), *pair("incat", 4, 4)[1:]), RESPONSE, "mild"),
    ("two later visits", kept(30, 60), "plateau", "shown"),
    ("one later visit", kept(60), "plateau", "not_shown"),
    ("a gain kept for 180 days", kept(30, 180), "stable_responder", "shown"),
    ("a gain kept for 179 days", kept(30, 179), "stable_responder", "not_shown"),
    ("a fall within 90 days", fall(20, 90), "rapid_decline", "shown"),
    ("a fall within 91 days", fall(20, 91), "rapid_decline", "not_shown"),
    ("a fall of twice the smallest change", fall(24), "rapid_decline", "shown"),
    ("a fall of less", fall("24.1"), "rapid_decline", "not_shown"),
]
COMPUTED = sorted(
    """
    course_gap continuous_from score_valid onset_from onset_until effect_mean grip_maximum_pressure
    grip_maximum_force assessment_from assessment_day assessment_until effect_from effect_until mrc_sum_minimal_change
    mrc_sum_maximum grip_minimal_change grip_minimal_share mmn_rods_maximum
    incat_minimal_change incat_maximum odss_minimal_change odss_maximum onls_minimal_change onls_maximum
    marked_response_change marked_response_instruments plateau_visits stable_response_days rapid_decline_days
    rapid_decline_change
    """.split()
)


@pytest.mark.parametrize(
    ("told", "fact", "value"), [each[1:] for each in SCENARIOS], ids=[each[0] for each in SCENARIOS]
)
def test_a_value_at_its_limit_and_a_step_short_of_it(told: tuple[Told, ...], fact: str, value: object) -> None:
    assert values(*told)[fact] == value


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("direction", [-1, 1], ids=["a step lower", "a step higher"])
def test_moving_a_number_by_a_step_changes_a_value(name: str, direction: int) -> None:
    old = KNOWLEDGE.thresholds[name]
    moved = replace(old, value=old.value + direction * old.step)
    knowledge = replace(KNOWLEDGE, thresholds={**KNOWLEDGE.thresholds, name: moved})
    if moved.value <= 0:
        with pytest.raises(KnowledgeError, match="above zero"):
            values(knowledge=knowledge)
    else:
        assert any(values(*told, knowledge=knowledge).get(fact) != value for _, told, fact, value in SCENARIOS)


def test_a_sum_of_another_form_is_taken_with_its_own_maximum() -> None:
    told = pair("mrc-sum-score", 50, 52)[:1]
    scores = [
        score("mrc-sum-score", day, value, referenceRange=of(140)) for day, value in ((BEFORE, 100), (AFTER, 102))
    ]
    assert values(*told, *scores)[RESPONSE] == "mild"
