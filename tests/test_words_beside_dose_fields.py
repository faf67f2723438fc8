"""Orders of immunoglobulin of which the words say something else than the dose fields."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_order_doses import amount, daily, draft, every, line, the_card, told
from tests.test_order_hooks import Json, order, searched, signed, weight
from tests.test_orders_against_the_chart import said

COURSE = {"doseQuantity": amount(0.4, "g/kg")}
DIFFER = "text and dose fields differ"


def course(text: str, **more: Any) -> Json:
    """0.4 g/kg on five days, with words."""
    return draft(line(COURSE, daily(5), text=text, **more))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("800 g", "text 800 g, fields 32 g (160 g in all)"),
        ("40 g daily x 5 days", "text 40 g, fields 32 g (160 g in all)"),
        ("1 g/kg daily for 5 days", "text 1 g/kg, fields 0.4 g/kg (2 g/kg in all)"),
        ("2 g/kg over 2 days", "text over 2 days, fields 5 days"),
        ("0,4 g/kg/d für 3 Tage", "für 3 Tage".replace("ü", "u").lower()),
        ("single dose", "text single dose, fields 5 days"),
    ],
)
def test_words_of_another_dose_are_asked_about_with_both(client: FlaskClient, text: str, expected: str) -> None:
    card = the_card(client, course(text))
    assert (card["indicator"], DIFFER in card["summary"]) == ("warning", True)
    assert expected in card["detail"]
    assert "suggestions" not in card


@pytest.mark.parametrize(
    "text",
    [
        "0.4 g/kg/day for 5 days",
        "2 g/kg divided over 5 days",
        "32 g once a day for 5 days by intravenous infusion",
        "160 g in all",
        "30 g daily x 5",
        "premedicate with paracetamol 1 g",
        "max 80 g per day",
        "Privigen 10 %, start at 0.5 mL/kg/h",
        "0.4 g/kg daily for 5 days then 1 g/kg every 4 weeks",
        "hold if creatinine rises",
        "check creatinine weekly",
        "",
    ],
)
def test_words_that_agree_or_speak_of_something_else_raise_nothing(client: FlaskClient, text: str) -> None:
    assert said(client, course(text)) == said(client, draft(line(COURSE, daily(5))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hold", "info: Immunoglobulin, the text says hold: is it to be given?"),
        ("do not give", "info: Immunoglobulin, the text says do not give: is it to be given?"),
        ("test dose only", "info: Immunoglobulin, the text says test dose only: are the dose fields meant?"),
        ("weekly", "info: Immunoglobulin, the text says weekly, the dose fields one course: which is meant?"),
        ("every 3 weeks", "info: Immunoglobulin, the text says every 3 weeks, the dose fields one course"),
    ],
)
def test_words_that_hold_test_or_repeat_are_asked_about(client: FlaskClient, text: str, expected: str) -> None:
    assert expected in said(client, course(text))


@pytest.mark.parametrize("where", ["patientInstruction", "additionalInstruction", "note"])
def test_words_count_wherever_they_stand(client: FlaskClient, where: str) -> None:
    words: Any = "800 g" if where == "patientInstruction" else [{"text": "800 g"}]
    own = {} if where == "note" else {where: words}
    asked = draft(line(COURSE, daily(5), **own), **({"note": words} if where == "note" else {}))
    assert DIFFER in said(client, asked)


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("80 g every 4 weeks", False),
        ("1 g/kg monthly", False),
        ("every 28 days", False),
        ("every 3 weeks", True),
        ("80 g weekly", True),
        ("40 g every 4 weeks", True),
    ],
)
def test_words_of_another_interval_are_asked_about(client: FlaskClient, text: str, differs: bool) -> None:
    assert (DIFFER in said(client, draft(line(80, every(28), text=text)))) is differs


def test_fields_that_differ_from_the_words_are_not_called_too_low_nor_corrected(client: FlaskClient) -> None:
    low = {"doseQuantity": amount(0.4, "g/kg")}
    assert "below the usual range" in said(client, draft(line(low, daily(2))))
    asked = draft(line(low, daily(2), text="0.4 g/kg daily for 5 days"))
    (card,) = told(client, asked)
    assert DIFFER in card["summary"]
    assert "below the usual range" not in card["summary"] + card["detail"]
    assert "suggestions" not in card


def test_fields_that_are_too_high_stay_warned_of_beside_the_words(client: FlaskClient) -> None:
    much = draft(line({"doseQuantity": amount(1.5, "g/kg")}, daily(5), text="0.4 g/kg daily for 5 days"))
    card = the_card(client, much)
    assert DIFFER in card["summary"]
    assert "7.5 g/kg" in card["detail"]


def test_an_interval_in_words_makes_one_course_no_first_one(client: FlaskClient) -> None:
    once = line(80, {"count": 1})
    assert "below the usual range" in said(client, draft(once))
    asked = said(client, draft({**once, "text": "80 g every 4 weeks"}))
    assert "the text says every 4 weeks, the dose fields one course" in asked
    assert "below the usual range" not in asked


@pytest.mark.parametrize(
    ("text", "route", "differs"),
    [
        ("subcutaneous", {"text": "Intravenous"}, True),
        ("20 g s.c.", {"text": "Intravenous"}, True),
        ("subkutan", {"coding": [{"system": "http://snomed.info/sct", "code": "47625008"}]}, True),
        ("by intravenous infusion", {"text": "Intravenous"}, False),
        ("premedicate with diphenhydramine IM", {"text": "Intravenous"}, False),
        ("subcutaneous", {"text": "Subcutaneous"}, False),
    ],
)
def test_another_route_in_the_words_is_asked_about(client: FlaskClient, text: str, route: Json, differs: bool) -> None:
    cards = signed(client, course(text, route=route), findings=searched(weight(80)))
    assert any("name two routes" in card["summary"] for card in cards) is differs


def test_a_dose_in_words_only_is_not_judged_and_named_as_it_stands(client: FlaskClient) -> None:
    card = the_card(client, order("1426680", dosageInstruction=[{"text": "800 g daily for 3 days"}]))
    assert "cannot be checked: amount in words only" in card["summary"]
    assert "stated: 800 g, for 3 days" in card["detail"]
