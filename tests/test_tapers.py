"""Steps of a taper follow each other and are never added up to one day; what is given together is."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.as_of import now
from tests.test_order_doses import amount, draft, every, line
from tests.test_order_hooks import Json, condition, order, searched, signed, summaries, weight

PREDNISOLONE = "8638"
ADRENALS = {"conditions": searched(condition("G61.82"), condition("E27.1", "adrenals"))}
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
FIVE_DAYS = {**DAILY, "boundsDuration": amount(5, "d")}


def day(number: int) -> str:
    return f"{(now() + timedelta(days=number)).date()}"


def milligrams(dose: float, timing: Json = FIVE_DAYS, **more: Any) -> Json:
    return line({"doseQuantity": amount(dose, "mg")}, timing, **more)


def within(first: int, last: int, often: Json = DAILY) -> Json:
    return {**often, "boundsPeriod": {"start": day(first), "end": day(last)}}


@pytest.mark.parametrize(
    ("steps", "is_replacement"),
    [
        ([milligrams(7.5, sequence=1), milligrams(5, sequence=2)], True),
        ([milligrams(7.5, within(0, 4)), milligrams(5, within(5, 9)), milligrams(2.5, within(10, 14))], True),
        ([milligrams(7.5, text="7.5 mg daily"), milligrams(5, text="then 5 mg daily")], True),
        ([milligrams(7.5, text="7,5 mg 5 Tage, danach:"), milligrams(5, text="5 mg 5 Tage")], True),
        ([milligrams(7.5, sequence=1), milligrams(5, DAILY, sequence=2)], True),
        ([milligrams(7.5, sequence=1), milligrams(5, sequence=1)], False),
        ([milligrams(7.5), milligrams(5)], False),
        ([milligrams(7.5, within(0, 9)), milligrams(5, within(5, 14))], False),
        # The first has no end, so that the second comes to it.
        ([milligrams(7.5, DAILY, sequence=1), milligrams(5, DAILY, sequence=2)], False),
        ([milligrams(7.5, text="in the morning"), milligrams(5, text="at night")], False),
        ([milligrams(20, sequence=1), milligrams(5, sequence=2)], False),
    ],
    ids=[
        *("by number", "by days", "then", "danach", "the last without an end"),
        *(
            "one number",
            "nothing said",
            "days that overlap",
            "without an end",
            "morning and night",
            "too much at first",
        ),
    ],
)
def test_a_day_of_a_taper_has_the_dose_of_its_step(
    client: FlaskClient, steps: list[Json], is_replacement: bool
) -> None:
    told = summaries(signed(client, order(PREDNISOLONE, dosageInstruction=steps), **ADRENALS))
    assert (not any("Corticosteroids are not recommended" in each for each in told)) is is_replacement, told


TWELVE_WEEKS = {**every(28), "boundsDuration": amount(84, "d")}


@pytest.mark.parametrize(
    ("steps", "is_above"),
    [
        ([line(100, TWELVE_WEEKS, sequence=1), line(90, every(28), sequence=2)], False),
        ([line(100, within(0, 83, every(28))), line(90, within(84, 200, every(28)))], False),
        ([line(100, TWELVE_WEEKS, text="100 g"), line(90, every(28), text="then 90 g every 4 weeks")], False),
        ([line(100, every(28)), line(90, every(28))], True),
        ([line(100, every(28), sequence=1), line(90, every(28), sequence=2)], True),
        ([line(200, TWELVE_WEEKS, sequence=1), line(90, every(28), sequence=2)], True),
    ],
    ids=["by number", "by days", "then", "nothing said", "without an end", "too much at first"],
)
def test_maintenance_that_is_tapered_is_as_much_as_its_largest_step(
    client: FlaskClient, steps: list[Json], is_above: bool
) -> None:
    told = summaries(signed(client, draft(*steps), findings=searched(weight(80))))
    assert any("a month is above the label" in each for each in told) is is_above, told


def test_the_days_of_a_step_in_words_are_no_other_days_than_the_fields(client: FlaskClient) -> None:
    two_days = {**DAILY, "boundsDuration": amount(2, "d")}
    steps = [line(40, two_days, text="40 g for 2 days"), line(40, two_days, text="then 40 g for 2 days")]
    told = summaries(signed(client, draft(*steps), findings=searched(weight(80))))
    assert not any("text and dose fields differ" in each for each in told), told
    assert not any("in one day" in each for each in told), told
