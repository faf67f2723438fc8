"""Allergies to immunoglobulin in words that deny them: a denial binds its own part, and never silences a code."""

import pytest

from tests.unit.fhir.bundles import about, record

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CODED = {"coding": [{"system": RXNORM, "code": "1426680", "display": "immunoglobulin G, human"}]}


def told(code: object) -> tuple[list[str | None], list[str]]:
    """The agents of the allergies that count, and the names under which others were turned away."""
    allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": about("Patient/p1"), "code": code}
    made = record(allergy)
    return [each.agent.name for each in made.treatments], [name for each in made.refused for name in each.names]


@pytest.mark.parametrize(
    "text",
    [
        "No known allergy to immunoglobulin",
        "Denies allergy to IVIG",
        "Patient denies any reaction to IVIG",
        "Allergy to IVIG ruled out",
        "Keine Allergie gegen Immunglobulin",
        "Penicillin; no reaction to IVIG",
        "immunoglobulin - not an allergy",
        "immunoglobulin: tolerated",
        "IVIG tolerated well",
        "Immunoglobulin - no reaction",
        "IVIG (tolerates without problems)",
        "Immunglobulin vertragen",
        "IVIG - kein Hinweis auf Allergie",
        "not allergic to immunoglobulin",
        "No allergy to IVIG",
        "IVIG allergy ruled out",
        "IVIG allergy refuted",
        "Immunoglobuline: pas d'allergie",
        "Inmunoglobulina: bien tolerada",
        "Immunoglobuline bien tolérée",
        "Immunoglobulina: nessuna allergia",
        "IVIG - entered in error",
        "Immunoglobulin, tolerance confirmed",
        "Denies reaction to IVIG",
        "IVIG: geen allergie",
        "IVIG - intolerance disproved",
    ],
)
def test_a_denied_allergy_is_none(text: str) -> None:
    assert told({"text": text}) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "Anaphylaxis to IVIG",
        "No known food allergies; anaphylaxis to IVIG",
        "No known drug allergies except IVIG",
        "No known allergies, IVIG: urticaria",
        "No allergy to penicillin and anaphylaxis to IVIG",
        "NKDA. IVIG causes rash",
        "History of anaphylaxis to IVIG",
        "Suspected allergy to IVIG",
        "IVIG - anaphylaxis",
        "IVIG not tolerated",
        "IVIG intolerance",
        "did not tolerate IVIG",
        "IVIG: severe headache",
        "Penicillin tolerated; IVIG anaphylaxis",
        "Allergy to IVIG, tolerates Privigen slowly?",
        "IVIG - urticaria, tolerated after premedication",
        "Immunglobulin nicht vertragen",
        "Immunoglobuline mal tolérée",
        "Unverträglichkeit Immunglobuline",
        "Immunoglobulin - not tolerated",
        "No known allergies except immunoglobulin",
    ],
)
def test_a_denial_of_something_else_leaves_the_allergy(text: str) -> None:
    assert told({"text": text}) == (["ivig"], [])


def test_a_coded_allergy_that_words_deny_is_a_question() -> None:
    assert told({**CODED, "text": "No known allergy to IVIG"}) == ([], ["allergy_to_ivig"])
    assert told({**CODED, "text": "Allergy to IVIG"}) == (["ivig"], [])
    assert told({**CODED, "text": "immunoglobulin - not an allergy"}) == ([], ["allergy_to_ivig"])
    assert told({**CODED, "text": "IVIG not tolerated"}) == (["ivig"], [])
    assert told(CODED) == (["ivig"], [])


def test_words_that_deny_and_say_more_are_a_question() -> None:
    assert told({"text": "Immunoglobulin: not an allergy, patient preference"}) == ([], ["allergy_to_ivig"])
