"""A reaction to immunoglobulin told by an adverse event, a flag or words of a result is asked about on the order."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import SUBJECT, Json, searched, signed, weight

SEVERE = "An earlier severe reaction may have been to immunoglobulin: clarify before the infusion"
ASKED = "An earlier reaction may have been to immunoglobulin: clarify before the infusion"


def event(happened: str, suspect: str = "", **more: Any) -> Json:
    named = [{"instance": {"display": suspect}}] if suspect else []
    told = {"actuality": "actual", "event": {"text": happened}, "suspectEntity": named, "date": "2019-01-01"}
    return {"resourceType": "AdverseEvent", "id": "x", "subject": SUBJECT, **told, **more}


def flag(text: str, status: str = "active") -> Json:
    return {"resourceType": "Flag", "id": "x", "subject": SUBJECT, "status": status, "code": {"text": text}}


def told(value: str, code: object = None, **more: Any) -> Json:
    named = code or {"text": "Allergies"}
    dated = {"effectiveDateTime": "2024-01-01", "valueString": value}
    return {
        "resourceType": "Observation",
        "id": "x",
        "status": "final",
        "code": named,
        "subject": SUBJECT,
        **dated,
        **more,
    }


LIST = {"coding": [{"system": "http://loinc.org", "code": "48765-2"}]}
LOCAL = {"coding": [{"system": "urn:our:codes", "code": "ALL", "display": "Allergien"}]}
TOLD: dict[str, Json] = {
    "an event with a product under suspicion": event("Anaphylaxis", "Privigen"),
    "an event that names the drug": event("Anaphylactic shock during IVIG"),
    "an event in German": event("Anaphylaktischer Schock", "Immunglobulin i.v."),
    "an event of a fall of pressure": event("Hypotension", "Octagam 10 %"),
    "a flag": flag("ANAPHYLAXIS TO IVIG"),
    "a flag in French": flag("Choc anaphylactique aux immunoglobulines"),
    "words of a result": told("ANAPHYLAXIS TO IVIG 2019"),
    "words of a result with a code of LOINC": told("Anaphylaxis to IVIG 2019", LIST),
    "words of a result with a code of the site": told("Anaphylaxie auf Immunglobuline 2019", LOCAL),
    "food denied and immunoglobulin not": told("No known food allergies; anaphylaxis to IVIG"),
}
LESS: dict[str, Json] = {
    "an event that was mild": event("Headache", "Privigen"),
    "words that state no severity": told("Reaction to IVIG"),
}
NOTHING: dict[str, Json] = {
    "an event that only might have been": event("Anaphylaxis", "Privigen", actuality="potential"),
    "an event under another drug": event("Anaphylaxis", "Amoxicillin"),
    "a flag that is over": flag("ANAPHYLAXIS TO IVIG", "inactive"),
    "a flag on another matter": flag("Falls risk; on IVIG"),
    "words that deny it": told("No reaction to IVIG"),
    "words that name no drug": told("No known allergies"),
    "another drug": told("Anaphylaxis to penicillin"),
    "treatment": told("On IVIG every 4 weeks", {"text": "Treatment"}),
    "a result that was withdrawn": told("ANAPHYLAXIS TO IVIG", status="entered-in-error"),
    "somebody else": told("ANAPHYLAXIS TO IVIG", subject={"reference": "Patient/other"}),
}


def summaries(client: FlaskClient, resource: Json) -> str:
    made = signed(client, draft(line(32, daily(5))), findings=searched(weight(80), resource))
    return "\n".join(f"{card['summary']} {card['detail']}" for card in made)


@pytest.mark.parametrize("resource", TOLD.values(), ids=TOLD.keys())
def test_a_severe_reaction_told_elsewhere_is_a_warning_on_the_order(client: FlaskClient, resource: Json) -> None:
    assert SEVERE in summaries(client, resource)


@pytest.mark.parametrize("resource", LESS.values(), ids=LESS.keys())
def test_a_reaction_of_another_severity_told_elsewhere_is_asked_about(client: FlaskClient, resource: Json) -> None:
    said = summaries(client, resource)
    assert "(a reaction of which immunoglobulin may have been the cause)" in said
    assert SEVERE not in said


@pytest.mark.parametrize("resource", NOTHING.values(), ids=NOTHING.keys())
def test_what_tells_of_no_reaction_of_this_patient_to_immunoglobulin_asks_nothing(
    client: FlaskClient, resource: Json
) -> None:
    assert "a reaction of which immunoglobulin" not in summaries(client, resource)
