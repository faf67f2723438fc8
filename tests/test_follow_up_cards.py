"""Alert hygiene of follow-up: whatever courses and scores a record holds, few cards follow, one for each matter."""

import re

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from service.engine.plain import judge_of
from service.evaluate import Evaluator
from tests import opened_charts
from tests.patient_folders import PatientFolder, patient_folders, results_of
from tests.unit.subjects.immunoglobulin.follow_up_sources import KNOWLEDGE, Told, follow_up, given, grip, later, score

MOST_CARDS = 2
ON_THE_LAST_COURSE = {
    "too_early_to_judge",
    "onset_expected",
    "assessment_due",
    "response_not_measured",
    "marked_response",
    "mild_response",
    "no_objective_change_once",
    "mixed_response",
    "gain_over_courses",
    "worsening_without_response",
    "worsening_off_treatment",
    "no_gain_repeatedly",
    "no_gain_on_record",
    "no_change_on_record",
    "response_lost",
    "decline_after_response",
    "wear_off",
}
RULES = {rule.name: rule for rule in KNOWLEDGE.stage("follow_up").criteria if rule.card}
JUDGES = {name: judge_of(rule.when) for name, rule in RULES.items()}
DAYS = st.integers(0, 400).map(lambda number: later("2025-01-29", number))
GRIPS = st.builds(grip, DAYS, st.sampled_from([20, 28, 36, 44, 60]))
LEFT = st.builds(grip, DAYS, st.sampled_from([20, 28, 36, 44]), st.just("kPa"), st.just("left"))
SUMS = st.builds(score, st.just("mrc-sum-score"), DAYS, st.sampled_from([48, 50, 51, 54, 60]))
COURSES = st.lists(DAYS.map(given), max_size=4)


@settings(max_examples=300)
@for_all(COURSES, st.lists(GRIPS | LEFT | SUMS, max_size=10), st.sampled_from(["shown", "not_shown", None]))
def test_at_most_two_cards_and_one_on_the_last_course(
    courses: list[Told], scores: list[Told], loss: str | None
) -> None:
    facts = {name: fact.value for name, fact in follow_up(*courses, *scores).facts.items()}
    facts |= {"mmn_condition": "present", "loss_of_distal_amplitude": loss}
    known = {name: value for name, value in facts.items() if value is not None}
    met = {name for name, judge in JUDGES.items() if judge(known)}
    told = [RULES[name] for name in met if met.isdisjoint(RULES[name].gives_way_to)]
    assert len({rule.joins or rule.name for rule in told}) <= MOST_CARDS
    assert len({rule.name.split(".")[1] for rule in told} & ON_THE_LAST_COURSE) <= 1


EVALUATOR = Evaluator.load()
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FOLDERS = [folder for folder in patient_folders() if "follow_up." in str(folder.expected.get("advice"))]
by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
TOLD = {
    "disability-grows-while-grip-holds": (
        "- INCAT score: 2 on 2026-01-24, 4 on 2026-02-27, worse by 2 (counts from 1)\n"
        "- Right grip strength: 40 kPa on 2026-01-06, 58 kPa on 2026-01-24, better by 18 kPa (counts from 8 kPa)\n"
    ),
    "effect-ends-before-the-next-course": (
        "- Right grip strength: 50 kPa on 2025-12-16, 42 kPa on 2026-01-10, worse by 8 kPa (counts from 8 kPa)\n"
    ),
    "a-fifth-more-grip-in-kilograms": (
        "- Right grip strength: 20 kg on 2026-02-09, 24 kg on 2026-02-28, better by 20 % (counts from 20 %)\n"
    ),
    "distal-amplitude-falls-over-four-years-of-treatment": (
        "- Right ulnar at the wrist: 8.0 mV on 2022-02-10, 5.6 mV on 2026-02-12\n"
    ),
    "left-and-right-hand-are-not-compared": (
        "- Left grip strength (kPa): no score shortly before the course (none)\n"
        "- Right grip strength (kPa): a score before the course, none in the days that count after it\n"
    ),
}


