"""An order of immunoglobulin under the skin beside the one before it: a renewal is no news, a change is asked about."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.as_of import now
from tests.test_order_doses import amount, draft, every, given, line
from tests.test_order_hooks import SUBJECT, Json, searched, signed, summaries, weight

SKIN = {"route": {"text": "subcutaneous"}}
PRODUCT = {"text": "Hizentra 20 %"}


def under_the_skin(grams: float, days: int = 7, name: str = "d1", **more: Any) -> Json:
    made = draft(line(grams, every(days), **SKIN), name=name, medicationCodeableConcept=PRODUCT)
    return {**made, **more}


def before(grams: float, days: int = 7, **more: Any) -> Json:
    ago = f"{(now() - timedelta(days=90)).date()}"
    return under_the_skin(grams, days, "old", **{"status": "active", "authoredOn": ago, **more})


def doses(grams: float, product: Json = PRODUCT) -> list[Json]:
    days = [f"{(now() - timedelta(days=7 * week)).date()}" for week in range(1, 6)]
    return [{**given(day, grams, f"a{day}"), "medicationCodeableConcept": product} for day in days]


def about_the_skin(client: FlaskClient, *orders: Json, **chart: object) -> list[str]:
    told = summaries(signed(client, *orders, findings=searched(weight(80)), **chart))
    return [each for each in told if "SCIg" in each]


@pytest.mark.parametrize(
    "chart",
    [
        {"medications": [before(20)]},
        {"medications": [before(20, status="completed")]},
        {"medications": [before(20, status="stopped")]},
        {"medications": [before(40, 14)]},
        {"medications": [before(20, medicationCodeableConcept={"text": "Cuvitru 20 %"})]},
        {"treatments": doses(20)},
        {"medications": [before(20)], "treatments": doses(20)},
    ],
    ids=["active", "completed", "stopped", "as much a week", "another product", "given", "ordered and given"],
)
def test_a_renewal_of_the_same_dose_is_no_news(client: FlaskClient, chart: dict[str, list[Json]]) -> None:
    found = {key: searched(*resources) for key, resources in chart.items()}
    assert about_the_skin(client, under_the_skin(20), **found) == []
    by_prior = under_the_skin(20, priorPrescription={"reference": "MedicationRequest/old"})
    assert about_the_skin(client, by_prior, **found) == []


def stated(grams: float, **more: Any) -> Json:
    """A statement that so much is taken each week."""
    began = f"{(now() - timedelta(days=200)).date()}"
    taken = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": PRODUCT,
        "effectivePeriod": {"start": began},
        "dosage": [line(grams, every(7), **SKIN)],
    }
    return {**taken, **more}


def in_millilitres(volume: float) -> list[Json]:
    return [{**each, "dosage": {"dose": amount(volume, "mL")}} for each in doses(0)]


def twice_a_week(grams: float) -> list[Json]:
    days = [f"{(now() - timedelta(days=half)).date()}" for half in (1, 4, 8, 11, 15, 18, 22, 25)]
    return [{**given(day, grams, f"a{day}"), "medicationCodeableConcept": PRODUCT} for day in days]


BY_ROUTE = [{**given(f"{(now() - timedelta(days=7 * week)).date()}", 20, f"g{week}")} for week in range(1, 6)]


@pytest.mark.parametrize(
    ("chart", "is_known", "is_like"),
    [
        ({"statements": [stated(20)]}, True, True),
        ({"statements": [stated(20, status="completed")]}, True, True),
        ({"statements": [stated(10)]}, True, False),
        ({"statements": [stated(20, dosage=[{"text": "weekly"}])]}, False, False),
        (
            {"statements": [stated(20, medicationCodeableConcept={"text": "Privigen"}, dosage=[line(80, every(28))])]},
            False,
            False,
        ),
        # A statement that began before an older order was written is older than that.
        ({"statements": [stated(10)], "medications": [before(20)]}, True, True),
        ({"treatments": in_millilitres(100)}, True, True),
        ({"treatments": in_millilitres(50)}, True, False),
        ({"treatments": twice_a_week(10)}, True, True),
        ({"treatments": twice_a_week(20)}, True, False),
        ({"treatments": [{**each, "dosage": {**each["dosage"], **SKIN}} for each in BY_ROUTE]}, True, True),
        ({"treatments": doses(20)[:2]}, False, False),
    ],
    ids=[
        *("stated", "stated and over", "another stated", "stated without a dose", "by vein", "stated, ordered since"),
        *("in mL", "in other mL", "twice a week", "too much twice a week", "generic, by route", "two doses only"),
    ],
)
def test_the_dose_before_is_what_a_statement_or_all_doses_tell(
    client: FlaskClient, chart: dict[str, list[Json]], is_known: bool, is_like: bool
) -> None:
    found = {key: searched(*resources) for key, resources in chart.items()}
    told = about_the_skin(client, under_the_skin(20), **found)
    assert any("not known" in each for each in told) is not is_known, told
    assert (told == []) is is_like, told


@pytest.mark.parametrize("grams", [10, 17, 23, 30])
def test_another_dose_than_in_the_order_before_is_asked_about_with_both(client: FlaskClient, grams: float) -> None:
    old = searched(before(20, status="completed"))
    (said,) = about_the_skin(client, under_the_skin(grams), medications=old)
    assert said.startswith(f"info: SCIg: {grams} g a week ordered, 20 g a week before")


@pytest.mark.parametrize("grams", [15, 25])
def test_another_dose_than_was_given_under_the_skin_is_asked_about(client: FlaskClient, grams: float) -> None:
    (said,) = about_the_skin(client, under_the_skin(grams), treatments=searched(*doses(20)))
    assert f"{grams} g a week" in said
    assert "not known" not in said


@pytest.mark.parametrize("grams", [19, 21])
def test_a_dose_within_a_tenth_is_the_same(client: FlaskClient, grams: float) -> None:
    assert about_the_skin(client, under_the_skin(grams), medications=searched(before(20, status="completed"))) == []


@pytest.mark.parametrize(
    "chart",
    [
        {},
        {"medications": searched(draft(line(80, every(28)), name="old", status="completed"))},
        {"medications": searched(before(20, dosageInstruction=[{"text": "as told"}]))},
    ],
    ids=["nothing before", "by vein before", "a dose that was not read"],
)
def test_a_first_order_under_the_skin_says_that_the_dose_before_is_not_known(client: FlaskClient, chart: Json) -> None:
    (said,) = about_the_skin(client, under_the_skin(20), **chart)
    assert "the dose before is not known" in said


def test_a_renewal_without_a_dose_that_is_read_is_the_same_where_all_is_as_before(client: FlaskClient) -> None:
    words = [{"text": "one prefilled syringe a week", **SKIN}]
    new, old = under_the_skin(0, dosageInstruction=words), before(0, dosageInstruction=words)
    assert about_the_skin(client, new, medications=searched(old)) == []


def test_a_switch_from_the_vein_is_told_with_its_percent(client: FlaskClient) -> None:
    by_vein = doses(20, {"text": "Privigen 10 %"})
    (said,) = about_the_skin(client, under_the_skin(20), treatments=searched(*by_vein))
    assert "100 % of the dose before" in said
