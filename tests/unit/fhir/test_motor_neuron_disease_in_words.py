"""Motor neuron disease that stands in words only is a question: named, never confirmed, and never taken for nothing."""

from typing import Any

import pytest

from service.fhir.mappings.concepts import load_mappings
from service.subjects.bedside.coded_causes import certainty_facts
from tests.unit.fhir.bundles import CLINICAL, SHIPPED, VERIFICATION, about, concept, record
from tests.unit.subjects.immunoglobulin.test_safety_reading import condition as coded
from tests.unit.subjects.immunoglobulin.test_safety_reading import told as cards

MAPS = load_mappings([SHIPPED])
LOCAL = {"system": "https://hospital.example.org/codes", "code": "4711"}
ICD10CM, ICD9CM = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-9-cm"
CONFIRMED = {"verificationStatus": concept(VERIFICATION, "confirmed"), "clinicalStatus": concept(CLINICAL, "active")}


def diagnosis(text: str, *codings: dict[str, Any], **elements: object) -> dict[str, object]:
    code = {"text": text, "coding": list(codings)}
    return {"resourceType": "Condition", "id": "c1", "subject": about("Patient/p1"), "code": code, **elements}


def certainty(*conditions: dict[str, object]) -> object:
    fact = certainty_facts(record(*conditions).sources).get("motor_neuron_disease_certainty")
    return fact and fact.value


NAMED = [
    "Amyotrophic lateral sclerosis",
    "ALS",
    "als",
    "Amyotrophe Lateralsklerose",
    "SLA",
    "Sclérose latérale amyotrophique",
    "Sclerosi laterale amiotrofica",
    "Esclerosis lateral amiotrófica",
    "ELA",
    "Motor neurone disease",
    "Flail arm syndrome",
    "Maladie de Charcot",
    "筋萎縮性側索硬化症",
    "Motoneuronerkrankung",
    "Primary lateral sclerosis",
    "V. a. ALS",
    "possible ALS",
    "ALS?",
    "ALS not excluded",
    "ALS, bulbar onset 2025",
    "ALS 2025",
    "Diagnosis: ALS",
    "MMN, DD ALS",
    "MMN or ALS",
    "Weakness of the hand, ALS is likely",
    "MMN excluded, ALS",
    "History of ALS",
    "Bulbar ALS, on riluzole",
]


@pytest.mark.parametrize("text", NAMED)
@pytest.mark.parametrize("codings", [(), (LOCAL,)])
@pytest.mark.parametrize("status", [{}, CONFIRMED])
def test_words_of_motor_neuron_disease_are_a_question(
    text: str, codings: tuple[dict[str, Any], ...], status: dict[str, object]
) -> None:
    assert certainty(diagnosis(text, *codings, **status)) == "in_question"


@pytest.mark.parametrize(
    "text",
    [
        "no ALS",
        "ALS excluded",
        "ALS ausgeschlossen",
        "kein Anhalt für ALS",
        "No evidence of motor neurone disease",
        "Family history of ALS",
        "Mother had ALS",
        "husband has ALS",
        "Advanced life support course",
        "Advanced Life Support (ALS)",
        "ALS course 2024",
        "Schwäche stärker als im Vorjahr",
        "SLA antibodies positive",
        "Soluble liver antigen (SLA)",
        "ela tem fraqueza",
        "Lateral epicondylitis",
        "ALS-like syndrome after infection",
        "Fear of ALS",
        "Maladie de Charcot-Marie-Tooth",
        "Pied de Charcot",
        "Multiple sclerosis",
    ],
)
def test_what_is_denied_of_others_or_another_thing_is_no_motor_neuron_disease(text: str) -> None:
    assert certainty(diagnosis(text, **CONFIRMED)) is None


def test_a_display_counts_under_a_code_that_nobody_knows_and_beside_one_that_names_another_thing() -> None:
    display = {"display": "Amyotrophic lateral sclerosis"}
    assert certainty(diagnosis("", {**LOCAL, **display}, **CONFIRMED)) == "in_question"
    assert certainty(diagnosis("", {"system": ICD9CM, "code": "335.20", **display}, **CONFIRMED)) == "in_question"
    polyneuropathy = {"system": ICD10CM, "code": "G60.0"}
    made = record(diagnosis("hereditary neuropathy, DD ALS", polyneuropathy, **CONFIRMED))
    assert {"motor_neuron_disease"} < {each.concept.name for each in made.sources if each.concept}


def test_a_code_of_icd_9_that_nobody_has_seen_in_a_table_is_no_diagnosis_and_told() -> None:
    made = record(diagnosis("", {"system": ICD9CM, "code": "335.20"}, **CONFIRMED))
    assert (made.sources, [each.names for each in made.refused]) == ([], [("motor_neuron_disease",)])


def test_words_confirm_refute_and_question_nothing_that_a_code_says() -> None:
    code = {"system": ICD10CM, "code": "G12.21"}
    of_code = diagnosis("", code, id="c2", **CONFIRMED, recordedDate="2024-01-01")
    refuted = {**CONFIRMED, "verificationStatus": concept(VERIFICATION, "refuted")}
    newer = {"recordedDate": "2026-01-01"}
    assert certainty(of_code, diagnosis("ALS", **CONFIRMED, **newer)) == "confirmed"
    assert certainty(of_code, diagnosis("ALS", **refuted, **newer)) == "confirmed"
    assert certainty(diagnosis("ALS", **refuted)) is None
    gone = {**of_code, **refuted}
    assert certainty(gone, diagnosis("ALS", **CONFIRMED, **newer)) == "in_question"
    assert certainty(diagnosis("Amyotrophic lateral sclerosis", code, **CONFIRMED)) == "confirmed"


def test_mmn_beside_a_question_in_the_same_words_stays_what_it_is() -> None:
    made = record(diagnosis("MMN, DD ALS", **CONFIRMED))
    verified = {
        each.concept.name: each.resource["verificationStatus"] for each in made.sources if each.concept is not None
    }
    assert verified["mmn_condition"] == CONFIRMED["verificationStatus"]
    assert verified["motor_neuron_disease"] != CONFIRMED["verificationStatus"]


@pytest.mark.parametrize("text", ["Amyotrophic lateral sclerosis", "V. a. ALS"])
def test_an_order_of_immunoglobulin_beside_such_a_question_asks_it(text: str) -> None:
    named = {**coded(""), "code": {"text": text}}
    said = "warning: The chart holds motor neuron disease as a question"
    assert said in cards(named)
    provisional = {**coded("G12.21"), "verificationStatus": {"coding": [{"code": "provisional"}]}}
    assert said in cards(provisional)
    assert said not in cards({**coded(""), "code": {"text": "ALS excluded"}})
    confirmed = cards(coded("G12.21"))
    assert "Motor neuron disease is coded: settle before treatment" in confirmed
    assert said not in confirmed
