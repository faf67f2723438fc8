"""What the words of an order say of its dose, and what only looks like it."""

import time
from typing import Any

import pytest

from service.fhir.orders.sig import sig_words
from tests.unit.fhir.bundles import MAPPINGS

WORDS = sig_words(MAPPINGS.tables, lambda clause: MAPPINGS.agents.named([clause]).name not in (None, "ivig", "scig"))
Found = tuple[list[Any], list[Any], list[Any]]


def read(text: str) -> Found:
    """Amounts in g or ("kg", g/kg), days, intervals in days."""
    said = WORDS.said_by({"dosageInstruction": [{"text": text}]})
    amounts = [
        ("kg", float(each.value.low or 0)) if each.is_per_kg else float(each.value.low or 0) for each in said.amounts
    ]
    return (
        amounts,
        [float(each.value.low or 0) for each in said.days],
        [float(each.value.low or 0) for each in said.intervals],
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("800 g", ([800], [], [])),
        ("40 g daily x 5 days", ([40], [5], [])),
        ("0.4 g/kg/day for 5 days", ([("kg", 0.4)], [5], [])),
        ("0,4 g/kg KG/d für 5 Tage", ([("kg", 0.4)], [5], [])),
        ("0.4 g/kg daily x5", ([("kg", 0.4)], [5], [])),
        ("0.4g/kg/d x 5d", ([("kg", 0.4)], [5], [])),
        ("400 mg/kg/day x 5", ([("kg", 0.4)], [5], [])),
        ("2 g/kg divided over 5 consecutive days", ([("kg", 2)], [5], [])),
        ("2 g/kg over two days", ([("kg", 2)], [2], [])),
        ("0.4 g/kg on days 1 to 5", ([("kg", 0.4)], [5], [])),
        ("J1 à J5", ([], [5], [])),
        ("0,4 g/kg/j pendant 5 jours", ([("kg", 0.4)], [5], [])),
        ("0,4 g/kg/día durante 5 días", ([("kg", 0.4)], [5], [])),
        ("0,4 g/kg/die per 5 giorni", ([("kg", 0.4)], [5], [])),
        ("0,4 g/kg per dag gedurende 5 dagen", ([("kg", 0.4)], [5], [])),
        ("30-40 g daily", ([30], [], [])),
        ("single dose of 40 g", ([40], [1], [])),
        ("20 g weekly", ([20], [], [7])),
        ("1 g/kg every 4 weeks", ([("kg", 1)], [], [28])),
        ("80 g q4w", ([80], [], [28])),
        ("80 g alle 3 Wochen", ([80], [], [21])),
        ("80 g 4-wöchentlich", ([80], [], [28])),
        ("80 g toutes les 4 semaines", ([80], [], [28])),
        ("80 g cada 4 semanas", ([80], [], [28])),
        ("80 g ogni 4 settimane", ([80], [], [28])),
        ("80 g om de 4 weken", ([80], [], [28])),
        ("every 28 days", ([], [], [28])),
        ("monthly", ([], [], [28])),
        ("80 g 1x monatlich", ([80], [], [28])),
        ("10 g 2x weekly", ([10], [], [])),
        ("fortnightly", ([], [], [14])),
        ("40 g daily for 5 days max 80 g/day", ([40], [5], [])),
        ("0.4 g/kg daily for 5 days then 1 g/kg every 4 weeks", ([("kg", 0.4)], [5], [])),
        ("paracetamol 1 g PO before, 32 g daily", ([32], [], [])),
        ("Check Hb weekly; 32 g daily for 5 days", ([32], [5], [])),
        ("give 40 g (2 x 20 g vials)", ([40], [], [])),
    ],
)
def test_amounts_days_and_intervals_are_read(text: str, found: Found) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "premedicate with paracetamol 1 g and hydrocortisone 100 mg",
        "4 x 10 g vials",
        "previous dose 40 g",
        "received 80 g last month",
        "max 80 g per day",
        "do not exceed 200 mL/h",
        "start at 0.5 mL/kg/h, increase every 30 minutes",
        "100 mg/mL",
        "Hb below 8 g/dL",
        "IgG trough 8 g/l",
        "infuse over 4 hours",
        "give with 500 mL saline over 2 h",
        "check creatinine weekly",
        "monitor for 2 days",
        "repeat labs every 4 weeks",
        "clinic visit in 4 weeks",
        "weight 80 kg",
        "valid for 30 days",
        "Dispense 40 g",
        "10 mg twice weekly",
        "prednisone 1 mg/kg daily for 5 days",
        "",
    ],
)
def test_what_speaks_of_something_else_is_not_read(text: str) -> None:
    assert read(text) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "is_held", "is_test"),
    [
        ("hold", True, False),
        ("HOLD - awaiting IgA", True, False),
        ("Do not give.", True, False),
        ("Do not give until IgA result", True, False),
        ("32 g daily, on hold", True, False),
        ("nicht geben", True, False),
        ("ne pas administrer", True, False),
        ("no administrar por ahora", True, False),
        ("non somministrare", True, False),
        ("test dose only", False, True),
        ("nur Testdosis", False, True),
        ("give test dose only", False, True),
        ("dose test uniquement", False, True),
        ("Hold if creatinine rises", False, False),
        ("If fever, stop infusion", False, False),
        ("stop infusion if reaction", False, False),
        ("do not give faster than 200 mL/h", False, False),
        ("do not shake", False, False),
        ("hold for fever", False, False),
        ("hold metoprolol", False, False),
        ("test dose 10 mL first and then the rest", False, False),
        ("Bei Fieber nicht geben", False, False),
    ],
)
def test_words_that_hold_an_order_stand_alone(text: str, is_held: bool, is_test: bool) -> None:
    said = WORDS.said_by({"note": [{"text": text}]})
    assert (bool(said.held), bool(said.test_dose)) == (is_held, is_test)


def test_every_place_of_words_is_read() -> None:
    order = {
        "dosageInstruction": [
            {"text": "40 g", "patientInstruction": "daily for 3 days", "additionalInstruction": [{"text": "20 g"}]}
        ],
        "note": [{"text": "every 4 weeks"}, {"text": 7}],
    }
    said = WORDS.said_by(order)
    assert (len(said.amounts), len(said.days), len(said.intervals)) == (2, 1, 1)


@pytest.mark.parametrize("unit", ["0.4 g/kg daily x 5 days ", "hold ", "5 ", "1 1 1 g ", "(", "every 4 weeks, "])
def test_many_long_words_take_no_long_time(unit: str) -> None:
    order = {"dosageInstruction": [{"text": unit * 500}] * 500}
    begin = time.process_time()
    WORDS.said_by(order)
    assert time.process_time() - begin < 0.5
