"""Whole patients, from FHIR to the card: each folder of tests/patients is answered as its story says."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.evaluate import Evaluator
from service.knowledge.show import show
from tests.patient_folders import Json, PatientFolder, patient_folders, results_of
from tests.shipped import shipped

EVALUATOR = shipped()
FOLDERS = patient_folders()
SUMMARY_LIMIT = 139
SEED = 20260304
NUDGED = (
    "highest_plausible_lln",
    "borderline_margin",
    "cold_hand",
    "cold_foot",
    "full_mrc_grade",
    "mrc_strong_above",
    "mrc_asymmetry_when_strong",
    "mrc_asymmetry_when_weak",
)
by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@by_folder
def test_a_patient_is_evaluated_as_the_story_says(folder: PatientFolder) -> None:
    assert folder.differences(folder.answer(EVALUATOR)) == []


@by_folder
def test_the_order_of_a_bundle_does_not_matter(folder: PatientFolder) -> None:
    entries = list(folder.bundle["entry"])
    random.Random(SEED).shuffle(entries)  # noqa: S311 - a shuffle that is the same each time
    shuffled = folder.answer(EVALUATOR, {**folder.bundle, "entry": entries})
    answer = folder.answer(EVALUATOR)
    assert _without_order(_evaluations(shuffled)) == _without_order(_evaluations(answer))


@pytest.mark.conforms("CRD-1")
@by_folder
def test_every_card_is_a_card_of_cds_hooks(folder: PatientFolder) -> None:
    for result in results_of(folder.answer(EVALUATOR)):
        for card in result["cards"]:
            assert 0 < len(card["summary"]) <= SUMMARY_LIMIT
            assert card["indicator"] in ("info", "warning", "critical")
            assert "<" not in card["detail"]
            assert card["source"]["label"]
            assert card["source"]["topic"].keys() >= {"system", "code"}
            assert ("suggestions" in card) is ("selectionBehavior" in card)
            assert list(_empty(card)) == []


@by_folder
def test_every_advice_rests_on_a_resource_and_has_a_source(folder: PatientFolder) -> None:
    for result in results_of(folder.answer(EVALUATOR)):
        for row in result["evaluation"]["advice"]:
            assert row["evidence"], row["id"]
            assert row["source"], row["id"]


def test_the_page_of_the_rule_says_what_gm1_antibodies_are_thought_to_do() -> None:
    assert "node of Ranvier" in show(EVALUATOR.knowledge, "mmn.supportive.gm1_igm_elevated")


@by_folder
def test_cards_and_suggestions_have_uuids_of_their_own(folder: PatientFolder) -> None:
    cards = [card for result in results_of(folder.answer(EVALUATOR)) for card in result["cards"]]
    uuids = [one["uuid"] for card in cards for one in (card, *card.get("suggestions", ()))]
    assert len(set(uuids)) == len(uuids)


@by_folder
def test_every_suggested_resource_is_a_draft_order_in_r4_for_this_patient(folder: PatientFolder) -> None:
    for result in results_of(folder.answer(EVALUATOR)):
        for card in result["cards"]:
            for suggestion in card.get("suggestions", ()):
                (action,) = suggestion["actions"]
                resource = action["resource"]
                get_fhir_model_class(resource["resourceType"]).model_validate(resource)
                assert action["type"] in ("create", "update")
                assert resource["status"] == "draft"
                assert resource["subject"]["reference"] == result["evaluation"]["patient"]


@by_folder
def test_a_bundle_is_valid_fhir(folder: PatientFolder) -> None:
    get_fhir_model_class("Bundle").model_validate(folder.bundle)


@by_folder
def test_a_story_is_short_and_names_the_criteria(folder: PatientFolder) -> None:
    text = folder.story.partition("\n")[2]
    assert 2 <= len(re.findall(r"[.?!](?=\s)", text)) <= 6
    assert re.search(r"\b(C[1-9]|E[1-3]|S[1-4])", text)


def test_the_three_ways_of_sending_a_study_give_the_same_segments() -> None:
    names = ("one-observation-per-stimulation-site", "one-observation-per-nerve", "one-observation-per-number")
    answers = [folder.answer(EVALUATOR)["evaluation"] for folder in FOLDERS if folder.name in names]
    segments = [
        [{key: value for key, value in row.items() if key != "evidence"} for row in answer["conduction"]]
        for answer in answers
    ]
    assert len(segments) == len(names)
    assert all(rows == segments[0] for rows in segments)


@pytest.mark.parametrize("name", NUDGED)
@pytest.mark.parametrize("direction", [-1, 1], ids=["a step lower", "a step higher"])
def test_moving_a_number_that_python_computes_with_changes_a_patient(name: str, direction: int) -> None:
    """Thresholds that no rule compares are used in arithmetic: a patient must stand on each side of them."""
    knowledge = EVALUATOR.knowledge
    old = knowledge.thresholds[name]
    moved = replace(old, value=old.value + direction * old.step)
    nudged = Evaluator(replace(knowledge, thresholds={**knowledge.thresholds, name: moved}), EVALUATOR.mappings)
    # Compared with what the unmoved number gives, so that a folder that fails anyway proves nothing.
    assert any(
        folder.differences(folder.answer(nudged)) != folder.differences(folder.answer(EVALUATOR)) for folder in FOLDERS
    )


def _evaluations(answer: Json) -> list[Json]:
    return [result["evaluation"] for result in results_of(answer)]


def _without_order(value: object) -> object:
    """The same value with every list in an order of its own."""
    if isinstance(value, dict):
        return {key: _without_order(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(_without_order, value), key=lambda item: orjson.dumps(item, option=orjson.OPT_SORT_KEYS))
    return value


def _empty(value: Any, path: str = "card") -> Iterator[str]:
    """Where a card holds null, an empty text, an empty list or an empty object."""
    if value is None or value in ("", [], {}):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _empty(item, f"{path}[]")
