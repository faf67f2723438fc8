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
