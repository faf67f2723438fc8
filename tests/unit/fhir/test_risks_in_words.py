"""Risks of immunoglobulin as hospitals write them in eight languages, and what only looks like one."""

import time
from pathlib import Path
from typing import Any

import pytest

from service.fhir.mappings.texts import any_whole, folded
from service.knowledge.yaml_file import read_yaml
from tests.unit.fhir.bundles import MAPPINGS
from tests.unit.fhir.test_diagnosis_words import found, said
from tests.unit.subjects.immunoglobulin.test_safety_reading import condition, ordered
from tests.unit.subjects.immunoglobulin.test_safety_reading import told as cards

TABLE: Any = read_yaml(Path(__file__).with_name("risks_in_words.yaml"))


def rows(of: str) -> list[tuple[str, str]]:
    return [(name, str(text)) for name, texts in TABLE[of].items() for text in texts]


@pytest.mark.parametrize(("name", "text"), rows("named"))
def test_a_risk_is_known_by_its_words(name: str, text: str) -> None:
    assert said(text) == ("", [name])


@pytest.mark.parametrize(("why", "text"), rows("not_named"))
def test_what_is_denied_feared_of_a_relative_or_another_thing_is_no_risk(why: str, text: str) -> None:
    assert found(text) == [], why


def test_every_diagnosis_that_raises_a_precaution_beside_an_order_has_words() -> None:
    """But signs of motor neuron disease, and kinds of a disease that only codes tell apart."""
    by_code_only = {
        *("perhaps_hyperprolinaemia", "diabetic_neuropathy", "other_thrombosis", "other_kidney_disease"),
        *("kidney_disease_of_lupus_or_vasculitis", "termination_of_pregnancy"),
        *("thrombosis_in_pregnancy", "paresis_after_infarction", "other_sequelae_of_infarction"),
        "bulbar_weakness_after_infarction",
    }
    raise_one = {name for name, each in MAPPINGS.concepts.items() if each.options.get("precaution") is True}
    of_conditions = {
        name for name in raise_one if any(name == coded for coded, _, _ in MAPPINGS.codes_for("Condition"))
    }
    assert of_conditions - set(MAPPINGS.diagnosis_words.by_word.values()) == by_code_only


ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize("system", [ICD10CM, ICD10])
@pytest.mark.parametrize(
    ("code", "said"),
    [("D47.3", "Thrombosis risk"), ("Z94.0", "Kidney risk"), ("Z95.5", "Thrombosis risk")],
)
def test_a_code_raises_its_precaution(system: str, code: str, said: str) -> None:
    assert said in cards(condition(code, system), draft=ordered("Privigen 10%"))


@pytest.mark.parametrize("code", ["737295003", "161665007"])
def test_a_transplanted_kidney_is_a_risk_to_it_by_snomed_ct(code: str) -> None:
    assert "Kidney risk" in cards(condition(code, SNOMED), draft=ordered("Privigen 10%"))


@pytest.mark.parametrize("code", ["Z94.4", "D75.1", "D47.9"])
def test_a_neighbouring_code_raises_none(code: str) -> None:
    said = cards(condition(code, ICD10), draft=ordered("Privigen 10%"))
    assert "Kidney risk" not in said
    assert "Thrombosis risk" not in said


def test_accents_dashes_and_wide_letters_do_not_count() -> None:
    assert folded("\uff24\xe9ficit\u2014en  IgA\u2019s") == "deficit en iga's"
    # Marks of voiced kana are no accents.
    assert folded("がん") == "がん"


@pytest.mark.parametrize(
    "text", ["肺塞栓症" * 500, "dvt" * 660, "a " * 1000, "ー" * 2000, "疑" * 2000, "risk of " * 250]
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    found(text)
    begin = time.process_time()
    found(text)
    assert time.process_time() - begin < 0.25


def test_without_words_nothing_is_found() -> None:
    assert any_whole([]) == "(?!)"
