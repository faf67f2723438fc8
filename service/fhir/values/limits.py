"""The limits of a reference range, as numbers or as a text such as "<30", ">10", "0-50" or "1:800"."""

import re
from collections.abc import Mapping
from fractions import Fraction

from service.domain.immutable import immutable
from service.fhir.values.results import TITRE, Measured, in_unit_of
from service.fhir.values.written import NUMBER, SIGNS, UNIT, written_number

_ARBITRARY = re.compile(r"\[(?:arb'U|ARB'U|arb_u|AU)\]|\b(?:AU|units?|Units?)\b")
_NORMAL = r"(?:(?:normal|reference|ref|negative|neg)\.?(?: range)?\s*[:=]?\s*)?"
_TEXT = re.compile(
    rf"{_NORMAL}(<=|<|≤|>=|>|≥)?\s*(1\s*:\s*)?{NUMBER}(?:\s*(?:-|\u2013|to|bis)\s*(1\s*:\s*)?{NUMBER})?"
    rf"\s*{UNIT}?",
    re.IGNORECASE,
)
_ENDS = ("low", "high")


@immutable
class Limit:
    """Normal is up to ``number``. ``is_below``: below it, the number itself is too high; ``None``: that is not said."""

    number: Fraction
    is_below: bool | None = False

    def is_passed_by(self, measured: Measured) -> bool | None:
        """Whether a result surely lies above normal, surely does not, or ``None``: cannot be said."""
        if measured.number == self.number and self.is_below is not False and measured.sign not in (">", "<"):
            is_known = self.is_below is True and measured.sign in ("", ">=")
            return True if is_known else None
        return measured.is_above(self.number)


def upper_limit(
    limits: Mapping[str, object], measured: Measured, synonyms: Mapping[str, str], language: object = None
) -> Limit | None:
    """The upper limit in the unit of the result; ``None`` without one that can be compared.

    A limit without a unit counts in the unit of the result.
    """
    if limits.get("high") is not None or limits.get("low") is not None:
        number = in_unit_of(measured, limits.get("high"), synonyms)
        return None if number is None else Limit(number)
    match = _text_of(limits)
    return _written(match, measured, synonyms, language) if match else None


def limits_of(
    limits: Mapping[str, object], value: object, language: object = None
) -> Mapping[str, Mapping[str, object]]:
    """``low`` and ``high`` of a reference range as Quantities, those that it has, also where it is a text.

    A limit without a unit counts in the unit of ``value``, the Quantity that the range belongs to.
    """
    ends: Mapping[str, object] = {end: limits.get(end) for end in _ENDS if limits.get(end) is not None}
    if not ends and (match := _text_of(limits)):
        ends = _ends_in(match, language)
    unit = _unit_in(value) if isinstance(value, Mapping) else {}
    return {
        end: {**({} if _unit_in(limit) else unit), **limit} for end, limit in ends.items() if isinstance(limit, dict)
    }


def _ends_in(match: re.Match[str], language: object) -> Mapping[str, object]:
    sign, is_titre, first, is_titre_too, second, unit = match.groups()
    # One number without a sign may be either end.
    if is_titre or is_titre_too or bool(sign) is bool(second):
        return {}
    numbers = (first, second) if second else (first, None) if sign in (">", ">=", "≥") else (None, first)
    written = {end: written_number(text, language) for end, text in zip(_ENDS, numbers, strict=True) if text}
    return {
        end: {"value": number, **({"unit": unit.strip()} if unit else {})}
        for end, number in written.items()
        if number is not None
    }


def _text_of(limits: Mapping[str, object]) -> re.Match[str] | None:
    text = limits.get("text")
    return _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None


def _unit_in(quantity: Mapping[str, object]) -> dict[str, object]:
    return {key: quantity[key] for key in ("unit", "system", "code") if quantity.get(key)}


def _written(match: re.Match[str], measured: Measured, synonyms: Mapping[str, str], language: object) -> Limit | None:
    written_sign, is_titre, first, is_titre_too, second, unit = match.groups()
    sign = SIGNS.get(written_sign or "", written_sign or "")
    # "Above" has no upper limit, and a titre is one of titres only.
    if sign in (">", ">=") or (second and sign) or ((is_titre or is_titre_too) and measured.unit != TITRE):
        return None
    is_own = unit is None or _plain(unit) == _plain(measured.unit)
    quantity = {"value": written_number(second or first, language), **({} if is_own else {"unit": unit.strip()})}
    number = in_unit_of(measured, quantity, synonyms)
    # A single number is where positive begins for one laboratory, and the last negative one for another.
    is_below = True if sign == "<" else False if second or sign == "<=" else None
    return None if number is None else Limit(number, is_below)


def _plain(unit: str) -> str:
    """A unit as texts write it: arbitrary units are U there, and UCUM keeps U for an enzyme."""
    return _ARBITRARY.sub("U", unit).replace(" ", "").casefold()
