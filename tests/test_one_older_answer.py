"""An older answer does not stand beside one that may be newer and could not be used: the finding is open then."""

from typing import Any

import pytest

from tests.opened_charts import opened

Json = dict[str, Any]
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
SIGNS, COURSE = "upper-motor-neuron-signs", "progression"
OLDER, NEWER = "2025-02-20", "2026-02-20"


def finding(code: str, answer: Json, day: str = NEWER, **more: Any) -> Json:
    coded = {"coding": [{"system": BEDSIDE, "code": code}]}
    return {"resourceType": "Observation", "status": "final", "code": coded, "effectiveDateTime": day, **answer, **more}


def word(course: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"system": BEDSIDE, "code": course}]}}


YES: Json = {"valueBoolean": True}
NO: Json = {"valueBoolean": False}
UNUSABLE: dict[str, Json] = {
    "of a wrong type": {"valueBoolean": "ja"},
    "with two values": {"valueBoolean": True, "valueString": "yes"},
    "changed by a modifier": {**YES, "modifierExtension": [{"url": "https://x.example/y", "valueBoolean": True}]},
    "not final": {**YES, "status": "preliminary"},
}


def criterion(name: str, *chart: Json) -> Json:
    evaluation = opened(*chart)["evaluation"]
    (found,) = [each for each in evaluation["criteria"] if each["id"].endswith(name)]
    return dict(found)


@pytest.mark.parametrize("how", UNUSABLE)
def test_an_older_no_is_open_beside_a_newer_answer_that_could_not_be_used(how: str) -> None:
    told = criterion("upper_motor_neuron_signs", finding(SIGNS, NO, OLDER), finding(SIGNS, UNUSABLE[how]))
    assert told["verdict"] == "unknown", told
    assert "could not be used" in told["why"], told


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_newer_no_stands_beside_an_older_answer_that_could_not_be_used(how: str) -> None:
    told = criterion("upper_motor_neuron_signs", finding(SIGNS, NO), finding(SIGNS, UNUSABLE[how], OLDER))
    assert told["verdict"] == "not_met", told


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_sign_that_was_found_stays_whatever_could_not_be_used_after_it(how: str) -> None:
    told = criterion("upper_motor_neuron_signs", finding(SIGNS, YES, OLDER), finding(SIGNS, UNUSABLE[how]))
    assert told["verdict"] == "met", told


def test_what_was_entered_in_error_leaves_no_doubt() -> None:
    withdrawn = finding(SIGNS, YES, status="entered-in-error")
    assert criterion("upper_motor_neuron_signs", finding(SIGNS, NO, OLDER), withdrawn)["verdict"] == "not_met"


def test_a_course_is_open_beside_a_newer_one_that_could_not_be_used() -> None:
    slow, unread = finding(COURSE, word("slowly-progressive"), OLDER), finding(COURSE, {"valueBoolean": "rapid"})
    assert "could not be used" not in criterion("progressive_asymmetric_weakness", slow)["why"]
    assert "could not be used" in criterion("progressive_asymmetric_weakness", slow, unread)["why"]


def test_an_older_no_is_open_beside_one_resource_that_came_twice_and_says_both() -> None:
    twice = [finding(SIGNS, answer, id="twice") for answer in (YES, NO)]
    chart = [finding(SIGNS, NO, OLDER), *twice]
    assert criterion("upper_motor_neuron_signs", *chart)["verdict"] == "unknown"
    cards = [card["summary"] for card in opened(*chart)["cards"]]
    assert any("could not be used" in card for card in cards), cards


def test_one_resource_that_came_twice_and_says_the_same_counts_once() -> None:
    chart = [finding(SIGNS, NO, id="twice"), finding(SIGNS, NO, id="twice")]
    assert criterion("upper_motor_neuron_signs", *chart)["verdict"] == "not_met"
