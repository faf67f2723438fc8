"""Diagnoses by code that are risks of immunoglobulin in the sense of its labels, and codes that are none."""

from typing import Any

import pytest

from service.fhir.mappings.concepts import load_mappings
from service.fhir.mappings.word_tables import text_in, texts_in
from service.knowledge.load import knowledge_root

MAPPINGS = load_mappings([knowledge_root() / "fhir_mappings"])
CM, WHO = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"
KIDNEY, CLOT = "renal_risk", "thrombosis_risk"


def facts_of(system: str, code: str) -> set[str]:
    """The facts that a code of a diagnosis shows."""
    coded: dict[str, Any] = {"coding": [{"system": system, "code": code}]}
    concepts = MAPPINGS.concepts_of(coded, "Condition")
    own = {text_in(each.options, "fact") or each.name for each in concepts}
    return own.union(*(texts_in(each.options, "also_points_to") for each in concepts))


@pytest.mark.parametrize(
    ("fact", "codes"),
    [
        (KIDNEY, "N00.9 N01.2 N03.9 N05.9 N07.0 N08 N11.9 N12 N14.11 N15.9 N16 N25.81 N27.0 Z90.5 Q60.0 Q61.2 Q61.3"),
        (KIDNEY, "M32.14 M32.15 M31.31 K76.7 O90.4 D63.1 I12.9 I13.10 N18.30 N19 N26.9 Z94.0 T86.11 Z99.2"),
        (KIDNEY, "E08.22 E10.21 E11.22 E11.29 E13.9 E86.0 A41.9 R65.21 C88.0 C90.00 D47.2 D89.1"),
        (CLOT, "I51.3 I23.6 D75.821 D75.829 I27.24 I27.82 I26.99 I82.409 I82.5Z9 I63.9 I21.4 I25.2 I74.3 I65.29 I66.9"),
        (CLOT, "I75.021 I76 N28.0 Z98.61 O22.30 O22.50 O87.1 O87.3 O88.2 D68.51 D68.61 D68.69 D45 D47.3 Z86.711"),
        ("hyperviscosity_condition", "C88.0 C90.00 D45 D47.2 D89.1"),
        ("haemolysis_history", "D59.0 D59.11 D59.4 D59.9"),
        ("iga_deficiency_condition", "D80.2"),
        ("heart_failure", "I50.22 I42.0 I42.9"),
        ("steroid_indication", "M32.14 M31.31"),
    ],
)
def test_a_risk_by_its_code(fact: str, codes: str) -> None:
    assert [code for code in codes.split() if fact not in facts_of(CM, code)] == []


@pytest.mark.parametrize(
    ("fact", "codes"),
    [(KIDNEY, "N03 N05 N15.0 Z90.5 Q61.2 M32.1 I12.0 N18.4"), (CLOT, "I51.3 I23.6 I26.9 I82.4 I63.9 O88.2 D68.6")],
)
def test_a_risk_by_its_code_of_the_who(fact: str, codes: str) -> None:
    missing = [code for code in codes.split() if fact not in facts_of(WHO, code)]
    # Lupus of the kidney has a code of its own in ICD-10-CM only.
    assert missing == [code for code in codes.split() if code == "M32.1"]


@pytest.mark.parametrize("system", [CM, WHO])
@pytest.mark.parametrize(
    ("fact", "codes"),
    [
        (KIDNEY, "N02.8 N06.9 N10 N13.30 N20.0 R80.9 R94.4 M32.9 M31.30 E85.3 C64.9 I10 I15.0 N18.1"),
        (CLOT, "I80.3 I80.0 I48.91 Z95.2 D57.1 D68.9 D66 D69.6 I51.9 E66.01 F17.210 I10 I60.9"),
        ("haemolysis_history", "D55.0 D56.1 D58.0 D57.1 D64.9"),
        ("iga_deficiency_condition", "D80.1 D83.9 D80.8"),
    ],
)
def test_what_is_no_risk_by_its_code(system: str, fact: str, codes: str) -> None:
    assert [code for code in codes.split() if fact in facts_of(system, code)] == []
