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
SEARCHES = {
    "Condition?patient=p1": True,
    "Condition?patient=p1&_count=50&_sort=-recorded-date&_format=json": True,
    "Condition?patient=p1&_getpages=8c1f&_getpagesoffset=0": True,
    "Condition?patient=p1&_include=Condition:encounter": True,
    "Condition?patient=p1&clinical-status=active": False,
    "Condition?patient=p1&clinical-status:not=resolved": False,
    "Condition?patient=p1&category=problem-list-item": False,
    "Condition?patient=p1&_lastUpdated=ge2026-01-01": False,
    "Condition?patient=p1&onset-date=ge2020": False,
    "Condition?patient=p1&code=I26.99": False,
    "Condition?patient=p1&_summary=true": False,
}
NO_ALLERGY: Json = {
    "resourceType": "AllergyIntolerance",
    "id": "none",
    "patient": MMN["subject"],
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]},
}
INFUSION: Json = {
    "resourceType": "MedicationAdministration",
    "id": "i",
    "status": "completed",
    "subject": MMN["subject"],
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J06BA02"}]},
    "effectiveDateTime": "2026-01-05",
}


def details(client: FlaskClient, chart: Json, grams: int = 32) -> str:
    known = {"findings": searched(weight(80)), "conditions": searched(MMN), "allergies": searched(NO_ALLERGY)}
    return "\n".join(card["detail"] for card in signed(client, draft(line(grams, daily(5))), **{**known, **chart}))


@pytest.mark.parametrize("how", PARTS)
@pytest.mark.parametrize("key", SAID)
def test_a_list_that_came_in_part_is_named_beside_an_order(client: FlaskClient, key: str, how: str) -> None:
    held = {"conditions": [MMN], "laboratory": [{**weight(80), "id": "w2"}]}.get(key, [])
    assert SAID[key] in details(client, {key: {**searched(*held), **PARTS[how]}})


@pytest.mark.parametrize("key", SAID)
def test_a_list_that_came_whole_is_not(client: FlaskClient, key: str) -> None:
    held = {"conditions": [MMN], "allergies": [NO_ALLERGY]}.get(key, [])
    assert SAID[key] not in details(client, {key: {**searched(*held), "total": len(held)}})


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_that_says_itself_that_it_asked_for_less_brings_a_part(client: FlaskClient, search: str) -> None:
    link = {"link": [{"relation": "self", "url": f"https://ehr.example/fhir/{search}"}]}
    assert (SAID["conditions"] not in details(client, {"conditions": {**searched(MMN), **link}})) is SEARCHES[search]


@pytest.mark.parametrize(("left_out", "is_whole"), [(0, True), (1, False)])
def test_a_search_by_codes_is_whole_where_it_asked_for_all_of_them(
    client: FlaskClient, left_out: int, *, is_whole: bool
) -> None:
    services = client.get("/cds-services").get_json()["services"]
    query = next(each["prefetch"]["laboratory"] for each in services if each["id"] == "mmn-order-sign")
    kind, _, codes = query.partition("&code=")
    asked = ",".join(codes.split(",")[left_out:]).replace("|", "%7C")
    link = {"link": [{"relation": "self", "url": f"https://ehr.example/fhir/{kind}&code={asked}"}]}
    assert (SAID["laboratory"] not in details(client, {"laboratory": {**searched(), **link}})) is is_whole


def test_with_an_infusion_on_record_nobody_asks_whether_one_was_given(client: FlaskClient) -> None:
    unknown = "Whether immunoglobulin was given before is not known"
    assert unknown in details(client, {"treatments": {**searched(), **LINK}}, 70)
    assert unknown not in details(client, {"treatments": {**searched(INFUSION), **LINK}}, 70)
