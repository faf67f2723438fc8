"""What is said of somebody who has died: one question at an order, and nothing where a chart is opened."""

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.bench import bodies
from tests.test_order_doses import amount, daily, draft, line
from tests.test_order_hooks import IMMUNOGLOBULIN, JSON, PREDNISONE, Json, condition, order, searched, signed, summaries

QUESTION = "warning: The chart says that this patient has died: is this order meant for somebody else?"
DEAD: list[Json] = [{"deceasedBoolean": True}, {"deceasedDateTime": "2025-03-04"}, {"deceasedDateTime": "2024"}]
ALIVE: list[Json] = [{}, {"deceasedBoolean": False}, {"deceasedDateTime": "2199-01-01"}, {"deceasedBoolean": "true"}]
MUCH = draft(line({"doseQuantity": amount(1.5, "g/kg")}, daily(5)), name="d2")


def patient(**changes: Any) -> Json:
    return {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01", **changes}


@pytest.mark.parametrize("death", DEAD)
@pytest.mark.parametrize("drafts", [[order(IMMUNOGLOBULIN)], [order(PREDNISONE)], [order(PREDNISONE), MUCH]])
def test_an_order_for_somebody_who_has_died_is_one_question(
    client: FlaskClient, death: Json, drafts: list[Json]
) -> None:
    assert summaries(signed(client, *drafts, patient=patient(**death))) == [QUESTION]


@pytest.mark.parametrize("death", ALIVE)
def test_of_somebody_of_whom_no_death_is_known_an_order_is_checked(client: FlaskClient, death: Json) -> None:
    told = summaries(signed(client, order(PREDNISONE), patient=patient(**death)))
    assert [each for each in told if "Corticosteroids" in each]
    assert QUESTION not in told


def test_the_day_of_death_is_told(client: FlaskClient) -> None:
    (card,) = signed(client, order(PREDNISONE), patient=patient(**DEAD[1]))
    assert "died 2025-03-04" in card["detail"]


@pytest.mark.parametrize("changes", [{"conditions": searched(condition("I10"))}, {}])
def test_a_drug_that_nothing_is_said_of_or_a_chart_without_mmn_raises_no_question(
    client: FlaskClient, changes: Json
) -> None:
    name = PREDNISONE if changes else "161"
    assert signed(client, order(name), patient=patient(deceasedBoolean=True), **changes) == []


def of_patient(resources: list[Json]) -> Json:
    return next(each for each in resources if each["resourceType"] == "Patient")


@pytest.mark.parametrize("death", [{}, *DEAD])
def test_a_chart_that_is_opened_has_no_card_after_death(client: FlaskClient, death: Json) -> None:
    resources = bodies.mmn_resources(12)
    of_patient(resources).update(death)
    answer = client.post("/cds-services/mmn-patient-view", data=bodies.as_hook_call(resources), headers=JSON)
    assert (answer.status_code, bool(answer.get_json()["cards"])) == (200, not death)


def test_somebody_who_has_died_is_evaluated_all_the_same(client: FlaskClient) -> None:
    resources = bodies.mmn_resources(12)
    of_patient(resources).update(DEAD[0])
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    told = client.post("/fhir/$mmn-evaluate", data=orjson.dumps(bundle), headers=JSON).get_json()
    assert told["evaluation"]["classification"]["reached"] == "definite"
    assert told["cards"] == []
