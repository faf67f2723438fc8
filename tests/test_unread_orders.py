"""Orders of which nothing can be read: never silent where MMN is likely, and always listed as not used."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_order_hooks import ICD10, PREDNISONE, RXNORM, SUBJECT, body, condition, order, post, searched

Json = dict[str, Any]
CODED = {"coding": [{"system": RXNORM, "code": PREDNISONE}], "text": "prednisone"}
CARD = "An order could not be read: not checked against MMN"
FOR_MMN = [{"coding": [{"system": ICD10, "code": "G61.82"}]}]
# What a draft holds in place of medicationCodeableConcept, and the reason of its row.
UNREAD: dict[str, tuple[Json, str]] = {
    "R5": ({"medication": {"concept": CODED}}, "not-r4"),
    "R5 by reference": ({"medication": {"reference": {"reference": "Medication/m1"}}}, "not-r4"),
    "misspelt": ({"medicationCodableConcept": CODED}, "invalid"),
    "missing": ({}, "invalid"),
    "no code and no text": ({"medicationCodeableConcept": {"coding": [{"system": RXNORM}]}}, "unmapped"),
    "a reference that leads nowhere": ({"medicationReference": {"reference": "Medication/gone"}}, "unmapped"),
    "a contained reference that leads nowhere": ({"medicationReference": {"reference": "#gone"}}, "unmapped"),
    "a Medication without a code": (
        {"contained": [{"resourceType": "Medication", "id": "m1"}], "medicationReference": {"reference": "#m1"}},
        "unmapped",
    ),
    "a status that R4 does not have": ({"medicationCodeableConcept": CODED, "status": "DRAFT"}, "status"),
    "a modifier": (
        {"medicationCodeableConcept": CODED, "modifierExtension": [{"url": "http://example.org/not"}]},
        "invalid",
    ),
    "a service without a code": ({"resourceType": "ServiceRequest"}, "unmapped"),
    "a service of R5": ({"resourceType": "ServiceRequest", "code": {"concept": CODED}}, "not-r4"),
    "STU2": ({"resourceType": "MedicationOrder", "medicationCodeableConcept": CODED}, "not-r4"),
}

ELEMENTS = [elements for elements, _ in UNREAD.values()]


def draft(elements: Json, **more: object) -> Json:
    return {**order(PREDNISONE, "d1", medicationCodeableConcept=None), **elements, **more}


def cards(
    client: FlaskClient, *drafts: Json, hook: str = "order-sign", selected: object = None, **prefetch: object
) -> list[Json]:
    answer = post(client, body(hook, searched(*drafts), selected, **prefetch))
    assert answer.status_code == 200
    found: list[Json] = answer.get_json()["cards"]
    return found


@pytest.mark.parametrize("elements", ELEMENTS, ids=UNREAD)
def test_a_draft_that_cannot_be_read_is_told_where_mmn_is_likely(client: FlaskClient, elements: Json) -> None:
    (card,) = cards(client, draft(elements))
    assert (card["indicator"], card["summary"]) == ("info", CARD)
    assert "prednisone" not in card["detail"]


@pytest.mark.parametrize("elements", ELEMENTS, ids=UNREAD)
def test_a_draft_that_cannot_be_read_is_no_matter_without_mmn(client: FlaskClient, elements: Json) -> None:
    assert cards(client, draft(elements), conditions=searched(condition("I10"))) == []


def test_a_draft_that_cannot_be_read_and_is_for_mmn_is_told(client: FlaskClient) -> None:
    unread, none = draft({}, reasonCode=FOR_MMN), searched()
    assert [card["summary"] for card in cards(client, unread, conditions=none)] == [CARD]


def test_what_can_be_read_is_judged_beside_it(client: FlaskClient) -> None:
    told = [card["summary"] for card in cards(client, draft({}), order(PREDNISONE, "d2"))]
    assert len(told) == 2
    assert CARD in told


@pytest.mark.parametrize(
    "elements",
    [
        {"medicationReference": {"reference": "Medication/gone", "display": "amlodipine 5 mg"}},
        {"medicationCodeableConcept": {"text": "amlodipine 5 mg"}},
        {"status": "cancelled"},
        {"resourceType": "ServiceRequest", "code": {"text": "chest radiograph"}},
        {"resourceType": "NutritionOrder"},
    ],
    ids=["named by the reference", "named", "cancelled", "a service that says nothing here", "no order of a drug"],
)
def test_a_draft_that_was_read_and_bears_on_nothing_is_silent(client: FlaskClient, elements: Json) -> None:
    assert cards(client, draft(elements)) == []


def test_on_order_select_only_the_selected_draft_is_told(client: FlaskClient) -> None:
    drafts = draft({}), order("17767", "d2")
    assert cards(client, *drafts, hook="order-select", selected=["MedicationRequest/d2"]) == []
    assert len(cards(client, *drafts, hook="order-select", selected=["MedicationRequest/d1"])) == 1


def test_an_order_in_which_nothing_is_chosen_yet_is_no_news_until_it_is_selected_or_signed(client: FlaskClient) -> None:
    blank = draft({})
    assert cards(client, blank, hook="order-select", selected=[]) == []
    assert len(cards(client, draft(UNREAD["R5"][0]), hook="order-select", selected=[])) == 1
    assert len(cards(client, blank, hook="order-select", selected=["MedicationRequest/d1"])) == 1
    assert len(cards(client, blank)) == 1


@pytest.mark.parametrize(("elements", "reason"), UNREAD.values(), ids=UNREAD)
def test_it_is_listed_at_the_other_door_with_its_reason(client: FlaskClient, elements: Json, reason: str) -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    chart = {**searched(patient, condition("G61.82"), draft(elements)), "type": "collection"}
    answer = client.post("/fhir/$mmn-evaluate", json=chart).get_json()
    rows = [row for row in answer["evaluation"]["excluded"] if row["reason"] == reason]
    assert [row["resource"] for row in rows] in (
        ["MedicationRequest/d1"],
        ["ServiceRequest/d1"],
        ["Bundle.entry[2]"],
    ), answer["evaluation"]["excluded"]


@pytest.mark.parametrize("name", ["R5", "misspelt", "missing", "a reference that leads nowhere"])
def test_an_order_in_force_that_cannot_be_read_is_told_at_the_other_door(client: FlaskClient, name: str) -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    active = draft(dict(UNREAD[name][0]), status="active", subject=SUBJECT)
    chart = {**searched(patient, condition("G61.82"), active), "type": "collection"}
    assert CARD in [card["summary"] for card in client.post("/fhir/$mmn-evaluate", json=chart).get_json()["cards"]]


def test_a_drug_that_nobody_recognises_is_judged_as_that_and_listed(client: FlaskClient) -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    chart = {**searched(patient, condition("G61.82"), order("999999999", status="active")), "type": "collection"}
    answer = client.post("/fhir/$mmn-evaluate", json=chart).get_json()
    assert "Drug not recognised: not checked against MMN" in [card["summary"] for card in answer["cards"]]
    assert ("MedicationRequest/d1", "unmapped") in [
        (row["resource"], row["reason"]) for row in answer["evaluation"]["excluded"]
    ]
