"""Readings that orders are held against: weights and eGFRs that nearly agree, rates by length, steps of a rate."""

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import amount, daily, draft, line
from tests.test_order_hooks import Json, searched, weight
from tests.test_orders_against_the_chart import USUAL, result, said


@pytest.mark.parametrize(("other", "is_contradictory"), [(81, False), (81.1, True)])
def test_weights_of_one_moment_that_hardly_differ_are_one_and_the_lowest_counts(
    client: FlaskClient, other: float, is_contradictory: bool
) -> None:
    second = {**weight(80), "id": "w2", "valueQuantity": amount(other, "kg")}
    assert ("contradictory" in said(client, USUAL, findings=searched(weight(80), second))) is is_contradictory


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (25, 27, "warning: Kidney risk"),
        (10, 59, "warning: Kidney risk"),
        (58, 63, "warning: Kidney risk"),
        (58, 64, "warning: Kidney risk"),
        (64, 40, "warning: Kidney risk"),
        (60, 120, ""),
    ],
)
def test_of_two_egfrs_of_one_time_the_lower_counts(client: FlaskClient, one: int, other: int, expected: str) -> None:
    egfrs = [result("33914-3", amount(one, "mL/min"), "e1"), result("62238-1", amount(other, "mL/min"), "e2")]
    told = said(client, USUAL, laboratory=searched(*egfrs, result("2458-8", amount(200, "mg/dL"), "iga")))
    assert expected in told
    assert expected or "Kidney" not in told


# Rates are judged by the label of a named product.
NAMED: Json = {"medicationCodeableConcept": {"text": "Gammagard Liquid 10 %"}}


@pytest.mark.parametrize(("minutes", "is_warned"), [(44, True), (45, False)])
def test_a_rate_follows_from_the_dose_and_the_length_of_its_infusion(
    client: FlaskClient, minutes: int, is_warned: bool
) -> None:
    told = said(client, draft(line(32, {**daily(5), "duration": minutes, "durationUnit": "min"}), **NAMED))
    assert ("warning: Infusion rate" in told) is is_warned


def test_a_rate_in_words_of_the_ward_is_read(client: FlaskClient) -> None:
    rate = {"doseQuantity": amount(32), "rateQuantity": {"value": 500, "unit": "ml/hr"}}
    assert "warning: Infusion rate of 6.25 mL/kg/h" in said(client, draft(line(rate, daily(5)), **NAMED))


def test_steps_of_the_rate_are_one_infusion_and_this_is_said(client: FlaskClient) -> None:
    def step(rate: int, **more: object) -> Json:
        return line({"doseQuantity": amount(32), "rateQuantity": amount(rate, "mL/h")}, daily(5), **more)

    told = said(client, draft(step(40, sequence=1), step(200, sequence=2)))
    assert "4 g/kg" not in told
    assert "counted as one infusion" in told
    assert "4 g/kg" in said(client, draft(step(40), step(200)))
    assert "4 g/kg" in said(client, draft(step(40, sequence=1), step(40, sequence=2)))
