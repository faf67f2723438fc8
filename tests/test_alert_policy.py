"""What docs/alert-policy.md promises, tried on every patient folder."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patient_folders import Json, PatientFolder, patient_folders, results_of
from tests.shipped import shipped

EVALUATOR = shipped()
FOLDERS = patient_folders()
POLICY = (Path(__file__).parents[1] / "docs/alert-policy.md").read_text(encoding="utf-8")
URGENCY = ("critical", "warning", "info")
by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def answers(folder: PatientFolder) -> Iterator[Json]:
    yield from results_of(folder.answer(EVALUATOR))


def topic(card: Json) -> Any:
    return card["source"]["topic"]["code"]


@by_folder
def test_cards_are_ranked_by_urgency(folder: PatientFolder) -> None:
    for answer in answers(folder):
        urgencies = [URGENCY.index(card["indicator"]) for card in answer["cards"]]
        assert urgencies == sorted(urgencies)


@by_folder
def test_among_cards_of_one_severity_those_with_a_button_come_first(folder: PatientFolder) -> None:
    for answer in answers(folder):
        places = [(URGENCY.index(card["indicator"]), "suggestions" not in card) for card in answer["cards"]]
        assert places == sorted(places)


@by_folder
def test_what_a_button_says_is_short(folder: PatientFolder) -> None:
    labels = [each["label"] for answer in answers(folder) for card in answer["cards"] for each in _suggested(card)]
    assert [label for label in labels if len(label) > 60] == []


@by_folder
def test_no_topic_has_two_cards_but_those_on_different_orders(folder: PatientFolder) -> None:
    for answer in answers(folder):
        seen = Counter((topic(card), _order(card)) for card in answer["cards"])
        assert all(count == 1 for count in seen.values())


@by_folder
def test_an_exclusion_criterion_stands_on_one_card_only(folder: PatientFolder) -> None:
    """A differential diagnosis that rests on it speaks for it; the card on the class names only what is left.

    There is none where nobody thought of the disease and there is no block.
    """
    for answer in answers(folder):
        topics = [topic(card) for card in answer["cards"]]
        if not topics:
            continue  # nothing in this chart points to MMN
        met = {
            row["label"].partition(" ")[2]: row["id"]
            for row in answer["evaluation"]["criteria"]
            if _is_met_exclusion(row)
        }
        left = [label for label, rule in met.items() if rule not in _spoken_for(topics)]
        named = [card["summary"] for card in answer["cards"] if topic(card) == "mmnDiagnosisExcluded"]
        assert named in ([], [f"MMN criteria are not met: {', '.join(left)}"] if left else [])


@by_folder
def test_a_critical_card_rests_on_more_than_lower_motor_neuron_signs(folder: PatientFolder) -> None:
    for answer in answers(folder):
        rows = {row["id"].rpartition(".")[2]: row for row in answer["evaluation"]["differentials"]}
        if "motor_neuron_disease" in rows:
            reasons = " ".join(rows["motor_neuron_disease"]["reasons"])
            assert re.search("upper motor|bulbar|rapid|motor neuron disease in the chart", reasons)


@by_folder
def test_definite_mmn_without_anything_against_it_lists_no_differential(folder: PatientFolder) -> None:
    for answer in answers(folder):
        evaluation = answer["evaluation"]
        if evaluation["classification"]["reached"] == "definite":
            assert evaluation["differentials"] == []


def test_the_policy_states_the_largest_number_of_cards_of_any_patient_folder() -> None:
    largest = max(len(answer["cards"]) for folder in FOLDERS for answer in answers(folder))
    stated = re.search(r"largest number of cards any patient folder gives is \*\*(\d+)\*\*", POLICY)
    assert stated
    assert int(stated[1]) == largest


def test_each_rule_of_the_policy_names_a_test_that_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", POLICY)
    assert len(named) > 20
    here = Path(__file__).parent
    missing = [name for file, name in named if f"def {name}(" not in (here / file).read_text(encoding="utf-8")]
    assert missing == []


def _suggested(card: Json) -> list[Any]:
    return list(card.get("suggestions", ()))


def _order(card: Json) -> str:
    found = re.search(r"Concerns (\S+)\.", card.get("detail", ""))
    return found[1] if found else ""


def _is_met_exclusion(row: Json) -> bool:
    return bool(row["kind"] == "exclusion" and row["verdict"] == "met")


def _spoken_for(topics: list[Any]) -> set[str]:
    by_topic = {
        "mmnDifferentialMotorNeuronDisease": ("upper_motor_neuron_signs", "marked_bulbar_involvement"),
        "mmnDifferentialCidp": ("sensory_impairment", "diffuse_symmetric_weakness"),
        "mmnDifferentialLewisSumnerSyndrome": ("sensory_impairment",),
    }
    return {f"mmn.clinical_exclusion.{name}" for one in topics for name in by_topic.get(one, ())}
