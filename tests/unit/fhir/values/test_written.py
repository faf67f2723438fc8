"""Numbers in texts: a comma is read by the stated language only, and what is no quantity stays unread."""

from decimal import Decimal

import pytest

from service.fhir.values.written import written_quantity


@pytest.mark.parametrize(
    ("text", "language", "value", "comparator", "unit"),
    [
        ("45", None, "45", None, None),
        (">60 mL/min", None, "60", ">", "mL/min"),
        ("> 300 mg/dL", None, "300", ">", "mg/dL"),
        ("<30", None, "30", "<", None),
        ("≤ 29", None, "29", "<=", None),
        ("less than 7 mg/dL", None, "7", "<", "mg/dL"),
        ("1.5 g/L", None, "1.5", None, "g/L"),
        ("1,5 g/l", "de", "1.5", None, "g/l"),
        ("1,5 g/l", "fr-CA", "1.5", None, "g/l"),
        ("1,200", "en-US", "1200", None, None),
        ("3.200", "de", "3200", None, None),
        ("1.234.567", "it", "1234567", None, None),
        ("3.200", "en", "3.200", None, None),
        ("0.450 g/L", None, "0.450", None, "g/L"),
        ("3.25", "de", "3.25", None, None),
    ],
)
def test_a_written_number_is_read(
    text: str, language: str | None, value: str, comparator: str | None, unit: str | None
) -> None:
    expected = {"value": Decimal(value), "comparator": comparator, "unit": unit}
    assert written_quantity(text, language) == {key: said for key, said in expected.items() if said is not None}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1,5 g/l", None),
        ("1,5 g/l", "en"),
        ("1,234.5", "de"),
        ("1.2.3", None),
        ("3.200", None),
        ("about 30", None),
        ("1:800", None),
        ("30 to 40", None),
        ("-3", None),
        ("", None),
        (None, None),
        (30, None),
    ],
)
def test_what_is_no_number_or_may_be_two_stays_unread(text: object, language: str | None) -> None:
    assert written_quantity(text, language) is None
