"""What the chart says beside an order: units that contradict, bounds, other orders in force."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from tests.test_order_doses import UCUM, amount, daily, draft, line
from tests.test_order_hooks import SUBJECT, Json, searched, signed, summaries, weight

LOINC = "http://loinc.org"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), Evaluator.load(None)).test_client()


def result(code: str, quantity: Json, name: str = "o1", **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2025-01-05",
        "valueQuantity": quantity,
        **more,
    }


def said(client: FlaskClient, *orders: Json, kilograms: int = 80, **prefetch: object) -> str:
    """All summaries in one text."""
    return "\n".join(summaries(signed(client, *orders, **{"findings": searched(weight(kilograms)), **prefetch})))


USUAL = draft(line(32, daily(5)))


def test_no_correction_is_offered_where_unit_and_code_contradict_each_other(client: FlaskClient) -> None:
    torn = {"doseQuantity": {"value": 32, "unit": "g", "system": UCUM, "code": "mg"}}
    card = signed(client, draft(line(torn, daily(5))), findings=searched(weight(80)))[0]
    assert "cannot be checked" in card["summary"]
    assert "32 g, coded as mg" in card["detail"]
    assert "suggestions" not in card


@pytest.mark.parametrize(("sign", "number", "is_deficient"), [("<", 7, True), ("<=", 7, False), ("<", 8, False)])
def test_iga_below_the_limit_of_the_laboratory_is_a_deficiency(
    client: FlaskClient, sign: str, number: int, is_deficient: bool
) -> None:
    iga = result("2458-8", amount(number, "mg/dL", comparator=sign))
    assert ("warning: IgA deficiency" in said(client, USUAL, laboratory=searched(iga))) is is_deficient
