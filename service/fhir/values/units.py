"""Exact unit conversion by UCUM: a quantity becomes a fraction in the wanted unit, or a reason why not."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from service.errors import MmnCdsError
from service.fhir.values.ucum import NoUnit, Unit, unit_of

UCUM = "http://unitsofmeasure.org"
_LONGEST_CODE = 40
_MOST_DIGITS, _LARGEST_EXPONENT = 40, 100
# With the stroke before one that stands alone: mL/min/{1.73m2} is mL/min.
_ANNOTATION = re.compile(r"/\{[^{}]*\}(?=$|[/.])|\{[^{}]*\}")
_PER = re.compile(r"\s+(?:per|pro)\s+")
_PARTS = re.compile(r"([/.*·])")
_SAME = Fraction(1), Fraction(0)
# What screens show for a unit, and UCUM reads as another one: coulomb and farad.
_DISPLAYS = {"C": "Cel", "F": "[degF]"}


class UnitProblem(MmnCdsError):
    """Why a quantity is no number in the wanted unit: ``unit``, ``comparator``, ``invalid`` or ``data-absent``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def convert(quantity: object, to: str, synonyms: Mapping[str, str]) -> Fraction:
    """The value of a FHIR Quantity in the UCUM unit ``to``, exactly.

    ``synonyms`` maps unit texts to UCUM codes (``Mappings.units``). Raises UnitProblem.
    """
    if not isinstance(quantity, dict):
        raise UnitProblem("invalid", "not a Quantity")
    if quantity.get("comparator") is not None:
        raise UnitProblem("comparator", "Quantity.comparator: the value is a bound, not a measurement")
    value = quantity.get("value")
    if value is None:
        raise UnitProblem("data-absent", "Quantity.value is missing")
    number = exact(value)
    if number is None:
        raise UnitProblem("invalid", "Quantity.value is no number of a size that can be measured")
    factor, offset = scale = _scale_of(quantity, to, synonyms)
    if scale is _SAME:
        return number
    # In whole numbers, and without adding nothing: arithmetic of Fractions is slow.
    product = Fraction(number.numerator * factor.numerator, number.denominator * factor.denominator)
    return product + offset if offset else product


def _scale_of(quantity: Mapping[str, object], to: str, synonyms: Mapping[str, str]) -> tuple[Fraction, Fraction]:
    """Factor and offset from the unit of a Quantity."""
    if _is_sent_in(quantity, to) and "{" not in to and synonyms.keys().isdisjoint(_parts_of(to)) and is_ucum(to):
        return _SAME
    code = _bare(_code_of(quantity, synonyms))
    if contradicts(quantity, synonyms):
        raise UnitProblem("unit", "Quantity.unit and Quantity.code are different units; send one unit")
    scale = _scale(code, to)
    if scale is None:
        raise UnitProblem("unit", f"Quantity: {_shown(code)} does not convert to {to}; send a UCUM code")
    return scale


def _is_sent_in(quantity: Mapping[str, object], unit: str) -> bool:
    """Whether a Quantity comes in the very unit that is wanted, by code and text, as most do."""
    return quantity.get("code") == unit == quantity.get("unit", unit) and quantity.get("system") == UCUM


def exact(value: object) -> Fraction | None:
    """A JSON number as a fraction; None for anything else, and for numbers beyond 1e100 or of over 40 digits."""
    if isinstance(value, Decimal):
        number = value
    elif not isinstance(value, int) or isinstance(value, bool) or value.bit_length() > 4 * _LARGEST_EXPONENT:
        return None
    else:
        number = Decimal(value)
    if not number.is_finite() or _is_long(number) or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return None
    # Two whole numbers: Fraction takes longer to look at a Decimal than to reduce them.
    return Fraction(*number.as_integer_ratio())


def _is_long(number: Decimal) -> bool:
    # Taking a number apart is slow, and hardly any number is long.
    return len(str(number)) > _MOST_DIGITS and len(number.as_tuple().digits) > _MOST_DIGITS


