"""Laboratory values as reported: a number, a bound, a titre in any of its spellings, or a word."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from service.domain.facts import Range
from service.domain.immutable import immutable
from service.fhir.values.answers import Problem, printable, shown, value_of
from service.fhir.values.units import UCUM, UnitProblem, contradicts, convert, exact, ucum_of
from service.fhir.values.written import written_quantity
from service.fhir.values.yes_no import yes_or_no

# Such as ">1:51200", "1 : 800", "<= 1:1,000" or "1:3.200".
_THOUSANDS = r"[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,3}(?:\.[0-9]{3}){1,3}"
_TITRE = re.compile(rf"(<=|>=|<|>|≤|≥)?\s*1\s*:\s*({_THOUSANDS}|[0-9]{{1,12}})")
_SIGNS = {"≤": "<=", "≥": ">="}
TITRE = "{titer}"
_NONE: Mapping[str, str] = MappingProxyType({})
# A range holds its ends: "<7" ends just below 7, nearer than any laboratory measures.
_JUST = Fraction(1, 10**9)
_WORDED = ("valueBoolean", "valueString", "valueCodeableConcept", "valueCoding")


@immutable
class Measured:
    """A result: exactly ``number``, or a bound when ``sign`` is one of ``<``, ``<=``, ``>``, ``>=``.

    ``unit`` is the code, or the text where no code was sent; ``{titer}`` for every spelling of a titre.
    """

    number: Fraction
    unit: str
    sign: str = ""

    def is_above(self, limit: Fraction) -> bool | None:
        """Whether the result surely lies above the limit, surely does not, or ``None``: cannot be said."""
        if self.sign in (">", ">="):
            return True if self.number > limit or (self.sign == ">" and self.number == limit) else None
        if self.sign in ("<", "<="):
            return False if self.number <= limit else None
        return self.number > limit

    def is_below(self, limit: Fraction) -> bool | None:
        """Whether the result surely lies below the limit, surely does not, or ``None``: cannot be said."""
        opposite = Measured(-self.number, self.unit, self.sign.translate(str.maketrans("<>", "><")))
        return opposite.is_above(-limit)

    def __str__(self) -> str:
        if self.unit == TITRE:
            return f"{self.sign}1:{shown(self.number)}"
        return f"{self.sign}{shown(self.number)} {printable(self.unit)}".strip()


def result_of(
    observation: Mapping[str, object], words: Mapping[str, str], synonyms: Mapping[str, str] = _NONE
) -> Measured | str | Problem:
    """The result as a number or bound, as a word of the table ``words``, or why neither can be had."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    if element == "valueQuantity":
        return quantity_of(content, synonyms)
    if element == "valueRatio":
        return _titre_of_ratio(content)
    if element == "valueInteger":
        # A bare number, as many results of titres are sent.
        return quantity_of({"value": content})
    if element not in _WORDED:
        return Problem("invalid", f"{printable(element)} is no laboratory result that is read here")
    return (
        (element == "valueString" and _written(content, observation.get("language"), synonyms))
        or yes_or_no(element, content, words)
        or Problem("invalid", f"{printable(element)} is neither a titre nor a known word")
    )


def _written(text: object, language: object, synonyms: Mapping[str, str]) -> Measured | Problem | None:
    """A titre or a number in a text; ``None`` where it is neither."""
    quantity = None if (titre := _titre_of_text(text)) else written_quantity(text, language)
    return titre if quantity is None else quantity_of(quantity, synonyms)


