"""A weight of half a year is not asked for where an adult's dose stays as it was; else it is."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.as_of import now
from tests.test_order_doses import amount, draft, every, given, line
from tests.test_order_hooks import Json, searched, signed, summaries, weight


def ago(days: int) -> str:
    return f"{(now() - timedelta(days=days)).date()}"


def before(grams: float = 80, days: int = 28, **more: Any) -> Json:
    return {**draft(line(grams, every(days)), name="old"), "status": "active", "authoredOn": ago(100), **more}


def is_asked(client: FlaskClient, order: Json, days: int | None, **chart: object) -> bool:
    weights = [] if days is None else [{**weight(80), "effectiveDateTime": ago(days)}]
    told = summaries(signed(client, order, findings=searched(*weights), **chart))
    return any("Weight needed" in each for each in told)


DOSES = [given(ago(28 * month), 80, f"a{month}") for month in range(1, 6)]
RENEWED = draft(line(80, every(28)))


@pytest.mark.parametrize(
    ("order", "days", "chart", "asked"),
    [
        (RENEWED, 200, {"medications": [before()]}, False),
        (RENEWED, 364, {"medications": [before()]}, False),
        (RENEWED, 200, {"medications": [before(status="completed")]}, False),
        (RENEWED, 200, {"treatments": DOSES}, False),
        (RENEWED, 366, {"medications": [before()]}, True),
        (RENEWED, None, {"medications": [before()]}, True),
        (RENEWED, 200, {}, True),
        (RENEWED, 200, {"medications": [before(60)]}, True),
        (RENEWED, 200, {"medications": [before(days=14)]}, True),
        (draft(line({"doseQuantity": amount(1, "g/kg")}, every(28))), 200, {"medications": [before()]}, True),
    ],
    ids=[
        *("half a year", "nearly a year", "an order that is over", "the doses given"),
        *("over a year", "no weight", "nothing before", "another dose", "another interval", "a dose by weight"),
    ],
)
def test_a_weight_is_asked_for_where_the_dose_is_not_the_one_before(
    client: FlaskClient, order: Json, days: int | None, chart: dict[str, list[Json]], asked: bool
) -> None:
    found = {key: searched(*resources) for key, resources in chart.items()}
    assert is_asked(client, order, days, **found) is asked


@pytest.mark.parametrize(
    ("born", "asked"), [(17, True), (18, False), (None, True)], ids=["child", "adult", "not known"]
)
def test_a_child_is_weighed_anew(client: FlaskClient, born: int | None, asked: bool) -> None:
    patient: Json = {"resourceType": "Patient", "id": "p1"}
    patient |= {"birthDate": ago(366 * born)} if born else {}
    chart = {"medications": searched(before()), "patient": patient}
    assert is_asked(client, RENEWED, 200, **chart) is asked


def test_a_dose_by_weight_is_none_that_was_kept(client: FlaskClient) -> None:
    by_weight = line({"doseQuantity": amount(1, "g/kg")}, every(28))
    old = before(dosageInstruction=[by_weight])
    assert is_asked(client, draft(by_weight), 200, medications=searched(old))
