"""No card of an answer speaks for immunoglobulin where the record, or another card, speaks against it."""

import re
from typing import Any

import pytest

from tests.patient_folders import patient_folders, results_of
from tests.shipped import shipped

Json = dict[str, Any]
EVALUATOR = shipped()
FOLDERS = {folder.name: folder for folder in patient_folders()}
DECLINE, WEAR_OFF = "objective-decline-since-the-response", "effect-ends-before-the-next-course"
MARKED, UNCHANGED = "marked-response-to-the-first-course", "no-objective-change-after-one-course"
TREATED = (DECLINE, WEAR_OFF, MARKED, UNCHANGED)
DEFINITE = "definite-block-in-the-ulnar-forearm"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NO_COURSE = "none is suggested", "no course is suggested"
ANAPHYLAXIS: Json = {
    "resourceType": "AllergyIntolerance",
    "code": {"text": "Immune globulin"},
    "reaction": [{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}],
}


def condition(code: str) -> Json:
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}
    return {"resourceType": "Condition", "code": {"coding": [coding]}}


def cards(name: str, *further: Json) -> list[Json]:
    """The cards of a folder with more in its record."""
    folder = FOLDERS[name]
    (patient,) = (
        each["resource"]["id"] for each in folder.bundle["entry"] if each["resource"]["resourceType"] == "Patient"
    )
    pointer = {"reference": f"Patient/{patient}"}
    added: list[Json] = []
    for number, resource in enumerate(further):
        whose = "patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"
        added.append({"resource": {"id": f"more-{number}", whose: pointer, **resource}})
    bundle = {**folder.bundle, "entry": [*folder.bundle["entry"], *added]}
    (answer,) = results_of(folder.answer(EVALUATOR, bundle))
    return list(answer["cards"])


def on_course(found: list[Json]) -> Json:
    (card,) = [each for each in found if any(words in each["summary"] for words in NO_COURSE)]
    return card


@pytest.mark.parametrize("name", TREATED)
def test_after_anaphylaxis_no_further_course_is_advised_and_the_card_says_why(name: str) -> None:
    found = cards(name, ANAPHYLAXIS)
    card = on_course(found)
    assert card["indicator"] == "warning"
    assert "severe" in card["detail"]
    assert not any("onsider repeating" in str(each) or "shorter interval" in str(each) for each in found)


@pytest.mark.parametrize("name", TREATED)
def test_what_was_measured_still_stands_where_no_course_is_advised(name: str) -> None:
    assert DAY.search(on_course(cards(name, ANAPHYLAXIS))["detail"])


@pytest.mark.parametrize("name", [DECLINE, WEAR_OFF])
def test_risks_are_named_where_more_immunoglobulin_is_advised(name: str) -> None:
    found = cards(name, condition("N18.6"), condition("I26.99"))
    assert any(
        "(pulmonary embolism" in card["detail"] and "(end-stage kidney disease" in card["detail"] for card in found
    )


@pytest.mark.parametrize("name", TREATED)
def test_a_card_that_refers_for_motor_neuron_disease_stands_beside_no_further_course(name: str) -> None:
    found = cards(name, condition("G12.21"))
    assert any("motor neuron disease" in card["summary"] for card in found)
    assert "Review the diagnosis" in on_course(found)["summary"]
    assert "onsider repeating" not in str(found)


@pytest.mark.parametrize(
    ("code", "named"), [("G12.21", "motor neuron disease (confirmed) and MMN"), ("G61.81", "CIDP and MMN")]
)
def test_another_disease_in_the_chart_is_named_and_no_draft_is_offered(code: str, named: str) -> None:
    found = cards(DEFINITE, condition(code))
    assert any(named in card["summary"] for card in found)
    assert not any("immunoglobulin" in str(card.get("suggestions")) for card in found)
    # Confirmed motor neuron disease excludes: then no card speaks of a course at all.
    assert [card["indicator"] for card in found if any(words in card["summary"] for words in NO_COURSE)] == (
        ["info"] if code == "G61.81" else []
    )


def test_a_red_flag_for_cidp_offers_no_draft() -> None:
    found = cards("csf-protein-above-one-gram")
    assert not any("immunoglobulin" in str(card.get("suggestions")) for card in found)


def test_the_card_that_risks_make_a_warning_has_a_topic_of_its_own() -> None:
    plain, risky = (
        next(card for card in cards(DEFINITE, *more) if card["summary"].startswith("Consider intravenous"))
        for more in ((), (condition("N18.6"),))
    )
    assert (plain["indicator"], risky["indicator"]) == ("info", "warning")
    assert plain["source"]["topic"]["code"] != risky["source"]["topic"]["code"]
    assert "suggestions" in risky


def test_tapering_is_no_matter_beside_a_block_that_grows() -> None:
    taper, grows = (EVALUATOR.knowledge.criterion(f"follow_up.{name}") for name in ("taper_trial", "block_increased"))
    assert grows.name in taper.gives_way_to
