"""What the chart says beside an order: units that contradict, bounds, other orders in force."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.as_of import now
from tests.test_order_doses import UCUM, amount, daily, draft, given, line
from tests.test_order_hooks import (
    DAILY,
    ICD10,
    PREDNISONE,
    SUBJECT,
    Json,
    order,
    searched,
    signed,
    summaries,
    weight,
)

LOINC = "http://loinc.org"


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


def in_force(*lines: Json, **changes: Any) -> Json:
    return draft(*lines, name="old", **{"status": "active", "authoredOn": f"{now().date()}", **changes})


FORTNIGHTLY = {"frequency": 1, "period": 14, "periodUnit": "d"}
TOO_MUCH, ACTIVE = (
    "warning: Another order of immunoglobulin is active",
    "info: Another order of immunoglobulin is active",
)


@pytest.mark.parametrize(
    ("ordered", "active", "expected"),
    [
        (USUAL, in_force(line(32, daily(5))), TOO_MUCH),
        (draft(line(16, daily(5))), in_force(line(16, daily(5))), ACTIVE),
        (draft(line(90, FORTNIGHTLY)), in_force(line(80, FORTNIGHTLY), authoredOn="2025-01-01"), TOO_MUCH),
        (draft(line(45, FORTNIGHTLY)), in_force(line(40, FORTNIGHTLY), authoredOn="2025-01-01"), ACTIVE),
        (draft(line(80, FORTNIGHTLY)), in_force(line(32, daily(5))), ACTIVE),
        (USUAL, in_force(), "Another order of immunoglobulin is active"),
    ],
)
def test_an_order_in_force_counts_into_the_dose_and_is_named(
    client: FlaskClient, ordered: Json, active: Json, expected: str
) -> None:
    (card,) = [
        card
        for card in signed(client, ordered, findings=searched(weight(80)), medications=searched(active))
        if card["source"]["topic"]["code"].startswith("mmnIvigDose")
    ]
    assert expected in f"{card['indicator']}: {card['summary']}"


@pytest.mark.parametrize(
    ("active", "changes"),
    [
        (in_force(line(32, daily(5)), authoredOn="2025-01-01"), {}),
        (in_force(line(32, daily(5)), status="completed"), {}),
        (in_force(line(32, daily(5)), intent="proposal"), {}),
        (in_force(line(32, daily(5)), reasonCode=[{"coding": [{"system": ICD10, "code": "D69.3"}]}]), {}),
        (in_force(line(32, daily(5))), {"priorPrescription": {"reference": "MedicationRequest/old"}}),
        (
            in_force(line(32, {**DAILY, "count": None, "boundsPeriod": {"start": "2025-01-01", "end": "2025-01-05"}})),
            {},
        ),
    ],
)
def test_an_order_that_is_over_replaced_or_for_another_disease_does_not_count(
    client: FlaskClient, active: Json, changes: Json
) -> None:
    told = said(client, draft(line(32, daily(5)), **changes), medications=searched(active))
    assert "Another order" not in told
    assert "4 g/kg" not in told


@pytest.mark.parametrize(("days", "is_warned"), [(10, True), (20, False)])
def test_a_whole_dose_soon_after_the_last_is_asked_about(client: FlaskClient, days: int, is_warned: bool) -> None:
    last = given(f"{(now() - timedelta(days=days)).date()}", 80)
    told = said(client, draft(line(80, {"count": 1})), treatments=searched(last))
    assert ("warning: Immunoglobulin of 1 g/kg soon after" in told) is is_warned


@pytest.mark.parametrize(
    ("timing", "is_warned"),
    [
        ({"frequency": 1, "period": 1, "periodUnit": "d"}, True),
        ({"frequency": 1, "period": 6, "periodUnit": "d"}, False),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": {"start": "2025-01-01"}}, True),
        (None, False),
    ],
)
def test_an_order_without_an_end_is_held_against_the_month(
    client: FlaskClient, timing: Json | None, is_warned: bool
) -> None:
    told = said(client, draft(line(32, timing)))
    assert ("warning: Immunoglobulin order without an end" in told) is is_warned
    assert is_warned or "cannot be checked" in told


@pytest.mark.parametrize(("grams", "is_warned"), [(80, False), (81, True)])
def test_grams_that_fit_nobody_are_warned_of_without_a_weight(client: FlaskClient, grams: int, is_warned: bool) -> None:
    told = said(client, draft(line(grams, daily(5))), findings=searched())
    assert ("warning: Immunoglobulin of 405 g in one course" in told) is is_warned


def by(route: object, name: str = "Immune globulin 10 %", **changes: Any) -> Json:
    return draft(line(32, daily(5), route=route), medicationCodeableConcept={"text": name}, **changes)


def coded(code: str) -> Json:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code}]}


BY_ANOTHER, INTO_A_VEIN = "warning: Immunoglobulin ordered by another route", "warning: A product for subcutaneous use"
UNDER_THE_SKIN = "info: SCIg (off label in MMN)"


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        (by(coded("78421000")), BY_ANOTHER),
        (by({"text": "i.m."}), BY_ANOTHER),
        (by({"text": "IM"}), BY_ANOTHER),
        (by(coded("26643006")), BY_ANOTHER),
        (by({"text": "p.o."}), BY_ANOTHER),
        (by({"text": "s.c."}), UNDER_THE_SKIN),
        (by({"text": "s.c."}, "Hizentra"), UNDER_THE_SKIN),
        (by(None, "Hizentra"), UNDER_THE_SKIN),
        (by(coded("47625008"), "Hizentra"), INTO_A_VEIN),
        (by({"text": "i.v."}, "Cuvitru"), INTO_A_VEIN),
        (by({"text": "as the ward does"}), "further points below"),
    ],
)
def test_a_route_that_does_not_fit_is_said_by_what_is_ordered(
    client: FlaskClient, ordered: Json, expected: str
) -> None:
    told = said(client, ordered)
    assert expected in told
    others = {BY_ANOTHER, INTO_A_VEIN, UNDER_THE_SKIN} - {expected}
    assert not [each for each in others if each in told]


@pytest.mark.parametrize("text", ["IV", "i.v.", "intravenous", "IVPB"])
def test_the_usual_route_says_nothing(client: FlaskClient, text: str) -> None:
    assert "oute" not in said(client, by({"text": text}))


def test_a_drug_by_mouth_before_the_infusion_is_not_the_route_of_the_infusion(client: FlaskClient) -> None:
    assert "route" not in said(client, draft(line(32, daily(5), text="paracetamol oral before each dose")))


def test_nothing_is_called_usual_beside_a_contraindication(client: FlaskClient) -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "al",
        "code": {"text": "human immunoglobulin"},
        "patient": SUBJECT,
        "criticality": "high",
    }
    told = said(client, USUAL, allergies=searched(allergy))
    assert told.startswith("critical: ")
    assert "within" not in told


@pytest.mark.parametrize(
    ("name", "is_asked"),
    [
        ("sodium chloride 0.9 %", False),
        ("heparin flush", False),
        ("enoxaparin", False),
        ("influenza vaccine", False),
        ("baclofen", False),
        ("satralizumab", False),
        ("Truxima", False),
        ("Ocrevus 300 mg", False),
        ("MTX", False),
        ("Methotrexat 15 mg", False),
        ("tetanus immunoglobulin", False),
        ("Human immunoglobulin anti-rhesus D", False),
        ("denosumab", False),
        ("nobodyknowsthismab", True),
        ("cortisteroid taper", True),
        ("investigational agent", True),
    ],
)
def test_an_unknown_drug_is_asked_about_where_it_may_act_on_immunity(
    client: FlaskClient, name: str, is_asked: bool
) -> None:
    told = said(client, draft(medicationCodeableConcept={"text": name}))
    assert ("Drug not recognised" in told) is is_asked


def test_drugs_of_which_the_same_is_said_have_one_card(client: FlaskClient) -> None:
    unknown = [order(str(code), f"u{code}") for code in (999990, 999991, 999992)]
    steroids = [order(PREDNISONE, name) for name in ("s1", "s2")]
    others = [draft(name=name, medicationCodeableConcept={"text": name}) for name in ("azathioprine", "ciclosporin")]
    cards = signed(client, *unknown, *steroids, *others)
    assert [card["summary"][:20] for card in cards] == [
        "Corticosteroids are ",
        "Drug not recognised:",
        "Effect of azathiopri",
        "Effect of ciclospori",
    ]


def test_a_dose_for_another_disease_is_said_to_be_unchecked(client: FlaskClient) -> None:
    purpura = [{"coding": [{"system": ICD10, "code": "D69.3"}]}]
    assert "the dose was not checked against MMN" in said(client, draft(line(160, daily(5)), reasonCode=purpura))


@pytest.mark.parametrize("unit", ["g/kg/d", "mg/kg/d"])
def test_a_dose_by_the_day_is_read(client: FlaskClient, unit: str) -> None:
    dose = {"doseQuantity": amount(0.4 if unit == "g/kg/d" else 400, unit)}
    assert "cannot be checked" not in said(client, draft(line(dose, daily(5))))


def test_drugs_that_nobody_looked_for_are_named(client: FlaskClient) -> None:
    cards = signed(client, USUAL, findings=searched(weight(80)), medications="left out")
    assert any("Medications: the list was not available" in card["detail"] for card in cards)
