"""A risk stands on the card of an order by the name of its code and its date, never in the words of the chart."""

from decimal import Decimal

import pytest

from tests.unit.subjects.immunoglobulin.test_safety_reading import Json, condition, observed, ordered, quantity, told

PRODUCT = ordered("Gammagard Liquid", "g", "32")
NAMED = {
    "I26.99": "Thrombosis risk (pulmonary embolism 2026-01)",
    "I81": "Thrombosis risk (portal vein thrombosis 2026-01)",
    "D68.51": "Thrombosis risk (factor V Leiden 2026-01)",
    "I25.10": "Thrombosis risk (chronic ischaemic heart disease 2026-01)",
    "Z99.3": "Thrombosis risk (dependence on a wheelchair 2026-01)",
    "N18.32": "Kidney risk (chronic kidney disease, stage 3b 2026-01)",
    "E11.9": "Kidney risk (type 2 diabetes 2026-01)",
    "Z99.2": "Dependence on dialysis 2026-01: agree volume and day",
    "N17.9": "Acute kidney failure 2026-01: can immunoglobulin wait?",
    "D59.2": "Haemolysis risk (acquired haemolytic anaemia 2026-01)",
}


@pytest.mark.parametrize(("code", "said"), NAMED.items())
def test_a_risk_is_named_with_the_month_in_which_it_began(code: str, said: str) -> None:
    assert said in told({**condition(code), "onsetDateTime": "2026-01-17"}, draft=PRODUCT)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"onsetDateTime": "2021"}, "(pulmonary embolism 2021)"),
        ({"onsetPeriod": {"start": "2021-05-02"}}, "(pulmonary embolism 2021-05)"),
        ({"recordedDate": "2026-02-01"}, "(pulmonary embolism recorded 2026-02)"),
        ({"onsetString": "as a student"}, "(pulmonary embolism)"),
        ({}, "(pulmonary embolism)"),
    ],
)
def test_what_is_only_recorded_is_not_dated_by_that(dates: Json, said: str) -> None:
    assert said in told({**condition("I26.99"), **dates}, draft=PRODUCT)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acute DVT left leg, PE ruled out", "venous thrombosis"),
        ("Z.n. Lungenembolie 2019, Anna Berger", "pulmonary embolism"),
        ("PICC line right arm, in situ", "central venous line"),
        ("wheelchair-bound since 2024", "immobility"),
    ],
)
def test_words_of_the_chart_are_named_by_what_they_stand_for(text: str, name: str) -> None:
    said = told({**condition(""), "code": {"text": text}}, draft=PRODUCT)
    assert f"Thrombosis risk ({name})" in said
    assert text not in said
    assert "Berger" not in said


def test_a_name_has_the_date_of_the_number_behind_it() -> None:
    assert "Kidney risk (eGFR 54 mL/min 2026-02-20)" in told(egfr("54"), draft=PRODUCT)


def egfr(value: str) -> Json:
    return observed("62238-1", "2026-02-20", "egfr", valueQuantity=quantity(value, "mL/min/{1.73_m2}"))


def igm() -> Json:
    high = [{"high": quantity("2.3", "g/L")}]
    return observed("2472-9", name="igm", valueQuantity=quantity("38", "g/L"), referenceRange=high)


def haemoglobin(day: str, value: str) -> Json:
    return observed("718-7", day, f"hb{day}", valueQuantity={**quantity(value, "g/dL"), "value": Decimal(value)})


LEADS = {
    "diabetes, and maltose in the product": (
        [condition("E11.9"), egfr("92")],
        "Octagam 10%",
        "This product holds maltose",
    ),
    "an embolism beside diabetes": (
        [condition("E11.9"), condition("I26.99", name="pe")],
        "Privigen",
        "Thrombosis risk",
    ),
    "a reduced eGFR beside an embolism": ([egfr("54"), condition("I26.99", name="pe")], "Privigen", "Kidney risk"),
    "high IgM beside Waldenström": ([igm(), condition("C88.0")], "Privigen", "Viscosity (IgM 38 g/L)"),
    "sucrose and a low eGFR beside an embolism": (
        [egfr("24"), condition("I26.99", name="pe")],
        "Carimune NF",
        "This product contains",
    ),
    "a fall of haemoglobin beside an embolism": (
        [haemoglobin("2026-02-01", "14.1"), haemoglobin("2026-02-20", "9.8"), condition("I26.99", name="pe")],
        "Privigen",
        "Haemoglobin fell (haemoglobin 141 g/L on 2026-02-01, 98 g/L on 2026-02-20)",
    ),
}


@pytest.mark.parametrize(("resources", "product", "first"), LEADS.values(), ids=LEADS)
def test_what_this_patient_has_leads_and_what_many_have_follows(
    resources: list[Json], product: str, first: str
) -> None:
    said = told(*resources, draft=ordered(product, "g", "32"))
    assert said.startswith(f"warning: {first}")
    assert "Kidney" in said or "Thrombosis" in said


@pytest.mark.parametrize(("product", "is_asked"), [("Gammagard Liquid", False), ("Immune globulin", True)])
def test_sucrose_is_asked_about_only_where_the_product_is_not_known(product: str, *, is_asked: bool) -> None:
    said = told(egfr("54"), draft=ordered(product, "g", "32"))
    assert ("Sucrose not ruled out" in said) is is_asked
    assert ("sucrose" in said) is is_asked


@pytest.mark.parametrize("value", ["54", "92"])
def test_acute_kidney_failure_asks_to_wait_unless_an_egfr_says_that_it_is_over(value: str) -> None:
    said = told({**condition("N17.9"), "onsetDateTime": "2026-01-17"}, egfr(value), draft=PRODUCT)
    assert ("can immunoglobulin wait?" in said) is (value == "54")
    assert "acute kidney failure 2026-01" in said.lower()


def test_a_positive_antiglobulin_test_is_called_positive() -> None:
    positive = observed("1007-4", name="dat", valueCodeableConcept={"text": "positive"})
    said = told(positive, draft=PRODUCT)
    assert "Haemolysis risk (direct antiglobulin test positive)" in said
    assert "elevated" not in said
