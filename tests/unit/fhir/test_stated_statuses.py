"""The statuses of diagnoses and allergies in the words and codes of senders; what is not understood hides nothing."""

from typing import Any

import pytest

from service.fhir.intake.entries import Entry
from service.fhir.intake.stated_statuses import in_known_statuses
from service.fhir.intake.statuses import status_problem
from tests.unit.fhir.bundles import MAPPINGS
from tests.unit.fhir.clinical_sources import SNOMED

VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
NOW = "http://terminology.hl7.org/CodeSystem/condition-clinical"
LOCAL = "urn:local"


def coding(system: str, *codes: str, display: str = "") -> dict[str, Any]:
    more = {"display": display} if display else {}
    return {"coding": [{"system": system, "code": code, **more} for code in codes]}


def told(element: str, status: object, kind: str = "Condition") -> str:
    """The code that a status comes to, ``not sent``, or ``as sent``."""
    entry = Entry(f"{kind}/1", kind, {"resourceType": kind, element: status}, "", "")
    made = in_known_statuses(entry, MAPPINGS)
    if made is entry:
        return "as sent"
    status = made.resource.get(element)
    return status["coding"][0]["code"] if isinstance(status, dict) else "not sent"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(({"text": text}, "unconfirmed") for text in ("suspected", "Verdacht auf", "V.a.", "Query", "?", "sospecha")),
        *(({"text": text}, "confirmed") for text in ("confirmed", "Gesichert", "definite", "confirmé", "confirmada")),
        *(({"text": text}, "refuted") for text in ("refuted", "ausgeschlossen", "Ruled out", "descartado", "exclu")),
        ({"text": "provisional"}, "provisional"),
        ({"text": "entered in error"}, "entered-in-error"),
        (coding(LOCAL, "S", display="suspected"), "unconfirmed"),
        (coding(LOCAL, "G", display="gesichert"), "confirmed"),
        (coding(VERIFIED, "CONFIRMED"), "confirmed"),
        (coding(VERIFIED, "Refuted"), "refuted"),
        (coding(SNOMED, "410605003"), "confirmed"),
        (coding(SNOMED, "415684004"), "unconfirmed"),
        (coding(SNOMED, "410516002"), "refuted"),
        # What is not understood, or says two things, leaves a question.
        (coding(VERIFIED, "unknown"), "unconfirmed"),
        (coding(LOCAL, "17"), "unconfirmed"),
        ({"text": "see letter"}, "unconfirmed"),
        ({"text": "not ruled out"}, "unconfirmed"),
        (coding(VERIFIED, "confirmed", "refuted"), "unconfirmed"),
        (coding(VERIFIED, "unconfirmed", "differential"), "unconfirmed"),
        ({}, "not sent"),
        ({"coding": []}, "not sent"),
        *((coding(VERIFIED, code), "as sent") for code in ("confirmed", "refuted", "entered-in-error", "differential")),
        ({"coding": [*coding(VERIFIED, "confirmed")["coding"], {"system": LOCAL, "code": "1"}]}, "as sent"),
        ("confirmed", "as sent"),
        (None, "as sent"),
    ],
)
def test_a_verification_status_in_any_spelling(status: object, expected: str) -> None:
    assert told("verificationStatus", status) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(({"text": text}, "active") for text in ("active", "Aktiv", "chronic", "ongoing", "activo")),
        *(({"text": text}, "resolved") for text in ("resolved", "abgeklungen", "résolu")),
        ({"text": "in remission"}, "remission"),
        (coding(NOW, "ACTIVE"), "active"),
        (coding(LOCAL, "A", display="aktiv"), "active"),
        (coding(SNOMED, "55561003", display="Active"), "active"),
        # What says nothing, or two things, ends nothing.
        (coding(NOW, "gone"), "not sent"),
        (coding(NOW, "active", "resolved"), "not sent"),
        ({"text": "see letter"}, "not sent"),
        ({}, "not sent"),
        (coding(NOW, "remission"), "as sent"),
        ("active", "as sent"),
    ],
)
def test_a_clinical_status_in_any_spelling(status: object, expected: str) -> None:
    assert told("clinicalStatus", status) == expected


@pytest.mark.parametrize(
    ("element", "status", "expected"),
    [
        ("clinicalStatus", {"text": "aktiv"}, "active"),
        ("clinicalStatus", {}, "not sent"),
        ("verificationStatus", {"text": "suspected"}, "unconfirmed"),
        ("verificationStatus", {"text": "ausgeschlossen"}, "refuted"),
        ("verificationStatus", coding(VERIFIED, "presumed"), "as sent"),
        ("verificationStatus", coding(LOCAL, "sure"), "as sent"),
        ("clinicalStatus", {"text": "gone"}, "as sent"),
    ],
)
def test_the_status_of_an_allergy_is_read_where_it_is_understood(element: str, status: object, expected: str) -> None:
    assert told(element, status, "AllergyIntolerance") == expected


def test_no_other_resource_has_its_status_changed() -> None:
    assert told("clinicalStatus", {"text": "aktiv"}, "Observation") == "as sent"


@pytest.mark.parametrize(("code", "is_over"), [("remission", False), ("inactive", False), ("resolved", True)])
def test_a_lasting_disease_is_over_only_where_it_is_resolved(code: str, *, is_over: bool) -> None:
    quiet = {"resourceType": "Condition", "clinicalStatus": coding(NOW, code)}
    assert (status_problem("Condition", quiet, lasts=True) is not None) is is_over
    assert status_problem("Condition", quiet) is not None
    assert status_problem("Condition", {**quiet, "abatementString": "2020"}, lasts=True) is not None
