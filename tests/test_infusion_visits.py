"""A visit for an infusion that names no drug is a question: immunoglobulin may be given there already."""

from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.posted_charts import SUBJECT, answered, bundled, chart, entries
from tests.shipped import shipped

CLIENT = create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()
FIRST = "Consider intravenous immunoglobulin as first treatment if disability warrants it"
ASKED = "No immunoglobulin was found, but a drug could not be read: is it given already?"


def visit(kind: str, text: str, **more: Any) -> dict[str, Any]:
    named: dict[str, Any] = {"code": {"text": text}} if kind != "Encounter" else {"type": [{"text": text}]}
    kinds: dict[str, dict[str, Any]] = {
        "Encounter": {"status": "finished", "class": {"code": "AMB"}, "period": {"start": "2025-11-01"}},
        "Procedure": {"status": "completed", "performedDateTime": "2025-11-01"},
        "ServiceRequest": {"status": "active", "intent": "order"},
    }
    return {"resourceType": kind, "id": "v", "subject": SUBJECT, **named, **kinds[kind], **more}


def coded(system: str, code: str, text: str = "") -> dict[str, Any]:
    """A procedure of a year ago by its code, with words beside it or without."""
    named = {"coding": [{"system": system, "code": code}]}
    return {**visit("Procedure", ""), "code": {**named, "text": text} if text else named}


def told(*visits: dict[str, Any]) -> list[str]:
    answer = answered(CLIENT, bundled("collection", entries(*chart(), *visits)))
    return [card["summary"] for card in answer["cards"] if "mmunoglobulin" in card["summary"]]


@pytest.mark.parametrize("kind", ["Encounter", "Procedure", "ServiceRequest"])
@pytest.mark.parametrize(
    "text", ["Infusion visit", "IV infusion", "Infusionstherapie", "Séance de perfusion", "Infuusbehandeling"]
)
def test_an_infusion_of_no_named_drug_leaves_open_what_was_given(kind: str, text: str) -> None:
    assert told(visit(kind, text)) == [ASKED]


@pytest.mark.parametrize("kind", ["Encounter", "Procedure", "ServiceRequest"])
@pytest.mark.parametrize("text", ["Iron infusion", "Infliximab infusion", "Outpatient visit", "Perfusion scan"])
def test_an_infusion_of_another_drug_and_another_visit_ask_nothing(kind: str, text: str) -> None:
    assert told(visit(kind, text)) == [FIRST]


def test_an_infusion_that_was_cancelled_asks_nothing() -> None:
    assert told(visit("Encounter", "Infusion visit", status="cancelled")) == [FIRST]


CPT, SNOMED, OPS = "http://www.ama-assn.org/go/cpt", "http://snomed.info/sct", "http://fhir.de/CodeSystem/bfarm/ops"
NAMELESS = (
    *((CPT, "96365"), (CPT, "96366"), ("urn:oid:2.16.840.1.113883.6.12", "96365"), (CPT, "96369")),
    (SNOMED, "14152002"),
)


@pytest.mark.parametrize(("system", "code"), NAMELESS)
def test_an_infusion_by_its_code_alone_leaves_open_what_was_given(system: str, code: str) -> None:
    assert told(coded(system, code)) == [ASKED]


@pytest.mark.parametrize(
    ("system", "code", "text"),
    [
        (CPT, "96365", "Infliximab infusion"),
        (CPT, "96365", "Iron infusion"),
        (CPT, "96372", ""),
        (CPT, "36415", ""),
        ("urn:our:procedures", "96365", ""),
        (OPS, "8-810.j7", ""),
    ],
)
def test_a_code_of_another_infusion_or_of_none_asks_nothing(system: str, code: str, text: str) -> None:
    assert told(coded(system, code, text)) == [FIRST]


@pytest.mark.parametrize("code", ["8-810.w0", "8-810.w8", "8-810.wf"])
@pytest.mark.parametrize("system", [OPS, "http://fhir.de/CodeSystem/dimdi/ops", "urn:oid:1.2.276.0.76.5.387"])
def test_immunoglobulin_by_a_national_code_alone_is_never_followed_by_a_first_course(system: str, code: str) -> None:
    assert told(coded(system, code)) == ["The chart speaks of immunoglobulin, but holds no dose: is it given already?"]
