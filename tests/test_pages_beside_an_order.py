"""Of a list that came in part nothing is absent: a card of an order says so where precautions are looked for in it."""

import pytest
from flask.testing import FlaskClient

from tests.test_lost_risks import MMN
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import Json, searched, signed, weight

SAID = {
    "conditions": "Diagnoses: only a part of the list came",
    "laboratory": "Laboratory: only a part of the results came",
    "medications": "Medications: the list was not available",
    "allergies": "Allergies: the list did not come, or not to its end",
}
LINK = {"link": [{"relation": "next", "url": "https://ehr.example/next"}]}
PARTS: dict[str, Json] = {"a page with a next one": LINK, "fewer than its total counts": {"total": 7}}
INFUSION: Json = {
    "resourceType": "MedicationAdministration",
    "id": "i",
    "status": "completed",
    "subject": MMN["subject"],
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J06BA02"}]},
    "effectiveDateTime": "2026-01-05",
}


def details(client: FlaskClient, chart: Json, grams: int = 32) -> str:
    known = {"findings": searched(weight(80)), "conditions": searched(MMN)}
    return "\n".join(card["detail"] for card in signed(client, draft(line(grams, daily(5))), **{**known, **chart}))


@pytest.mark.parametrize("how", PARTS)
@pytest.mark.parametrize("key", SAID)
def test_a_list_that_came_in_part_is_named_beside_an_order(client: FlaskClient, key: str, how: str) -> None:
    held = [MMN] if key == "conditions" else []
    if not held and "total" in PARTS[how] and key == "laboratory":
        held = [{**weight(80), "id": "w2"}]
    assert SAID[key] in details(client, {key: {**searched(*held), **PARTS[how]}})


@pytest.mark.parametrize("key", SAID)
def test_a_list_that_came_whole_is_not(client: FlaskClient, key: str) -> None:
    held = [MMN] if key == "conditions" else []
    assert SAID[key] not in details(client, {key: {**searched(*held), "total": len(held)}})


def test_with_an_infusion_on_record_nobody_asks_whether_one_was_given(client: FlaskClient) -> None:
    unknown = "Whether immunoglobulin was given before is not known"
    assert unknown in details(client, {"treatments": {**searched(), **LINK}}, 70)
    assert unknown not in details(client, {"treatments": {**searched(INFUSION), **LINK}}, 70)
