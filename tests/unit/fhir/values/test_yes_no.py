"""Yes and no in the spellings of senders, and what is neither."""

import pytest

from service.fhir.mappings.word_tables import word_table
from service.fhir.values.yes_no import yes_or_no
from tests.unit.fhir.clinical_sources import LOINC, MAPPINGS, SNOMED, coded

ANSWERS = word_table(MAPPINGS, "answers", ("present", "absent"))
V2 = "http://terminology.hl7.org/CodeSystem/v2-"


@pytest.mark.parametrize(
    ("system", "yes", "no"),
    [
        (SNOMED, "373066001", "373067005"),
        (SNOMED, "52101004", "2667000"),
        (SNOMED, "10828004", "260385009"),
        (SNOMED, "260373001", "260415000"),
        (SNOMED, "410515003", "410516002"),
        (LOINC, "LA33-6", "LA32-8"),
        (LOINC, "LA6576-8", "LA6577-6"),
        (LOINC, "LA9633-4", "LA9634-2"),
        (LOINC, "LA11882-0", "LA11883-8"),
        (f"{V2}0136", "Y", "N"),
        (f"{V2}0532", "Y", "N"),
    ],
)
def test_coded_answers_are_read(system: str, yes: str, no: str) -> None:
    for code, word in ((yes, "present"), (no, "absent")):
        assert yes_or_no("valueCodeableConcept", coded(system, code), ANSWERS) == word
        assert yes_or_no("valueCoding", {"system": system, "code": code}, ANSWERS) == word


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "POSITIVE",
        "Pos",
        "pos.",
        "Positive (1:1600)",
        "Pos 1:1600",
        "detected",
        "Reactive",
        "present; repeat",
        "++",
        "+ (1:800)",
        "Yes, right",
        "Yes (right Babinski and clonus)",
        "positive, both sides",
        "Ja, beidseits",
    ],
)
def test_words_for_yes(text: str) -> None:
    assert yes_or_no("valueString", text, ANSWERS) == "present"
    assert yes_or_no("valueCodeableConcept", {"text": text}, ANSWERS) == "present"
    assert yes_or_no("valueCodeableConcept", {"coding": [{"code": "17", "display": text}]}, ANSWERS) == "present"


@pytest.mark.parametrize(
    "text",
    [
        *("No", "negative", "Neg", "NEG.", "Neg (<1:100)", "neg, ELISA", "negative (ref < 1:800)", "Not detected"),
        *("Non-reactive", "nonreactive", "absent", "Nein", "No (both sides)", "No; on examination", "neg."),
        *("Negative (2026-11-10)", "none", "None.", "keine", "aucun", "ninguno", "ninguna", "nessuno", "geen"),
    ],
)
def test_words_for_no(text: str) -> None:
    assert yes_or_no("valueString", text, ANSWERS) == "absent"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "equivocal",
        "weakly positive",
        "not tested",
        "positive, repeat: negative",
        "negative (was positive)",
        "unknown",
        "normal",
        "nose",
        "-",
        "1:800",
        *("N/A", "n/a", "n.a.", "NA", "+/-", "+ / -", "-/+", "±", "(+)", "+ (-)", "y/n", "No/Yes", "positive/negative"),
        *("No, but Babinski right equivocal", "no, except right Babinski", "No; right equivocal", "No, left"),
        *("negative, but clonus 3 beats", "No, patient refused examination", "no (patient sedated)", "no, 2 beats"),
        *("Nein, aber Babinski rechts fraglich", "non, mais Babinski à droite", "no, pero Babinski derecho"),
        *("negativ, außer rechts", "no: not examined", "none (not looked for)", "no (?)", "keine, soweit prüfbar"),
        *(
            "Yes, per patient only",
            "yes (doubtful)",
            "positive, weak",
            "positive (borderline)",
            "yes, but not objective",
        ),
        *("ja, fraglich", "present (?)", "+ (weak)"),
    ],
)
def test_words_for_neither(text: str) -> None:
    assert yes_or_no("valueString", text, ANSWERS) is None


def test_booleans_are_answers_and_their_look_alikes_are_not() -> None:
    assert yes_or_no("valueBoolean", True, ANSWERS) == "present"
    assert yes_or_no("valueBoolean", False, ANSWERS) == "absent"
    for odd in (1, 0, None, "true"):
        assert yes_or_no("valueBoolean", odd, ANSWERS) is None
    assert yes_or_no("valueInteger", 1, ANSWERS) is None


def test_a_code_and_a_text_that_disagree_are_no_answer() -> None:
    yes = {**coded(SNOMED, "373066001"), "text": "No"}
    assert yes_or_no("valueCodeableConcept", yes, ANSWERS) is None
    assert yes_or_no("valueCodeableConcept", {**yes, "text": "as discussed"}, ANSWERS) == "present"


@pytest.mark.parametrize("text", ["No, but Babinski right equivocal", "N/A", "doubtful", "No (patient sedated)", "no?"])
def test_a_text_beside_a_code_that_limits_it_leaves_no_answer(text: str) -> None:
    no = coded(SNOMED, "373067005")
    assert yes_or_no("valueCodeableConcept", {**no, "text": text}, ANSWERS) is None
    assert yes_or_no("valueCodeableConcept", {**no, "text": "No (both sides)"}, ANSWERS) == "absent"


@pytest.mark.parametrize("text", ["Positive (IgG)", "positive: GD1b", "positive; repeat", "Pos, see comment"])
def test_a_result_of_the_laboratory_is_not_positive_with_a_remark_that_nobody_can_judge(text: str) -> None:
    results = {"positive": "positive", "pos": "positive"}
    assert yes_or_no("valueString", text, results) is None
    assert yes_or_no("valueString", "Positive (1:1600, ELISA, IgM)", results) == "positive"
