"""Reference ranges as laboratories send them: numbers with and without a unit, texts, and whether a result passes."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.fhir.values.limits import limits_of, upper_limit
from service.fhir.values.results import TITRE, Measured


def passes(
    limits: dict[str, Any], number: int, unit: str = "U/mL", sign: str = "", language: str = ""
) -> bool | str | None:
    """Whether a result is above normal, or that the range gives no limit for it."""
    measured = Measured(Fraction(number), unit, sign)
    limit = upper_limit(limits, measured, {"Units/mL": "U/mL"}, language)
    return "no limit" if limit is None else limit.is_passed_by(measured)


@pytest.mark.parametrize(
    ("limits", "number", "expected"),
    [
        ({"text": "<30"}, 29, False),
        ({"text": "<30"}, 30, True),
        ({"text": "< 30 U/mL"}, 31, True),
        ({"text": "<=30"}, 30, False),
        ({"text": "0-50"}, 50, False),
        ({"text": "0 - 50 U/mL"}, 51, True),
        ({"text": "Negative: <30"}, 31, True),
        ({"text": "Normal range: 0 to 50"}, 20, False),
        ({"high": {"value": 30}}, 31, True),
        ({"high": {"value": 30, "unit": "Units/mL"}}, 29, False),
    ],
)
def test_a_result_is_held_against_the_range(limits: dict[str, Any], number: int, expected: bool) -> None:
    assert passes(limits, number) is expected


@pytest.mark.parametrize("text", ["<30 U/mL", "<30 AU/mL", "<30 [arb'U]/mL", "<30"])
def test_arbitrary_units_are_written_in_many_ways(text: str) -> None:
    assert passes({"text": text}, 142, "[arb'U]/mL") is True


@pytest.mark.parametrize(
    "limits",
    [
        {"text": ">10"},
        {"text": "Positive: >50"},
        {"text": "see report"},
        {"text": "1:800"},
        {"text": "<30 mg/L"},
        {"text": "0,5"},
        {"low": {"value": 10}},
        {},
    ],
)
def test_what_gives_no_upper_limit_judges_nothing(limits: dict[str, Any]) -> None:
    assert passes(limits, 40) == "no limit"


@pytest.mark.parametrize(("number", "expected"), [(400, False), (800, None), (1600, True)])
def test_a_titre_as_text_leaves_its_own_value_open(number: int, expected: bool | None) -> None:
    assert passes({"text": "1:800"}, number, TITRE) is expected
    assert passes({"text": "<1:800"}, number, TITRE) is (number >= 800)


def test_a_bound_decides_where_it_can() -> None:
    assert passes({"text": "<30"}, 30, sign=">=") is True
    assert passes({"text": "<30"}, 30, sign="<") is False
    assert passes({"text": "<30"}, 40, sign="<") is None


def test_a_decimal_comma_counts_where_the_language_is_stated() -> None:
    assert passes({"text": "<30,5"}, 31, language="de-CH") is True
    assert passes({"text": "<30,5"}, 31) == "no limit"


MG = {"unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [
        ({"low": {"value": 15}, "high": {"value": 45}}, (15, "mg/dL"), (45, "mg/dL")),
        ({"low": {"value": 15, "unit": "mg/L"}}, (15, "mg/L"), None),
        ({"text": "15-45"}, (15, "mg/dL"), (45, "mg/dL")),
        ({"text": "0.15 - 0.45 g/L"}, (Decimal("0.15"), "g/L"), (Decimal("0.45"), "g/L")),
        ({"text": ">10"}, (10, "mg/dL"), None),
        ({"text": ">= 10 mg/L"}, (10, "mg/L"), None),
        ({"text": "<45"}, None, (45, "mg/dL")),
        ({"text": "45"}, None, None),
        ({"text": "1:800"}, None, None),
        ({"text": "see report"}, None, None),
        ({"low": {"value": 10}, "text": "<45"}, (10, "mg/dL"), None),
        ({"low": 10}, None, None),
        ({}, None, None),
    ],
)
def test_both_limits_are_read_and_count_in_the_unit_of_the_value(
    limits: dict[str, Any], low: object, high: object
) -> None:
    read = limits_of(limits, {"value": 80, **MG})
    told = {end: (limit["value"], limit.get("code") or limit["unit"]) for end, limit in read.items()}
    given = {end: limit for end, limit in (("low", low), ("high", high)) if limit}
    assert told == given
