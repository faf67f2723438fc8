"""UCUM's units: the table is UCUM's own, each code means what UCUM says, and an independent library agrees."""

import csv
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ucumvert import PintUcumRegistry

from service.fhir.values.ucum import NoUnit, Unit, unit_of
from tests import ucum_table
from tests.unit.fhir.bundles import MAPPINGS

# Codes of UCUM's list of examples; those that no table has are annotations alone, and one that UCUM forgot to define.
EXAMPLES = [
    row[1]
    for row in csv.reader(
        files("ucumvert").joinpath("vendor/ucum_examples.tsv").read_text("utf-8").splitlines()[1:], delimiter="\t"
    )
]
UNDEFINED = {"Torr"}
# Where Pint takes another value than UCUM: pressure by the weight of a column.
OTHERWISE_IN_PINT = ("[Hg]", "[H2O]", "'H2O]", "'Hg]")


def is_annotation(code: str) -> bool:
    return re.fullmatch(r"/?\{[^{}]*\}(/\{[^{}]*\})?", code) is not None


def read(code: str) -> Unit | None:
    try:
        return unit_of(code)
    except NoUnit:
        return None


def test_the_table_is_that_of_ucum() -> None:
    """After a new version of UCUM: ``make units``, and read the difference."""
    assert ucum_table.FILE.read_text("utf-8") == ucum_table.table()


def test_every_example_of_ucum_is_read_but_annotations_alone() -> None:
    assert {code for code in EXAMPLES if read(code) is None and not is_annotation(code)} == UNDEFINED


@pytest.mark.parametrize(
    ("code", "factor", "of"),
    [
        ("mL", Fraction(1, 10**6), {"m": 3}),
        ("/m/s", 1, {"m": -1, "s": -1}),
        ("m/s/s", 1, {"m": 1, "s": -2}),
        ("m/(s.s)", 1, {"m": 1, "s": -2}),
        ("10*-3", Fraction(1, 1000), {}),
        ("10*3/uL", 10**12, {"m": -3}),
        ("dar", 10, {"m": 2}),
        ("cd", 1, {"cd": 1}),
        ("min", 60, {"s": 1}),
        ("[lb_av]", Fraction("453.59237"), {"g": 1}),
        ("[cft_i]", Fraction("0.3048") ** 3, {"m": 3}),
        ("[Cal]", 4184000, {"g": 1, "m": 2, "s": -2}),
        ("'", Fraction(2, 360 * 60), {"[pi]": 1, "rad": 1}),
        ("mmol", Fraction(1, 1000), {"mol": 1}),
        ("k[IU]", 1000, {"[iU]": 1}),
        ("Kibit", 1024, {}),
        ("g{dry}/(8.h){shift}", Fraction(1, 28800), {"g": 1, "s": -1}),
    ],
)
def test_a_code_is_read_from_left_to_right_as_ucum_means_it(code: str, factor: Fraction, of: dict[str, int]) -> None:
    unit = unit_of(code)
    assert (unit.factor, unit.of) == (factor, of)


@pytest.mark.parametrize(
    "code",
    """|m0|m-|m..s|m.|(m|m)|()|//m|m s|m2s|2m|{a|a{b}c|{titer}|{a}/{b}|kCel|Cel2|dB/m|W/Cel|[pH].L|mmin|m100|10*400|µg
    |M[Hg|[no such]|KG""".replace("\n    ", "").split("|"),
)
def test_what_ucum_does_not_allow_is_no_unit(code: str) -> None:
    with pytest.raises(NoUnit):
        unit_of(code)


@given(st.text(alphabet="mgLs10*^/.()[]{}iU%' +-2k", max_size=40))
def test_any_text_is_a_unit_or_none(text: str) -> None:
    read(text)


def in_pint(code: str, other: str) -> Fraction | None:
    """How many of the other unit one is, by Pint; None where it has no decimal for it."""
    one, two = registry().from_ucum(code).units, registry().from_ucum(other).units
    value = registry().Quantity(Decimal(1), one).to(two).magnitude
    return Fraction(value) if isinstance(value, Decimal) else None


@cache
def registry() -> PintUcumRegistry:
    return PintUcumRegistry(non_int_type=Decimal)


def test_pint_agrees_on_every_unit_of_the_mappings_and_of_the_examples() -> None:
    kinds: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for code in sorted({*EXAMPLES, *MAPPINGS.units.values()}, key=lambda code: (len(code), code)):
        unit = read(code)
        if unit and not unit.is_scale and not unit.is_arbitrary and unit.number == 1:
            kinds.setdefault(tuple(sorted(unit.of.items())), []).append(code)
    compared = 0
    for first, *others in kinds.values():
        for code in others:
            if not any(part in code + first for part in OTHERWISE_IN_PINT):
                ours, theirs = unit_of(code).factor / unit_of(first).factor, in_pint(code, first)
                assert theirs is not None, code
                assert abs(theirs / ours - 1) < Fraction(1, 10**12), code
                compared += 1
    assert compared > 300
