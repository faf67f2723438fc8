"""Units: exact by UCUM, or unknown."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.values.units import UnitProblem, convert, is_ucum
from tests.unit.fhir.bundles import MAPPINGS, UCUM


def quantity(value: object, code: str) -> dict[str, object]:
    return {"value": value, "system": UCUM, "code": code}


def problem(sent: object, to: str = "mV") -> UnitProblem:
    with pytest.raises(UnitProblem) as caught:
        convert(sent, to, MAPPINGS.units)
    return caught.value


@pytest.mark.parametrize(
    ("value", "code", "to", "converted"),
    [
        (11200, "uV.ms", "mV.ms", "11.2"),
        (Decimal("24.9"), "mV.ms", "mV.ms", "24.9"),
        (1, "uV.s", "mV.ms", "1"),
        (1200, "uV", "mV", "1.2"),
        (1, "MV", "mV", "1000000000"),
        (100, "mg/dL", "g/L", "1"),
        (Decimal("0.45"), "1", "%", "45"),
        (45, "%", "1", "0.45"),
        (220, "mm", "cm", "22"),
        (Decimal("98.6"), "[degF]", "Cel", "37"),
        (Decimal("305.15"), "K", "Cel", "32"),
        (1, "[lb_av]", "kg", "0.45359237"),
        (2, "a", "mo", "24"),
        (8, "mV{peak}", "mV", "8"),
        (5, "k[IU]/L", "[iU]/mL", "5"),
    ],
)
def test_a_ucum_unit_converts_exactly(value: object, code: str, to: str, converted: str) -> None:
    assert convert(quantity(value, code), to, {}) == Fraction(converted)


def test_a_factor_without_a_finite_decimal_is_still_exact() -> None:
    assert convert(quantity(1, "wk"), "mo", {}) == Fraction(7) / Fraction("30.4375")
    assert convert(quantity(487, "d"), "mo", {}) == 16


@pytest.mark.parametrize(
    ("code", "to"),
    [
        ("ms", "mV"),
        ("mmol/L", "mg/dL"),
        ("g/cm-2", "g/L"),
        ("264681001", "mV"),
        ("{titer}", "1"),
        ("", "mV"),
        ("dB", "1"),
        ("[pi]", "1"),
        ("10*400", "1"),
        ("m" * 41, "m"),
    ],
)
def test_another_dimension_or_a_code_that_is_no_ucum_leaves_the_value_unknown(code: str, to: str) -> None:
    assert problem(quantity(1, code), to).reason == "unit"


def test_a_factor_hidden_in_the_code_is_not_lost_silently() -> None:
    assert problem(quantity(1, "2.mV")).reason == "unit"


def test_arbitrary_units_are_comparable_with_themselves_only() -> None:
    assert problem(quantity(1, "[iU]/mL"), "[arb'U]/mL").reason == "unit"
    assert convert(quantity(1, "[arb'U]/mL"), "[arb'U]/mL", {}) == 1


@pytest.mark.parametrize(("text", "to"), [("millivolts", "mV"), ("mVms", "mV.ms"), ("mV", "mV"), (" msec ", "ms")])
def test_a_text_unit_counts_when_it_is_ucum_or_a_listed_synonym(text: str, to: str) -> None:
    assert convert({"value": 8, "unit": text}, to, MAPPINGS.units) == 8


@pytest.mark.parametrize("text", ["mv", "Millivolts of CMAP", "", None, 7, ["mV"], "x" * 41])
def test_any_other_text_unit_leaves_the_value_unknown(text: object) -> None:
    assert problem({"value": 8, "unit": text}).reason == "unit"


@pytest.mark.parametrize(
    ("text", "code"), [("microvolts of CMAP", "uV"), ("UV", "uV"), ("µV", "uV"), ("uV{peak}", "uV")]
)
def test_the_code_counts_where_the_text_is_no_other_unit(text: str, code: str) -> None:
    assert convert({**quantity(1200, code), "unit": text}, "mV", MAPPINGS.units) == Fraction("1.2")


@pytest.mark.parametrize(
    ("text", "code", "to"),
    [
        ("g", "mg", "g"),
        ("g", "g/kg", "g/kg"),
        ("g/kg", "g", "g"),
        ("lb", "kg", "kg"),
        ("lbs", "kg", "kg"),
        ("mg/dL", "g/L", "g/L"),
        ("mV", "uV", "mV"),
        ("ms", "mV", "mV"),
    ],
)
@pytest.mark.parametrize("system", [UCUM, None])
def test_a_text_that_is_another_unit_than_the_code_leaves_the_value_unknown(
    text: str, code: str, to: str, system: str | None
) -> None:
    sent = {"value": 32, "unit": text, "code": code, **({"system": system} if system else {})}
    assert problem(sent, to).reason == "unit"


@pytest.mark.parametrize(
    ("text", "code", "to"), [("C", "Cel", "Cel"), ("U/mL", "[arb'U]/mL", "[arb'U]/mL"), ("titer", "1", "1")]
)
def test_what_screens_show_for_a_unit_contradicts_nothing(text: str, code: str, to: str) -> None:
    assert convert({**quantity(32, code), "unit": text}, to, MAPPINGS.units) == 32


def test_a_unit_of_another_system_is_unknown_even_if_it_looks_like_ucum() -> None:
    assert problem({"value": 8, "unit": "mV", "code": "mV", "system": "http://snomed.info/sct"}).reason == "unit"
    assert problem({"value": 8, "unit": "mV", "system": ["http://unitsofmeasure.org"]}).reason == "unit"


def test_a_bound_is_no_measurement() -> None:
    assert problem({**quantity(8, "mV"), "comparator": "<"}).reason == "comparator"


@pytest.mark.parametrize(
    "value", ["8", True, [8], Decimal("NaN"), Decimal("1e101"), Decimal("1e-101"), 10**1000, Decimal("1." + "1" * 41)]
)
def test_a_value_that_is_no_measurable_number_is_invalid(value: object) -> None:
    assert problem(quantity(value, "mV")).reason == "invalid"


def test_no_value_is_absent_data() -> None:
    assert problem({"unit": "mV"}).reason == "data-absent"
    assert problem(["mV"]).reason == "invalid"


def test_what_is_said_names_the_code_and_never_the_number() -> None:
    assert "1234567" not in problem(quantity(1234567, "ms")).detail
    assert "mVolts" in problem({"value": 1, "unit": "mVolts"}).detail
    for text in ("Müller", "see Erika"):
        assert text not in problem({"value": 1, "unit": text}).detail


def test_a_code_is_ucum_or_not() -> None:
    assert is_ucum("mV.ms")
    assert not is_ucum("millivolt")


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[a-zA-Z0-9.*/{}\[\]^%'-]{1,12}", fullmatch=True)))
def test_no_unit_text_raises_anything_else(code: str) -> None:
    with suppress(UnitProblem):
        assert convert(quantity(1, code), "mV", {}) == convert(quantity(1, code), "uV", {}) / 1000


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_there_and_back_is_the_same_number(value: Decimal) -> None:
    there = convert(quantity(value, "mV.ms"), "uV.s", {})
    assert there == Fraction(value)
    assert convert(quantity(value, "uV"), "mV", {}) * 1000 == Fraction(value)


@pytest.mark.parametrize(
    ("text", "to", "number"),
    [
        ("KG", "kg", 80),
        ("Kgs", "kg", 80),
        ("GM", "g", 80),
        ("gm/kg", "g/kg", 80),
        ("GM/KG", "g/kg", 80),
        ("grams per kilogram", "g/kg", 80),
        ("gm / kg / day", "g/kg/d", 80),
        ("G/KG", "g/kg", 80),
        ("GM/KG/DAY", "g/kg/d", 80),
        ("ML", "mL", 80),
        ("Ml", "mL", 80),
        ("ML/HR", "mL/h", 80),
        ("ML/KG/H", "mL/kg/h", 80),
        ("MG", "mg", 80),
        ("Mg", "mg", 80),
        ("MG/KG", "mg/kg", 80),
        ("MG/DL", "mg/dL", 80),
        ("MG/L", "mg/L", 80),
        ("G/L", "g/L", 80),
        ("UG/ML", "ug/mL", 80),
        ("MMOL/L", "mmol/L", 80),
        ("UMOL/L", "umol/L", 80),
        ("\u00b5mol/L", "umol/L", 80),
        ("\u03bcmol/L", "umol/L", 80),
        ("\u00b5mol/l", "umol/L", 80),
        ("micromol/L", "umol/L", 80),
        ("micromoles per litre", "umol/L", 80),
        ("mcmol/L", "umol/L", 80),
        ("kgf", "kg", 80),
        ("mL/min/{1.73m2}", "mL/min", 80),
        ("mL/min/{1.73_m2}", "mL/min", 80),
        ("ml/hr", "mL/h", 80),
    ],
)
@pytest.mark.parametrize("as_code", [False, True])
def test_units_are_composed_of_the_words_that_senders_write(text: str, to: str, number: int, *, as_code: bool) -> None:
    sent = {"value": number, **({"code": text, "system": UCUM} if as_code else {"unit": text})}
    assert convert(sent, to, MAPPINGS.units) == number


def test_a_unit_in_capitals_beside_its_code_or_as_its_code_is_one_unit() -> None:
    for text, code in (("mL", "ML"), ("ML", "mL"), ("ml", "ML"), ("ML", "ML")):
        assert convert({**quantity(320, code), "unit": text}, "mL", MAPPINGS.units) == 320
    assert problem({**quantity(320, "ML"), "unit": "g"}, "g").reason == "unit"
    assert problem({**quantity(320, "MG"), "unit": "g"}, "g").reason == "unit"


@pytest.mark.parametrize("text", ["GG/KG", "kgf", "gm/patient", "LB/KG/XX", "mystery", "gm per person"])
def test_what_is_composed_of_unknown_words_is_no_unit(text: str) -> None:
    with pytest.raises(UnitProblem):
        convert({"value": 1, "unit": text}, "g/kg", MAPPINGS.units)
