"""The upper limit of a reference range, as numbers or as a text such as "<30", "0-50" or "1:800"."""

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
    text = limits.get("text")
    match = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    return _written(match, measured, synonyms, language) if match else None


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
