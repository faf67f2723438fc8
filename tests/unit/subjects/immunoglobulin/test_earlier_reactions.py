"""How severe an earlier reaction to immunoglobulin was, and what the card beside an order says of it."""

import pytest

from tests.unit.subjects.immunoglobulin.test_safety_reading import Json, allergy, condition, told

CONTRAINDICATED = "critical: Contraindicated: earlier reaction to immunoglobulin"


def reaction(*manifestations: str, **elements: object) -> Json:
    return {"manifestation": [{"text": text} for text in manifestations], **elements}


def named(text: str, **changes: object) -> Json:
    return allergy(code={"text": text}, **changes)


MILD = [
    allergy(reaction=[reaction("Headache")]),
    allergy(type="intolerance", reaction=[reaction("Headache", "Nausea")]),
    allergy(reaction=[reaction("Rash"), reaction("Fever", "Chills")]),
    allergy(reaction=[reaction("Aseptic meningitis", description="three days after the second infusion, admitted")]),
    allergy(reaction=[reaction("xyz", severity="mild")]),
    allergy(criticality="low"),
    allergy(criticality="unable-to-assess", reaction=[reaction("Kopfschmerzen")]),
    allergy(reaction=[reaction("Hypotension", severity="mild")]),
    allergy(reaction=[{"description": "headache and chills"}]),
    allergy(note=[{"text": "only headache after the infusion"}]),
    named("IVIG - headache"),
    named("Immunglobulin: Juckreiz"),
    named("Mild reaction to Privigen"),
    {**condition(""), "code": {"text": "Adverse reaction to IVIG: headache"}},
    {**condition(""), "code": {"text": "Urticaria after Gamunex-C"}},
]
SEVERE = [
    allergy(reaction=[reaction("Headache", severity="severe")]),
    allergy(criticality="high", reaction=[reaction("Headache")]),
    allergy(reaction=[reaction("Angioedema", severity="mild")]),
    allergy(criticality="low", reaction=[reaction("Anaphylaxis")]),
    allergy(reaction=[reaction("Bronchospasm")]),
    allergy(reaction=[reaction("Rash"), reaction("Hypotension")]),
    allergy(reaction=[reaction("Rash", description="then anaphylaxis")]),
    allergy(reaction=[reaction("Rash", note=[{"text": "laryngeal oedema"}])]),
    allergy(note=[{"text": "Anaphylaxis in 2019"}]),
    named("TRALI after IVIG"),
    named("IVIG - anaphylaxis", reaction=[reaction("Rash")]),
    {**condition(""), "code": {"text": "Anaphylaktischer Schock auf Immunglobulin"}},
]
NOT_STATED = [
    allergy(),
    allergy(reaction=[reaction("Collapse")]),
    allergy(reaction=[reaction("Headache", "Syncope")]),
    allergy(reaction=[reaction("Headache"), reaction("Chest pain")]),
    allergy(type="intolerance"),
    allergy(reaction=[reaction("Headache", severity="bad")]),
    named("IVIG - see notes"),
    {**condition(""), "code": {"text": "Severe infusion reaction to Privigen"}},
]


@pytest.mark.parametrize("said", MILD)
def test_a_mild_reaction_is_a_warning(said: Json) -> None:
    found = told(said)
    assert "warning: Earlier reaction to immunoglobulin on record" in found
    assert "critical" not in found


@pytest.mark.parametrize("said", SEVERE)
def test_a_severe_reaction_contraindicates(said: Json) -> None:
    assert f"{CONTRAINDICATED} (severe)" in told(said)


@pytest.mark.parametrize("said", NOT_STATED)
def test_what_nobody_understands_is_not_stated_and_contraindicates_until_somebody_says_more(said: Json) -> None:
    assert f"{CONTRAINDICATED} (not stated)" in told(said)


def test_of_several_entries_the_worst_counts() -> None:
    mild, severe = allergy(reaction=[reaction("Headache")]), allergy(reaction=[reaction("Anaphylaxis")])
    assert f"{CONTRAINDICATED} (severe)" in told(mild, {**severe, "id": "b"})


def infusion(status: str, *reasons: Json) -> Json:
    """An infusion of immunoglobulin, and why it was stopped."""
    return {
        "resourceType": "MedicationAdministration",
        "id": "given",
        "status": status,
        "medicationCodeableConcept": {"text": "Privigen"},
        "subject": condition("")["subject"],
        "effectiveDateTime": "2026-02-01",
        "statusReason": list(reasons),
    }


ANAPHYLAXIS: Json = {"coding": [{"system": "http://snomed.info/sct", "code": "39579001"}]}


@pytest.mark.parametrize(
    ("given", "is_asked"),
    [
        (infusion("stopped", {"text": "Anaphylaxis"}), True),
        (infusion("stopped", {"text": "Blutdruckabfall"}), True),
        (infusion("stopped", ANAPHYLAXIS), True),
        (infusion("stopped", {"text": "headache"}), False),
        (infusion("stopped", {"text": "line infiltrated"}), False),
        (infusion("stopped", {"text": "no anaphylaxis"}), False),
        ({**infusion("stopped", {"text": "Anaphylaxis"}), "medicationCodeableConcept": {"text": "cefazolin"}}, False),
        (infusion("completed"), False),
    ],
)
def test_an_infusion_that_was_stopped_for_a_severe_reaction_is_asked_about(given: Json, is_asked: bool) -> None:
    assert ("An earlier severe reaction may have been to immunoglobulin" in told(given)) is is_asked
