"""Alert hygiene of follow-up: whatever courses and scores a record holds, few cards follow, one for each matter."""

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from service.engine.plain import judge_of
from tests.unit.fhir.follow_up_sources import KNOWLEDGE, Told, follow_up, given, grip, later, score

MOST_CARDS = 2
ON_THE_LAST_COURSE = {
    "too_early_to_judge",
    "onset_expected",
    "assessment_due",
    "response_not_measured",
    "marked_response",
    "mild_response",
    "no_objective_change_once",
    "worse_after_one_course",
    "no_gain_repeatedly",
    "decline_after_response",
    "wear_off",
}
RULES = [rule for rule in KNOWLEDGE.stage("follow_up").criteria if rule.card]
JUDGES = {rule.name.split(".")[1]: judge_of(rule.when) for rule in RULES}
DAYS = st.integers(0, 400).map(lambda number: later("2025-01-29", number))
GRIPS = st.builds(grip, DAYS, st.sampled_from([20, 28, 36, 44, 60]))
SUMS = st.builds(score, st.just("mrc-sum-score"), DAYS, st.sampled_from([48, 50, 51, 54, 60]))
COURSES = st.lists(DAYS.map(given), max_size=4)


@settings(max_examples=300)
@for_all(COURSES, st.lists(GRIPS | SUMS, max_size=8), st.sampled_from(["shown", "not_shown", None]))
def test_at_most_two_cards_and_one_on_the_last_course(
    courses: list[Told], scores: list[Told], loss: str | None
) -> None:
    facts = {name: fact.value for name, fact in follow_up(*courses, *scores).facts.items()}
    facts |= {"mmn_condition": "present", "loss_of_distal_amplitude": loss}
    known = {name: value for name, value in facts.items() if value is not None}
    shown = {name for name, judge in JUDGES.items() if judge(known)}
    assert len(shown) <= MOST_CARDS
    assert len(shown & ON_THE_LAST_COURSE) <= 1
