"""Drafts of which nothing will be given: ended, taken back, orders not to do something; and services that measure."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import amount, daily, draft, line
from tests.test_order_hooks import PREDNISONE, SUBJECT, Json, order, searched, signed, summaries, weight
from tests.test_orders_against_the_chart import said

MUCH = line({"doseQuantity": amount(1.5, "g/kg")}, daily(5))
LOINC = "http://loinc.org"


def service(text: str, **changes: Any) -> Json:
    made = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "intent": "order", "code": {"text": text}}
    return {**made, "subject": SUBJECT, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "stopped"},
        {"status": "completed"},
        {"status": "cancelled"},
        {"status": "entered-in-error"},
        {"doNotPerform": True},
    ],
)
def test_a_draft_of_which_nothing_will_be_given_is_silent(client: FlaskClient, changes: Json) -> None:
    assert said(client, draft(MUCH, **changes)) == ""
    assert said(client, order(PREDNISONE, **changes)) == ""


@pytest.mark.parametrize("changes", [{"status": "revoked"}, {"status": "completed"}, {"doNotPerform": True}])
def test_a_service_that_will_not_be_done_is_silent(client: FlaskClient, changes: Json) -> None:
    assert said(client, service("plasma exchange", **changes)) == ""


# One on hold is expected to go on; a proposal and a plan are to become orders.
@pytest.mark.parametrize(
    "changes",
    [
        {"status": "active"},
        {"status": "on-hold"},
        {"doNotPerform": False},
        *({"intent": intent} for intent in ("proposal", "plan", "option", "instance-order")),
    ],
)
def test_a_draft_that_may_be_given_is_checked(client: FlaskClient, changes: Json) -> None:
    assert "above the usual range" in said(client, draft(MUCH, **changes))
    assert "Corticosteroids" in said(client, order(PREDNISONE, **changes))


def test_an_order_that_is_ended_in_the_same_signature_is_no_longer_in_force(client: FlaskClient) -> None:
    running, new = draft(line(32, daily(5)), name="old", status="active"), draft(line(32, daily(5)))
    both = said(client, new, medications=searched(running))
    assert "Another order of immunoglobulin is active" in both
    replaced = said(client, new, {**running, "status": "stopped"}, medications=searched(running))
    assert "Another order" not in replaced
    assert "4 g/kg" not in replaced


@pytest.mark.parametrize(
    ("code", "is_treatment"),
    [
        ({"text": "Immunoglobulins", "coding": [{"system": LOINC, "code": "2465-3"}]}, False),
        ({"text": "immunoglobulin panel"}, False),
        ({"text": "IVIG infusion"}, True),
        ({"text": "Immunoglobulin infusion", "coding": [{"system": "https://ris.example", "code": "17"}]}, True),
    ],
)
def test_a_service_that_measures_immunoglobulins_is_no_treatment(
    client: FlaskClient, code: Json, is_treatment: bool
) -> None:
    assert bool(signed(client, service("", code=code), findings=searched(weight(80)))) is is_treatment


@pytest.mark.parametrize(
    ("reason", "is_for_mmn"),
    [
        ("MMN", True),
        ("Multifocal motor neuropathy (MMN)", True),
        ("Multifocal motor neuronopathy (MMN)", True),
        ("MMN (motor neuropathy)", True),
        ("MMN, takes micronutrients", True),
        ("Micronutrient supplementation (MMN)", False),
        ("MMN = multiple micronutrients", False),
        ("MMN (multiple micronutrient)", False),
        ("pregnancy MMN tablets", False),
        ("UNIMMAP MMN", False),
    ],
)
def test_an_abbreviation_that_the_reason_spells_out_means_that(
    client: FlaskClient, reason: str, is_for_mmn: bool
) -> None:
    steroid = order(PREDNISONE, reasonCode=[{"text": reason}])
    told = summaries(signed(client, steroid, conditions=searched()))
    assert any("Corticosteroids" in each for each in told) is is_for_mmn