def details(name: str) -> str:
    folder = next(folder for folder in patient_folders() if folder.name == name)
    cards = [card for answer in results_of(folder.answer(EVALUATOR)) for card in answer["cards"]]
    return "".join(card["detail"] for card in cards if card["source"]["topic"]["code"].startswith(OF_FOLLOW_UP))


OF_FOLLOW_UP = ("mmnFollowUp", "mmnKeptGain")


@pytest.mark.parametrize("name", TOLD)
def test_a_card_tells_instrument_side_values_dates_and_the_change_that_counts(name: str) -> None:
    assert TOLD[name] in details(name)


@by_folder
def test_no_card_on_follow_up_offers_a_day_that_has_passed(folder: PatientFolder) -> None:
    today = folder.as_of.date().isoformat()
    for answer in results_of(folder.answer(EVALUATOR)):
        for card in answer["cards"]:
            if card["source"]["topic"]["code"].startswith(OF_FOLLOW_UP):
                assert all(day >= today for day in DATE.findall(card["summary"]))
                coming = [
                    line for line in card["detail"].splitlines() if "expected to" in line or "day to assess" in line
                ]
                assert all(day >= today for line in coming for day in DATE.findall(line))


@by_folder
def test_no_card_on_follow_up_says_that_something_is_not_shown(folder: PatientFolder) -> None:
    """It would read as looked for and absent."""
    assert "not shown" not in details(folder.name)


def test_a_card_says_when_improvement_begins_and_when_its_effect_ends_on_average() -> None:
    told = details("too-early-to-judge-the-response")
    assert "Improvement expected to begin: 2026-03-05 to 2026-03-12" in told
    assert "End of the effect on average (about two months): 2026-05-01" in told


@pytest.mark.parametrize("name", ["one-hand-better-and-the-other-worse-lifts-no-class"])
def test_a_contradiction_about_improvement_is_flagged_and_told_on_the_card_on_the_class(name: str) -> None:
    folder = next(folder for folder in patient_folders() if folder.name == name)
    answer = folder.answer(EVALUATOR)
    (row,) = [row for row in answer["evaluation"]["criteria"] if row["label"].startswith("S4")]
    assert (row["verdict"], "[contradiction]" in row["why"]) == ("unknown", True)
    assert row["evidence"]
    (card,) = [card for card in answer["cards"] if card["source"]["topic"]["code"].startswith("mmnDiagnosis")]
    assert "Contradictory in the record: objective improvement after immunoglobulin" in card["detail"]


def _grip(day: str) -> opened_charts.Json:
    quantity = {"value": 44, "unit": "kPa", "system": "http://unitsofmeasure.org", "code": "kPa"}
    right = {"coding": [{"system": "http://snomed.info/sct", "code": "24028007"}]}
    bedside = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
    return opened_charts.observed(bedside, "grip-strength", day, valueQuantity=quantity, bodySite=right)


REPEATED = ["2025-12-20", "2026-01-17", "2026-02-14"]


@pytest.mark.parametrize(
    ("infusions", "scores", "is_asked"),
    [
        (REPEATED, [], True),
        (REPEATED, ["2026-01-10"], False),
        (REPEATED, ["2025-12-19"], True),
        (REPEATED[1:], ["2026-01-20"], True),
        (REPEATED[2:], ["2026-02-10"], True),
    ],
)
def test_a_score_of_late_silences_the_next_assessment_once_courses_are_repeated(
    infusions: list[str], scores: list[str], is_asked: bool
) -> None:
    given = [opened_charts.infusion(day) for day in infusions]
    told = opened_charts.cards(opened_charts.diagnosis("G61.82"), *given, *map(_grip, scores))
    assert any("Assess the response to immunoglobulin now" in card for card in told) is is_asked, told
