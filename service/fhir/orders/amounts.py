"""Amounts of an order in grams: doses in g, mg, g/kg or mL, product strength, units of time; or why they are none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Range
from service.domain.ranges import times
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import objects_in, printable, shown
from service.fhir.values.units import UnitProblem, contradicts, convert, exact, ucum_of

DAYS_OF = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
}
_PERCENT = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d{1,2})?) ?(?:%|percent|per cent)")
_PER_VOLUME = re.compile(r"(\d{1,4}(?:\.\d{1,3})?) ?(mg|g|gm) ?/ ?(\d{1,4}(?:\.\d)?)? ?ml")
_NOTHING: Mapping[str, object] = {}
_A_DAY = ("/d", "/day", ".d-1")


def strength_g_per_ml(
    medication: Mapping[str, object], code: object, percent: Fraction | None, synonyms: Mapping[str, str]
) -> Fraction | None:
    """Grams in one mL: as the Medication's ingredient says, as the text says, or as the product's name stands for."""
    for ingredient in objects_in(medication.get("ingredient")):
        strength = ingredient.get("strength")
        parts = strength if isinstance(strength, Mapping) else _NOTHING
        grams = in_unit(parts.get("numerator"), "g", synonyms)
        volume = in_unit(parts.get("denominator"), "mL", synonyms)
        if grams and volume:
            return grams / volume
    stated = {found for text in texts_of(code) for found in _stated_strengths(text)}
    if stated:
        return stated.pop() if len(stated) == 1 else None
    return percent / 100 if percent else None


def in_unit(quantity: object, unit: str, synonyms: Mapping[str, str]) -> Fraction | None:
    """A Quantity in a unit; ``None`` when it is not one that converts."""
    try:
        number = convert(quantity, unit, synonyms)
    except UnitProblem:
        return None
    return number if number >= 0 else None


def amount_of(value: object, unit: str, synonyms: Mapping[str, str]) -> Range | None:
    """A Quantity or a FHIR Range (``low``, ``high``) in a unit; ``None`` when it is neither, or does not convert.

    To UCUM g/kg is a pure number, as 1 and % are: an amount by weight must name the kilogram.
    """
    if not isinstance(value, Mapping) or ("/kg" in unit) is not ("/kg" in _unit_of(value, synonyms)):
        return None
    if "low" in value or "high" in value:
        low, high = in_unit(value.get("low"), unit, synonyms), in_unit(value.get("high"), unit, synonyms)
        return Range(low, high) if low is not None and high is not None and low <= high else None
    number = in_unit(value, unit, synonyms)
    return Range.exactly(number) if number is not None else None


@dataclass(frozen=True, slots=True)
class Grams:
    """An amount in g, or in g/kg when ``is_per_kg``; ``unit``: the unit in which the order states it."""

    amount: Range
    is_per_kg: bool
    unit: str


@dataclass(frozen=True, slots=True)
class Unread:
    """An amount that cannot be used: a word that says why, and what the order states, in words."""

    why: str
    stated: str = ""


def grams_of(dose: object, strength: Fraction | None, synonyms: Mapping[str, str]) -> Grams | Unread:
    """A dose in grams, or what is missing or wrong where it cannot be had."""
    for unit, is_per_kg in (("g", False), ("g/kg", True)):
        amount = amount_of(dose, unit, synonyms)
        if amount is not None:
            return Grams(amount, is_per_kg, unit)
    for unit, is_per_kg in (("mL", False), ("mL/kg", True)):
        volume = amount_of(dose, unit, synonyms)
        if volume is not None:
            if strength is None:
                return Unread("strength_not_stated", stated_in(dose))
            return Grams(times(volume, Range.exactly(strength)), is_per_kg, unit)
    return unread(dose)


def unread(amount: object) -> Unread:
    """Why a Quantity, Range or Ratio that does not convert cannot be used."""
    if not isinstance(amount, Mapping):
        return Unread("amount_not_stated")
    parts = [amount.get(key) for key in ("low", "high", "numerator", "denominator") if key in amount] or [amount]
    words = {_wrong_with(part) for part in parts} - {""}
    order = ("amount_not_stated", "only_a_bound_stated", "below_zero", "unit_not_stated")
    is_turned = not words and "low" in amount and _unit_and_value(parts[0]) > _unit_and_value(parts[-1])
    rest = "range_not_readable" if is_turned else "unit_not_readable"
    return Unread(next((word for word in order if word in words), rest), stated_in(amount))


def _unit_and_value(quantity: object) -> tuple[str, Fraction]:
    number = exact(quantity.get("value")) if isinstance(quantity, Mapping) else None
    return unit_text(quantity), number or Fraction(0)


def _wrong_with(quantity: object) -> str:
    number = exact(quantity.get("value")) if isinstance(quantity, Mapping) else None
    if not isinstance(quantity, Mapping) or number is None:
        return "amount_not_stated"
    if quantity.get("comparator") is not None:
        return "only_a_bound_stated"
    if number < 0:
        return "below_zero"
    return "" if unit_text(quantity) else "unit_not_stated"


def stated_in(amount: object) -> str:
    """A Quantity, Range or Ratio as the order states it: "< 32 g", "30 g to 50 g", "20 gtt/min"."""
    if not isinstance(amount, Mapping):
        return ""
    for one, other, between in (("low", "high", " to "), ("numerator", "denominator", " per ")):
        if one in amount or other in amount:
            return between.join(text for text in (stated_in(amount.get(one)), stated_in(amount.get(other))) if text)
    number, unit, code = exact(amount.get("value")), amount.get("unit") or amount.get("code"), amount.get("code")
    comparator = amount.get("comparator")
    parts = [printable(comparator) if comparator else "", shown(number) if number is not None else ""]
    said = " ".join(part for part in (*parts, printable(unit) if unit else "") if part)
    return f"{said}, coded as {printable(code)}" if contradicts(amount, {}) else said


def per_day(rate: object, synonyms: Mapping[str, str]) -> Grams | None:
    """A rate that stands for a daily dose, such as 0.4 g/kg a day; ``None`` for a rate by the hour or minute."""
    if not _unit_of(rate, synonyms).endswith(_A_DAY):
        return None
    for unit, is_per_kg in (("g/d", False), ("g/kg/d", True)):
        amount = amount_of(rate, unit, synonyms)
        if amount is not None:
            return Grams(amount, is_per_kg, unit)
    return None


def unit_text(value: object) -> str:
    """The unit of a Quantity, or of the low end of a FHIR Range."""
    if not isinstance(value, Mapping):
        return ""
    if "low" in value:
        return unit_text(value.get("low"))
    unit = value.get("code") or value.get("unit")
    return unit.replace(" ", "") if isinstance(unit, str) else ""


def _unit_of(value: object, synonyms: Mapping[str, str]) -> str:
    return ucum_of(unit_text(value), synonyms)


def _stated_strengths(text: str) -> list[Fraction]:
    found = [Fraction(match) / 100 for match in _PERCENT.findall(text)]
    for mass, unit, volume in _PER_VOLUME.findall(text):
        grams = Fraction(mass) / (1000 if unit == "mg" else 1)
        if volume != "" and Fraction(volume) == 0:
            continue
        found.append(grams / (Fraction(volume) if volume else 1))
    return [strength for strength in found if strength]