def quantity_in(observation: Mapping[str, object], what: str) -> Mapping[str, object] | Problem:
    """The Quantity of a result, also where it is a text or a bare number; ``what`` names it where it has none."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    if element == "valueString":
        content = written_quantity(content, observation.get("language"))
    elif element == "valueInteger":
        content = {"value": content}
    elif element != "valueQuantity":
        content = None
    return content if isinstance(content, Mapping) else Problem("invalid", f"{what} must be a valueQuantity")


def range_in(quantity: Mapping[str, object], unit: str, synonyms: Mapping[str, str]) -> Range | Problem:
    """The number of a Quantity in a UCUM unit, or the numbers that a bound such as ``>90`` allows."""
    bare = {key: value for key, value in quantity.items() if key != "comparator"}
    number = number_in(bare, unit, synonyms)
    if isinstance(number, Problem):
        return number
    below_zero = number.numerator < 0
    return Problem("implausible", "a laboratory value below zero") if below_zero else bounded(number, quantity)


def range_without_unit(
    quantity: Mapping[str, object], units: Sequence[str], unit: str, most: Fraction | None
) -> Range | None:
    """The numbers that a Quantity without any unit may stand for in ``unit``; ``None`` where it has one.

    ``units``: those that its code is reported in. A reading over ``most`` is none; without any it is ``None``, too.
    """
    if any(quantity.get(key) for key in ("unit", "code")):
        return None
    sent = ({**quantity, "unit": each, "code": each, "system": UCUM} for each in units)
    read = [(number_in({**each, "comparator": None}, unit, _NONE), range_in(each, unit, _NONE)) for each in sent]
    spans = [
        span
        for number, span in read
        if isinstance(number, Fraction) and isinstance(span, Range) and (most is None or number <= most)
    ]
    if not spans:
        return None
    lows, highs = [span.low for span in spans], [span.high for span in spans]
    return Range(
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def bounded(number: Fraction, quantity: Mapping[str, object]) -> Range | Problem:
    """A number as the comparator of its Quantity bounds it."""
    sign = quantity.get("comparator")
    beside = {"<": -_JUST, ">": _JUST}.get(sign, 0) if isinstance(sign, str) else 0
    if sign in ("<", "<="):
        return Range(None, number + beside)
    if sign in (">", ">="):
        return Range(number + beside, None)
    return Range.exactly(number) if sign is None else Problem("comparator", "Quantity.comparator is not understood")


def quantity_of(quantity: object, synonyms: Mapping[str, str] = _NONE) -> Measured | Problem:
    """A Quantity in its own unit, bounds kept; a unit whose text contradicts its code is none."""
    if not isinstance(quantity, Mapping):
        return Problem("invalid", "not a Quantity")
    number, sign = exact(quantity.get("value")), quantity.get("comparator", "")
    if number is None or sign not in ("", "<", "<=", ">", ">="):
        return Problem("invalid", "Quantity.value is no number, or its comparator is unknown")
    if number.numerator < 0:
        return Problem("implausible", "a laboratory value below zero")
    if contradicts(quantity, synonyms):
        return Problem("unit", "Quantity.unit and Quantity.code are different units; send one unit")
    return Measured(number, _unit_of(quantity), str(sign))


def number_in(quantity: object, unit: str, synonyms: Mapping[str, str]) -> Fraction | Problem:
    """The value of a Quantity in a UCUM unit, exactly, or why it has none."""
    try:
        return convert(quantity, unit, synonyms)
    except UnitProblem as problem:
        return Problem(problem.reason, problem.detail)


def in_unit_of(measured: Measured, quantity: object, synonyms: Mapping[str, str]) -> Fraction | None:
    """A limit in the unit of the result; ``None`` when the two cannot be compared."""
    limit = quantity_of(quantity, synonyms)
    if isinstance(limit, Problem) or limit.sign:
        return None
    if limit.unit and _of_assay(limit.unit) == _of_assay(measured.unit):
        return limit.number
    # Ranges of titres are commonly sent as a bare number.
    if measured.unit == TITRE:
        return limit.number if limit.unit in ("", "1") else None
    # A limit without a unit is meant in the unit of the result.
    if not limit.unit:
        return limit.number
    if not measured.unit:
        return None
    number = number_in(quantity, ucum_of(measured.unit, synonyms), synonyms)
    return None if isinstance(number, Problem) else number


def _of_assay(unit: str) -> str:
    """A unit for comparison: one in braces is a text in UCUM, and the same as that text."""
    is_text = unit.startswith("{") and unit.endswith("}")
    return unit[1:-1] if is_text else unit


def _unit_of(quantity: Mapping[str, object]) -> str:
    unit, system = quantity.get("code") or quantity.get("unit"), quantity.get("system", UCUM)
    if not isinstance(unit, str) or unit.strip("{}").casefold() in ("titer", "titre"):
        return TITRE if isinstance(unit, str) else ""
    # A code of another system equals itself only.
    return unit if system == UCUM else f"{system}|{unit}"


def _titre_of_ratio(ratio: object) -> Measured | Problem:
    unreadable = Problem("invalid", "valueRatio is no titre such as 1:800")
    if not isinstance(ratio, Mapping):
        return unreadable
    numerator, denominator = quantity_of(ratio.get("numerator")), quantity_of(ratio.get("denominator"))
    if isinstance(numerator, Problem) or isinstance(denominator, Problem):
        return unreadable
    has_unit = any(part.unit not in ("", "1", TITRE) for part in (numerator, denominator))
    if has_unit or numerator.sign or not numerator.number or not denominator.number:
        return unreadable
    return Measured(denominator.number / numerator.number, TITRE, denominator.sign)


def _titre_of_text(text: object) -> Measured | None:
    match = _TITRE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    sign = match[1] or ""
    return Measured(Fraction(match[2].replace(",", "").replace(".", "")), TITRE, _SIGNS.get(sign, sign))


def count_in(quantity: object, synonyms: Mapping[str, str]) -> Fraction | Problem:
    """A Quantity of dimension one, such as a count or a score (``1``, ``{score}``, no unit at all), as a number.

    A percentage is another number: of what, nobody said.
    """
    if isinstance(quantity, dict) and quantity.get("system", UCUM) == UCUM:
        quantity = _of_no_dimension(quantity)
        one = number_in({**quantity, "value": 1, "comparator": None}, "1", synonyms)
        if isinstance(one, Fraction) and one != 1:
            return Problem("unit", "a count in percent or another part of one; send the number itself")
    return number_in(quantity, "1", synonyms)


def _of_no_dimension(quantity: Mapping[str, object]) -> Mapping[str, object]:
    """The same in the unit one, where it has no unit or one that is nothing but a remark."""
    units = [quantity.get(key) for key in ("code", "unit")]
    named = next((each.strip() for each in units if isinstance(each, str) and each.strip()), "")
    is_without = not named and all(each is None or isinstance(each, str) for each in units)
    if not is_without and not _is_annotation(named):
        return quantity
    return {**{key: value for key, value in quantity.items() if key != "unit"}, "system": UCUM, "code": "1"}


def _is_annotation(code: str) -> bool:
    # UCUM: braces hold a remark, so a code of nothing else is the unit one.
    return code.startswith("{") and code.find("}") == len(code) - 1