def ucum_of(text: str, synonyms: Mapping[str, str]) -> str:
    """The UCUM code that a text stands for, whole or part by part ("gm/kg", "GM / KG"); else the text itself."""
    if text in synonyms:
        return synonyms[text]
    if len(text) > _LONGEST_CODE:
        return text
    parts = _parts_of(text)
    # A part that is listed is never meant as UCUM reads it.
    if synonyms.keys().isdisjoint(parts) and is_ucum(_bare(text)):
        return text
    composed = "".join(synonyms.get(part, part).replace("*", ".").replace("·", ".") for part in parts)
    return composed if is_ucum(_bare(composed)) else text


@lru_cache(maxsize=4096)
def _parts_of(text: str) -> tuple[str, ...]:
    """What a unit is composed of, with the signs between."""
    return tuple(part.strip() for part in _PARTS.split(_PER.sub("/", text)))


def is_ucum(code: str) -> bool:
    """Whether a text is a UCUM code that this service can read."""
    return _unit(code) is not None


def contradicts(quantity: Mapping[str, object], synonyms: Mapping[str, str]) -> bool:
    """Whether ``Quantity.unit`` is a unit that is known here, and another one than ``Quantity.code``."""
    text, code = quantity.get("unit"), quantity.get("code")
    if not isinstance(text, str) or not isinstance(code, str) or text == code:
        return False
    return _differ(_bare(ucum_of(text.strip(), synonyms)), _bare(ucum_of(code, synonyms)))


@lru_cache(maxsize=4096)
def _differ(text: str, code: str) -> bool:
    # Screens write MV for mV and C for Cel; units of assays are written in many ways and compared with themselves only.
    is_display = text.casefold() == code.casefold() or _DISPLAYS.get(text) == code
    told, meant = _unit(text), _unit(code)
    if is_display or told is None or meant is None or told.is_arbitrary or meant.is_arbitrary:
        return False
    return _is_by_weight(text) is not _is_by_weight(code) or _scale(text, code) not in (_SAME, (1, 0))


def _is_by_weight(code: str) -> bool:
    """Whether a unit is by body weight; to UCUM g/kg is a pure number."""
    return "/kg" in code


def _bare(code: str) -> str:
    return (_ANNOTATION.sub("", code) or code) if "{" in code else code


def _code_of(quantity: Mapping[str, object], synonyms: Mapping[str, str]) -> str:
    system, code, text = quantity.get("system"), quantity.get("code"), quantity.get("unit")
    if system is not None and system != UCUM:
        raise UnitProblem("unit", f"Quantity.system is not {UCUM}")
    if code is not None and system is not None:
        if isinstance(code, str) and len(code) <= _LONGEST_CODE:
            return ucum_of(code, synonyms)
        raise UnitProblem("unit", "Quantity.code is no UCUM code")
    words = text if code is None else code
    if not isinstance(words, str) or not words:
        raise UnitProblem("unit", "Quantity has no unit; send a UCUM code")
    words = words.strip()
    if len(words) > _LONGEST_CODE:
        raise UnitProblem("unit", "Quantity.unit is neither a UCUM code nor a listed synonym")
    return ucum_of(words, synonyms)


def _shown(code: str) -> str:
    # A text with spaces may be anybody's remark.
    return f"the unit {code}" if code.isascii() and code.isprintable() and " " not in code else "the unit"


@lru_cache(maxsize=4096)
def _scale(code: str, to: str) -> tuple[Fraction, Fraction] | None:
    """Factor and offset from one unit to another; None when they measure different things or are unknown."""
    if code == to:
        return _SAME if is_ucum(to) else None
    source, target = _unit(code), _unit(to)
    if source is None or target is None or source.of != target.of:
        return None
    factor = source.factor / target.factor
    if max(factor, 1 / factor) > 10**_LARGEST_EXPONENT:
        return None
    return factor, source.zero * factor - target.zero


@lru_cache(maxsize=4096)
def _unit(code: str) -> Unit | None:
    if not 0 < len(code) <= _LONGEST_CODE:
        return None
    try:
        unit = unit_of(code)
    except NoUnit:
        return None
    # A number in the code, as in ``100.mL``, is no unit: who reads it gets a hundredth or the hundredfold.
    return unit if unit.number == 1 else None
