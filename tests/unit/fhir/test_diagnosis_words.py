"""A risk that only a text names is found in it, unless its own part of the text denies it."""

import pytest

from service.fhir.mappings.concepts import load_mappings
from tests.unit.fhir.bundles import SHIPPED

MAPS = load_mappings([SHIPPED])
NAMED = {
    "Pulmonary embolism": "venous_thrombosis",
    "acute DVT, PE ruled out": "venous_thrombosis",
    "Lungenembolie 2021": "venous_thrombosis",
    "Z. n. Beinvenenthrombose": "venous_thrombosis",
    "embolie pulmonaire": "venous_thrombosis",
    "CKD stage 4": "chronic_kidney_disease",
    "no diabetes, CKD stage 4": "chronic_kidney_disease",
    "Insuffisance rénale chronique": "chronic_kidney_disease",
    "CKD stage 2": "early_kidney_disease",
    "Selective IgA deficiency": "iga_deficiency",
    "Congestive heart failure": "heart_failure",
    "Hereditäre Fruktoseintoleranz": "fructose_intolerance",
    "Stroke 2019, no atrial fibrillation": "cerebral_infarction",
    "Superficial vein thrombosis": "superficial_phlebitis",
}
NOT_NAMED = [
    "DVT ruled out",
    "No history of deep vein thrombosis",
    "Family history of pulmonary embolism",
    "No chronic kidney disease",
    "Kein Hinweis auf Lungenembolie",
    "heat stroke",
    "DVTs",
    "",
]


def found(text: str, *codings: dict[str, str]) -> list[str]:
    return [each.name for each in MAPS.concepts_of({"text": text, "coding": list(codings)}, "Condition")]


@pytest.mark.parametrize(("text", "name"), NAMED.items())
@pytest.mark.parametrize("codings", [(), ({"system": "https://hospital.example.org/codes", "code": "4711"},)])
def test_a_risk_is_known_by_the_words_of_a_text(text: str, name: str, codings: tuple[dict[str, str], ...]) -> None:
    assert found(text, *codings) == [name]


@pytest.mark.parametrize("text", NOT_NAMED)
def test_what_a_text_denies_or_says_of_others_is_no_risk(text: str) -> None:
    assert found(text) == []


def test_a_code_that_says_what_it_is_goes_before_words() -> None:
    stage_one = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.1"}
    assert found("Chronic kidney disease", stage_one) == ["early_kidney_disease"]
