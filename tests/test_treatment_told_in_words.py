"""Immunoglobulin that only words tell of: nothing is first beside it, and the card asks."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_drug_history import FIRST, SUBJECT, cards
from tests.test_order_hooks import condition, summaries, today

Json = dict[str, Any]
ASKED = "The chart speaks of immunoglobulin, but holds no dose"


def diagnosis(text: str, **more: Any) -> Json:
    return {
        "resourceType": "Condition",
        "id": "c9",
        "subject": SUBJECT,
        "code": {"text": text},
        "recordedDate": today(),
        **more,
    }


def done(kind: str, status: str, **more: Any) -> Json:
    return {"resourceType": kind, "id": "c9", "status": status, "subject": SUBJECT, **more}


def told(client: FlaskClient, resource: Json) -> tuple[bool, bool, bool]:
    """Whether a course is called the first, whether the card asks, and whether anything is drafted."""
    made = cards(client, resource)
    said = "\n".join(summaries(made))
    return FIRST in said, ASKED in said, any("suggestions" in card for card in made)


TEXTS = (
    *("On IVIG since 2019", "Receiving IVIG monthly", "IVIG-dependent MMN", "MMN, IVIG responder"),
    *("MMN unter IVIG-Therapie", "Immunglobulintherapie seit 2018", "Long-term current use of immunoglobulin"),
    *("NMM sous Ig IV depuis 2016", "MMN - SCIg 20 g/week", "MMN, IVIG-abhängig", "History of IVIG treatment"),
    *("Privigen every 4 weeks", "Not responding to IVIG", "No response to immunoglobulin"),
    "En tratamiento con inmunoglobulinas",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_diagnosis_that_speaks_of_immunoglobulin_is_asked_about(client: FlaskClient, text: str) -> None:
    assert told(client, diagnosis(text)) == (False, True, False)


MMN = {**condition("G61.82", "c9"), "subject": SUBJECT}
ELSEWHERE = {
    "the note of the entry of MMN": {**MMN, "note": [{"text": "on IVIG every four weeks"}]},
    "a procedure in German": done("Procedure", "completed", code={"text": "Immunglobulingabe i.v."}),
    "a procedure of IgG": done("Procedure", "completed", code={"text": "IgG i.v. Gabe"}),
    "a procedure in French": done("Procedure", "completed", code={"text": "HdJ perfusion Ig polyvalentes"}),
    "a procedure in Dutch": done("Procedure", "completed", code={"text": "Ig-behandeling dagopname"}),
    "a vaccination by its code": done(
        "Immunization",
        "completed",
        patient=SUBJECT,
        vaccineCode={"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "87"}]},
    ),
    "a visit": done("Encounter", "finished", type=[{"text": "IVIG infusion visit"}]),
    "a plan of care": done("CarePlan", "active", title="IVIG maintenance", intent="plan"),
    "an activity of a plan of care": done(
        "CarePlan", "active", intent="plan", activity=[{"detail": {"code": {"text": "IVIG"}, "status": "in-progress"}}]
    ),
    "a letter": done("DocumentReference", "current", description="Letter of the IVIG day unit"),
}


@pytest.mark.parametrize("resource", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_else_speaks_of_immunoglobulin_is_asked_about(client: FlaskClient, resource: Json) -> None:
    is_first, _, is_drafted = told(client, resource)
    assert (is_first, is_drafted) == (False, False)


DENIED = (
    *("No prior IVIG", "MMN, never treated with IVIG", "IVIG-naive MMN", "IVIG planned", "Consider IVIG"),
    *("MMN, bisher keine Immunglobuline", "MMN ohne IVIG", "MMN sans Ig IV", "Immunoglobulin A nephropathy"),
    *("Selective deficiency of immunoglobulin A", "Elevated immunoglobulin E", "Anti-D immunoglobulin in 2010"),
    *("Immunoglobulin level", "Tetanus immunoglobulin given", "Hypertension", "MMN"),
)


@pytest.mark.parametrize("text", DENIED)
def test_words_that_deny_it_or_mean_something_else_leave_the_first_course(client: FlaskClient, text: str) -> None:
    assert told(client, diagnosis(text))[:2] == (True, False)


NOT_OF_HERE = {
    "refuted": diagnosis("On IVIG since 2019", verificationStatus={"coding": [{"code": "refuted"}]}),
    "in error": diagnosis("On IVIG since 2019", verificationStatus={"coding": [{"code": "entered-in-error"}]}),
    "planned": done("Encounter", "planned", type=[{"text": "IVIG infusion visit"}]),
    "not done": done("Procedure", "not-done", code={"text": "Immunglobulingabe i.v."}),
    "a draft of a plan": done("CarePlan", "draft", title="IVIG maintenance", intent="plan"),
    "chemotherapy": done("Procedure", "completed", code={"text": "Chemotherapy infusion"}),
    "a vaccination": done(
        "Immunization",
        "completed",
        patient=SUBJECT,
        vaccineCode={"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
    ),
    "another patient": diagnosis("On IVIG since 2019", subject={"reference": "Patient/somebody-else"}),
}


@pytest.mark.parametrize("resource", NOT_OF_HERE.values(), ids=NOT_OF_HERE)
def test_what_was_withdrawn_or_is_yet_to_come_leaves_the_first_course(client: FlaskClient, resource: Json) -> None:
    assert told(client, resource)[:2] == (True, False)
