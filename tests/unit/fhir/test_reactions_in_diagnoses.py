"""A diagnosis that tells of a reaction to immunoglobulin is an allergy to it; one that it denies is none."""

from typing import Any

import pytest

from tests.unit.fhir.bundles import CLINICAL, VERIFICATION, Resource, about, concept, record

ICD10CM, ICD10GM = "http://hl7.org/fhir/sid/icd-10-cm", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
SNOMED = "http://snomed.info/sct"
LETTER = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


def diagnosis(code: Resource, **elements: object) -> Resource:
    return {"resourceType": "Condition", "id": "c1", "subject": about("Patient/p1"), "code": code, **elements}


def told(text: str, *codings: dict[str, Any], **elements: object) -> list[object]:
    """The drugs to which the diagnosis is held to tell of a reaction."""
    made = record(diagnosis({"text": text, "coding": list(codings)}, **elements))
    return [each.agent.name for each in made.treatments if each.is_allergy]


@pytest.mark.parametrize(
    "text",
    [
        "Anaphylaxie auf IVIG 2019",
        "Anaphylaxis to intravenous immunoglobulin",
        "Allergy to immunoglobulin",
        "Severe infusion reaction to Privigen",
        "Anaphylactic reaction due to immunoglobulin",
        "IVIG allergy",
        "IVIG - anaphylaxis",
        "IVIG (anaphylaxis)",
        "Anaphylaxis; IVIG 2019",
        "Severe anaphylaxis 2019: Octagam",
        "IVIG-induced anaphylaxis",
        "Z. n. anaphylaktischem Schock unter Immunglobulin",
        "History of anaphylaxis to IVIG",
        "Immunglobulin-Allergie",
        "Infusionsreaktion auf Kiovig",
        "Überempfindlichkeit gegen Immunglobuline",
        "Unverträglichkeit Immunglobuline",
        "Immunglobulin nicht vertragen",
        "Réaction anaphylactique aux immunoglobulines",
        "Alergia a la inmunoglobulina",
        "Shock anafilattico dopo immunoglobuline",
        "Allergische reactie op immunoglobuline",
        "Urticaria after Gamunex-C",
        "No known food allergies; anaphylaxis to IVIG",
        "Penicillin tolerated; IVIG anaphylaxis",
        "Suspected allergy to IVIG",
        "Anaphylaxis to Hizentra, mother has asthma",
    ],
)
def test_words_of_a_reaction_to_immunoglobulin_are_an_allergy_to_it(text: str) -> None:
    assert told(text) in (["ivig"], ["scig"])
    local = {"system": "https://hospital.example.org/codes", "code": "4711"}
    assert told(text, local) in (["ivig"], ["scig"])


@pytest.mark.parametrize(
    "text",
    [
        "No reaction to IVIG",
        "no known allergy to immunoglobulin",
        "Tolerates IVIG",
        "IVIG tolerated well",
        "IVIG given without reaction",
        "IVIG ohne allergische Reaktion",
        "Keine Allergie gegen Immunglobulin",
        "Allergy to IVIG ruled out",
        "IVIG-Allergie ausgeschlossen",
        "IVIG: pas d'allergie",
        "never had anaphylaxis to IVIG",
        "Mother had anaphylaxis to IVIG",
        "Family history: anaphylaxis to immunoglobulin",
        "Allergy to penicillin",
        "Allergy to penicillin; on IVIG since 2019",
        "Allergic rhinitis, elevated immunoglobulin E",
        "Immunoglobulin E-mediated allergic reaction",
        "Stevens-Johnson reaction treated with IVIG",
        "MMN, on IVIG",
        "Selective deficiency of immunoglobulin A",
        "Anaphylaxis to peanuts",
        "IVIG since 2019, good response",
    ],
)
def test_what_is_denied_or_of_somebody_or_something_else_is_no_reaction(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD10CM, "T88.6XXA"),
        (ICD10CM, "T78.2XXA"),
        (ICD10GM, "T88.6"),
        (SNOMED, "39579001"),
    ],
)
def test_a_code_of_a_reaction_counts_where_its_text_names_the_drug(system: str, code: str) -> None:
    coding = {"system": system, "code": code}
    assert told("IVIG 2019", coding) == ["ivig"]
    assert told("Anaphylactic reaction due to immunoglobulin", coding) == ["ivig"]
    assert told("Anaphylaxis to penicillin", coding) == []
    assert told("Anaphylaxis to penicillin; IVIG for MMN", coding) == []
    assert told("No reaction to IVIG", coding) == []
    assert told("", coding) in ([], ["perhaps_immunoglobulin"])


def test_a_display_counts_like_a_text() -> None:
    display = {"system": SNOMED, "code": "999", "display": "Allergy to immunoglobulin"}
    assert told("", display) == ["ivig"]


def test_what_was_refuted_is_none_and_what_is_over_is_one() -> None:
    text = "Anaphylaxis to IVIG"
    refuted, resolved = concept(VERIFICATION, "refuted"), concept(CLINICAL, "resolved")
    assert told(text, verificationStatus=refuted) == []
    assert told(text, clinicalStatus=resolved) == ["ivig"]
    assert told(text, verificationStatus=concept(VERIFICATION, "unconfirmed")) == ["ivig"]
    excluded = {"extension": [{"url": LETTER, "valueCode": "A"}], "system": ICD10GM, "code": "T88.6"}
    assert told(text, excluded) == []


def test_a_reaction_that_could_not_be_used_is_not_taken_for_none() -> None:
    made = record(diagnosis({"text": "Anaphylaxis to IVIG"}, modifierExtension=[{"url": "https://example.org/not"}]))
    assert "allergy_to_ivig" in [name for each in made.refused for name in each.names]


def test_words_that_deny_and_say_more_are_a_question() -> None:
    made = record(diagnosis({"text": "Allergy to immunoglobulin: not an allergy, patient preference"}))
    assert [name for each in made.refused for name in each.names] == ["allergy_to_ivig"]
