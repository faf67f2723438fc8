"""Several orders in one signature: one card where they are told the same, with the names of all."""

from itertools import combinations_with_replacement
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.said_twice import repeated
from tests.test_order_doses import amount, daily, draft, every, line
from tests.test_order_hooks import DAILY, PREDNISONE, SUBJECT, Json, dosed, order, searched, signed, summaries, weight
from tests.test_orders_against_the_chart import result

SKIN = {"route": {"text": "subcutaneous"}}


def by_name(text: str, **more: Any) -> Json:
    return order("", medicationCodeableConcept={"text": text}, **more)


def steroid(text: str) -> Json:
    """Sixty milligrams a day for a month."""
    return by_name(text, dosageInstruction=dosed(60, "mg", **{**DAILY, "count": 30}))


def exchange() -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "code": {"text": "plasma exchange"},
    }


VEIN = draft(line({"doseQuantity": amount(0.4, "g/kg")}, daily(5)), medicationCodeableConcept={"text": "Privigen 10 %"})
WEEKLY = draft(line(20, every(7), **SKIN), medicationCodeableConcept={"text": "Hizentra 20 %"})
KINDS: dict[str, Json] = {
    "by vein": VEIN,
    "by vein, much": draft(line({"doseQuantity": amount(1.5, "g/kg")}, daily(5))),
    "by vein, no dose": draft(),
    "under the skin": WEEKLY,
    "a steroid": order(PREDNISONE),
    "another steroid": by_name("dexamethasone 40 mg"),
    "exchange": exchange(),
    "rituximab": by_name("rituximab"),
    "cyclophosphamide": by_name("Endoxan"),
    "unknown": by_name("xyzmab"),
    "unread": {"resourceType": "MedicationRequest", "status": "draft", "subject": SUBJECT, "medicaton": {}},
    "a vaccine": by_name("MMR vaccine"),
    "words differ": draft(line(32, daily(5), text="800 g")),
}
IGA, EGFR = result("2458-8", amount(2, "mg/dL"), "iga"), result("33914-3", amount(20, "mL/min"), "egfr")


def cards(client: FlaskClient, *orders: Json) -> list[Json]:
    named = [{**each, "id": f"d{number}"} for number, each in enumerate(orders)]
    return signed(client, *named, findings=searched(weight(80)), laboratory=searched(IGA, EGFR))


@pytest.mark.parametrize("pair", list(combinations_with_replacement(KINDS, 2)), ids=" and ".join)
def test_no_two_cards_of_two_orders_say_the_same(client: FlaskClient, pair: tuple[str, str]) -> None:
    made = cards(client, *(KINDS[kind] for kind in pair))
    assert list(repeated(made)) == []
    for card in made:
        lines = [each for each in card["detail"].split("\n") if each.strip()]
        assert len(lines) == len(set(lines))


@pytest.mark.parametrize("pair", [("by vein", "under the skin"), ("under the skin", "by vein")])
def test_a_precaution_that_two_orders_share_names_both(client: FlaskClient, pair: tuple[str, str]) -> None:
    (card,) = [each for each in cards(client, *(KINDS[kind] for kind in pair)) if "IgA deficiency" in each["summary"]]
    assert "Orders: " in card["detail"]
    assert "Privigen 10 %" in card["detail"]
    assert "Hizentra 20 %" in card["detail"]


def test_two_steroids_are_one_card_and_each_has_a_button_with_its_name(client: FlaskClient) -> None:
    (card,) = cards(client, steroid("prednisone 20 mg"), steroid("dexamethasone 4 mg"))
    assert "Orders: prednisone 20 mg; dexamethasone 4 mg" in card["detail"]
    assert card["detail"].count("ineffective in MMN") == 1
    labels = [each["label"] for each in card["suggestions"]]
    assert labels == ["Delete this order: prednisone 20 mg", "Delete this order: dexamethasone 4 mg"]


def test_two_orders_of_one_name_are_counted(client: FlaskClient) -> None:
    (card,) = cards(client, steroid("prednisone 20 mg"), steroid("prednisone 20 mg"))
    assert "Orders: prednisone 20 mg (2 orders)" in card["detail"]


def test_a_single_order_needs_no_name(client: FlaskClient) -> None:
    (card,) = cards(client, steroid("prednisone 20 mg"))
    assert "Orders:" not in card["detail"]
    assert [each["label"] for each in card["suggestions"]] == ["Delete this order"]


def test_the_vein_and_the_skin_in_one_signature_are_asked_about_once(client: FlaskClient) -> None:
    told = [each for each in summaries(cards(client, VEIN, WEEKLY)) if "are both ordered" in each]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("one", "other", "are_added"),
    [
        ("order", "order", True),
        ("plan", "plan", True),
        ("order", "instance-order", True),
        ("order", "option", False),
        ("option", "option", False),
        ("order", "proposal", False),
        ("order", "plan", False),
    ],
)
def test_options_and_proposals_are_added_to_no_order(
    client: FlaskClient, one: str, other: str, are_added: bool
) -> None:
    told = summaries(cards(client, {**VEIN, "intent": one}, {**VEIN, "intent": other}))
    assert any("4 g/kg" in each for each in told) is are_added
